#!/usr/bin/env bash
# results.sh NAME: trains and measures what Documentation/Results.md says of NAME, with three seeds, into runs/results/NAME.
#   DATASETS=FOLDER     where the data sets are (../shared/data)
#   ENCODER=FOLDER      what is tuned instead of sentence-transformers/all-MiniLM-L6-v2 of the hub
#   VECTORS=FILE        vectors of words or characters to begin with
#   SEEDS=3
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?results.sh NAME}
data=${DATASETS:-../shared/data}
recipe=Recipes/understanding/$name.yaml
if [ ! -f "$recipe" ]; then
    echo "there is no result '$name'; known are $(cd Recipes/understanding && echo *.yaml | sed 's/\.yaml//g')" >&2
    exit 2
fi
case $name in
conll2003*) files=(--data "$data/conll2003/eng.train" --validation "$data/conll2003/eng.testa" --test "$data/conll2003/eng.testb") ;;
weibo)
    base=$data/weibo-ner/weiboNER_2nd_conll
    files=(--data "$base.train" --validation "$base.dev" --test "$base.test")
    ;;
resume) files=(--data "$data/resume-ner/train.char.bmes" --validation "$data/resume-ner/dev.char.bmes" --test "$data/resume-ner/test.char.bmes") ;;
msra) files=(--data "$data/msra-ner/train_subset12k.txt" --test "$data/msra-ner/test.txt") ;;
ud-english)
    base=$data/ud-english-ewt/en_ewt-ud
    files=(--data "$base-train.conllu" --validation "$base-dev.conllu" --test "$base-test.conllu")
    ;;
atis | snips) files=(--data "$data/$name/train" --validation "$data/$name/valid" --test "$data/$name/test") ;;
sst2*) files=(--data "$data/sst2/train.tsv" --validation "$data/sst2/dev.tsv" --test "$data/sst2/test.tsv") ;;
ag-news*) files=(--data "$data/ag-news/train_subset20k.csv" --test "$data/ag-news/test.csv") ;;
trec*) files=(--data "$data/trec/train_5500.label" --test "$data/trec/TREC_10.label") ;;
phrasebank*) files=(--data "$data/financial-phrasebank/Sentences_50Agree.txt") ;;
mrpc) files=(--data "$data/mrpc/msr_paraphrase_train.txt" --test "$data/mrpc/msr_paraphrase_test.txt") ;;
sts-b)
    base=$data/sts-b/stsb-en
    files=(--data "$base-train.csv" --validation "$base-dev.csv" --test "$base-test.csv")
    ;;
semeval2010-task8) files=(--data "$data/semeval2010-task8/TRAIN_FILE.TXT" --test "$data/semeval2010-task8/TEST_FILE_FULL.TXT") ;;
squad*) files=(--data "$data/squad-v1.1/dev-v1.1.json") ;;
esac
if [ ! -e "${files[1]}" ]; then
    echo "'${files[1]}' is not there: DATASETS=FOLDER says where the data sets are (../shared/data)" >&2
    exit 1
fi
# What is tuned may lie elsewhere than the hub's cache.
if [ -n "${ENCODER:-}" ] && grep -q '^model: sentence-transformers/' "$recipe"; then files+=(--model "$ENCODER"); fi
if [ -n "${VECTORS:-}" ]; then files+=(--vectors "$VECTORS"); fi
exec .build/release/sequitur train --recipe "$recipe" "${files[@]}" --seeds "${SEEDS:-3}" --output "runs/results/$name" --overwrite
