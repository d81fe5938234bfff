"""Ticks: which of the boxes on a page are ticked, whatever the mark looks like.

A mark often overflows its box; it counts for the box it covers most. A ring around a box counts as a tick in it.
"""

from collections.abc import Sequence

import numpy as np

from intake.filing import Box, FieldState
from intake.read.ink import PX_PER_MM, Ink
from intake.read.judge import Judged, PxBox, pixels, written_mm

_TICK_MM = 1.3  # extent of the least tick
_LONG_MM = 2.2
_DUST_MM = 1.2  # what is left of a tick in a small box may be as compact as a bigger dot
_SPECK_MM = 0.9
_RIVAL = 0.6


def judge_ticks(ink: Ink, boxes: Sequence[Box]) -> list[Judged]:
    """Each tick box of a page, in order."""
    places = [pixels(box, ink.mask.shape, grow_mm=0.3) for box in boxes]
    inside = [ink.inside(place) for place in places]
    most = np.max(inside, axis=0) if inside else np.zeros(0)
    return [_judge(ink, place, part, most) for place, part in zip(places, inside, strict=True)]


def _judge(ink: Ink, place: PxBox, part: np.ndarray, most: np.ndarray) -> Judged:
    x0, y0, x1, y1 = place
    pieces = np.flatnonzero((part > 0) & (part >= _RIVAL * most))
    free = max(1, int((~ink.own[y0:y1, x0:x1]).sum()))
    if not len(pieces):
        return Judged(FieldState.EMPTY, 1.0, 0.0)
    length = written_mm(ink.boxes[pieces], ink.areas[pieces], _DUST_MM)
    cover = float(part[pieces].sum()) / free
    longest = float(length.max())
    if (longest >= _TICK_MM and cover >= 0.06) or (longest >= _LONG_MM and cover >= 0.03):
        return Judged(FieldState.FILLED, min(1.0, 0.6 + cover), cover)
    if longest >= _SPECK_MM and cover >= 0.03:
        return Judged(FieldState.UNCLEAR, 0.5, cover)
    return Judged(FieldState.EMPTY, 0.95, cover)
