"""Random choices that stay the same in every version of Python, and pools of values of which some are kept from training."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
SPLITS = ("train", "dev", "test")
# Where in a shuffled pool the part of each split ends: names of the last two parts never occur in training.
POOL_ENDS = {"train": 0.5, "dev": 0.65, "test": 1.0}
# How often dev and test draw from their own part instead of training's.
HELD_OUT = 0.25


class Draw:
    """A stream of choices. It calls only `random()`, the one method whose sequence Python promises for a seed."""

    def __init__(self, seed: str):
        self.number = random.Random(seed).random

    def below(self, count: int) -> int:
        return int(self.number() * count)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, probability: float) -> bool:
        return self.number() < probability

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def weighted(self, weights: dict[Item, float]) -> Item:
        rest = self.number() * sum(weights.values())
        for item, weight in weights.items():
            rest -= weight
            if rest < 0:
                return item
        return item

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in items]


class Pool:
    """Values of one kind in three parts, one for each split."""

    def __init__(self, seed: str, values: Sequence[str]):
        order = Draw(f"pool {seed}").shuffled(list(dict.fromkeys(values)))
        self.parts: dict[str, list[str]] = {}
        start = 0
        for split in SPLITS:
            end = max(start + 1, round(POOL_ENDS[split] * len(order)))
            self.parts[split] = order[start:end]
            start = end

    def draw(self, draw: Draw, split: str) -> str:
        return draw.pick(self.parts[split if draw.chance(HELD_OUT) else "train"])


def invented(seed: str, count: int, make: Callable[[Draw], str]) -> list[str]:
    """`count` distinct names that `make` makes up."""
    draw = Draw(f"invented {seed}")
    names: dict[str, None] = {}
    while len(names) < count:
        names[make(draw)] = None
    return list(names)
