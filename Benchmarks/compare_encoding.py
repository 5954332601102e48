#!/usr/bin/env python3
"""Time encoders and tokenizers against the Python libraries, in turn, and print the ratios (theirs / ours).

    compare_encoding.py --model FOLDER --text FILE --training-text FILE [--rounds 5]

FOLDER is an encoder's, such as all-MiniLM-L6-v2; FILE some megabytes of plain text; the training text is what a 16k byte-level BPE
learns from. Rows: hidden states of 32 x 128 tokens in bfloat16, of 1 x 16 in each side's best precision (PyTorch eager and compiled),
WordPiece and byte-level BPE encoding on one thread, training, and a whole process that embeds one sentence.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ONE = """
import sys, torch
from transformers import AutoModel, AutoTokenizer
tokenizer, model = AutoTokenizer.from_pretrained(sys.argv[1]), AutoModel.from_pretrained(sys.argv[1])
with torch.inference_mode():
    print(model(**tokenizer(sys.argv[2], return_tensors="pt")).last_hidden_state.mean(1)[0, :3])
"""


def run(command, quiet_environment=None):
    start = time.perf_counter()
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=os.environ | (quiet_environment or {}))
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--text", required=True)
    parser.add_argument("--training-text", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sequitur", default=HERE.parent / ".build" / "release" / "sequitur")
    parser.add_argument("--no-compile", action="store_true", help="do not try torch.compile")
    arguments = parser.parse_args()
    python, ours = sys.executable, arguments.sequitur
    rows = []

    def pytorch(shape, precision, compiled):
        command = [python, HERE / "encoding.py", arguments.model, *shape, "--precision", precision] + (["--compile"] if compiled else [])
        return json.loads(run(command)[0])["milliseconds_median"]

    def sequitur(shape, precision):
        return json.loads(run([ours, "bench", "encoding", arguments.model, *shape, "--precision", precision, "--json"])[0])["milliseconds_median"]

    for label, shape, precisions in [
        ("32 x 128 tokens, bfloat16, ms", ["--batch", 32, "--length", 128], ["bfloat16"]),
        ("1 x 16 tokens, best, ms", ["--batch", 1, "--length", 16, "--iterations", 300, "--warmup", 50], ["bfloat16", "float32"]),
    ]:
        tried = {(p, c): pytorch(shape, p, c) for p in precisions for c in ([False] if arguments.no_compile else [False, True])}
        precision, compiled = min(tried, key=tried.get)
        own = min(precisions, key=lambda p: sequitur(shape, p))
        turns = [(pytorch(shape, precision, compiled), sequitur(shape, own)) for _ in range(arguments.rounds)]
        rows.append((f"{label} (PyTorch {precision}{', compiled' if compiled else ''}; ours {own})", turns))

    with tempfile.TemporaryDirectory() as folder:
        bpe = f"{folder}/bpe.json"
        turns = []
        for _ in range(arguments.rounds):
            theirs = json.loads(run([python, HERE / "tokenization.py", "train", arguments.training_text, "--iterations", 1])[0])
            command = [ours, "tokenizer", "train", "--kind", "byte-level", "--vocabulary-size", 16000, "--data", arguments.training_text]
            _, seconds = run([*command, "--output", bpe, "--no-progress"])
            turns.append((theirs["seconds_median"], seconds))
        rows.append(("training a 16k byte-level BPE, s (ours: the whole process)", turns))
        for label, tokenizer in [("WordPiece", f"{arguments.model}/tokenizer.json"), ("byte-level BPE", bpe)]:
            turns = []
            for _ in range(arguments.rounds):
                theirs = json.loads(run([python, HERE / "tokenization.py", "encode", tokenizer, arguments.text])[0])
                own = json.loads(run([ours, "bench", "tokenization", tokenizer, "--data", arguments.text, "--json"])[0])
                if theirs["tokens"] != own["tokens"]:
                    raise SystemExit(f"{label}: {theirs['tokens']} tokens there, {own['tokens']} here")
                turns.append((theirs["seconds_median"], own["seconds_median"]))
            rows.append((f"{label} encoding, one thread, s", turns))

    sentence = "A man is eating food."
    turns = []
    for _ in range(arguments.rounds):
        _, theirs = run([python, "-c", ONE, arguments.model, sentence], {"HF_HUB_OFFLINE": "1"})
        _, own = run([ours, "embed", arguments.model, "--text", sentence, "--no-progress"])
        turns.append((theirs, own))
    rows.append(("one sentence, whole process, s", turns))

    width = max(len(label) for label, _ in rows)
    print(f"{'':{width}}  {'theirs':>9}  {'ours':>9}  {'ratio':>6}  of rounds")
    for label, turns in rows:
        theirs, own = (statistics.median(side) for side in zip(*turns))
        ratios = [a / b for a, b in turns]
        print(f"{label:{width}}  {theirs:9.3f}  {own:9.3f}  {theirs / own:6.2f}  {min(ratios):.2f}-{max(ratios):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
