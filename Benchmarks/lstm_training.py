#!/usr/bin/env python3
"""PyTorch's side of `sequitur bench lstm-training`: the time of one training step of a recurrent language model.

The step is that of PyTorch's word_language_model example: embedding, dropout, LSTM with dropout between its layers,
dropout, linear layer, mean cross-entropy, gradients clipped to a norm of 0.25, p ← p − learning rate · g, with the state
carried from step to step and cut; a tagger in both directions begins from zero. Before anything is timed, 20 steps are made without dropout; the loss of the twentieth
(computed in it, before its update) is what the other side must agree with when both begin from the same weights.

A file of starting weights is safetensors with the example's parameter names (encoder.weight, rnn.weight_ih_l0 …,
decoder.weight unless tied, decoder.bias) and `tokens`, int32 [20 · steps + 1, batch]: step k (from 0, modulo 20) reads the
rows from k · steps on and predicts the rows one later.
"""

import argparse
import json
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
MAXIMUM_NORM = 0.25


CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn-tanh": nn.RNN}
State = tuple[Tensor, Tensor] | Tensor | None


class Model(nn.Module):
    """A language model, or in both directions a tagger."""

    def __init__(self, arguments: argparse.Namespace, dropout: float) -> None:
        super().__init__()
        vocabulary, width, layers, both = arguments.vocabulary, arguments.width, arguments.layers, arguments.bidirectional
        self.dropout = nn.Dropout(dropout)
        self.encoder = nn.Embedding(vocabulary, width)
        self.rnn = CELLS[arguments.cell](width, width, layers, dropout=dropout if layers > 1 else 0.0, bidirectional=both)
        self.decoder = nn.Linear(2 * width, arguments.tags) if both else nn.Linear(width, vocabulary)
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)
        if arguments.tied:
            self.decoder.weight = self.encoder.weight

    def forward(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        hidden, state = self.rnn(self.dropout(self.encoder(tokens)), state)
        return self.decoder(self.dropout(hidden)).flatten(0, 1), state


class Run:
    """A model in training: parameters, state, place in the stream."""

    def __init__(self, arguments: argparse.Namespace, dropout: float) -> None:
        start = starting_point(arguments)
        self.steps, self.rate = arguments.steps, arguments.learning_rate
        self.bfloat16 = arguments.precision == "bfloat16"
        self.tokens = start["tokens"].long()
        self.model = Model(arguments, dropout)
        self.tags = arguments.tags if arguments.bidirectional else 0
        missing, unexpected = self.model.load_state_dict({k: v for k, v in start.items() if k != "tokens"}, strict=False)
        if unexpected or set(missing) - ({"decoder.weight"} if arguments.tied else set()):
            raise SystemExit(f"lstm_training: the weights do not fit: missing {missing}, unexpected {unexpected}")
        self.model.train()
        self.parameters = list(self.model.parameters())
        self.forward = torch.compile(self.model) if arguments.compile else self.model
        self.state: State = None
        if not arguments.bidirectional:
            zero = torch.zeros(arguments.layers, arguments.batch, arguments.width)
            self.state = (zero, zero.clone()) if arguments.cell == "lstm" else zero
        self.done = 0

    def step(self) -> Tensor:
        place = self.done % AGREED_STEPS * self.steps
        tokens = self.tokens[place : place + self.steps]
        targets = self.tokens[place + 1 : place + 1 + self.steps].flatten()
        if self.tags:
            targets = targets % self.tags
        self.model.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16):
            logits, state = self.forward(tokens, self.state)
            loss = F.cross_entropy(logits, targets)
        if not self.tags:
            self.state = tuple(value.detach() for value in state) if isinstance(state, tuple) else state.detach()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, MAXIMUM_NORM)
        with torch.no_grad():
            for parameter in self.parameters:
                parameter.add_(parameter.grad, alpha=-self.rate)
        self.done += 1
        return loss.detach()


def starting_point(arguments: argparse.Namespace) -> dict[str, Tensor]:
    if arguments.weights:
        start = load_file(arguments.weights)
        expected = (AGREED_STEPS * arguments.steps + 1, arguments.batch)
        found = tuple(start["tokens"].shape) if "tokens" in start else "none"
        if found != expected:
            raise SystemExit(f"lstm_training: {arguments.weights} must hold tokens of shape {expected}, not {found}")
        return start
    torch.manual_seed(arguments.seed)
    model = Model(arguments, 0.0)
    start = {key: value.clone() for key, value in model.state_dict().items()}
    if arguments.tied:
        del start["decoder.weight"]
    # Frequencies like those of words (Zipf's law): there is something to learn, so the agreed loss means something.
    frequencies = 1 / torch.arange(1, arguments.vocabulary + 1, dtype=torch.float64)
    count = (AGREED_STEPS * arguments.steps + 1) * arguments.batch
    start["tokens"] = torch.multinomial(frequencies, count, replacement=True).int().view(-1, arguments.batch)
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
        "tokens_per_second": arguments.batch * arguments.steps / median * 1000,
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
    parser.add_argument("--cell", choices=tuple(CELLS), default="lstm")
    parser.add_argument("--bidirectional", action="store_true", help="a tagger that reads both ways, instead of a language model")
    parser.add_argument("--tags", type=int, default=9, help="classes of the tagger")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--width", type=int, default=650, help="of the embedding and of the state")
    parser.add_argument("--vocabulary", type=int, default=10_000)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--steps", type=int, default=35, help="of time, in one training step")
    parser.add_argument("--dropout", type=float, default=0.5)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--tie-embeddings", "--tied", dest="tied", action="store_true", help="one matrix for the embedding and the output layer")
    parser.add_argument("--learning-rate", type=float, default=1.0, help="one at which rounding does not grow: 20 steps must agree")
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
