"""Filled, empty or unclear: one field's place judged from the pieces of ink in it.

A piece counts for the place that holds most of it; a stroke that only crosses in from elsewhere counts for nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intake.filing import Box, FieldState
from intake.read.ink import PX_PER_MM, Ink

PxBox = tuple[int, int, int, int]
_LETTER_MM = 1.2
"""A piece this long is writing: smaller than any digit, bigger than dust."""
_SPECK_MM = 0.7
_OWN_SHARE = 0.5
"""A piece belongs to a place that holds this share of its ink."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One place of a field."""

    state: FieldState
    confidence: float
    weight: float
    """How much ink speaks for it: for ticks, the share of the box that is covered."""


def pixels(box: Box, shape: tuple[int, int], *, grow_mm: float = 0.0) -> PxBox:
    """A box in mm as whole px on a flattened page of `shape`."""
    x0, y0, x1, y1 = box
    height, width = shape
    left, top = round((x0 - grow_mm) * PX_PER_MM), round((y0 - grow_mm) * PX_PER_MM)
    right, bottom = round((x1 + grow_mm) * PX_PER_MM), round((y1 + grow_mm) * PX_PER_MM)
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    return left, top, max(left + 1, min(right, width)), max(top + 1, min(bottom, height))


def judge_text(ink: Ink, box: Box) -> Judged:
    """A place for writing."""
    here = pixels(box, ink.mask.shape)
    inside = ink.inside(here)
    pieces = np.flatnonzero(inside)
    if not len(pieces):
        return Judged(FieldState.EMPTY, 1.0, 0.0)
    length = _length_mm(ink, pieces)
    share = inside[pieces] / ink.areas[pieces]
    own = share >= _OWN_SHARE
    longest = float(length[own].max()) if own.any() else 0.0
    amount = float(inside[pieces][own & (length >= _SPECK_MM)].sum()) / PX_PER_MM**2
    if longest >= _LETTER_MM:
        return Judged(FieldState.FILLED, min(1.0, 0.6 + amount / 3), amount)
    if longest >= _SPECK_MM:
        return Judged(FieldState.UNCLEAR, 0.5, amount)
    return Judged(FieldState.EMPTY, 0.95, amount)


def _length_mm(ink: Ink, pieces: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.hypot(ink.boxes[pieces, 2], ink.boxes[pieces, 3]) / PX_PER_MM
