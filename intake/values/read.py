"""What a field says: the one door to reading values.

Promises: a value whose kind carries check digits is given only when they confirm the likeliest reading and nothing
else comes near it; otherwise the value stays None, the doubt is said and the candidates are named for a person.
Nothing here changes a reading so that it passes a check.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from intake.pages import FieldCrop
from intake.values.decode import Candidate, decode, free_log_p
from intake.values.ink import lines_of
from intake.values.judge import ValueReading, judge
from intake.values.recogniser import LineRecogniser
from intake.values.shapes import SHAPES

__all__ = ["ValueReader", "ValueReading"]


@dataclass(frozen=True, slots=True)
class Read:
    """All candidates for one crop under its kind, and what an unrestricted reading would give."""

    candidates: tuple[Candidate, ...]
    plain: tuple[Candidate, ...]
    free_log_p: float


class ValueReader:
    """Reads values from field crops; loads its network once, so keep it."""

    def __init__(self, *, threads: int = 1) -> None:
        """`threads`: processor cores one reading may use."""
        self._recogniser = LineRecogniser(threads=threads)

    def read(self, crops: Sequence[FieldCrop]) -> dict[str, ValueReading]:
        """One reading for each crop's key; a key that comes more than once keeps its surest reading."""
        readings: dict[str, ValueReading] = {}
        for crop in crops:
            reading = self._read_one(crop)
            known = readings.get(crop.key)
            if known is None or _rank(reading) > _rank(known):
                readings[crop.key] = reading
        return readings

    def _read_one(self, crop: FieldCrop) -> ValueReading:
        lines = lines_of(crop.gray, crop.dpi)
        if not lines:
            return ValueReading(None, 0.0, doubt=True)
        shape = SHAPES[crop.value]
        if not shape.spaced:
            lines = [max(lines, key=lambda line: line.shape[1])]
        candidates: list[Candidate] = [Candidate("", 0.0)]
        plain: list[Candidate] = [Candidate("", 0.0)]
        free = 0.0
        for steps in self._recogniser.steps(lines):
            candidates = _joined(candidates, decode(steps, shape))
            plain = _joined(plain, decode(steps, SHAPES["plain"])) if crop.value != "plain" else candidates
            free += free_log_p(steps)
        return judge(crop.value, candidates, plain, free)


def _joined(before: list[Candidate], after: list[Candidate]) -> list[Candidate]:
    """Every candidate of the lines so far with every one of the next, the likeliest eight."""
    pairs = [
        Candidate(f"{one.text} {other.text}".strip(), one.log_p + other.log_p) for one in before for other in after
    ]
    return sorted(pairs, key=lambda pair: -pair.log_p)[:8]


def _rank(reading: ValueReading) -> tuple[bool, bool, float]:
    return (reading.value is not None, not reading.doubt, reading.confidence)
