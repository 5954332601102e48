#!/usr/bin/env python3
"""The side of Python's `tokenizers` (Rust) of `sequitur bench tokenization` and `sequitur tokenizer train`.

    tokenization.py encode TOKENIZER.json TEXT        encode_batch over the lines, one thread
    tokenization.py train TEXT --size 16000           a byte-level BPE from the file, as many threads as there are
"""

import argparse
import json
import os
import statistics
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("what", choices=("encode", "train"))
parser.add_argument("paths", nargs="+")
parser.add_argument("--size", type=int, default=16_000)
parser.add_argument("--iterations", type=int, default=3)
arguments = parser.parse_args()
os.environ["TOKENIZERS_PARALLELISM"] = "false" if arguments.what == "encode" else "true"

import tokenizers  # noqa: E402
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402

times, tokens = [], 0
if arguments.what == "encode":
    tokenizer = Tokenizer.from_file(arguments.paths[0])
    tokenizer.no_padding()
    tokenizer.no_truncation()
    with open(arguments.paths[1], encoding="utf-8", newline="\n") as file:
        lines = [line.rstrip("\n").removesuffix("\r") for line in file]
    for _ in range(arguments.iterations):
        start = time.perf_counter()
        encodings = tokenizer.encode_batch(lines)
        times.append(time.perf_counter() - start)
        tokens = sum(len(encoding.ids) for encoding in encodings)
else:
    for _ in range(arguments.iterations):
        start = time.perf_counter()
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=arguments.size, min_frequency=1, special_tokens=["<|endoftext|>"], show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
        tokenizer.train(arguments.paths, trainer)
        times.append(time.perf_counter() - start)
    tokens = tokenizer.get_vocab_size()
print(json.dumps({"seconds_median": statistics.median(times), "tokens": tokens, "version": tokenizers.__version__}))
