"""Writes Sources/Text/Unicode/UnicodeTables*.swift: what the package `tokenizers` takes each code point for.

    pip install tokenizers==0.23.3
    python Tools/make_unicode_tables.py

Every table comes from the package's behaviour, code point by code point, since its parts carry Unicode data of different
ages, older and newer than that of the Swift library. Only canonical combining classes are read from Python's `unicodedata`
(a class never changes once it is given) and then checked against the package, which may not know the character yet.
"""

import base64
import sys
import unicodedata
from pathlib import Path

from tokenizers import Regex, normalizers, pre_tokenizers

CODES = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
WIDTH = 120
FOLDER = Path(__file__).resolve().parent.parent / "Sources" / "Text" / "Unicode"


def pieces(pre_tokenizer, text):
    return [piece for piece, _ in pre_tokenizer.pre_tokenize_str(text)]


def varint(value):
    result = bytearray()
    while value >= 0x80:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)


def signed(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def runs(values):
    """(length, value) of each run over all code points; surrogates go on with the run before them."""
    result = []
    for code in range(0x110000):
        value = values[code] if not 0xD800 <= code < 0xE000 else result[-1][1]
        if result and result[-1][1] == value:
            result[-1][0] += 1
        else:
            result.append([1, value])
    return result


def packed_runs(values):
    return b"".join(varint(length) + varint(value) for length, value in runs(values))


def packed_maps(maps):
    """Code points (as differences) with the code points they become: count, then each as a difference from the key."""
    result, last = bytearray(), 0
    for code, becomes in sorted(maps.items()):
        result += varint(code - last) + varint(len(becomes))
        for scalar in becomes:
            result += signed(ord(scalar) - code)
        last = code
    return bytes(result)


def literal(name, data, comment):
    text = base64.b64encode(data).decode()
    lines = [text[start : start + WIDTH] for start in range(0, len(text), WIDTH)]
    body = " \\\n".join("        " + line for line in lines).replace(" \\\n", "\\\n")
    return f'    /// {comment}\n    static let {name} = """\n{body}\n        """\n'


def write(name, *literals):
    path = FOLDER / f"{name}.swift"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "// Written by Tools/make_unicode_tables.py; not to be changed by hand.\n\nextension UnicodeTables {\n"
        + "\n".join(literals)
        + "}\n"
    )
    print(path.name, path.stat().st_size, "bytes", path.read_text().count("\n"), "lines")


def properties():
    white_space = pre_tokenizers.WhitespaceSplit()
    punctuation = pre_tokenizers.Punctuation("removed")
    digits = pre_tokenizers.Digits(individual_digits=True)
    clean = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    accents = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
    marks = normalizers.StripAccents()
    words = pre_tokenizers.Whitespace()
    letter, number, space = (
        pre_tokenizers.Split(Regex(pattern), "removed") for pattern in (r"\p{L}", r"\p{N}", r"\s")
    )
    flags = {}
    for code in CODES:
        character = chr(code)
        between = "a" + character + "a"
        found = pieces(words, between)
        tests = (
            pieces(white_space, between) == ["a", "a"],
            pieces(punctuation, between) == ["a", "a"],
            clean.normalize_str(character) == "",
            accents.normalize_str(character) == "",
            marks.normalize_str(character) == "",
            len(pieces(digits, between)) == 3,
            found == [between],
            found == ["a", "a"],
            pieces(letter, character) == [],
            pieces(number, character) == [],
            pieces(space, character) == [],
        )
        flags[code] = sum(1 << bit for bit, test in enumerate(tests) if test)
    return flags


def scripts():
    """A number for each script, 0 for characters that belong to every script."""
    splitter = pre_tokenizers.UnicodeScripts()
    representatives = ["a", "я"]
    classes = {}
    last = 0
    for code in CODES:
        character = chr(code)
        if all(len(pieces(splitter, r + character)) == 1 for r in "aя"):
            classes[code] = 0
            continue
        if last and len(pieces(splitter, representatives[last - 1] + character)) == 1:
            classes[code] = last
            continue
        for number, representative in enumerate(representatives, 1):
            if len(pieces(splitter, representative + character)) == 1:
                last = number
                break
        else:
            representatives.append(character)
            last = len(representatives)
        classes[code] = last
    return classes


def combining_classes():
    nfd = normalizers.NFD()
    classes = {}
    for code in CODES:
        value = unicodedata.combining(chr(code))
        if value:
            if value > 1:
                known = nfd.normalize_str("a" + chr(code) + "\u0334").startswith("a\u0334")
            else:
                known = not nfd.normalize_str("a\u0301" + chr(code)).startswith("a\u0301")
            if not known:
                print(f"not known to the package: U+{code:04X} of class {value}")
                value = 0
        classes[code] = value
    return classes


def main():
    lower, nfc, nfd, nfkd = normalizers.Lowercase(), normalizers.NFC(), normalizers.NFD(), normalizers.NFKD()
    lowercase, canonical, compatibility, compositions = {}, {}, {}, {}
    for code in CODES:
        character = chr(code)
        if lower.normalize_str(character) != character:
            lowercase[code] = lower.normalize_str(character)
        if 0xAC00 <= code < 0xAC00 + 11172:  # Hangul syllables are computed.
            continue
        decomposed = nfd.normalize_str(character)
        if decomposed != character:
            canonical[code] = decomposed
            if nfc.normalize_str(decomposed) == character and len(decomposed) > 1:
                first = nfc.normalize_str(decomposed[:-1])
                assert len(first) == 1, hex(code)
                compositions[code] = first + decomposed[-1]
        if nfkd.normalize_str(character) != decomposed:
            compatibility[code] = nfkd.normalize_str(character)
    classes = combining_classes()
    write(
        "UnicodeTables+Properties",
        literal("properties", packed_runs(properties()), "Runs of code points with the same `UnicodeProperties`: length, flags."),
        literal("scripts", packed_runs(scripts()), "Runs of code points of the same script: length, number; 0 goes with every script."),
        literal("combiningClasses", packed_runs(classes), "Runs of code points of the same canonical combining class: length, class."),
        literal("lowercase", packed_maps(lowercase), "Code points that have another lower-case form, and that form."),
    )
    write(
        "UnicodeTables+Normalization",
        literal("canonical", packed_maps(canonical), "Full canonical decompositions, without Hangul syllables."),
        literal("compositions", packed_maps(compositions), "Composed code points, and the pair that each is composed of."),
        literal("compatibility", packed_maps(compatibility), "Full compatibility decompositions that differ from the canonical ones."),
    )


if __name__ == "__main__":
    sys.exit(main())
