"""Templates and how they become labelled requests.

A template is one line of english.txt or chinese.txt:

    [a|b|]    one of the alternatives, the empty one too; they may be nested
    {city}    a value of the type `city`, tagged
    {!city}   such a value that is not tagged, since nobody is to act on it: denied ("not Lisbon"), or said by the way

Lines stand under `== intent` or `== part` and there under the split that may use them, so that no two splits share a phrasing.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from .draw import SPLITS, Draw

# A word: 's; Latin letters and digits with marks inside them; or any other character by itself, such as a Chinese one.
WORD = re.compile(r"'s\b|[A-Za-z0-9_]+(?:(?:[-.:@/&+]+|'(?!s\b)|(?<=[0-9]),(?=[0-9]))[A-Za-z0-9_]+)*|\S")
WORD_END, WORD_START = re.compile(r"[!-~]$"), re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True)
class Piece:
    """Text of a template, or a value with its type; the type of an untagged value begins with `!`."""

    text: str
    type: str = ""

    @property
    def tag(self) -> str:
        return "" if self.type.startswith("!") else self.type


def read_templates(path: Path) -> dict[str, dict[str, list[str]]]:
    """Section → split → templates."""
    sections: dict[str, dict[str, list[str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            section = sections[line[3:]] = {split: [] for split in SPLITS}
        elif line in SPLITS:
            templates = section[line]
        elif line.startswith("  "):
            templates.append(line.strip())
        elif line and not line.startswith("#"):
            raise SystemExit(f"{path.name}: a line that is neither section, split nor template: {line}")
    return sections


def expand(template: str, draw: Draw, value) -> list[Piece]:
    """Draws every choice; `value(type)` gives the value of a slot."""
    pieces: list[Piece] = []
    for part in re.findall(r"\{!?\w+\}|[^{]+", choose(template, draw)):
        if part.startswith("{"):
            type_ = part[1:-1]
            pieces.append(Piece(value(type_.lstrip("!")), type_))
        else:
            pieces.append(Piece(part))
    return pieces


def choose(template: str, draw: Draw) -> str:
    """Replaces the innermost [a|b] by one of its alternatives until none is left."""
    while match := re.search(r"\[([^\[\]]*)\]", template):
        template = template[: match.start()] + draw.pick(match[1].split("|")) + template[match.end() :]
    return template


def skeleton(pieces: list[Piece]) -> str:
    return re.sub(r"\s+", " ", "".join(f"{{{piece.type}}}" if piece.type else piece.text for piece in pieces)).strip()


def tidied(pieces: list[Piece]) -> list[Piece]:
    """Without the blanks that empty alternatives leave (none doubled, none before a mark or at the ends), and with one where
    two pieces would otherwise become one word, as numbers side by side in Chinese do.
    """
    text, tidy = "", []
    for piece in pieces:
        part = piece.text
        if not piece.type:
            part = re.sub(r" +", " ", re.sub(r" +([,.?!])", r"\1", part))
            part = part.lstrip() if not text or text.endswith(" ") else part
            if part[:1] in set(",.?!") and text.endswith(" "):
                tidy[-1] = Piece(tidy[-1].text.rstrip(), tidy[-1].type)
        if WORD_END.search(text) and WORD_START.match(part) and (piece.type or tidy[-1].type):
            tidy.append(Piece(" "))
            text += " "
        if part:
            tidy.append(Piece(part, piece.type))
            text += part
    while tidy and not tidy[-1].text.rstrip():
        tidy.pop()
    if tidy:
        tidy[-1] = Piece(tidy[-1].text.rstrip(), tidy[-1].type)
    return tidy


def labelled(pieces: list[Piece]) -> tuple[str, list[str], list[str]]:
    """Text, words and BIO tags. A value must begin and end where words do."""
    text = "".join(piece.text for piece in pieces)
    starts: dict[int, str] = {}
    inside: dict[int, str] = {}
    offset = 0
    for piece in pieces:
        if piece.tag:
            starts[offset] = piece.tag
            inside.update({place: piece.tag for place in range(offset, offset + len(piece.text))})
        offset += len(piece.text)
    words, tags = [], []
    begun = set()
    for match in WORD.finditer(text):
        words.append(match[0])
        tag = inside.get(match.start())
        if any(inside.get(place) != tag or (place in starts and place > match.start()) for place in range(*match.span())):
            raise SystemExit(f"a word runs over the end of a value: {match[0]} in {text}")
        tags.append(f"{'B' if match.start() in starts else 'I'}-{tag}" if tag else "O")
        begun.add(match.start())
    if not set(starts) <= begun:
        raise SystemExit(f"a value begins within a word: {text}")
    return text, words, tags
