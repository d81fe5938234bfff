"""What a field says: the one door to reading values.

Promises: a value whose kind carries check digits is given only when they confirm the likeliest reading and nothing
else comes near it; otherwise the value stays None, the doubt is said and the candidates are named for a person.
Nothing here changes a reading so that it passes a check.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from intake.pages import FieldCrop, Gray
from intake.values.cells import written_in_cells
from intake.values.comb import CombReader
from intake.values.ink import lines_of
from intake.values.judge import ValueReading, judge
from intake.values.looks import Look, both, joined, look
from intake.values.recogniser import LineRecogniser
from intake.values.shapes import SHAPES
from intake.values.typed import confirmed

__all__ = ["ValueReader", "ValueReading"]


_SURE_AT_ONCE = 0.97
_SECOND_STRETCH = 1.3


class ValueReader:
    """Reads values from field crops; loads its network once, so keep it."""

    def __init__(self, *, threads: int = 1) -> None:
        """`threads`: processor cores one reading may use."""
        self._recogniser = LineRecogniser(threads=threads)
        self._combs = CombReader(self._recogniser)

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
        seen = self._comb(crop, crop.cells) if _kept_to_cells(crop) and crop.cells else self._written(crop)
        if seen is None:
            return ValueReading(None, 0.0, doubt=True)
        reading = judge(crop.value, seen.candidates, seen.plain, seen.free_log_p)
        if not crop.typed:
            return reading
        return confirmed(crop.value, crop.typed, seen) or replace(reading, doubt=True)  # C-17: what is seen counts

    def _comb(self, crop: FieldCrop, cells: int) -> Look | None:
        return self._combs.look(crop.value, crop.gray, crop.dpi, cells)

    def _written(self, crop: FieldCrop) -> Look | None:
        """A look at written lines, a second one at another width where the first is not sure."""
        lines = lines_of(crop.gray, crop.dpi)
        if not lines:
            return None
        if not SHAPES[crop.value].spaced:
            lines = [max(lines, key=lambda line: line.shape[1])]
        first = self._look(crop.value, lines, stretch=1.0)
        reading = judge(crop.value, first.candidates, first.plain, first.free_log_p)
        if not reading.doubt and reading.confidence >= _SURE_AT_ONCE:
            return first
        return both(first, self._look(crop.value, lines, stretch=_SECOND_STRETCH))

    def _look(self, kind: str, lines: Sequence[Gray], *, stretch: float) -> Look:
        looks = [look(kind, steps) for steps in self._recogniser.steps(lines, stretch=stretch)]
        return reduce(joined, looks)


def _kept_to_cells(crop: FieldCrop) -> bool:
    return crop.cells is not None and crop.cells > 1 and written_in_cells(crop.gray, crop.dpi, crop.cells)


def _rank(reading: ValueReading) -> tuple[bool, bool, float]:
    return (reading.value is not None, not reading.doubt, reading.confidence)
