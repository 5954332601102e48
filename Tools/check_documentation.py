#!/usr/bin/env python3
"""Check that the documentation speaks of what exists: linked files and headings, paths, make targets, `sequitur` commands.

Commands are those in fenced blocks marked sh, bash or console. The flags that exist are asked of the built executable.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEQUITUR = ROOT / ".build" / "release" / "sequitur"
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:Sources|Tests|Tools|Documentation|Recipes|Samples|Benchmarks)/[\w./-]*)`")
FENCE = re.compile(r"^\s*(```+|~~~+)\s*(\w*)")


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists()]
    commands = known_commands()
    complaints = [f"{file.relative_to(ROOT)}:{line}: {text}" for file in files for line, text in complaints_of(file, commands)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    print(f"{len(files)} documents, {len(complaints)} complaints")
    return 1 if complaints else 0


def complaints_of(file: pathlib.Path, commands: dict) -> Iterator[tuple[int, str]]:
    prose, blocks = parts(file.read_text(encoding="utf-8"))
    for line, text in prose:
        for target in LINK.findall(text):
            yield from ((line, problem) for problem in link_problems(file, target))
        for path in PATH.findall(text):
            if not (ROOT / path).exists():
                yield line, f"there is no {path}"
    for line, command in shell_commands(blocks):
        yield from ((line, problem) for problem in command_problems(command, commands))


def parts(text: str) -> tuple[list[tuple[int, str]], list[tuple[int, str, str]]]:
    """Lines outside fenced blocks, and lines inside them with their block's language."""
    prose, blocks = [], []
    fence, language = "", ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = FENCE.match(line)
        if not fence and mark:
            fence, language = mark[1], mark[2]
        elif fence and mark and mark[1].startswith(fence) and not mark[2]:
            fence = ""
        elif fence:
            blocks.append((number, language, line))
        else:
            prose.append((number, line))
    return prose, blocks


def link_problems(file: pathlib.Path, target: str) -> Iterator[str]:
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return
    path, _, anchor = target.partition("#")
    linked = (file.parent / path).resolve() if path else file
    if not linked.exists():
        yield f"the link {target} leads nowhere"
    elif anchor and linked.suffix == ".md" and anchor not in anchors(linked):
        yield f"{linked.name} has no heading #{anchor}"


def anchors(file: pathlib.Path) -> set[str]:
    """Headings as GitHub spells them in links: lower case, punctuation gone, spaces as hyphens, repetitions numbered."""
    found: set[str] = set()
    for _, line in parts(file.read_text(encoding="utf-8"))[0]:
        if heading := re.match(r"#{1,6}\s+(.*?)\s*#*$", line):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower()
            base = name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            count = 0
            while name in found:
                count += 1
                name = f"{base}-{count}"
            found.add(name)
    return found


def shell_commands(blocks: list[tuple[int, str, str]]) -> Iterator[tuple[int, list[str]]]:
    """Words of each simple command; in console blocks only the lines after a prompt are commands."""
    waiting = ""
    for number, language, line in blocks:
        if language not in ("sh", "bash", "console"):
            continue
        stripped = line.strip()
        if language == "console" and not waiting and not stripped.startswith("$ "):
            continue
        text = waiting + " " + stripped.removeprefix("$ ")
        waiting = ""
        if text.endswith("\\"):
            waiting = text[:-1]
            continue
        lexer = shlex.shlex(text, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        words: list[str] = []
        try:
            for word in lexer:
                if set(word) <= set("|&;<>"):
                    yield number, words
                    words = []
                else:
                    words.append(word)
        except ValueError as error:
            yield number, [f"({error})"]
        yield number, words


def command_problems(words: list[str], commands: dict) -> Iterator[str]:
    while words and re.match(r"\w+=", words[0]):
        words = words[1:]
    if not words:
        return
    if words[0].startswith("(No "):
        yield f"the command does not parse {words[0]}"
    elif words[0] == "make":
        for word in words[1:]:
            if "=" not in word and not word.startswith("-") and word not in make_targets():
                yield f"the Makefile has no target {word}"
    elif words[:3] == ["swift", "run", "sequitur"]:
        yield from sequitur_problems(words[3:], commands)
    elif pathlib.PurePath(words[0]).name == "sequitur":
        yield from sequitur_problems(words[1:], commands)
    else:
        for word in words:
            if word.startswith(("Tools/", "Tests/", "Samples/", "Recipes/")) and not (ROOT / word).exists():
                yield f"there is no {word}"


def make_targets() -> set[str]:
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def known_commands() -> dict:
    """The tree of commands, as swift-argument-parser dumps it."""
    if not SEQUITUR.exists():
        raise SystemExit(f"check_documentation: {SEQUITUR} is not there; build it with: make build")
    dumped = subprocess.run([SEQUITUR, "--experimental-dump-help"], capture_output=True, check=True, text=True)
    return json.loads(dumped.stdout)["command"]


def sequitur_problems(words: list[str], command: dict) -> Iterator[str]:
    path, place = ["sequitur"], 0
    while place < len(words):
        below = {child["commandName"]: child for child in command.get("subcommands", [])}
        if words[place] not in below:
            break
        command = below[words[place]]
        path.append(words[place])
        place += 1
    rest = words[place:]
    if command.get("subcommands") and rest and not rest[0].startswith("-"):
        # Capitals stand for the reader's own words.
        if not rest[0].isupper():
            yield f"`{' '.join(path)}` has no command {rest[0]}"
        return
    flags = {
        ("-" if name["kind"] != "long" else "--") + name["name"]
        for argument in command.get("arguments", [])
        for name in argument.get("names", [])
    } | {"--help", "-h", "--version"}
    for word in rest:
        flag = word.partition("=")[0]
        if re.match(r"--?[A-Za-z]", flag) and flag not in flags:
            yield f"`{' '.join(path)}` has no flag {flag}"


if __name__ == "__main__":
    sys.exit(main())
