"""Trains small tokenizers of every kind with `tokenizers` and writes them with what they make of a corpus of our own.

    pip install tokenizers==0.23.3 sentencepiece protobuf
    python Tools/make_tokenizer_fixtures.py                  # Tests/TextTests/Fixtures/Pipeline, committed
    python Tools/make_tokenizer_fixtures.py --large FOLDER   # more than 20,000 lines with every assigned code point

The test `PipelineFixtureTests` compares ids, offsets, types, masks, tokens and decodings with the committed folder, and with the
folder that SEQUITUR_TOKENIZER_FIXTURES names. Files: `samples.json` (texts, or pairs of texts), `NAME.json` (the tokenizer),
`NAME.expected.json` (for each sample what Python gives; null where it gives none).
"""

import argparse
import json
import random
import tempfile
import unicodedata
from pathlib import Path

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

COMMITTED = Path(__file__).resolve().parent.parent / "Tests" / "TextTests" / "Fixtures" / "Pipeline"
MODERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# GPT-4o's, and DeepSeek's in parts.
RECENT = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
PARTS = [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", r"[一-龥ࠀ-一가-퟿]+", r"\p{N}"]

SENTENCES = """\
The keeper of the lighthouse climbed the stairs each evening, lit the lamp, and wrote the weather into a book.
Don't they say we've seen it? I'LL ask; you'd better not. It's naïve, but she's sure they're right.
Trains leave at 07:45, 12:30 and 23:59 -- platforms 1, 2 and 10; tickets cost $3.50 (or €3,20).
Die Straßenbahn fährt über die Brücke, während Jürgen größere Äpfel kauft. ÖFFNUNGSZEITEN: 8–17 Uhr!
L’été dernier, l'élève a mangé une crème brûlée à Besançon; où était-il hier ?
Любопытный кот медленно шёл по берегу реки. Ещё раз, пожалуйста! Ёжик и йод.
Η θάλασσα ήταν ήρεμη και ο ουρανός γαλανός. ΟΔΥΣΣΕΥΣ, Ὀδυσσεύς.
春天的早晨，孩子们在河边放风筝。他们说：“今天天气真好！”北京大学成立于1898年。
今日は天気がいいので、カメラを持って公園へ行きました。ﾊﾝｶｸ ｶﾅも。
오늘은 날씨가 맑아서 친구와 함께 강가를 걸었다. 각각의 한글.
كان الطقس جميلا، فذهبنا إلى البحر. مَرْحَبًا بِكُم ١٢٣٤
הילדים שיחקו בחצר כל היום. שָׁלוֹם עֲלֵיכֶם
नदी के किनारे बच्चे पतंग उड़ा रहे थे। क़िला १२३
เด็ก ๆ เล่นว่าวริมแม่น้ำ วันนี้อากาศดี
Tiếng Việt có nhiều dấu: phở, Nguyễn, ước, đường phố.
İstanbul'da ışıklar yanıyor; DİYARBAKIR, ılık ılgıt.
""".splitlines()

SPICES = [
    "e\u0301", "\u1ed1\u0323", "o\u0323\u0302", "\u1100\u1161\u11a8", "\u212b", "\u1e9b\u0323", "\ufb01", "½", "①", "㍿", "ﷺ", "𝔘𝔫",
    "\u0344", "\u0f73\u0f72", "a\u0315\u0300\u05ae\u0320b", "ǅ", "\u0130", "\u1d15f", "😀", "👨\u200d👩\u200d👧", "🇩🇪", "👍🏽",
    "\u200b", "\u00ad", "\ufeff", "\u2028", "\x00", "\x07", "\x1b[0m", "\x85", "\ufffd", "\u3000", "\u00a0", "▁", "Ġ", "##", "'ſ",
    "'Ll", "...", "!?", "--", "1234567", "٣٤٥", "x" * 120, "ab" * 60, "$", "^", "`", "a_b", "C++", "#tag", "\r\n", "\n\n", "\t",
    "   ", "\r", "[MASK]", "<s>", "</s>", "<mask>", "<|endoftext|>", "日本語", "The", "café", "ＡＢＣ", "\u0e33",
]  # fmt: skip


def mixtures(generator, count):
    words = [word for sentence in SENTENCES for word in sentence.split()]
    for _ in range(count):
        parts = generator.choices(words + SPICES * 2, k=generator.randint(1, 12))
        yield "".join(part + generator.choice([" ", "", " ", "  ", ",", "\n"]) for part in parts)


def samples(is_large):
    generator = random.Random(7)
    texts = SENTENCES + SPICES + ["", " ", "\n", "  a", "a  "]
    texts += mixtures(generator, 12000 if is_large else 40)
    scalars = [code for code in range(0x110000) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]
    scalars += [0xE000, 0xF8FF, 0xF0000, 0x10FFFD, 0x378, 0xFFFF]
    contexts = ["a{} b", "{}", "x{}y", " {} ", "1{}2", "é{}", "{}'s", "A{}B "]
    if is_large:
        for start in range(0, len(scalars), 14):
            texts.append("".join(generator.choice(contexts).format(chr(code)) for code in scalars[start : start + 14]))
    for _ in range(3000 if is_large else 10):
        texts.append("".join(map(chr, generator.choices(scalars, k=generator.randint(1, 16)))))
    for _ in range(1500 if is_large else 6):
        texts.append(generator.randbytes(generator.randint(1, 40)).decode("utf-8", "replace"))
    pairs = [generator.choices(texts, k=2) for _ in range(1500 if is_large else 15)]
    return [[text] for text in texts] + pairs


def training_text(is_large):
    return SENTENCES * 3 + list(mixtures(random.Random(3), 3000 if is_large else 60))


def charsmap(text, is_large):
    """SentencePiece's compiled normalisation rules: its own for the large corpus, a few of ours for the small one."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.tsv"
        pairs = [("ﬁ", "fi"), ("½", "1/2"), ("e\u0301", "é"), ("\t", " "), ("\r", " "), ("\n", " "), ("\u200b", ""), ("㍿", "株式会社"),
                 ("\u1100\u1161", "가"), ("Ａ", "A"), ("①", "1"), ("\u3000", " "), ("\u0e33", "\u0e4d\u0e32"), ("\x07", "")]  # fmt: skip
        hexadecimal = lambda string: " ".join(f"{ord(character):x}" for character in string)
        rules.write_text("".join(f"{hexadecimal(old)}\t{hexadecimal(new)}\n" for old, new in pairs))
        options = {"normalization_rule_name": "nmt_nfkc"} if is_large else {"normalization_rule_tsv": str(rules)}
        corpus = Path(folder) / "corpus.txt"
        corpus.write_text("\n".join(SENTENCES * 20))
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=f"{folder}/model", vocab_size=420, character_coverage=1.0, minloglevel=2,
            hard_vocab_limit=False, **options)  # fmt: skip
        from sentencepiece import sentencepiece_model_pb2

        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString(Path(f"{folder}/model.model").read_bytes())
        return proto.normalizer_spec.precompiled_charsmap


class Maker:
    def __init__(self, is_large):
        self.is_large = is_large
        self.text = training_text(is_large)
        self.size = 6000 if is_large else 500
        self.made = {}

    def train(self, tokenizer, trainer, text=None):
        tokenizer.train_from_iterator(text or self.text, trainer)
        return tokenizer

    def word_piece(self):
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        alphabet = 3000 if self.is_large else 250
        self.train(tokenizer, trainers.WordPieceTrainer(vocab_size=self.size, special_tokens=special, limit_alphabet=alphabet))
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
        tokenizer.decoder = decoders.WordPiece()
        yield "bert", tokenizer
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=True)
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
        tokenizer.enable_truncation(16, stride=3)
        tokenizer.enable_padding(length=20, direction="left")
        yield "bert-cased", tokenizer
        tokenizer.normalizer = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, lowercase=True, strip_accents=False)
        tokenizer.decoder = decoders.WordPiece(cleanup=False)
        tokenizer.enable_truncation(12, stride=2, strategy="only_first", direction="left")
        tokenizer.enable_padding(pad_to_multiple_of=8)
        yield "bert-unclean", tokenizer

    def byte_level(self):
        def trainer():
            alphabet = pre_tokenizers.ByteLevel.alphabet()
            return trainers.BpeTrainer(vocab_size=self.size, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet)

        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        self.train(tokenizer, trainer())
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
        yield "gpt2", tokenizer
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        tokenizer.add_special_tokens(["<s>", "</s>", AddedToken("<mask>", lstrip=True, special=True, normalized=False)])
        ids = {token: tokenizer.token_to_id(token) for token in ("<s>", "</s>")}
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", ids["</s>"]), ("<s>", ids["<s>"]))
        yield "roberta", tokenizer
        for name, pattern in (("llama3", MODERN), ("qwen2", MODERN.replace("{1,3}", ""))):
            tokenizer = Tokenizer(models.BPE(ignore_merges=name == "llama3"))
            split = pre_tokenizers.Split(Regex(pattern), "isolated")
            byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
            tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
            if name == "qwen2":
                tokenizer.normalizer = normalizers.NFC()
            self.train(tokenizer, trainer())
            tokenizer.decoder = decoders.ByteLevel()
            template = processors.TemplateProcessing(
                single="<|endoftext|> $A", pair="<|endoftext|> $A <|endoftext|>:1 $B:1", special_tokens=[("<|endoftext|>", 0)])
            tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), template])
            yield name, tokenizer

    def unigram(self):
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Strip()])
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        special = ["<unk>", "<s>", "</s>"]
        self.train(tokenizer, trainers.UnigramTrainer(vocab_size=self.size + 400, special_tokens=special, unk_token="<unk>"), SENTENCES * 9)
        tokenizer.decoder = decoders.Metaspace()
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)])
        yield "unigram", tokenizer
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.UnicodeScripts(), pre_tokenizers.Metaspace(prepend_scheme="first", split=False)])
        yield "unigram-scripts", tokenizer
        tokenizer.normalizer = normalizers.Precompiled(charsmap(self.text, self.is_large))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
        contents = json.loads(tokenizer.to_str())
        contents["model"]["byte_fallback"] = True
        contents["model"]["vocab"] += [[f"<0x{byte:02X}>", -12.0] for byte in range(256)]
        yield "precompiled-bytes", Tokenizer.from_str(json.dumps(contents))

    def byte_pair(self):
        special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        self.train(
            tokenizer, trainers.BpeTrainer(vocab_size=self.size + 300, special_tokens=special, limit_alphabet=120, max_token_length=9),
            self.text[:1500])  # fmt: skip
        contents = json.loads(tokenizer.to_str())
        contents["added_tokens"] = contents["added_tokens"][:3]
        contents["model"]["merges"] = [" ".join(merge) for merge in contents["model"]["merges"]]
        tokenizer = Tokenizer.from_str(json.dumps(contents))
        tokenizer.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
        yield "llama2", tokenizer
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>", continuing_subword_prefix="@"))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(False)])
        self.train(
            tokenizer, trainers.BpeTrainer(
                vocab_size=self.size, special_tokens=["<unk>"], limit_alphabet=100, end_of_word_suffix="</w>",
                continuing_subword_prefix="@"))  # fmt: skip
        tokenizer.decoder = decoders.BPEDecoder()
        yield "suffix", tokenizer

    def word_level(self):
        added = [
            AddedToken("café", normalized=True), AddedToken("The", single_word=True, normalized=True),
            AddedToken("!?", lstrip=True, rstrip=True, normalized=False), AddedToken("日本", normalized=False),
            AddedToken("日本語", normalized=False), AddedToken("Ġ", special=True), AddedToken("Ａ", normalized=True),
        ]  # fmt: skip
        p, n, d = pre_tokenizers, normalizers, decoders
        cases = {
            "whitespace": (n.NFD(), p.Whitespace(), None),
            "punctuation": (
                n.Sequence([n.NFKD(), n.Strip(left=True, right=False)]),
                p.Sequence([p.WhitespaceSplit(), p.Punctuation("contiguous"), p.Digits(True)]), d.CTC("<unk>", "|", True)),
            "digits": (
                n.NFC(), p.Sequence([p.Digits(False), p.CharDelimiterSplit("a"), p.Punctuation("merged_with_previous")]),
                d.BPEDecoder("e")),
            "merged": (
                n.Lowercase(), p.Sequence([p.Split(" ", "merged_with_next"), p.Punctuation("merged_with_next"), p.FixedLength(4)]),
                d.Fuse()),
            "inverted": (
                n.Sequence([n.Replace("e", "ee"), n.NFKC(), n.Replace(" ", "")]),
                p.Sequence([p.Split(Regex(MODERN), "removed", invert=True), p.Punctuation("removed")]), d.Strip("a", 1, 0)),
            "bytes": (n.ByteLevel(), p.FixedLength(3), d.ByteLevel()),
            "scripts": (None, p.UnicodeScripts(), None),
        }  # fmt: skip
        for name, (normalizer, pre_tokenizer, decoder) in cases.items():
            tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
            if normalizer:
                tokenizer.normalizer = normalizer
            tokenizer.pre_tokenizer = pre_tokenizer
            self.train(tokenizer, trainers.WordLevelTrainer(vocab_size=self.size, special_tokens=["<unk>"]))
            if decoder:
                tokenizer.decoder = decoder
            if name not in ("bytes", "scripts"):
                tokenizer.add_tokens(added)
            yield name, tokenizer

    def expressions(self):
        """Patterns that Oniguruma must search for."""
        p, n, d = pre_tokenizers, normalizers, decoders
        parts = [p.Split(Regex(part), "isolated") for part in PARTS]
        for name, splits in (("o200k", [p.Split(Regex(RECENT), "isolated")]), ("deepseek", parts)):
            tokenizer = Tokenizer(models.BPE())
            tokenizer.pre_tokenizer = p.Sequence(splits + [p.ByteLevel(add_prefix_space=False, use_regex=False)])
            alphabet = p.ByteLevel.alphabet()
            self.train(tokenizer, trainers.BpeTrainer(vocab_size=self.size, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet))
            tokenizer.decoder = d.ByteLevel()
            yield name, tokenizer
        # Lines have beginnings and ends, matches may be empty, look ahead and behind, and differ in case.
        cases = {
            "expressions": (
                n.Replace(Regex(r"(?<=a)b*|^\s|(?i)İ|ß"), "_"), p.Split(Regex(r"\b|x*"), "merged_with_previous"),
                d.Sequence([d.Replace(Regex(r"\Aa|e$"), "E"), d.Fuse(), d.Replace(Regex(r"(.)\1+"), "=")])),
            "empty-matches": (n.Replace(Regex(r"q*"), "-"), p.Split(Regex(r"(?m:a.)|\h{2}|-?"), "merged_with_next"), None),
            "lines": (
                n.Sequence([n.Replace(Regex(r"[\p{P}&&[^,.]]+"), "!"), n.Replace(Regex(r"\R"), "\n")]),
                p.Split(Regex(r"^.|\X$|(?<w>\p{Han})\g<w>?"), "contiguous", invert=True), d.Replace(Regex(r"\n+"), " / ")),
        }  # fmt: skip
        for name, (normalizer, pre_tokenizer, decoder) in cases.items():
            tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
            tokenizer.normalizer = normalizer
            tokenizer.pre_tokenizer = pre_tokenizer
            self.train(tokenizer, trainers.WordLevelTrainer(vocab_size=self.size, special_tokens=["<unk>"]))
            if decoder:
                tokenizer.decoder = decoder
            yield name, tokenizer

    def all(self):
        for family in (self.word_piece, self.byte_level, self.unigram, self.byte_pair, self.word_level, self.expressions):
            for name, tokenizer in family():
                # A copy, since the next variant changes the tokenizer.
                yield name, Tokenizer.from_str(tokenizer.to_str())


def expected(tokenizer, sample, has_tokens):
    try:
        encoding = tokenizer.encode(*sample)
    except BaseException:
        return None
    result = {
        "ids": encoding.ids,
        "offsets": [place for offsets in encoding.offsets for place in offsets],
        "types": encoding.type_ids,
        "special": encoding.special_tokens_mask,
        "attention": encoding.attention_mask,
        "windows": [window.ids for window in encoding.overflowing],
    }
    if not any(result["types"]):
        del result["types"]
    if not any(result["special"]):
        del result["special"]
    if all(result["attention"]):
        del result["attention"]
    if not result["windows"]:
        del result["windows"]
    if has_tokens:
        result["tokens"] = encoding.tokens
    try:
        result["text"] = tokenizer.decode(encoding.ids)
        whole = tokenizer.decode(encoding.ids, skip_special_tokens=False)
        if whole != result["text"]:
            result["whole"] = whole
    except BaseException:
        pass
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", type=Path, metavar="FOLDER", help="write the large corpus to this folder instead")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="make these tokenizers alone, and leave the others as they are")
    arguments = parser.parse_args()
    folder = arguments.large or COMMITTED
    folder.mkdir(parents=True, exist_ok=True)
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    inputs = samples(bool(arguments.large))
    (folder / "samples.json").write_text("[" + ",\n".join(json.dumps(sample, **compact) for sample in inputs) + "]\n")
    for name, tokenizer in Maker(bool(arguments.large)).all():
        if arguments.only and name not in arguments.only:
            continue
        (folder / f"{name}.json").write_text(json.dumps(json.loads(tokenizer.to_str()), **compact) + "\n")
        results = [expected(tokenizer, sample, arguments.large or index % 4 == 0) for index, sample in enumerate(inputs)]
        path = folder / f"{name}.expected.json"
        path.write_text("[" + ",\n".join(json.dumps(result, **compact) for result in results) + "]\n")
        print(name, tokenizer.get_vocab_size(), "tokens;", len(inputs), "samples;", path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
