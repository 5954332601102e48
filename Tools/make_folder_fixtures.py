"""Makes small tokenizer folders in the layouts before tokenizer.json, with the ids and texts that `transformers` gives.

    pip install transformers==5.23.0 tokenizers==0.23.3 sentencepiece==0.2.3 protobuf
    python Tools/make_folder_fixtures.py    # Tests/TextTests/Fixtures/Folders, committed

Each folder holds the files of one tokenizer and `expected.json`: a list of {text, ids, decoded}, for Marian of {text, ids, target,
decoded} too, where `target` are the ids of the text as one of the target language.
"""

import json
import shutil
import tempfile
import warnings
from pathlib import Path

import sentencepiece
from make_sentencepiece_fixtures import RULES, SAMPLES, SENTENCES
from sentencepiece import sentencepiece_model_pb2

warnings.filterwarnings("ignore")
ROOT = Path(__file__).resolve().parent.parent / "Tests" / "TextTests" / "Fixtures"
FOLDER = ROOT / "Folders"
TEXTS = SENTENCES[:3] + SAMPLES + ["a <s>b</s> c<pad>", "<unk>x", "<extra_id_0> the <extra_id_99>", "the <mask> keeper", " two  spaces "]
FLAGS = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
TARGET = """\
Der Wärter des Leuchtturms stieg jeden Abend die Treppe hinauf und zündete die Lampe an.
Er schrieb das Wetter in ein Buch, und jedes Schiff schrieb die Stunde in sein eigenes.
Die Schiffe fuhren am Abend am Leuchtturm vorbei; das Wetter war besser, als der Wärter dachte.
""".splitlines()


