#!/usr/bin/env python3
"""PyTorch's side of tuning an encoder for classes: seconds of a step over the batches of an epoch.

    tuning.py MODEL train.tsv [--batch 32] [--precision bfloat16] [--steps N] [--compile] [--shuffled]

Texts of like lengths are read together, as ours are, unless batches are to be as they are drawn; mean pooling, dropout, a linear map; AdamW fused, gradients clipped.
"""

import argparse
import json
import random
import statistics
import time

import torch
from transformers import AutoModel, AutoTokenizer


def batches(lengths: list[int], size: int, seed: int, by_length: bool) -> list[list[int]]:
    draw = random.Random(seed)
    order = list(range(len(lengths)))
    draw.shuffle(order)
    made = []
    if not by_length:
        return [order[i : i + size] for i in range(0, len(order), size)]
    for start in range(0, len(order), size * 64):
        pool = sorted(order[start : start + size * 64], key=lengths.__getitem__)
        made += [pool[i : i + size] for i in range(0, len(pool), size)]
    draw.shuffle(made)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--precision", default="bfloat16", choices=["bfloat16", "float32"])
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--shuffled", action="store_true", help="batches as they are drawn, whatever their lengths")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(2)
    rows = [line.rstrip("\n").split("\t") for line in open(arguments.data, encoding="utf-8")]
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    ids = tokenizer([text for text, _ in rows], truncation=True, max_length=96)["input_ids"]
    labels = [int(label) for _, label in rows]
    body = AutoModel.from_pretrained(arguments.model, attn_implementation="sdpa", add_pooling_layer=False)
    head = torch.nn.Linear(body.config.hidden_size, 2)
    body.train()
    run = torch.compile(body, dynamic=True) if arguments.compile else body
    optimizer = torch.optim.AdamW([*body.parameters(), *head.parameters()], lr=1e-4, weight_decay=0.0, fused=True)
    taken = []
    for chosen in batches([len(row) for row in ids], arguments.batch, 1, not arguments.shuffled)[: arguments.steps]:
        began = time.perf_counter()
        longest = max(len(ids[i]) for i in chosen)
        tokens = torch.zeros(len(chosen), longest, dtype=torch.long)
        mask = torch.zeros(len(chosen), longest, dtype=torch.long)
        for row, i in enumerate(chosen):
            tokens[row, : len(ids[i])] = torch.tensor(ids[i])
            mask[row, : len(ids[i])] = 1
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bfloat16"):
            hidden = run(input_ids=tokens, attention_mask=mask).last_hidden_state
            pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
            logits = head(torch.nn.functional.dropout(pooled, 0.1))
        loss = torch.nn.functional.cross_entropy(logits.float(), torch.tensor([labels[i] for i in chosen]))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*body.parameters(), *head.parameters()], 1.0)
        optimizer.step()
        taken.append(time.perf_counter() - began)
    rest = taken[10:]
    print(json.dumps({"steps": len(rest), "seconds": sum(rest), "mean": statistics.mean(rest), "loss": loss.item()}))


main()
