#!/usr/bin/env python3
"""Time an epoch of learning to understand text beside PyTorch's, in turn, and print the ratios.

    compare_learning.py tuning ENCODER sst2/train.tsv          all-MiniLM-L6-v2, batches of 32
    compare_learning.py tagging conll2003/eng.train            char-CNN BiLSTM-CRF, batches of 16

Both sides take every example once, in batches of like lengths that are cut in the same way, or in batches as they are drawn; the first ten steps, in which both make
what they keep, do not count. Validation and files are not timed.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
UNCOUNTED = 10


def ours(sequitur: str, arguments: argparse.Namespace, folder: str) -> dict[str, float]:
    common = ["--epochs", "1", "--data", arguments.paths[-1], "--precision", arguments.precision, "--output", folder, "--overwrite"]
    if arguments.name == "tuning":
        command = ["classification", "--model", arguments.paths[0], "--batch", "32", "--learning-rate", "0.0001"]
        command += ["--maximum-length", "96"] + (["--no-by-length"] if arguments.shuffled else [])
    else:
        command = ["tagging", "--model", "lstm", "--characters", "cnn", "--batch", "16", "--learning-rate", "0.0015"]
    subprocess.run([sequitur, "train", *command, *common, "--threads", "2", "--json", "--no-progress"], check=True, capture_output=True)
    lines = [json.loads(line) for line in open(f"{folder}/metrics.jsonl", encoding="utf-8")]
    steps = [line for line in lines if line["event"] == "step"]
    return {"mean": statistics.mean(step["seconds"] for step in steps[UNCOUNTED:]), "steps": len(steps)}


def theirs(arguments: argparse.Namespace) -> dict[str, float]:
    command = [sys.executable, str(HERE / f"{arguments.name}.py"), *arguments.paths, "--steps", "1000000"]
    command += ["--precision", arguments.precision]
    command += [f"--{name}" for name in ("compile", "shuffled") if getattr(arguments, name)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=["tuning", "tagging"])
    parser.add_argument("paths", nargs="+", help="the encoder's folder where one is tuned, and the training file")
    parser.add_argument("--precision", default="bfloat16", choices=["bfloat16", "float32"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compile", action="store_true", help="compile PyTorch's encoder (tuning)")
    parser.add_argument("--shuffled", action="store_true", help="batches as they are drawn, whatever their lengths, as most loops have them (tuning)")
    parser.add_argument("--sequitur", default=str(HERE.parent / ".build/release/sequitur"))
    arguments = parser.parse_args()
    pairs = []
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            one = theirs(arguments)
            other = ours(arguments.sequitur, arguments, f"{folder}/run")
        pairs.append((1000 * one["mean"], 1000 * other["mean"]))
        print(f"PyTorch {pairs[-1][0]:7.1f} ms   sequitur {pairs[-1][1]:7.1f} ms   {pairs[-1][0] / pairs[-1][1]:.2f}", flush=True)
    ratio = statistics.median(one for one, _ in pairs) / statistics.median(other for _, other in pairs)
    print(f"{arguments.name}, {arguments.precision}: {ratio:.2f}")


main()
