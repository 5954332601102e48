#!/usr/bin/env python3
"""Write the reference values of the parity tests: Tests/Fixtures/*.safetensors (format: Documentation/Fixtures.md)."""

import argparse
import pathlib
import sys
from collections.abc import Iterator

import torch
from safetensors.torch import load_file

from fixtures import (
    golden, golden_transformer, layers, losses, operations, optimizers, recurrent, recurrent_attention, recurrent_variants, shaping, structured,
    transformer, understanding, weighted_losses,
)  # fmt: skip
from fixtures.fixture import TOLERANCE_FLOAT32, Fixture, save, worst_difference

ROOT = pathlib.Path(__file__).resolve().parent.parent


def every_fixture() -> Iterator[Fixture]:
    families = (
        operations, shaping, layers, recurrent, recurrent_variants, recurrent_attention, losses, weighted_losses, structured, transformer,
        understanding,
    )  # fmt: skip
    for family in families:
        for case in family.cases():
            yield case.fixture()
    yield from optimizers.fixtures()
    yield from golden.fixtures()
    yield from golden_transformer.fixtures()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "Tests" / "Fixtures", help="folder (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file differs from what would be written")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    # Names are the files' names, so each must be there once.
    made: dict[str, Fixture] = {}
    for fixture in every_fixture():
        if fixture.name in made:
            parser.error(f"two fixtures are named {fixture.name}")
        made[fixture.name] = fixture
    if arguments.check:
        return report(stale(made, arguments.output))
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, fixture in made.items():
        save(fixture, str(arguments.output / f"{name}.safetensors"))
    size = sum((arguments.output / f"{name}.safetensors").stat().st_size for name in made)
    print(f"{len(made)} fixtures, {size / 1e6:.2f} MB, in {arguments.output}")
    return 0


def stale(made: dict[str, Fixture], folder: pathlib.Path) -> list[str]:
    found = {path.stem for path in folder.glob("*.safetensors")}
    complaints = [f"{name}: missing" for name in made.keys() - found] + [f"{name}: no script makes it" for name in found - made.keys()]
    for name in sorted(made.keys() & found):
        on_disk = load_file(folder / f"{name}.safetensors")
        if on_disk.keys() != made[name].tensors.keys():
            complaints.append(f"{name}: other tensors")
        elif worst_difference(on_disk, made[name].tensors)[0] > TOLERANCE_FLOAT32 / 10:
            complaints.append(f"{name}: other values")
    return complaints


def report(complaints: list[str]) -> int:
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
