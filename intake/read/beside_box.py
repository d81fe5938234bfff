"""Marks beside tick boxes: the word circled, underlined or crossed out, an arrow, a tick in the margin.

Such a mark means something, but not for certain what: where no box of the field is ticked, a person is asked.
"""

from collections.abc import Sequence

import numpy as np

from intake.base.filing import Box
from intake.read.ink import PX_PER_MM, Ink
from intake.read.judge import pixels, written_mm

_MARK_MM, _MOST_MM = 2.5, (90.0, 16.0)
"""A mark is this long at least, and no wider and higher than that: a streak or a bracket speaks of no single box."""
_OF_PLACE, _GROW_MM = 0.3, 1.0
"""A piece with this share of its ink in a place for writing, or right by it, was written there."""
_ROW_MM, _RIGHT_MM, _LEFT_MM = 4.0, 60.0, 30.0
"""How far off a box's row a mark may lie, and how far to its right, where the word is, and to its left."""


def marked_beside(ink: Ink, boxes: Sequence[Box], ticked: Sequence[bool], written: Sequence[Box]) -> set[int]:
    """The tick boxes (their numbers) that have a mark beside them; `written`: the page's places for writing.

    A mark speaks for the box to its left in the nearest row, or for the one to its right if there is none.
    """
    mark = (ink.areas > 0) & (written_mm(ink.boxes, ink.areas) >= _MARK_MM)
    mark &= (ink.boxes[:, 2] <= _MOST_MM[0] * PX_PER_MM) & (ink.boxes[:, 3] <= _MOST_MM[1] * PX_PER_MM)
    elsewhere = np.zeros(len(ink.areas), np.int64)
    for box in written:
        elsewhere += ink.inside(pixels(box, ink.mask.shape, grow_mm=_GROW_MM))
    mark &= elsewhere < _OF_PLACE * ink.areas
    for box, own in zip(boxes, ticked, strict=True):
        if own:
            mark &= ink.inside(pixels(box, ink.mask.shape, grow_mm=_GROW_MM)) == 0
    found = (_box_of(ink.boxes[piece] / PX_PER_MM, boxes, written) for piece in np.flatnonzero(mark))
    return {number for number in found if number is not None}


def _box_of(piece: Sequence[float], boxes: Sequence[Box], written: Sequence[Box]) -> int | None:
    """The box that a piece (left, top, width, height in mm) speaks for."""
    x, y = piece[0] + piece[2] / 2, piece[1] + piece[3] / 2
    best: tuple[tuple[float, bool, float], int] | None = None
    for number, (x0, y0, x1, y1) in enumerate(boxes):
        row, right, left = abs((y0 + y1) / 2 - y), x - x0, x1 - x
        near = 0 <= right <= _RIGHT_MM or 0 <= left <= _LEFT_MM
        low, high = sorted((x, (x0 + x1) / 2))
        between = any(w[0] < high and w[2] > low and w[1] < (y0 + y1) / 2 < w[3] for w in written)
        if row > _ROW_MM or not near or between:
            continue
        rank = (round(row / 2), right < 0, abs(x - x0)), number
        best = rank if best is None else min(best, rank)
    return None if best is None else best[1]
