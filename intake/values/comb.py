"""The likeliest values of a comb, cell by cell: first as glyphs alone, then also as a line where that is unsure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intake.values.cells import Cell, CombInk, cut_cells, glyphs_of, set_line, single
from intake.values.decode import Candidate, ones_favoured
from intake.values.glyphs import CLASSES, GlyphNetwork
from intake.values.looks import Look
from intake.values.recogniser import LineRecogniser
from intake.values.shapes import DIGITS, SHAPES, SOURCES, Shape, State, like_digit

Shares = NDArray[np.float64]
_BEAMS = 24
_BEST = 8
_FOLLOWED = 8
_LEAST = 1e-4
"""A character with a smaller share than this of the likeliest is not followed."""
_LOOK_ALIKE = 0.8
"""What a character that only looks like a digit is worth where a digit must stand."""
_LINE_WEIGHT, _GLYPH_WEIGHT = 0.7, 0.7
"""Less than one each: both look at the same ink, so what they say is not twice the evidence."""
_FLOOR = 1e-5
_DAY_CELLS = 8
"""DDMMYYYY."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """What a network may see: its characters, and what each is worth as a digit."""

    characters: str
    as_digits: Shares

    @classmethod
    def of(cls, characters: str) -> "_Sight":
        """For a network with these characters; alone in its cell a slanted 1 is a stroke."""
        worth = np.array([[like_digit(seen, digit, _LOOK_ALIKE) for digit in DIGITS] for seen in characters])
        worth[characters.index("/"), 1] = _LOOK_ALIKE
        return cls(characters, worth)


_LINE, _GLYPH = _Sight.of(SOURCES), _Sight.of(CLASSES)


@dataclass(frozen=True, slots=True)
class CellView:
    """The probabilities that one network saw in a cell."""

    sight: _Sight
    shares: Shares
    """Of the sight's characters."""
    digits: Shares
    """Of 0 to 9, where a digit must stand."""

    def choices(self, shape: Shape, state: State) -> dict[str, tuple[State, float]]:
        """The characters that may stand here: for each the next state and its share."""
        found: dict[str, tuple[State, float]] = {}
        if shape.only_digits(state):
            for number, digit in enumerate(DIGITS):
                for own, after in shape.step(state, digit):
                    found[own] = (after, float(self.digits[number]))
            return found
        for place in np.argsort(-self.shares)[:_FOLLOWED]:
            for own, after in shape.step(state, self.sight.characters[place]):
                found[own] = (after, found.get(own, (after, 0.0))[1] + float(self.shares[place]))
        return found


class CombReader:
    """Reads combs with a recogniser that is already warm."""

    def __init__(self, recogniser: LineRecogniser, glyphs: GlyphNetwork) -> None:
        self._recogniser = recogniser
        self._glyphs = glyphs

    def cells(self, comb: CombInk) -> "Cells | None":
        """The comb's written cells, seen as glyphs; None when there are none."""
        written = {place: cell for place, cell in enumerate(cut_cells(comb)) if cell is not None}
        if not written:
            return None
        cells = list(written.values())
        glyphs = [glyph_view(shares) for shares in self._glyphs.probabilities(glyphs_of(cells))]
        return Cells(cells, glyphs, tuple(written), comb.count)

    def again(self, cells: "Cells") -> list[CellView]:
        """The same cells as the line recogniser sees them."""
        line = set_line(cells.cells)
        steps = self._recogniser.steps([line.gray])[0]
        return [line_view(single(steps[first:last])) for first, last in line.spans]


