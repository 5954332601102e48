#!/usr/bin/env python3
"""Time `sequitur bench` and its PyTorch counterpart in turn, and print the ratios.

Both sides begin from the same weights and tokens, run on the same processors, and report the loss of their twentieth step
without dropout, which must agree. The first round finds each side's best setting where a row leaves it open (PyTorch: as it
is or compiled; both: the precision, in rows marked "best"); later rounds repeat the settings found.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
# How far the two losses may be apart, relative to their size.
AGREEMENT = {"float32": 1e-3, "bfloat16": 2e-2}
Result = dict[str, object]


@dataclass
class Row:
    label: str
    name: str
    """Of the benchmark: `sequitur bench NAME`, and the script NAME beside this one with _ for -."""
    shape: list[str]
    precisions: list[str]
    ours: list[Result] = field(default_factory=list)
    theirs: list[Result] = field(default_factory=list)


def rows(arguments: argparse.Namespace) -> list[Row]:
    if arguments.shape:
        name, *shape = arguments.shape
        return [Row(" ".join(arguments.shape), name, shape, arguments.precision or ["float32"])]
    lstm, transformer = "lstm-training", "transformer-training"
    words = "--layers 2 --width 650 --vocabulary 10000 --batch 20 --steps 35 --dropout 0.5".split()
    gru = [*words, "--cell", "gru"]
    characters = "--layers 2 --width 256 --vocabulary 65 --batch 32 --steps 64 --dropout 0".split()
    tagger = "--bidirectional --tags 9 --layers 1 --width 128 --vocabulary 20000 --batch 32 --steps 40 --dropout 0".split()
    middle = "--layers 6 --heads 6 --width 384 --block 256 --batch 16 --vocabulary 65".split()
    small = "--layers 4 --heads 4 --width 128 --block 64 --batch 12 --vocabulary 65".split()
    large = "--layers 12 --heads 12 --width 768 --block 512 --batch 4 --vocabulary 50257".split()
    all_rows = [
        Row("LSTM 2x650, vocabulary 10,000, bfloat16", lstm, words, ["bfloat16"]),
        Row("LSTM 2x650, vocabulary 10,000, float32", lstm, words, ["float32"]),
        Row("LSTM 2x256, vocabulary 65, best", lstm, characters, ["float32", "bfloat16"]),
        Row("GRU 2x650, vocabulary 10,000, bfloat16", lstm, gru, ["bfloat16"]),
        Row("GRU 2x650, vocabulary 10,000, float32", lstm, gru, ["float32"]),
        Row("LSTM tagger 1x128, both directions, best", lstm, tagger, ["float32", "bfloat16"]),
        Row("Transformer 6x384, block 256, bfloat16", transformer, middle, ["bfloat16"]),
        Row("Transformer 6x384, block 256, float32", transformer, middle, ["float32"]),
        Row("Transformer 4x128, block 64, best", transformer, small, ["float32", "bfloat16"]),
        Row("Transformer 12x768, block 512, bfloat16", transformer, large, ["bfloat16"]),
        Row("Transformer 12x768, block 512, float32", transformer, large, ["float32"]),
    ]
    return [row for row in all_rows if all(word.lower() in row.label.lower() for word in arguments.only)]


class Bench:
    """The two programs and what they need to run alike."""

    def __init__(self, arguments: argparse.Namespace, weights: str) -> None:
        self.arguments, self.weights = arguments, weights
        self.environment = os.environ | {"OMP_NUM_THREADS": str(arguments.threads)}
        self.processors = sorted(os.sched_getaffinity(0))[: arguments.threads] if hasattr(os, "sched_getaffinity") else None

    def sequitur(self, row: Row, precision: str) -> Result:
        command = [str(self.arguments.sequitur), "bench", row.name, *row.shape, "--precision", precision, "--json"]
        command += ["--iterations", str(self.arguments.iterations), "--weights", self.weights]
        return self.run(command) | {"precision": precision}

    def pytorch(self, row: Row, precision: str, compiled: bool, save: bool = False, loss: bool = False) -> Result:
        script = [sys.executable, str(HERE / f"{row.name.replace('-', '_')}.py"), *row.shape, "--precision", precision, "--json"]
        options = ["--threads", str(self.arguments.threads), "--iterations", str(self.arguments.iterations)]
        options += ["--save-weights" if save else "--weights", self.weights]
        options += ["--compile"] if compiled else []
        options += [] if loss else ["--skip-loss"]
        return self.run([*script, *options])

    def run(self, command: list[str]) -> Result:
        def pin() -> None:
            if self.processors:
                os.sched_setaffinity(0, self.processors)

        done = subprocess.run(
            command, capture_output=True, text=True, env=self.environment, preexec_fn=pin, timeout=self.arguments.limit
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.strip()[-2000:]}")
        return json.loads(done.stdout)


def measure(bench: Bench, row: Row) -> None:
    """Round one tries every open setting; then the two sides take turns."""
    saved = False
    losses: dict[str, list[float]] = {}
    tried_theirs: list[tuple[Result, str, bool]] = []
    tried_ours: list[tuple[Result, str]] = []
    for precision in row.precisions:
        plain = bench.pytorch(row, precision, compiled=False, save=not saved, loss=True)
        saved = True
        tried_theirs.append((plain, precision, False))
        ours = bench.sequitur(row, precision)
        tried_ours.append((ours, precision))
        losses[precision] = [float(plain["loss_after_20_steps"]), float(ours["loss_after_20_steps"])]
        if not bench.arguments.no_compile:
            try:
                tried_theirs.append((bench.pytorch(row, precision, compiled=True), precision, True))
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                print(f"{row.label}: torch.compile did not run in {precision}: {str(error).splitlines()[-1]}", file=sys.stderr)
    for precision, (theirs, ours) in losses.items():
        if abs(theirs - ours) > AGREEMENT[precision] * abs(theirs):
            raise RuntimeError(f"{row.label}: the losses after 20 steps disagree in {precision}: PyTorch {theirs}, ours {ours}")
        print(f"{row.label}: loss after 20 steps in {precision}: PyTorch {theirs:.5f}, ours {ours:.5f}", file=sys.stderr)
    _, their_precision, compiled = min(tried_theirs, key=lambda tried: tried[0]["milliseconds_median"])
    _, our_precision = min(tried_ours, key=lambda tried: tried[0]["milliseconds_median"])
    for round in range(bench.arguments.rounds):
        row.theirs.append(bench.pytorch(row, their_precision, compiled))
        row.ours.append(bench.sequitur(row, our_precision))
        milliseconds = [f"{result[-1]['milliseconds_median']:.1f}" for result in (row.theirs, row.ours)]
        print(f"{row.label}: round {round + 1}: PyTorch {milliseconds[0]} ms, ours {milliseconds[1]} ms", file=sys.stderr)


def table(measured: list[Row]) -> str:
    lines = [["training", "PyTorch ms", "ours ms", "ratio", "of rounds", "PyTorch MB", "ours MB", "memory", "settings"]]
    for row in measured:
        theirs, ours = of(row.theirs, "milliseconds_median"), of(row.ours, "milliseconds_median")
        their_bytes, our_bytes = max(of(row.theirs, "peak_bytes")), max(of(row.ours, "peak_bytes"))
        each = [their / our for their, our in zip(theirs, ours)]
        their_setting = f"{row.theirs[0]['precision']}{', compiled' if row.theirs[0]['compiled'] else ''}"
        lines.append([
            row.label, f"{statistics.median(theirs):.1f}", f"{statistics.median(ours):.1f}",
            f"{statistics.median(theirs) / statistics.median(ours):.2f}", f"{min(each):.2f}-{max(each):.2f}",
            f"{their_bytes / 1e6:.0f}", f"{our_bytes / 1e6:.0f}", f"{our_bytes / their_bytes:.2f}",
            f"PyTorch {their_setting}; ours {row.ours[0]['precision']}",
        ])  # fmt: skip
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    last = len(widths) - 1
    aligned = [
        [cell.ljust(width) if index in (0, last) else cell.rjust(width) for index, (cell, width) in enumerate(zip(line, widths))]
        for line in lines
    ]
    return "\n".join("  ".join(line).rstrip() for line in aligned)


def of(results: list[Result], key: str) -> list[float]:
    return [float(result[key]) for result in results]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side, after the one that finds settings")
    parser.add_argument("--iterations", type=int, default=20, help="training steps timed in a turn")
    parser.add_argument("--threads", type=int, default=2, help="and processors, for both sides")
    parser.add_argument("--limit", type=float, default=600, help="seconds for one run of one side, compilation included")
    parser.add_argument("--no-compile", action="store_true", help="do not try torch.compile")
    parser.add_argument("--sequitur", type=pathlib.Path, default=HERE.parent / ".build" / "release" / "sequitur")
    parser.add_argument("--precision", action="append", choices=("float32", "bfloat16"), help="for a shape of your own; repeatable")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="only rows whose label has all these words")
    parser.add_argument("shape", nargs="*", help="after --: a benchmark's name and its flags, instead of the rows of this file")
    arguments = parser.parse_args()
    if not arguments.sequitur.exists():
        parser.error(f"{arguments.sequitur} is not there; build it with: swift build -c release --product sequitur")
    measured = rows(arguments)
    if not measured:
        parser.error(f"no row has all of: {' '.join(arguments.only)}")
    with tempfile.TemporaryDirectory() as folder:
        for index, row in enumerate(measured):
            try:
                measure(Bench(arguments, os.path.join(folder, f"{index}.safetensors")), row)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                print(f"compare: {error}", file=sys.stderr)
                return 1
    print(table(measured))
    print("ratio: median of PyTorch's times / median of ours; memory: our peak / PyTorch's process's peak")
    for name, results in (("PyTorch", measured[0].theirs), ("sequitur", measured[0].ours)):
        print(f"{name}: {json.dumps(results[0].get('versions', {}))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