def model(sentences, kind, size, **options):
    """A model of pieces without the paths of the temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        hexadecimal = lambda string: " ".join(f"{ord(character):x}" for character in string)
        rules = Path(folder) / "rules.tsv"
        rules.write_text("".join(f"{hexadecimal(old)}\t{hexadecimal(new)}\n" for old, new in RULES))
        if kind == "unigram":
            options["normalization_rule_tsv"] = str(rules)
        else:
            options["normalization_rule_name"] = "identity"
        corpus = Path(folder) / "corpus.txt"
        corpus.write_text("\n".join(sentences * 20))
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=f"{folder}/model", vocab_size=size, minloglevel=2, hard_vocab_limit=False, num_threads=1,
            model_type=kind, **options)  # fmt: skip
        proto = sentencepiece_model_pb2.ModelProto.FromString((Path(folder) / "model.model").read_bytes())
    proto.trainer_spec.ClearField("input")
    proto.trainer_spec.ClearField("model_prefix")
    proto.normalizer_spec.ClearField("normalization_rule_tsv")
    return proto.SerializeToString(deterministic=True)


def write(folder, name, value):
    (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def expected(tokenizer, texts, is_fast=True):
    results = []
    for text in texts:
        ids = tokenizer(text).input_ids
        result = {"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)}
        if not is_fast:
            result["target"] = tokenizer(text_target=text).input_ids
            result["decoded"] = tokenizer.decode(result["target"], skip_special_tokens=True, clean_up_tokenization_spaces=False)
            result["whole"] = tokenizer.decode(result["target"], clean_up_tokenization_spaces=False)
        results.append(result)
    return results


def sentencepiece_folders():
    from transformers import LlamaTokenizer, T5Tokenizer, XLMRobertaTokenizer

    t5 = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}
    cases = {
        "t5": (T5Tokenizer, "spiece.model", ("unigram", 120, t5), {"extra_ids": 100, "model_max_length": 512}),
        "xlm-roberta": (XLMRobertaTokenizer, "sentencepiece.bpe.model", ("unigram", 120, {}), {"model_max_length": 1e30}),
        "llama": (LlamaTokenizer, "tokenizer.model", ("bpe", 376, {"byte_fallback": True, "remove_extra_whitespaces": False}),
                  {"add_bos_token": True, "add_eos_token": False, "legacy": False}),
        "llama-bare": (LlamaTokenizer, "tokenizer.model", ("bpe", 376, {"byte_fallback": True, "remove_extra_whitespaces": False}),
                       {"add_eos_token": True, "add_prefix_space": False, "bos_token": {"__type": "AddedToken", **FLAGS, "content": "<s>"}}),
    }  # fmt: skip
    for name, (tokenizer, file, (kind, size, options), configuration) in cases.items():
        folder = FOLDER / name
        folder.mkdir(parents=True)
        (folder / file).write_bytes(model(SENTENCES, kind, size, **options))
        write(folder, "tokenizer_config.json", {"tokenizer_class": tokenizer.__name__, **configuration})
        write(folder, "expected.json", expected(tokenizer.from_pretrained(folder), TEXTS))


def marian():
    from transformers import MarianTokenizer

    for name in ("marian", "marian-two"):
        folder = FOLDER / name
        folder.mkdir(parents=True)
        tables = []
        for file, sentences in (("source.spm", SENTENCES), ("target.spm", TARGET)):
            contents = model(sentences, "unigram", 150)
            (folder / file).write_bytes(contents)
            pieces = sentencepiece_model_pb2.ModelProto.FromString(contents).pieces
            # Every seventh piece has no id.
            tables.append([piece.piece for index, piece in enumerate(pieces) if index > 2 and index % 7])
        special, codes = ["</s>", "<unk>"], [">>fra<<", ">>deu<<"]
        if name == "marian":
            lists = [special + codes + list(dict.fromkeys(tables[0] + tables[1])) + ["<pad>"]]
        else:
            lists = [special + table + ["<pad>"] for table in tables]
        for file, tokens in zip(("vocab.json", "target_vocab.json"), lists):
            write(folder, file, {token: index for index, token in enumerate(tokens)})
        configuration = {"tokenizer_class": "MarianTokenizer", "source_lang": "en", "target_lang": "de", "separate_vocabs": len(lists) > 1}
        write(folder, "tokenizer_config.json", configuration)
        texts = TEXTS + TARGET + [">>fra<< The keeper", ">>xyz<<lamp", "a >>fra<< b", ">>fra<<", "</s>>>deu<< the", "»Die« Lampe"]
        write(folder, "expected.json", expected(MarianTokenizer.from_pretrained(folder), texts, is_fast=False))


def byte_level():
    from transformers import GPT2Tokenizer, Qwen2Tokenizer, RobertaTokenizer

    cases = {
        "gpt2": (GPT2Tokenizer, "gpt2", {"add_bos_token": True}), "qwen2": (Qwen2Tokenizer, "qwen2", {"eos_token": "<|endoftext|>"}),
        "roberta": (RobertaTokenizer, "roberta", {"add_prefix_space": True, "mask_token": {
            "__type": "AddedToken", **FLAGS, "content": "<mask>", "lstrip": True}}),
    }  # fmt: skip
    for name, (tokenizer, source, configuration) in cases.items():
        folder = FOLDER / name
        folder.mkdir(parents=True)
        contents = json.loads((ROOT / "Pipeline" / f"{source}.json").read_text())
        vocabulary = contents["model"]["vocab"]
        for token in ["<pad>", "<unk>"] if name == "roberta" else []:
            vocabulary[token] = len(vocabulary)
        for token in contents["added_tokens"]:
            vocabulary.setdefault(token["content"], len(vocabulary))
        (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
        merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in contents["model"]["merges"]]
        (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
        write(folder, "tokenizer_config.json", {"tokenizer_class": tokenizer.__name__, **configuration})
        write(folder, "expected.json", expected(tokenizer.from_pretrained(folder), TEXTS))


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    sentencepiece_folders()
    marian()
    byte_level()
    for path in sorted(FOLDER.iterdir()):
        print(path.name, sum(file.stat().st_size for file in path.iterdir()), "bytes")


if __name__ == "__main__":
    main()
