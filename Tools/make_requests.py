#!/usr/bin/env python3
"""Makes Samples/requests.{train,dev,test}.jsonl: labelled requests to a made-up travel and support desk, in English and Chinese.

    python3 Tools/make_requests.py            # writes the three files
    python3 Tools/make_requests.py --check    # verifies them and prints how hard they are

Every line is made by the grammar in Tools/request_grammar: an intent, a template of it, values for the template's slots, perhaps
a greeting, a detail, a remark and a farewell around it, and what a hasty writer does to all that. The three files share no
template, and many names in dev and test are drawn from lists that training never sees. Needs Python 3.10 or later and nothing
else; the files are the same on every machine.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from request_grammar import noise
from request_grammar.chinese_values import ChineseValues
from request_grammar.draw import SPLITS, Draw
from request_grammar.english_values import EnglishValues
from request_grammar.grammar import WORD, Piece, expand, labelled, read_templates, skeleton, tidied

ROOT = Path(__file__).resolve().parent.parent
GRAMMAR = ROOT / "Tools/request_grammar"
LANGUAGES = ("english", "chinese")
VALUES = {"english": EnglishValues, "chinese": ChineseValues}
TYPES = ("airline", "amount", "city", "date", "email", "flight", "hotel", "order", "person", "product", "room", "time")
# How many requests of each language.
SIZES = {"train": 1760, "dev": 250, "test": 400}
# Intent → how frequent it is, and which details fit after it.
INTENTS = {
    "book-flight": (11, ["contact"]),
    "book-hotel": (10, ["contact"]),
    "change-date": (9, ["booking"]),
    "cancel-booking": (9, ["booking", "contact"]),
    "flight-status": (8, ["contact"]),
    "refund": (9, ["booking", "contact"]),
    "baggage": (8, ["booking", "contact"]),
    "invoice": (8, ["booking", "contact"]),
    "order-status": (8, ["booking", "contact"]),
    "complaint": (8, ["booking", "contact"]),
    "human-agent": (7, ["contact"]),
    "small-talk": (6, []),
}
# How often a part stands before or after the request.
PARTS = {"opening": 0.2, "detail": 0.15, "aside": 0.06, "closing": 0.12}


def path(split: str) -> Path:
    return ROOT / f"Samples/requests.{split}.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes or verifies Samples/requests.*.jsonl.")
    parser.add_argument("--check", action="store_true", help="verify the files and print how hard they are")
    checks = parser.parse_args().check
    templates = {language: read_templates(GRAMMAR / f"{language}.txt") for language in LANGUAGES}
    made, skeletons = generate(templates)
    if checks:
        sys.exit(check(templates, made, skeletons))
    for split in SPLITS:
        path(split).write_text(written(made[split]), encoding="utf-8", newline="\n")
        print(f"{path(split).relative_to(ROOT)}: {len(made[split])} requests, {path(split).stat().st_size} bytes")


# Making


def generate(templates: dict) -> tuple[dict[str, list[dict]], dict[str, set[str]]]:
    """The requests of each split, and what they are without their values."""
    made: dict[str, list[dict]] = {}
    skeletons: dict[str, set[str]] = {split: set() for split in SPLITS}
    known: set[str] = set()
    for split in SPLITS:
        made[split] = []
        draw = Draw(f"requests {split}")
        for place in range(SIZES[split] * len(LANGUAGES)):
            language = LANGUAGES[place % len(LANGUAGES)]
            while True:
                request, bare = compose(templates[language], language, split, draw)
                if request["text"] not in known:
                    break
            known.add(request["text"])
            skeletons[split].add(bare)
            made[split].append(request)
    return made, skeletons


def compose(sections: dict, language: str, split: str, draw: Draw) -> tuple[dict, str]:
    """One request, and the skeleton of its middle."""
    values = VALUES[language](draw, split)
    used: set[str] = set()

    def value(type_: str) -> str:
        while (drawn := getattr(values, type_)()) in used:
            pass
        used.add(drawn)
        return drawn

    def line(section: str) -> list[Piece]:
        return expand(draw.pick(sections[section][split]), draw, value)

    intent = draw.weighted({name: weight for name, (weight, _) in INTENTS.items()})
    core = tidied(line(intent))
    parts = [core]
    chatting = intent == "small-talk"
    if not chatting and draw.chance(PARTS["opening"]):
        parts.insert(0, line("opening"))
    details = INTENTS[intent][1]
    if details and draw.chance(PARTS["detail"]):
        parts.append(line(draw.pick(details)))
    if not chatting and draw.chance(PARTS["aside"]):
        parts.insert(draw.pick([len(parts), parts.index(core)]), line("aside"))
    if not chatting and draw.chance(PARTS["closing"]):
        parts.append(line("closing"))
    pieces: list[Piece] = []
    for part in parts:
        if pieces:
            pieces.append(Piece(between(pieces[-1].text, language)))
        pieces += tidied(part)
    pieces = tidied(getattr(noise, language)(tidied(pieces), draw))
    text, words, tags = labelled(pieces)
    return {"text": text, "words": words, "tags": tags, "intent": intent}, skeleton(core)


def between(text: str, language: str) -> str:
    """What joins two parts: a full stop where the first has no mark at its end."""
    if language == "chinese":
        return "" if text[-1] in "，。？！" else "。"
    return " " if text[-1] in ",.?!:" else ". "


def written(requests: list[dict]) -> str:
    return "".join(json.dumps(request, ensure_ascii=False, separators=(",", ":")) + "\n" for request in requests)


# Checking


def check(templates: dict, made: dict[str, list[dict]], skeletons: dict[str, set[str]]) -> int:
    """Prints what is wrong, then the figures; returns the exit status."""
    complaints = [f"{path(split).relative_to(ROOT)} is not what the grammar makes" for split in SPLITS if stale(split, made[split])]
    complaints += shared_phrasings(templates, skeletons)
    for split in SPLITS:
        for number, request in enumerate(made[split], 1):
            complaints += (f"requests.{split}.jsonl:{number}: {problem}" for problem in problems(request))
    complaints += too_easy(made)
    for complaint in complaints:
        print(f"make_requests: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


def stale(split: str, requests: list[dict]) -> bool:
    return not path(split).exists() or path(split).read_text(encoding="utf-8") != written(requests)


def shared_phrasings(templates: dict, skeletons: dict[str, set[str]]) -> Iterator[str]:
    for first, second in (("train", "dev"), ("train", "test"), ("dev", "test")):
        for language, sections in templates.items():
            for section, lines in sections.items():
                for template in set(lines[first]) & set(lines[second]):
                    yield f"{first} and {second} share a template of {language} {section}: {template}"
        for phrasing in sorted(skeletons[first] & skeletons[second]):
            yield f"{first} and {second} share a phrasing: {phrasing}"


def problems(request: dict) -> Iterator[str]:
    text, words, tags = request["text"], request["words"], request["tags"]
    if words != [match[0] for match in WORD.finditer(text)] or "".join(words) != "".join(text.split()):
        yield "the words are not those of the text"
    if set(text) & set("[]{}|"):
        yield "the text holds brackets of the grammar"
    if not words or len(words) != len(tags):
        yield f"{len(words)} words, {len(tags)} tags"
    if request["intent"] not in INTENTS:
        yield f"unknown intent {request['intent']}"
    for previous, tag in zip(["O", *tags], tags):
        if tag != "O" and (tag[:2] not in ("B-", "I-") or tag[2:] not in TYPES):
            yield f"unknown tag {tag}"
        if tag.startswith("I-") and previous[2:] != tag[2:]:
            yield f"{tag} after {previous}"


def too_easy(made: dict[str, list[dict]]) -> Iterator[str]:
    """Prints the table of figures and yields those out of bounds."""
    frequent = most_frequent_tags(made["train"])
    seen = {span[2:] for request in made["train"] for span in spans(request)}
    majority = Counter(request["intent"] for request in made["train"]).most_common(1)[0][0]
    print(f"{'':16}{'requests':>9}{'words':>7}{'values':>8}{'unseen':>8}{'baseline':>10}{'majority':>10}")
    for split in SPLITS:
        for name in ("both", *LANGUAGES):
            requests = [request for request in made[split] if name in ("both", language_of(request))]
            values = [span[2:] for request in requests for span in spans(request)]
            unseen = sum(value not in seen for value in values) / len(values)
            score = entity_f1(requests, [baseline_tags(request["words"], frequent) for request in requests])
            share = sum(request["intent"] == majority for request in requests) / len(requests)
            label = f"{split} {name}"
            words = sum(len(request["words"]) for request in requests)
            print(f"{label:16}{len(requests):9}{words:7}{len(values):8}{unseen:8.1%}{score:10.1%}{share:10.1%}")
            if split != "train" and (unseen < 0.4 or score > 0.7 or share > 0.16):
                yield f"{label} is too easy"
    print(f"\n{'test':16}{'values':>9}{'unseen':>8}")
    by_type = defaultdict(list)
    for request in made["test"]:
        for span in spans(request):
            by_type[span[2]].append(span[2:] not in seen)
    for type_, unseen in sorted(by_type.items()):
        print(f"{type_:16}{len(unseen):9}{sum(unseen) / len(unseen):8.1%}")


def language_of(request: dict) -> str:
    return "chinese" if any("\u4e00" <= character <= "\u9fff" for character in request["text"]) else "english"


def spans(request: dict) -> list[tuple]:
    """Start, end, type and the words in lower case of each entity."""
    return [(start, end, type_, " ".join(request["words"][start:end]).lower()) for start, end, type_ in tag_spans(request["tags"])]


def tag_spans(tags: list[str]) -> set[tuple[int, int, str]]:
    """As conlleval counts: an I that continues nothing begins a span."""
    found, start, type_ = set(), 0, ""
    for place, tag in enumerate([*tags, "O"]):
        if type_ and (tag[:2] != "I-" or tag[2:] != type_):
            found.add((start, place, type_))
            type_ = ""
        if tag != "O" and not type_:
            start, type_ = place, tag[2:]
    return found


def most_frequent_tags(requests: list[dict]) -> dict[str, str]:
    counts: dict[str, Counter] = defaultdict(Counter)
    for request in requests:
        for word, tag in zip(request["words"], request["tags"]):
            counts[word][tag] += 1
    return {word: min(tags, key=lambda tag: (-tags[tag], tag)) for word, tags in counts.items()}


def baseline_tags(words: list[str], frequent: dict[str, str]) -> list[str]:
    return [frequent.get(word, "O") for word in words]


def entity_f1(requests: list[dict], predictions: list[list[str]]) -> float:
    correct = expected = predicted = 0
    for request, tags in zip(requests, predictions):
        gold, guess = tag_spans(request["tags"]), tag_spans(tags)
        correct, expected, predicted = correct + len(gold & guess), expected + len(gold), predicted + len(guess)
    return 2 * correct / (expected + predicted) if correct else 0.0


if __name__ == "__main__":
    main()