@dataclass(frozen=True, slots=True)
class Cells:
    """The written cells of a comb and what the glyph network sees in them."""

    cells: list[Cell]
    glyphs: list[CellView]
    places: tuple[int, ...]
    """Which cells are written."""
    count: int
    """How many cells the comb has."""

    def look(self, kind: str, lines: Sequence[CellView] = ()) -> Look:
        """The cells' probabilities: the glyph network's, weighed with the line recogniser's where that was asked."""
        views = [(view,) for view in self.glyphs] if not lines else list(zip(lines, self.glyphs, strict=True))
        sparse = kind == "date" and len(self.places) < self.count
        candidates = decode_cells(views, SHAPES["integer" if sparse else kind])
        if sparse:
            days = [(self._day(one.text), one.log_p) for one in candidates]
            candidates = [Candidate(day, log_p) for day, log_p in days if day is not None]
        plain = _plain(lines or self.glyphs)
        return Look(tuple(candidates), (plain,), plain.log_p)

    def _day(self, digits: str) -> str | None:
        """The day that digits say where cells were left empty: 1.2.2015 in a comb for 01022015, by where each stands.

        None where the places do not tell: seven digits set close together are several days.
        """
        if self.count != _DAY_CELLS:
            return digits if len(digits) == _DAY_CELLS else None
        parts = [
            "".join(own for own, place in zip(digits, self.places, strict=True) if place // 2 == pair)
            for pair in range(4)
        ]
        day, month, year = parts[0], parts[1], parts[2] + parts[3]
        return f"{day}.{month}.{year}" if day and month and len(year) == 4 else None


def glyph_view(shares: NDArray[np.float32]) -> CellView:
    """The glyph network's view of one cell."""
    wide = shares.astype(np.float64)
    return CellView(_GLYPH, wide, wide @ _GLYPH.as_digits)


def line_view(shares: Shares, *, ones: bool = True) -> CellView:
    """The line recogniser's view of one cell; `ones`: 1 is weighed against 7 as Finns write them."""
    shares = shares / max(float(shares.sum()), 1e-30)
    shares = ones_favoured(shares) if ones else shares
    return CellView(_LINE, shares, shares @ _LINE.as_digits)


def _plain(views: Sequence[CellView]) -> Candidate:
    """The likeliest character of each cell, whatever the field is for."""
    best = [int(view.shares.argmax()) for view in views]
    text = "".join(view.sight.characters[place] for view, place in zip(views, best, strict=True))
    return Candidate(text, sum(math.log(max(view.shares[p], _FLOOR)) for view, p in zip(views, best, strict=True)))


def decode_cells(cells: Sequence[Sequence[CellView]], shape: Shape) -> list[Candidate]:
    """The likeliest values with exactly one character in each written cell, best first; one or two views of each."""
    beams: dict[str, tuple[State, float]] = {"": (shape.start, 0.0)}
    for views in cells:
        grown: dict[str, tuple[State, float]] = {}
        known: dict[State, list[tuple[str, State, float]]] = {}
        for text, (state, log_p) in beams.items():
            if state not in known:
                known[state] = _weighed([view.choices(shape, state) for view in views])
            for own, after, own_log_p in known[state]:
                grown[text + own] = (after, log_p + own_log_p)
        beams = dict(sorted(grown.items(), key=lambda item: -item[1][1])[:_BEAMS])
    whole = [Candidate(text, log_p) for text, (state, log_p) in beams.items() if shape.accepts(state)]
    return whole[:_BEST]


def _weighed(views: Sequence[Mapping[str, tuple[State, float]]]) -> list[tuple[str, State, float]]:
    """Each character worth following, its next state and the logarithm of its share by all views together.

    Where both see something that cannot stand here, the result is worth little as a whole.
    """
    after = {own: state for view in views for own, (state, _) in view.items()}
    if not after:
        return []
    weights = (1.0,) if len(views) == 1 else (_LINE_WEIGHT, _GLYPH_WEIGHT)
    scores = {
        own: sum(w * math.log(max(view.get(own, (0, 0.0))[1], _FLOOR)) for w, view in zip(weights, views, strict=True))
        for own in after
    }
    top = max(scores.values())
    total = math.log(sum(math.exp(score - top) for score in scores.values())) + top
    worth = math.log(max(sum(share for view in views for _, share in view.values()) / len(views), _FLOOR))
    return [(own, after[own], worth + score - total) for own, score in scores.items() if score > top + math.log(_LEAST)]
