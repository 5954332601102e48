#!/usr/bin/env python3
"""Write what Hugging Face's transformers make of a model's scores: Tests/GenerationTests/Fixtures/*.safetensors.

Each file holds `input.scores` F32 [N, V] and `input.history` I32 [N, T] (the tokens of prompt and text so far), and what must come
out: `output.scores` [N, V], −∞ for a token ruled out, and `output.probabilities`, their softmax. Its metadata are the settings.
The processors and their order are those that `generate` itself takes for the settings.
"""

import argparse
import pathlib
import sys
import zlib
from dataclasses import dataclass

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel, LogitsProcessorList
from transformers.generation import TopPLogitsWarper

from fixtures.fixture import Fixture, save

ROOT = pathlib.Path(__file__).resolve().parent.parent
# No case may hang on how a cumulative probability was rounded.
LEAST_DISTANCE = 1e-5


@dataclass
class Case:
    name: str
    settings: dict[str, float | int | bool]
    vocabulary: int = 50
    rows: int = 4
    history: int = 12
    spread: float = 3.0
    step: float | None = None  # scores are multiples of this: many are equal
    masked: float = 0.0  # the part of the scores that is −∞


CASES = [
    Case("nothing", {}),
    Case("penalty", {"repetition_penalty": 1.2}),
    Case("penalty-no-history", {"repetition_penalty": 1.2}, history=0),
    Case("penalty-rewards", {"repetition_penalty": 0.5}),
    Case("penalty-greedy", {"repetition_penalty": 1.8, "greedy": True}),
    Case("temperature-low", {"temperature": 0.3}),
    Case("temperature-high", {"temperature": 2.5}),
    Case("top-k", {"top_k": 7}),
    Case("top-k-one", {"top_k": 1}),
    Case("top-k-all", {"top_k": 50}),
    Case("top-k-more-than-all", {"top_k": 80}),
    Case("top-k-ties", {"top_k": 5}, step=1.0),
    Case("top-k-masked", {"top_k": 30}, masked=0.7),
    Case("top-p", {"top_p": 0.9}),
    Case("top-p-small", {"top_p": 0.02}),
    Case("top-p-large", {"top_p": 0.999}),
    Case("top-p-flat", {"top_p": 0.5}, spread=0.01),
    Case("top-p-peaked", {"top_p": 0.95}, spread=30.0),
    Case("top-p-ties", {"top_p": 0.6}, step=1.0),
    Case("top-p-masked", {"top_p": 0.8}, masked=0.5),
    Case("top-k-top-p", {"top_k": 12, "top_p": 0.7}),
    Case("all", {"repetition_penalty": 1.3, "temperature": 0.8, "top_k": 20, "top_p": 0.85}),
    Case("all-hot", {"repetition_penalty": 1.1, "temperature": 1.7, "top_k": 40, "top_p": 0.95}),
    Case("all-wide", {"repetition_penalty": 1.3, "temperature": 0.9, "top_k": 200, "top_p": 0.9}, vocabulary=1500, rows=2, history=60),
    Case("two-tokens", {"repetition_penalty": 1.5, "temperature": 0.5, "top_p": 0.75}, vocabulary=2),
]


def processors(settings: dict[str, float | int | bool], vocabulary: int) -> LogitsProcessorList:
    """The list that `generate` makes, in its order."""
    given = {key: value for key, value in settings.items() if key != "greedy"}
    # transformers takes the 50 likeliest where nothing is said.
    sampled = {} if settings.get("greedy", False) else {"do_sample": True, "top_k": 0}
    configuration = GenerationConfig(**{**sampled, **given})
    size = {"vocab_size": vocabulary, "n_positions": 8, "n_embd": 4, "n_layer": 1, "n_head": 1}
    model = GPT2LMHeadModel(GPT2Config(**size, bos_token_id=0, eos_token_id=0))
    model._prepare_special_tokens(configuration, device=torch.device("cpu"))
    return model._get_logits_processor(configuration, input_ids_seq_length=1, device="cpu")


def made(case: Case) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(zlib.crc32(case.name.encode()))
    scores = torch.randn(case.rows, case.vocabulary, generator=generator) * case.spread
    if case.step is not None:
        scores = (scores / case.step).round() * case.step
    if case.masked:
        scores[torch.rand(scores.shape, generator=generator) < case.masked] = -torch.inf
    history = torch.randint(case.vocabulary, (case.rows, case.history), generator=generator)
    output = scores.clone()
    for processor in processors(case.settings, case.vocabulary):
        if isinstance(processor, TopPLogitsWarper):
            cumulative = output.double().sort(descending=False).values.softmax(-1).cumsum(-1)
            distance = (cumulative - (1 - case.settings["top_p"])).abs().min().item()
            if distance < LEAST_DISTANCE:
                sys.exit(f"{case.name}: a cumulative probability is {distance} from the bound; change the case")
        output = processor(history, output)
    return {
        "input.scores": scores,
        "input.history": history.int(),
        "output.scores": output,
        "output.probabilities": output.double().softmax(-1).float(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "Tests" / "GenerationTests" / "Fixtures", help="default: %(default)s")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file differs from what would be written")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.output.mkdir(parents=True, exist_ok=True)
    stale: set[str] = {path.stem for path in arguments.output.glob("*.safetensors")} - {case.name for case in CASES}
    for case in CASES:
        tensors, path = made(case), arguments.output / f"{case.name}.safetensors"
        if not arguments.check:
            metadata = {key: str(value).lower() for key, value in case.settings.items()}
            save(Fixture(case.name, metadata, tensors), str(path))
        elif not path.exists():
            stale.add(case.name)
        else:
            found = load_file(path)
            same = found.keys() == tensors.keys() and all(torch.allclose(found[key], tensors[key], rtol=1e-6, atol=0) for key in tensors)
            stale |= set() if same else {case.name}
    for name in sorted(stale):
        print(f"{name}: missing, stale, or made by no case", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
