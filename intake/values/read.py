"""Reads the values of fields: the one door to reading values.

Promises: a value whose kind carries check digits is given only when they confirm the likeliest reading and nothing
else comes near it; otherwise the value stays None, the doubt is said and the candidates are named for a person.
Nothing here changes a reading so that it passes a check.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce

from intake.base.identifiers import CHECKED
from intake.jail.pixels import FieldCrop, Gray
from intake.values.cells import CombInk, comb_ink, written_in_cells
from intake.values.closer import CloserLook
from intake.values.comb import CombReader
from intake.values.glyphs import GlyphNetwork
from intake.values.ink import has_cents_point, lines_of, without_paper
from intake.values.judge import ValueReading, confirmed, judge
from intake.values.looks import Look, cents_doubted, joined, look, only_marks_differ, weighed
from intake.values.names import Names
from intake.values.parted import Sight
from intake.values.plausible import plausible
from intake.values.recogniser import HandwritingReader, LineRecogniser
from intake.values.shapes import SHAPES

__all__ = ["ValueReader", "ValueReading"]


_SURE_AT_ONCE = 0.97
_SURE_OF_CELLS = 0.97
"""The same for glyphs in cells, where the line recogniser seldom knows better."""
_SURE_OF_LINE = 0.9995
_CODE_STRETCHES = (0.8, 1.15)
"""Widths of the first and the second look at codes: of known length or with check digits, so that a narrow and cheap
first look cannot lose a character unseen."""
_BY_HAND = {"money": (0.8, 1.0, 1.3), "name": (1.0,)}
"""Widths at which the reader of handwriting looks at a line of these kinds: digits are worth three looks, and in names
the spelling and the two other looks already say most."""
_VOICES = {"money": 2}
"""How often each of these looks counts beside the others, where not once."""
_CODES = CHECKED | {"postcode", "year"}


class ValueReader:
    """Reads values from field crops; loads its network once, so keep it."""

    def __init__(self, *, threads: int = 1, on: date | None = None) -> None:
        """`threads`: processor cores one reading may use; `on`: the day the papers are handed in, if known."""
        self._on = on
        self._recogniser = LineRecogniser(threads=threads)
        self._handwriting = HandwritingReader(threads=threads)
        self._names = Names.known()
        glyphs = GlyphNetwork()
        self._combs = CombReader(self._recogniser, glyphs)
        self._closer = CloserLook(glyphs)

    def read(self, crops: Sequence[FieldCrop], between: Callable[[], None] = lambda: None) -> dict[str, ValueReading]:
        """One reading for each crop's key; a key that comes more than once keeps its surest reading.

        `between` is called before each crop: whoever must not disturb others lets them go first there.
        """
        readings: dict[str, ValueReading] = {}
        for crop in crops:
            between()
            reading = self._read_one(crop)
            known = readings.get(crop.key)
            if known is None or _rank(reading) > _rank(known):
                readings[crop.key] = reading
        return readings

    def _read_one(self, crop: FieldCrop) -> ValueReading:
        comb = _kept_to_cells(crop)
        seen = self._written(crop) if comb is None else self._comb(crop.value, comb)
        if seen is None:
            return ValueReading(None, 0.0, doubt=True)
        reading = self._judged(crop.value, seen)
        if not crop.typed:
            return reading
        return confirmed(crop.value, crop.typed, seen) or replace(reading, doubt=True)  # C-17: what is seen counts

    def _comb(self, kind: str, comb: CombInk) -> Look | None:
        """A look at the cells as glyphs, a second one as a line where the first is not sure."""
        cells = self._combs.cells(comb)
        if cells is None:
            return None
        first = cells.look(kind)
        return first if self._sure(kind, first, _SURE_OF_CELLS) else cells.look(kind, self._combs.again(cells))

    def _written(self, crop: FieldCrop) -> Look | None:
        """A look at written lines; None where there is no ink."""
        kind = crop.value
        lines = lines_of(crop.gray, crop.dpi)
        if not lines:
            return None
        if not SHAPES[kind].spaced:
            lines = [max(lines, key=lambda line: line.shape[1])]
        if kind in _CODES:
            return self._code(kind, lines)
        seen = self._line(kind, lines)
        return cents_doubted(seen) if kind == "money" and has_cents_point(lines[0]) else seen

    def _line(self, kind: str, lines: Sequence[Gray]) -> Look:
        """A look at lines of writing; where that is not sure, others at other widths, without the paper, by hand."""
        sights = self._looks(kind, lines, 0.8)
        first = reduce(joined, [own for _, own in sights])
        if self._sure(kind, first, _SURE_OF_LINE):
            return first
        bare = self._looks(kind, [without_paper(line) for line in lines], 1.0)
        others = [reduce(joined, [own for _, own in looks]) for looks in (bare, self._looks(kind, lines, 1.3))]
        for stretch in _BY_HAND.get(kind, ()):
            steps = self._handwriting.steps(lines, stretch=stretch)
            others += [reduce(joined, [look(kind, own) for own in steps])] * _VOICES.get(kind, 1)
        whole = weighed([first, *others])
        return weighed([self._closely(kind, sights), *others]) if only_marks_differ(whole.candidates[:2]) else whole

    def _code(self, kind: str, lines: Sequence[Gray]) -> Look:
        """A look at a code, a closer one and one at another width where that is not sure."""
        once, again = _CODE_STRETCHES
        first = self._looks(kind, lines, once)
        if self._sure(kind, first[0][1]):
            return first[0][1]
        near = self._closely(kind, first)
        if self._sure(kind, near):
            return near
        wide = self._closely(kind, self._looks(kind, lines, again))
        if near.candidates and wide.candidates[:1] and near.candidates[0].text == wide.candidates[0].text:
            return wide if self._sure(kind, wide) else weighed([near, wide])
        return weighed([near, wide])

    def _looks(self, kind: str, lines: Sequence[Gray], stretch: float) -> list[tuple[Sight, Look]]:
        """Each line as the recogniser sees it at one width, and what that may say."""
        steps = self._recogniser.steps(lines, stretch=stretch)
        return [(Sight(line, own, stretch), look(kind, own)) for line, own in zip(lines, steps, strict=True)]

    def _closely(self, kind: str, looks: Sequence[tuple[Sight, Look]]) -> Look:
        """All lines as one look, each corrected by a closer one."""
        return reduce(joined, [self._closer.look(kind, sight, first) for sight, first in looks])

    def _judged(self, kind: str, seen: Look) -> ValueReading:
        reading = judge(kind, plausible(kind, seen.candidates, self._on), seen.plain, seen.free_log_p)
        if kind != "name" or reading.value is None:
            return reading
        meant = self._names.mistaken(reading.value)
        if meant is not None:
            return ValueReading(None, reading.confidence, doubt=True, candidates=(reading.value, meant))
        if seen.lines > 1 and not self._names.in_use(
            reading.value
        ):  # a neighbour's line, or print that the blank lacks
            return ValueReading(None, reading.confidence, doubt=True, candidates=(reading.value,))
        return reading

    def _sure(self, kind: str, seen: Look, least: float = _SURE_AT_ONCE) -> bool:
        """Whether a second look cannot be expected to change the reading."""
        reading = self._judged(kind, seen)
        return not reading.doubt and reading.confidence >= least


def _kept_to_cells(crop: FieldCrop) -> CombInk | None:
    """The comb's ink when the crop is a comb and the writer kept to its cells."""
    if crop.cells is None or crop.cells < 2:
        return None
    comb = comb_ink(crop.gray, crop.dpi, crop.cells)
    return comb if written_in_cells(comb) else None


def _rank(reading: ValueReading) -> tuple[bool, bool, float]:
    return (reading.value is not None, not reading.doubt, reading.confidence)
