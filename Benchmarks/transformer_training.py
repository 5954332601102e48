#!/usr/bin/env python3
"""PyTorch's side of `sequitur bench transformer-training`: the time of one training step of a decoder-only Transformer.

The model is GPT-2's: token and learned position embeddings, blocks with layer norms before causal attention and before a GELU
layer of four times the width, a last norm, and the token embeddings again as output weights. The step is a mean cross-entropy,
its gradients clipped to a norm of 1, and AdamW with betas 0.9 and 0.95 and a decay of 0.1 on matrices. Attention is
`scaled_dot_product_attention` and the optimiser the fused one: what a user who cares for speed takes. Before anything is timed,
20 steps are made without dropout; the loss of the twentieth (computed in it, before its update) is what the other side must agree
with when both begin from the same weights.

A file of starting weights is safetensors with nanoGPT's parameter names (transformer.wte.weight, transformer.wpe.weight,
transformer.h.0.ln_1.weight …, transformer.ln_f.bias, and lm_head.weight unless tied) and `tokens`, int32
[20 · batch, block + 1]: step k (from 0, modulo 20) reads rows k · batch … (k + 1) · batch − 1.
"""

import argparse
import json
import math
import platform
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

AGREED_STEPS = 20
MAXIMUM_NORM = 1.0
BETAS = (0.9, 0.95)
WEIGHT_DECAY = 0.1


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.heads, self.rate = heads, dropout

    def forward(self, x: Tensor) -> Tensor:
        batch, time, width = x.shape
        q, k, v = (part.view(batch, time, self.heads, -1).transpose(1, 2) for part in self.c_attn(x).split(width, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=self.rate if self.training else 0.0, is_causal=True)
        return self.dropout(self.c_proj(y.transpose(1, 2).reshape(batch, time, width)))


class FeedForward(nn.Module):
    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(self.c_proj(F.gelu(self.c_fc(x))))


class Block(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = Attention(width, heads, dropout)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = FeedForward(width, dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class LanguageModel(nn.Module):
    def __init__(self, arguments: argparse.Namespace, dropout: float) -> None:
        super().__init__()
        width, layers = arguments.width, arguments.layers
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(arguments.vocabulary, width),
            "wpe": nn.Embedding(arguments.block, width),
            "drop": nn.Dropout(dropout),
            "h": nn.ModuleList(Block(width, arguments.heads, dropout) for _ in range(layers)),
            "ln_f": nn.LayerNorm(width),
        })  # fmt: skip
        self.lm_head = nn.Linear(width, arguments.vocabulary, bias=False)
        if arguments.tied:
            self.lm_head.weight = self.transformer["wte"].weight
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * layers) if name.endswith("c_proj.weight") else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        positions = torch.arange(tokens.shape[1])
        x = self.transformer["drop"](self.transformer["wte"](tokens) + self.transformer["wpe"](positions))
        for block in self.transformer["h"]:
            x = block(x)
        return F.cross_entropy(self.lm_head(self.transformer["ln_f"](x)).flatten(0, 1), targets.flatten())


class Run:
    """A model in training: parameters, optimiser, place in the batches."""

    def __init__(self, arguments: argparse.Namespace, dropout: float) -> None:
        start = starting_point(arguments)
        self.batch, self.bfloat16 = arguments.batch, arguments.precision == "bfloat16"
        self.tokens = start["tokens"].long()
        self.model = LanguageModel(arguments, dropout)
        missing, unexpected = self.model.load_state_dict({k: v for k, v in start.items() if k != "tokens"}, strict=False)
        if unexpected or set(missing) - ({"lm_head.weight"} if arguments.tied else set()):
            raise SystemExit(f"transformer_training: the weights do not fit: missing {missing}, unexpected {unexpected}")
        self.model.train()
        matrices = [parameter for parameter in self.model.parameters() if parameter.dim() >= 2]
        vectors = [parameter for parameter in self.model.parameters() if parameter.dim() < 2]
        groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=arguments.learning_rate, betas=BETAS, fused=True)
        self.forward = torch.compile(self.model) if arguments.compile else self.model
        self.done = 0

    def step(self) -> Tensor:
        first = self.done % AGREED_STEPS * self.batch
        tokens = self.tokens[first : first + self.batch]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16):
            loss = self.forward(tokens[:, :-1], tokens[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), MAXIMUM_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.done += 1
        return loss.detach()


def starting_point(arguments: argparse.Namespace) -> dict[str, Tensor]:
    shape = (AGREED_STEPS * arguments.batch, arguments.block + 1)
    if arguments.weights:
        start = load_file(arguments.weights)
        found = tuple(start["tokens"].shape) if "tokens" in start else "none"
        if found != shape:
            raise SystemExit(f"transformer_training: {arguments.weights} must hold tokens of shape {shape}, not {found}")
        return start
    torch.manual_seed(arguments.seed)
    start = {key: value.clone() for key, value in LanguageModel(arguments, 0.0).state_dict().items()}
    if arguments.tied:
        del start["lm_head.weight"]
    # Frequencies like those of words (Zipf's law): there is something to learn, so the agreed loss means something.
    frequencies = 1 / torch.arange(1, arguments.vocabulary + 1, dtype=torch.float64)
    start["tokens"] = torch.multinomial(frequencies, shape[0] * shape[1], replacement=True).int().view(shape)
    return start


def agreed_loss(arguments: argparse.Namespace) -> float:
    run = Run(arguments, dropout=0.0)
    for _ in range(AGREED_STEPS):
        loss = run.step()
    return loss.item()


def main() -> int:
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    if arguments.save_weights:
        save_file(starting_point(arguments), arguments.save_weights)
    loss = None if arguments.skip_loss else agreed_loss(arguments)
    run = Run(arguments, arguments.dropout)
    for _ in range(arguments.warmup):
        run.step()
    milliseconds = []
    for _ in range(arguments.iterations):
        began = time.perf_counter()
        run.step()
        milliseconds.append((time.perf_counter() - began) * 1000)
    median = statistics.median(milliseconds)
    unit = 1 if platform.system() == "Darwin" else 1024
    result = {
        "milliseconds_median": median,
        "milliseconds_best": min(milliseconds),
        "tokens_per_second": arguments.batch * arguments.block / median * 1000,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
        "loss_after_20_steps": loss,
        "precision": arguments.precision,
        "compiled": arguments.compile,
        "threads": torch.get_num_threads(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "onednn": onednn_version(),
            "isa": torch.backends.cpu.get_cpu_capability(),
        },
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        for key, value in result.items():
            print(f"{key:20} {value}")
    return 0


def onednn_version() -> str:
    lines = (line.strip() for line in torch.__config__.show().splitlines())
    return next((line.split()[3] for line in lines if line.startswith("- Intel(R) MKL-DNN")), "unknown")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--heads", type=int, default=6)
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--block", type=int, default=256, help="tokens of a sequence")
    parser.add_argument("--batch", type=int, default=16, help="sequences")
    parser.add_argument("--vocabulary", type=int, default=65)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--tie-embeddings", "--tied", dest="tied", action=argparse.BooleanOptionalAction, default=True, help="one matrix for the embedding and the output layer")
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=5, help="training steps before those that are timed")
    parser.add_argument("--iterations", type=int, default=20, help="training steps that are timed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weights", metavar="FILE", help="start from this file")
    parser.add_argument("--save-weights", metavar="FILE", help="write the start to this file")
    parser.add_argument("--compile", action="store_true", help="through torch.compile")
    parser.add_argument("--skip-loss", action="store_true", help="do not take the loss after 20 steps")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
