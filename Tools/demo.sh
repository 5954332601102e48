#!/usr/bin/env bash
# demo.sh SEQUITUR: what `make demo` shows, in less than five minutes on two cores.
#   DATA=FILE     a text to train the language model on (Samples/tales.txt)
#   DATA=FOLDER   labelled data: train, validation (dev, valid, testa) and test files or folders in it, to learn tags from
#   PROMPT=…      what to write on from
#   REQUEST=…     what to tag and to tell the intent of
set -euo pipefail
cd "$(dirname "$0")/.."
sequitur=${1:?demo.sh SEQUITUR}
data=${DATA:-Samples/tales.txt}
request=${REQUEST:-I want to move my flight to Lisbon from Friday to the 3rd of May. the booking ZK4471 is under Marta Quill.}

# The first entry of a folder whose name has one of these words.
find_part() {
    local folder=$1 word entry
    shift
    for word in "$@"; do
        for entry in "$folder"/*"$word"*; do
            if [ -e "$entry" ]; then
                printf '%s' "$entry"
                return
            fi
        done
    done
    echo "'$folder' has no file or folder with '$1' in its name" >&2
    exit 1
}

if [ -d "$data" ]; then
    train=$(find_part "$data" train) dev=$(find_part "$data" testa valid dev) test=$(find_part "$data" testb test)
else
    train=Samples/requests.train.jsonl dev=Samples/requests.dev.jsonl test=Samples/requests.test.jsonl
    # shellcheck disable=SC2086
    "$sequitur" train language-modeling --data "$data" --output runs/demo --overwrite $DEMO_FLAGS
    "$sequitur" generate runs/demo --prompt "$PROMPT" --maximum-tokens 400 --temperature 0.7 --seed 1
    echo
fi
# shellcheck disable=SC2086
"$sequitur" train tagging --data "$train" --validation "$dev" --test "$test" --output runs/requests --overwrite $TAGGING_FLAGS
echo
"$sequitur" predict runs/requests --text "$request" --pretty
echo "The report is runs/requests/report.html; REQUEST='…' asks for something else:"
echo "  $sequitur predict runs/requests --text '…'"
