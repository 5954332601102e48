"""Trains small SentencePiece models and writes them with the ids and the text that SentencePiece itself gives.

    pip install sentencepiece==0.2.3
    python Tools/make_sentencepiece_fixtures.py                  # Tests/TextTests/Fixtures/SentencePiece, committed
    python Tools/make_sentencepiece_fixtures.py --large FOLDER   # larger models on more than 20,000 lines with every code point

Files: `NAME.model`, and `NAME.expected.json`, a list of {text, ids, decoded} that the test `SentencePieceTests` compares with.
"""

import argparse
import json
import tempfile
from pathlib import Path

import sentencepiece

FOLDER = Path(__file__).resolve().parent.parent / "Tests" / "TextTests" / "Fixtures" / "SentencePiece"

SENTENCES = """\
The keeper of the lighthouse climbed the stairs each evening and lit the lamp.
She wrote the weather of the evening into a book, and the keeper read it.
Each ship that passed the lighthouse wrote the hour into its own book.
The weather was better than the keeper thought; the ships passed in the evening.
Where the stairs ended, the lamp stood, and there the keeper wrote each hour.
Le café est fermé le soir, mais la lumière reste.
""".splitlines()

SAMPLES = SENTENCES[:2] + [
    "", " ", "a", "the", "  the   keeper  ", "thethethe", "The ships, the lamps; and 3 more.", "café", "cafe\u0301", "ﬁfty ½", "a\tb\nc",
    "日本語 and 😀", "zzzz qqqq", "Ａ lighthouse", "\u200bx\u200b", "x" * 70, "keeper.keeper", "...", "\u3000the", "é", "THE KEEPER",
    "the ▁ keeper", "a\x00b",
]  # fmt: skip

# With a symbol of the user's, where a model has one.
USER_SAMPLES = ["a<sep>b", "the <sep> keeper", "the keeper<sep>", "the<sep><sep> lamp", "the <sep>"]

RULES = [("ﬁ", "fi"), ("½", "1/2"), ("e\u0301", "é"), ("\t", " "), ("\n", " "), ("\u200b", ""), ("Ａ", "A"), ("\u3000", " ")]

CASES = {
    "unigram": {"model_type": "unigram", "rules": RULES},
    "unigram-bytes": {
        "model_type": "unigram", "byte_fallback": True, "add_dummy_prefix": False, "remove_extra_whitespaces": False},
    "unigram-user": {"model_type": "unigram", "user_defined_symbols": ["<sep>"]},
    "bpe": {"model_type": "bpe", "rules": RULES},
    "bpe-bytes": {"model_type": "bpe", "byte_fallback": True, "remove_extra_whitespaces": False},
    "bpe-user": {"model_type": "bpe", "user_defined_symbols": ["<sep>"]},
}  # fmt: skip


def train(folder, options):
    options = dict(options)
    rules = options.pop("rules", None)
    if rules:
        hexadecimal = lambda string: " ".join(f"{ord(character):x}" for character in string)
        path = Path(folder) / "rules.tsv"
        path.write_text("".join(f"{hexadecimal(old)}\t{hexadecimal(new)}\n" for old, new in rules))
        options["normalization_rule_tsv"] = str(path)
    else:
        options["normalization_rule_name"] = "identity"
    corpus = Path(folder) / "corpus.txt"
    corpus.write_text("\n".join(SENTENCES * 20))
    size = 120 + (256 if options.get("byte_fallback") else 0)
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=f"{folder}/model", vocab_size=size, minloglevel=2, hard_vocab_limit=False,
        num_threads=1, **options)  # fmt: skip
    from sentencepiece import sentencepiece_model_pb2

    # Without the paths of the temporary folder.
    model = sentencepiece_model_pb2.ModelProto.FromString((Path(folder) / "model.model").read_bytes())
    model.trainer_spec.ClearField("input")
    model.trainer_spec.ClearField("model_prefix")
    model.normalizer_spec.ClearField("normalization_rule_tsv")
    return model.SerializeToString(deterministic=True)


LARGE = {
    "sp-unigram-nmt": {"model_type": "unigram", "normalization_rule_name": "nmt_nfkc"},
    "sp-unigram-fold": {"model_type": "unigram", "normalization_rule_name": "nmt_nfkc_cf", "byte_fallback": True},
    "sp-unigram-spaces": {
        "model_type": "unigram", "normalization_rule_name": "nfkc", "split_by_whitespace": False, "add_dummy_prefix": False},
    "sp-bpe-llama": {
        "model_type": "bpe", "normalization_rule_name": "identity", "byte_fallback": True, "remove_extra_whitespaces": False},
    "sp-bpe-nmt": {"model_type": "bpe", "normalization_rule_name": "nmt_nfkc", "user_defined_symbols": ["<sep>", "日本語"]},
}  # fmt: skip


def large(folder):
    from make_tokenizer_fixtures import samples, training_text

    folder.mkdir(parents=True, exist_ok=True)
    texts = [text for sample in samples(True) for text in sample if "\0" not in text]
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(line for text in training_text(True) for line in text.splitlines() if line.strip()) + "\n")
    for name, options in LARGE.items():
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=str(folder / name), vocab_size=2000, minloglevel=2, hard_vocab_limit=False, num_threads=1,
            character_coverage=0.999, **options)  # fmt: skip
        model = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{name}.model"))
        with open(folder / f"{name}.expected.json", "w") as file:
            results = ({"text": text, "ids": model.encode(text), "decoded": model.decode(model.encode(text))} for text in texts)
            file.write("[" + ",\n".join(json.dumps(result, ensure_ascii=False, separators=(",", ":")) for result in results) + "]\n")
        print(name, model.get_piece_size(), "pieces;", len(texts), "samples")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", type=Path, metavar="FOLDER", help="write larger models with the large corpus to this folder instead")
    arguments = parser.parse_args()
    if arguments.large:
        large(arguments.large)
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, options in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            contents = train(folder, options)
        (FOLDER / f"{name}.model").write_bytes(contents)
        model = sentencepiece.SentencePieceProcessor(model_proto=contents)
        samples = SAMPLES + (USER_SAMPLES if "user_defined_symbols" in options else [])
        results = []
        for text in samples:
            ids = model.encode(text)
            results.append({"text": text, "ids": ids, "decoded": model.decode(ids)})
        lines = ",\n".join(json.dumps(result, ensure_ascii=False, separators=(",", ":")) for result in results)
        (FOLDER / f"{name}.expected.json").write_text(f"[{lines}]\n")
        print(name, model.get_piece_size(), "pieces;", len(samples), "samples;", len(contents), "bytes")


if __name__ == "__main__":
    main()
