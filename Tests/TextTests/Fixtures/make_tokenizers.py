"""Makes the fixtures of this folder with Hugging Face's tokenizers (0.23.3); the text is written for this purpose.

    python Tests/TextTests/Fixtures/make_tokenizers.py

character.json, character-unknown.json, word.json, word-plain.json: tokenizers as Python writes them.
samples.json: the training text, and for each sample the ids and the decoded text that Python gives.
"""

import json
from collections import Counter
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

TRAINING = (
    "the ferry left the quay before the fog\r\n"
    "\n"
    "the pilot <unk> said nothing , and the bell said less\n"
    "cafe\u0301 and café are spelled alike and typed apart\n"
    "a\u00a0b\u2003c\u3000d \u0085 e\u2028f\tg\n"
    "渡船 在 霧 中 離開 了 碼頭 \n"
    "quote \" slash \\ brace {} 🛥 tilde ~"
)

SAMPLES = [
    "",
    "\n",
    "the pilot said less",
    "the pilot said less\n",
    "\n\n the  fog\t\tand the bell \n\n",
    "the harbour lay still\nthe gulls did not\n",
    "carriage\r\nreturn\rthe\r\n",
    "cafe\u0301 café e\u0301",
    "the\u0085fog\u00a0and\u1680the\u2000bell\u2028said\u2029less\u202fa\u205fb\u3000c",
    "the\u200bfog the\u001cfog the\ufefffog",
    "渡船 在霧中 離開 了 。",
    "<eos> <unk> x<eos>y <eos>the",
    "🛥 🛥🏽 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "nul \u0000 and bell \u0007",
    TRAINING,
]

UNKNOWN, END = "<unk>", "<eos>"


def word_level(tokens):
    return models.WordLevel({token: index for index, token in enumerate(tokens)}, unk_token=UNKNOWN)


def character_tokenizer(special):
    tokenizer = Tokenizer(word_level(special + sorted(set(TRAINING))))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def words_by_frequency():
    splitter = pre_tokenizers.WhitespaceSplit()
    counts = Counter(word for word, _ in splitter.pre_tokenize_str(TRAINING))
    for special in (UNKNOWN, END):
        counts.pop(special, None)
    return sorted(counts, key=lambda word: -counts[word])  # stable: equal counts stay in order of occurrence


def word_tokenizer():
    tokenizer = Tokenizer(word_level([UNKNOWN, END] + words_by_frequency()))
    tokenizer.normalizer = normalizers.Replace("\n", f" {END} ")
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace(Regex(r"\A<eos>\z"), "\n"),
            decoders.WordPiece(prefix=" ", cleanup=False),
            decoders.Fuse(),
            decoders.Replace(Regex(" ?\n ?"), "\n"),
        ]
    )
    return tokenizer


def plain_word_tokenizer():
    tokenizer = Tokenizer(word_level([UNKNOWN] + words_by_frequency()))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def main():
    folder = Path(__file__).parent
    tokenizers = {
        "character": character_tokenizer([]),
        "character-unknown": character_tokenizer([UNKNOWN]),
        "word": word_tokenizer(),
        "word-plain": plain_word_tokenizer(),
    }
    samples = []
    for name, tokenizer in tokenizers.items():
        tokenizer.save(str(folder / f"{name}.json"), pretty=True)
        for text in SAMPLES if name != "character" else [TRAINING]:
            ids = tokenizer.encode(text).ids
            samples.append({"tokenizer": name, "text": text, "ids": ids, "decoded": tokenizer.decode(ids)})
    fixture = {"training": TRAINING, "samples": samples}
    (folder / "samples.json").write_text(json.dumps(fixture, ensure_ascii=True, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
