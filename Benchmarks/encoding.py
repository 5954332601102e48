#!/usr/bin/env python3
"""PyTorch's side of `sequitur bench encoding`: the time of an encoder's hidden states for a batch without padding.

The model is what `transformers` makes of the folder, with scaled_dot_product_attention, in inference mode; in bfloat16 its weights are
bfloat16. The mean of the absolute hidden states tells whether both sides computed the same.
"""

import argparse
import json
import statistics
import time

import torch
import transformers

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folder")
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--length", type=int, default=128)
parser.add_argument("--iterations", type=int, default=20)
parser.add_argument("--warmup", type=int, default=5)
parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--compile", action="store_true")
arguments = parser.parse_args()

torch.set_num_threads(arguments.threads)
transformers.logging.set_verbosity_error()
dtype = torch.bfloat16 if arguments.precision == "bfloat16" else torch.float32
model = transformers.AutoModel.from_pretrained(arguments.folder, dtype=dtype).eval()
room = max(1, model.config.vocab_size - 1000)
ids = torch.tensor([[min(999, room - 1) + (row * arguments.length + step) * 7919 % room for step in range(arguments.length)]
                    for row in range(arguments.batch)])
run = torch.compile(model) if arguments.compile else model
times = []
with torch.inference_mode():
    for index in range(arguments.warmup + arguments.iterations):
        start = time.perf_counter()
        hidden = run(input_ids=ids, attention_mask=None).last_hidden_state
        if index >= arguments.warmup:
            times.append(1000 * (time.perf_counter() - start))
print(json.dumps({"milliseconds_median": statistics.median(times), "milliseconds_best": min(times),
                  "mean_magnitude": hidden.float().abs().mean().item(), "compiled": arguments.compile,
                  "precision": arguments.precision,
                  "versions": {"torch": torch.__version__, "transformers": transformers.__version__}}))
