#!/usr/bin/env python3
"""PyTorch's side of training a tagger of words and characters with a random field: seconds of an epoch.

    tagging.py eng.train [--batch 16] [--precision bfloat16]

Word vectors of 100, a convolution of characters (30 to 50), a packed nn.LSTM of 200 in both directions, a linear-chain field whose
forward algorithm is vectorised over the batch; AdamW fused, gradients clipped.
"""

import argparse
import json
import random
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def sentences(path: str) -> list[tuple[list[str], list[str]]]:
    found, words, tags = [], [], []
    for line in open(path, encoding="utf-8"):
        fields = line.split()
        if not fields or fields[0] == "-DOCSTART-":
            if words:
                found.append((words, tags))
            words, tags = [], []
        else:
            words.append(fields[0])
            tags.append(fields[-1])
    return found + ([(words, tags)] if words else [])


class Tagger(nn.Module):
    def __init__(self, words: int, characters: int, tags: int) -> None:
        super().__init__()
        self.words = nn.Embedding(words, 100)
        self.characters = nn.Embedding(characters, 30, padding_idx=0)
        self.convolution = nn.Conv1d(30, 50, 3, padding=1)
        self.lstm = nn.LSTM(150, 200, bidirectional=True, batch_first=True)
        self.output = nn.Linear(400, tags)
        self.transitions = nn.Parameter(torch.empty(tags, tags).uniform_(-0.1, 0.1))
        self.start = nn.Parameter(torch.empty(tags).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(tags).uniform_(-0.1, 0.1))
        self.dropout = nn.Dropout(0.5)

    def emissions(self, words, spelled, lengths):
        batch, steps, longest = spelled.shape
        vectors = self.dropout(self.characters(spelled.view(-1, longest))).transpose(1, 2)
        hidden = self.convolution(vectors).masked_fill(spelled.view(-1, 1, longest) == 0, float("-inf")).amax(2)
        features = hidden.masked_fill(hidden == float("-inf"), 0).view(batch, steps, -1)
        x = self.dropout(torch.cat([self.words(words), features.to(self.words.weight.dtype)], 2))
        packed, _ = self.lstm(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
        return self.output(self.dropout(pad_packed_sequence(packed, batch_first=True)[0])).float()

    def loss(self, words, spelled, tags, lengths, mask):
        scores = self.emissions(words, spelled, lengths)
        gold = scores.gather(2, tags[:, :, None])[:, :, 0].mul(mask).sum()
        gold = gold + self.start[tags[:, 0]].sum() + (self.transitions[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]).sum()
        gold = gold + self.end[tags.gather(1, (lengths - 1)[:, None])[:, 0]].sum()
        alpha = self.start + scores[:, 0]
        for step in range(1, scores.shape[1]):
            following = torch.logsumexp(alpha[:, :, None] + self.transitions, 1) + scores[:, step]
            alpha = torch.where(mask[:, step : step + 1] > 0, following, alpha)
        return (torch.logsumexp(alpha + self.end, 1).sum() - gold) / len(lengths)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--precision", default="bfloat16", choices=["bfloat16", "float32"])
    parser.add_argument("--steps", type=int, default=400)
    arguments = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(2)
    data = sentences(arguments.data)
    words = {word: i + 1 for i, word in enumerate(sorted({w.lower() for s, _ in data for w in s}))}
    characters = {c: i + 1 for i, c in enumerate(sorted({c for s, _ in data for w in s for c in w}))}
    tags = {tag: i for i, tag in enumerate(sorted({t for _, ts in data for t in ts}))}
    # As many tags as ours has, with places of spans in BIOES.
    model = Tagger(len(words) + 1, len(characters) + 1, 17)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.0015, weight_decay=0.0, fused=True)
    draw = random.Random(1)
    order = list(range(len(data)))
    draw.shuffle(order)
    batches = []
    for start in range(0, len(order), arguments.batch * 64):
        pool = sorted(order[start : start + arguments.batch * 64], key=lambda i: len(data[i][0]))
        batches += [pool[i : i + arguments.batch] for i in range(0, len(pool), arguments.batch)]
    draw.shuffle(batches)
    encoded = [
        ([words[w.lower()] for w in s], [[characters[c] for c in w[:40]] for w in s], [tags[t] for t in ts]) for s, ts in data
    ]
    taken = []
    for chosen in batches[: arguments.steps]:
        began = time.perf_counter()
        rows = [encoded[i] for i in chosen]
        lengths = torch.tensor([len(row[0]) for row in rows])
        steps, longest = int(lengths.max()), max(len(w) for row in rows for w in row[1])
        ids = torch.zeros(len(rows), steps, dtype=torch.long)
        gold = torch.zeros(len(rows), steps, dtype=torch.long)
        spelled = torch.zeros(len(rows), steps, longest, dtype=torch.long)
        for r, (w, spelling, t) in enumerate(rows):
            ids[r, : len(w)] = torch.tensor(w)
            gold[r, : len(t)] = torch.tensor(t)
            for k, characters_of_word in enumerate(spelling):
                spelled[r, k, : len(characters_of_word)] = torch.tensor(characters_of_word)
        mask = (torch.arange(steps)[None] < lengths[:, None]).float()
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bfloat16"):
            loss = model.loss(ids, spelled, gold, lengths, mask)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        taken.append(time.perf_counter() - began)
    rest = taken[10:]
    print(json.dumps({"steps": len(rest), "seconds": sum(rest), "mean": sum(rest) / len(rest), "loss": loss.item()}))


main()
