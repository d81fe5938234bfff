"""How well values of real people's writing are read: `python -m tests.bench.hands --corpus DIR [--half report]`.

DIR holds `names.tsv` and `amounts.tsv` with their pictures. They are laid into a form's fields and go through the whole
path once (`hands_pages`); with `--cache FILE` only the values are read again. Every kind gets its counts with a 95 %
bound, the largest share that could be answered at each risk by `confidence` alone, and the same pixels as the line
recogniser says them when nobody asks for a kind. `tune` sets thresholds and looks at errors, `report` is reported.
"""

import argparse
import math
import re
import sys
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from intake.values import ValueReader, ValueReading
from intake.values.ink import lines_of
from intake.values.recogniser import LineRecogniser
from intake.values.shapes import SOURCES
from tests.bench.hands_pages import DAY, Hand, hands

RISKS = (0.01, 0.015, 0.02, 0.05)


@dataclass(frozen=True)
class Answer:
    """What was read of one piece."""

    hand: Hand
    reading: ValueReading
    plain: str
    """The line recogniser's own best guess."""

    def is_right(self, text: str | None) -> bool:
        """Whether `text` says what the label says: letters or digits compared, marks on letters left out."""
        return text is not None and bare(self.hand.kind, text) == bare(self.hand.kind, self.hand.label)

    @property
    def best(self) -> str | None:
        """The likeliest reading, given or not."""
        return self.reading.value or next(iter(self.reading.candidates), None)


def bare(kind: str, text: str) -> str:
    """The digits of an amount, the letters of a name without their marks."""
    if kind == "amounts":
        return re.sub(r"[^0-9]", "", text)
    folded = unicodedata.normalize("NFKD", text).upper()
    return re.sub(r"[^A-Z]", "", folded)


def bound(count: int, total: int) -> float:
    """Upper end of the 95 % interval of a share (Wilson)."""
    if total == 0:
        return 1.0
    share, z = count / total, 1.96
    middle = share + z * z / (2 * total)
    return (middle + z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))) / (1 + z * z / total)


def coverage(answers: Sequence[Answer], risk: float) -> float:
    """The largest share that confidence alone could let through with at most `risk` of it wrong."""
    ranked = sorted(answers, key=lambda one: -one.reading.confidence)
    wrong = np.cumsum([not one.is_right(one.best) for one in ranked])
    counts = np.arange(1, len(ranked) + 1)
    allowed = np.flatnonzero(wrong <= risk * counts)
    return float(counts[allowed[-1]] / len(ranked)) if len(allowed) else 0.0


def plain_guess(recogniser: LineRecogniser, hand: Hand) -> str:
    """What the line recogniser says of the same pixels."""
    if hand.crop is None:
        return ""
    lines = lines_of(hand.crop.gray, hand.crop.dpi)
    if not lines:
        return ""
    best = recogniser.steps([max(lines, key=lambda line: line.shape[1])])[0].argmax(axis=1)
    kept = [own for own, before in zip(best, [0, *best[:-1]], strict=True) if own != before]
    return "".join(SOURCES[own - 1] for own in kept if 0 < own <= len(SOURCES))


def table(name: str, answers: Sequence[Answer], milliseconds: float) -> str:
    """The rows of one kind."""
    total = len(answers)
    given = [one for one in answers if one.reading.value is not None]
    right = sum(one.is_right(one.reading.value) for one in given)
    wrong, best = len(given) - right, sum(one.is_right(one.best) for one in answers)
    plain = sum(one.is_right(one.plain) for one in answers)
    rows = [
        f"{name}: n {total}, {milliseconds:.0f} ms each",
        f"  right and given {100 * right / total:5.1f} %   wrong given {100 * wrong / total:4.1f} % "
        f"({wrong}; at most {100 * bound(wrong, total):.1f} %)   best guess right {100 * best / total:5.1f} %",
        f"  recogniser alone {100 * plain / total:5.1f} %",
        "  " + "   ".join(f"at most {100 * risk:g} % wrong: {100 * coverage(answers, risk):.0f} %" for risk in RISKS),
    ]
    return "\n".join(rows) + "\n"


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables; with `--errors`, write the crops whose best guess or value is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="a .npz file for the crops as they come out of the pages")
    parser.add_argument("--half", choices=("tune", "report", "both"), default="report")
    parser.add_argument("--errors", type=Path, help="a folder for what was read wrong")
    options = parser.parse_args(words)
    cv2.setNumThreads(1)
    reader, recogniser = ValueReader(on=DAY), LineRecogniser()
    laid = [one for one in hands(options.corpus, options.cache) if options.half in ("both", one.half)]
    for kind in ("names", "cut names", "amounts"):
        answers, spent = [], 0.0
        for hand in (one for one in laid if one.kind == kind):
            begun = time.process_time()
            found = {} if hand.crop is None else reader.read([hand.crop])
            spent += time.process_time() - begun
            reading = next(iter(found.values()), ValueReading(None, 0.0, doubt=True))
            answers.append(Answer(hand, reading, plain_guess(recogniser, hand)))
        sys.stdout.write(table(kind, answers, 1000 * spent / max(len(answers), 1)))
        if options.errors is not None:
            _write_errors(options.errors, answers)


def _write_errors(folder: Path, answers: Sequence[Answer]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for one in answers:
        if one.is_right(one.best) or one.hand.crop is None:
            continue
        said = f"{one.hand.label} best {one.best} value {one.reading.value} plain {one.plain}"
        sys.stdout.write(f"    {one.hand.file}: {said} {one.reading.confidence:.3f}\n")
        cv2.imwrite(str(folder / one.hand.file), one.hand.crop.gray)


if __name__ == "__main__":
    main()
