"""Ticks: which of the boxes on a page are ticked, whatever the mark looks like.

A mark often overflows its box; it counts for the box it covers most. In a small box print hides so much that a mark
is seen in scraps: they are judged together. A ring around a box counts as a tick in it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from intake.base.filing import Box, FieldState
from intake.forms.rendered_blank import Bits
from intake.read.ink import PX_PER_MM, Ink, Sheet
from intake.read.judge import Judged, PxBox, pixels, written_mm

_TICK_MM = 1.2
"""All scraps of a tick together reach this far; in a small box, most of what can be seen of it."""
_COVER, _DOUBT_COVER = 0.08, 0.04
"""Share of the box's free part that a tick covers."""
_DUST_MM = 1.1
_RIVAL = 0.6
"""A mark counts for a second box if it covers that one by this share of what it covers of the first."""
_SEEN_SHARE = 0.75
_RING_MM, _RING_DIRECTIONS = 5.0, 11
"""A ring is this close around its box and met in this many of 16 directions from its middle."""
_GROW_MM, _OVERFLOW_MM = 0.6, 5.5


def judge_ticks(
    sheet: Sheet, boxes: Sequence[Box], on_scan: Sequence[float] = (), *, without: Bits | None = None
) -> list[Judged]:
    """Each tick box of a page, in order; `on_scan`: the share of each that the scan covers; `without`: not its ink."""
    if not boxes:
        return []
    shape = (sheet.soft.shape[0], sheet.soft.shape[1])
    around = np.zeros(shape, np.bool_)
    for box in boxes:
        x0, y0, x1, y1 = pixels(box, shape, grow_mm=_OVERFLOW_MM)
        around[y0:y1, x0:x1] = True
    if without is not None:
        around &= ~without
    ink = sheet.ink(seam_px=1 if sheet.fits_closely() else 2, only=around)
    places = [pixels(box, shape) for box in boxes]
    inside = [ink.inside(pixels(box, shape, grow_mm=_GROW_MM)) for box in boxes]
    most = np.max(inside, axis=0)
    judged = [_judge(ink, place, part, most) for place, part in zip(places, inside, strict=True)]
    unseen = Judged(FieldState.UNCLEAR, 0.5, 0.0)
    for number, share in enumerate(on_scan):
        if share < _SEEN_SHARE and judged[number].state is FieldState.EMPTY:
            judged[number] = unseen
    return judged


def _judge(ink: Ink, place: PxBox, part: NDArray[np.int64], most: NDArray[np.int64]) -> Judged:
    x0, y0, x1, y1 = place
    pieces = np.flatnonzero((part > 0) & (part >= _RIVAL * most))
    if _ringed(ink, place):
        return Judged(FieldState.FILLED, 0.8, 0.0)
    inner = ink.inside(place)[pieces]
    if not inner.any():
        return Judged(FieldState.EMPTY, 1.0, 0.0)
    free = ~ink.own[y0:y1, x0:x1]
    cover = float(inner.sum()) / max(1, int(free.sum()))
    reach = _reach_mm(ink, pieces)
    wanted = min(_TICK_MM, 0.8 * _extent_mm(free))
    dust = len(pieces) == 1 and float(written_mm(ink.boxes[pieces], ink.areas[pieces], _DUST_MM)[0]) == 0.0
    if cover < _DOUBT_COVER or (dust and cover < 0.4):
        return Judged(FieldState.EMPTY, 0.95, cover)
    if reach >= wanted and cover >= _COVER:
        return Judged(FieldState.FILLED, min(1.0, 0.6 + cover), cover)
    return Judged(FieldState.UNCLEAR if reach >= 0.7 * wanted else FieldState.EMPTY, 0.5, cover)


def _ringed(ink: Ink, place: PxBox) -> bool:
    """Whether one stroke goes all round the box, close to it."""
    x0, y0, x1, y1 = place
    left, top = ink.boxes[:, 0], ink.boxes[:, 1]
    right, bottom = left + ink.boxes[:, 2], top + ink.boxes[:, 3]
    room = _RING_MM * PX_PER_MM
    around = (ink.areas > 0) & (left < x0) & (top < y0) & (right > x1) & (bottom > y1)
    around &= (left > x0 - room) & (top > y0 - room) & (right < x1 + room) & (bottom < y1 + room)
    # A cross overflowing on all sides has ink inside the box; a ring has none there.
    return any(not ink.inside(place)[piece] and _closed(ink, int(piece), place) for piece in np.flatnonzero(around))


def _closed(ink: Ink, piece: int, place: PxBox) -> bool:
    """Whether a piece is met in most directions from the middle of the box."""
    left, top, width, height = (int(v) for v in ink.boxes[piece])
    rows, columns = np.nonzero(ink.labels[top : top + height, left : left + width] == piece)
    x, y = columns + left - (place[0] + place[2]) / 2, rows + top - (place[1] + place[3]) / 2
    met = np.unique(((np.arctan2(y, x) + np.pi) * (16 / (2 * np.pi))).astype(int) % 16)
    return len(met) >= _RING_DIRECTIONS


def _extent_mm(free: Bits) -> float:
    """The longer side of what can be seen of a box."""
    rows, columns = np.flatnonzero(free.any(axis=1)), np.flatnonzero(free.any(axis=0))
    return float(max(np.ptp(rows), np.ptp(columns)) + 1) / PX_PER_MM if len(rows) else 0.0


def _reach_mm(ink: Ink, pieces: NDArray[np.intp]) -> float:
    """The longer side of what all pieces together span."""
    boxes = ink.boxes[pieces]
    low, high = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return float((high - low).max()) / PX_PER_MM
