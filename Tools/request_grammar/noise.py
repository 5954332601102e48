"""What people do to a request while they type it."""

import re

from .draw import Draw
from .grammar import Piece

# Characters that input methods confuse, as they sound alike.
HOMOPHONES = {"订": "定", "在": "再", "的": "得", "账": "帐", "做": "作", "哪": "那", "已": "以"}
SHORT_FORMS = {"please": "pls", "you": "u", "are": "r", "thanks": "thx", "want to": "wanna", "because": "cuz"}
SHORT_FORMS |= {"flight": "flt", "number": "no"}
TYPED_CHINESE_MARKS = str.maketrans("，。？！：", ",.?!:")


def english(pieces: list[Piece], draw: Draw) -> list[Piece]:
    style = draw.weighted({"careful": 50, "lower": 35, "names only": 15})
    if style != "careful":
        pieces = without_marks(pieces, draw, ",", ".?!")
        if draw.chance(0.3):
            pieces = [piece if piece.type else Piece(shortened(piece.text)) for piece in pieces]
    if draw.chance(0.2):
        pieces = [mistyped(piece, draw, 0.02 if piece.type else 0.1) for piece in pieces]
    if style == "careful":
        return sentence_case(pieces)
    return [Piece(piece.text.lower(), piece.type) for piece in pieces] if style == "lower" else pieces


def chinese(pieces: list[Piece], draw: Draw) -> list[Piece]:
    if draw.chance(0.4):
        pieces = without_marks(pieces, draw, "，", "。？！")
    if draw.chance(0.1):
        pieces = [piece if piece.type else Piece(piece.text.translate(TYPED_CHINESE_MARKS)) for piece in pieces]
    if draw.chance(0.1):
        pieces = [piece if piece.type else Piece("".join(sounded(c, draw) for c in piece.text)) for piece in pieces]
    return pieces


def sounded(character: str, draw: Draw) -> str:
    return HOMOPHONES[character] if character in HOMOPHONES and draw.chance(0.5) else character


def without_marks(pieces: list[Piece], draw: Draw, comma: str, ends: str) -> list[Piece]:
    """Leaves out the last mark, and half the time the commas, which become blanks."""
    if draw.chance(0.5):
        pieces = [piece if piece.type else Piece(re.sub(f"{comma} ?", " ", piece.text)) for piece in pieces]
    if pieces and not pieces[-1].type:
        pieces = pieces[:-1] + [Piece(pieces[-1].text.rstrip(ends + " "))]
    return [piece for piece in pieces if piece.text]


def shortened(text: str) -> str:
    for word, short in SHORT_FORMS.items():
        text = re.sub(rf"\b{word}\b", short, text)
    return text


def mistyped(piece: Piece, draw: Draw, probability: float) -> Piece:
    """Drops, doubles or swaps a letter inside some longer words; codes and addresses stay."""
    if piece.type.lstrip("!") in {"email", "order", "flight", "amount", "date", "time"}:
        return piece

    def typed(match: re.Match) -> str:
        word = match[0]
        if not draw.chance(probability):
            return word
        place = draw.between(1, len(word) - 3)
        middle = draw.pick([word[place + 1], word[place] * 2 + word[place + 1], word[place + 1] + word[place]])
        return word[:place] + middle + word[place + 2 :]

    return Piece(re.sub(r"\b[A-Za-z]{5,}\b", typed, piece.text), piece.type)


def sentence_case(pieces: list[Piece]) -> list[Piece]:
    """Capitals at the start of each sentence, and for the word I."""
    cased, start = [], True
    for piece in pieces:
        text = piece.text
        if piece.type not in {"email", "!email"}:
            if not piece.type:
                text = re.sub(r"\bi\b", "I", text)
                text = re.sub(r"([.?!] +)([a-z])", lambda match: match[1] + match[2].upper(), text)
            if start:
                text = text[:1].upper() + text[1:]
        cased.append(Piece(text, piece.type))
        start = bool(re.search(r"[.?!]\s*$", piece.text)) and not piece.type
    return cased
