"""The likeliest values of a comb, cell by cell: line recogniser and digit network weighed together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intake.values.cells import cut_cells, set_line, single
from intake.values.decode import ONES_FAVOUR, Candidate
from intake.values.digits import DigitNetwork
from intake.values.looks import Look
from intake.values.recogniser import LineRecogniser
from intake.values.shapes import DIGITS, SHAPES, SOURCES, Shape, State, like_digit

Shares = NDArray[np.float64]
_BEAMS = 32
_BEST = 8
_FOLLOWED = 8
_LOOK_ALIKE = 0.8
"""What a character that only looks like a digit is worth where a digit must stand."""
_NETWORK_WEIGHT = 0.7
_FLOOR = 1e-5
_DIGITS = frozenset(DIGITS)
_PLACES = np.array([SOURCES.index(digit) for digit in DIGITS])
_AS_DIGITS = np.array([[like_digit(seen, digit, _LOOK_ALIKE) for digit in DIGITS] for seen in SOURCES])
_AS_DIGITS[SOURCES.index("/"), 1] = _LOOK_ALIKE  # alone in its cell a slanted 1 is a stroke


@dataclass(frozen=True, slots=True)
class CellView:
    """What a cell may hold: shares over SOURCES, and, if it must be a digit, shares over 0 to 9 (both sum to <= 1)."""

    any: Shares
    digit: Shares


class CombReader:
    """Reads combs with a recogniser that is already warm."""

    def __init__(self, recogniser: LineRecogniser) -> None:
        self._recogniser = recogniser
        self._digits = DigitNetwork()

    def look(self, kind: str, gray: NDArray[np.uint8], dpi: float, count: int) -> Look | None:
        """One look at a comb of `count` cells; None when nothing is written in it."""
        cells = [cell for cell in cut_cells(gray, dpi, count) if cell is not None]
        if not cells:
            return None
        line = set_line([*cells])
        steps = self._recogniser.steps([line.gray])[0]
        digits = self._digits.probabilities([cell.gray for cell in cells])
        views = [
            view(single(steps[first:last]), network) for (first, last), network in zip(line.spans, digits, strict=True)
        ]
        candidates = decode_cells(views, SHAPES[kind])
        plain = decode_cells(views, SHAPES["plain"])
        return Look(tuple(candidates), tuple(plain), plain[0].log_p if plain else 0.0)


def view(line: Shares, network: NDArray[np.float32]) -> CellView:
    """One cell's shares: digits by line recogniser and digit network together, all else by the line recogniser."""
    line = line / max(float(line.sum()), 1e-30)
    folded = _ones_favoured(line @ _AS_DIGITS)
    weighed = np.maximum(folded, _FLOOR) * np.maximum(network, _FLOOR) ** _NETWORK_WEIGHT
    weighed = weighed / weighed.sum()
    anything = line.copy()
    anything[_PLACES] = line[_PLACES].sum() * weighed
    return CellView(anything, max(float(folded.sum()), _FLOOR) * weighed)


def _ones_favoured(digits: Shares) -> Shares:
    """As in `decode.ones_favoured`, for shares over 0 to 9."""
    one, seven = float(digits[1]), float(digits[7])
    share = one * ONES_FAVOUR / max(one * ONES_FAVOUR + seven, 1e-12)
    changed = digits.copy()
    changed[1], changed[7] = (one + seven) * share, (one + seven) * (1 - share)
    return changed


def decode_cells(cells: Sequence[CellView], shape: Shape) -> list[Candidate]:
    """The likeliest values with exactly one character in each written cell, best first."""
    beams: dict[str, tuple[State, float]] = {"": (shape.start, 0.0)}
    for cell in cells:
        grown: dict[str, tuple[State, float]] = {}
        for text, (state, log_p) in beams.items():
            for own, after, share in _choices(shape, state, cell):
                grown[text + own] = (after, log_p + math.log(max(share, _FLOOR)))
        beams = dict(sorted(grown.items(), key=lambda item: -item[1][1])[:_BEAMS])
    whole = [Candidate(text, log_p) for text, (state, log_p) in beams.items() if shape.accepts(state)]
    return whole[:_BEST]


def _choices(shape: Shape, state: State, cell: CellView) -> list[tuple[str, State, float]]:
    """What may stand in this cell: character, next state, share."""
    if shape.allowed(state) <= _DIGITS:
        return [
            (digit, after, float(cell.digit[number]))
            for number, digit in enumerate(DIGITS)
            for after in shape.step(state, digit).values()
        ]
    found: dict[str, tuple[State, float]] = {}
    for place in np.argsort(-cell.any)[:_FOLLOWED]:
        for own, after in shape.step(state, SOURCES[place]).items():
            found[own] = (after, found.get(own, (after, 0.0))[1] + float(cell.any[place]))
    return [(own, after, share) for own, (after, share) in found.items()]
