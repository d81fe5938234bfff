"""How well and how fast values are read: `python -m tests.bench.values [--count N] [--only WORD]` prints one table.

Needs the fonts and digits named in `values_crops`. Every row: how many, exact, in doubt, believed but wrong, and
milliseconds of one core each (processor time, so that a busy machine does not blur it).
"""

import argparse
import random
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2

from intake.jail.pixels import FieldCrop
from intake.values import ValueReader
from tests.bench import values_crops as crops

KINDS = (
    "hetu",
    "seldom hetu",
    "iban",
    "ytunnus",
    "reference",
    "date",
    "year",
    "postcode",
    "money",
    "phone",
    "integer",
    "name",
    "seldom name",
    "plain",
)
Case = tuple[FieldCrop, str]


def cases(only: str, count: int) -> Iterator[tuple[str, Callable[[random.Random], Case]]]:
    """Each row's name and its maker of one case."""
    rows: list[tuple[str, Callable[[random.Random], Case]]] = []
    for source, fonts in (("typed", crops.TYPED_FONTS), ("hand", crops.HAND_FONTS)):
        for kind in (*KINDS, *(("email",) if source == "typed" else ())):
            rows.append((f"{source} line {kind}", _line(kind, fonts)))
        for kind in ("hetu", "seldom hetu", "iban", "postcode"):
            rows.append((f"{source} comb {kind}", _comb(kind, fonts)))
    rows.append(("mnist comb 7 digits", lambda rng: crops.comb_crop(crops.mnist(half=1), 7, rng)))
    rows.append(("8x8 comb 7 digits", lambda rng: crops.comb_crop(crops.small_digits(half=1), 7, rng)))
    return ((name, make) for name, make in rows if only in name)


def _line(kind: str, fonts: tuple[str, ...]) -> Callable[[random.Random], Case]:
    def make(rng: random.Random) -> Case:
        text = crops.value(kind, rng)
        return crops.line_crop(text, kind.removeprefix("seldom "), rng.choice(fonts), rng), text

    return make


def _comb(kind: str, fonts: tuple[str, ...]) -> Callable[[random.Random], Case]:
    def make(rng: random.Random) -> Case:
        text = crops.value(kind, rng)
        return crops.comb_text_crop(text, kind.removeprefix("seldom "), rng.choice(fonts), rng), text

    return make


def measure(reader: ValueReader, name: str, make: Callable[[random.Random], Case], options: argparse.Namespace) -> str:
    """One row of the table."""
    exact = doubt = wrong = 0
    seconds = 0.0
    for number in range(options.count):
        crop, text = make(random.Random(zlib.crc32(f"{name} {number} {options.seed}".encode())))
        start = time.process_time()
        reading = reader.read([crop])["field"]
        seconds += time.process_time() - start
        right = reading.value is not None and reading.value.replace(" ", "") == text.replace(" ", "")
        exact += right
        doubt += reading.doubt
        wrong += not right and not reading.doubt
        if not right and options.errors:
            name_of = f"{name.replace(' ', '-')}-{number}.png"
            cv2.imwrite(str(options.errors / name_of), crop.gray)
            sys.stdout.write(f"    {name_of}: {text!r} read as {reading}\n")
    count = options.count
    percent = tuple(100 * part / count for part in (exact, doubt, wrong))
    return f"{name:24} {count:5} {percent[0]:7.1f} {percent[1]:7.1f} {percent[2]:7.2f} {1000 * seconds / count:7.1f}"


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--errors", type=Path, help="a folder for the crops that were read wrong")
    options = arguments.parse_args()
    cv2.setNumThreads(1)
    reader = ValueReader(on=crops.TODAY)
    sys.stdout.write(f"{'what':24} {'n':>5} {'exact %':>7} {'doubt %':>7} {'wrong %':>7} {'ms':>7}\n")
    for name, make in cases(options.only, options.count):
        sys.stdout.write(measure(reader, name, make, options) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
