"""Ticks: which of the boxes on a page are ticked, whatever the mark looks like.

A mark often overflows its box; it counts for the box it covers most. In a small box print hides so much that a mark
is seen in scraps: they are judged together. A ring around a box counts as a tick in it.

A mark beside a box means something, but not for certain what: the word circled, underlined or crossed out, an arrow, a
tick in the margin. Where no box of the field is ticked, a person is asked.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from intake.base.filing import Box, FieldState
from intake.forms.rendered_blank import Bits
from intake.read.ink import PX_PER_MM, USUAL, Ink, Sheet
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
_OUTLINE, _OUTLINE_PX = 0.9, 15
"""If less of a box's outline (of so many px at least) is there than this share of what is there of the page's print,
the box lies off its place, as where a feeder slipped, and its own line may look like a mark in it."""
_GROW_MM, _OVERFLOW_MM = 0.6, 5.5
_MARK_MM, _MOST_MM = 2.5, (90.0, 16.0)
"""A mark is this long at least, and no wider and higher than that: a streak or a bracket speaks of no single box."""
_OF_PLACE, _BY_PLACE_MM = 0.3, 1.0
"""A piece with this share of its ink in a place for writing, or right by it, was written there."""
_ROW_MM, _RIGHT_MM, _LEFT_MM = 4.0, 60.0, 30.0
"""How far off a box's row a mark may lie, and how far to its right, where the word is, and to its left."""


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
    for number in _astray(sheet, boxes) if any(verdict.state is FieldState.FILLED for verdict in judged) else ():
        if judged[number].state is FieldState.FILLED:
            judged[number] = unseen
    return judged


def _astray(sheet: Sheet, boxes: Sequence[Box]) -> Iterator[int]:
    """The boxes whose own outline is not where it should be."""
    dark = sheet.darker(USUAL.faint)
    anywhere = float(dark[sheet.firm].mean()) if sheet.firm.any() else 0.0
    for number, box in enumerate(boxes):
        x0, y0, x1, y1 = pixels(box, dark.shape, grow_mm=_GROW_MM)
        here = dark[y0:y1, x0:x1][sheet.firm[y0:y1, x0:x1]]
        if here.size >= _OUTLINE_PX and float(here.mean()) < _OUTLINE * anywhere:
            yield number


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


def marked_beside(ink: Ink, boxes: Sequence[Box], ticked: Sequence[bool], written: Sequence[Box]) -> set[int]:
    """The tick boxes (their numbers) that have a mark beside them; `written`: the page's places for writing.

    A mark speaks for the box to its left in the nearest row, or for the one to its right if there is none.
    """
    mark = (ink.areas > 0) & (written_mm(ink.boxes, ink.areas) >= _MARK_MM)
    mark &= (ink.boxes[:, 2] <= _MOST_MM[0] * PX_PER_MM) & (ink.boxes[:, 3] <= _MOST_MM[1] * PX_PER_MM)
    elsewhere = np.zeros(len(ink.areas), np.int64)
    for box in written:
        elsewhere += ink.inside(pixels(box, ink.mask.shape, grow_mm=_BY_PLACE_MM))
    mark &= elsewhere < _OF_PLACE * ink.areas
    for box, own in zip(boxes, ticked, strict=True):
        if own:
            mark &= ink.inside(pixels(box, ink.mask.shape, grow_mm=_BY_PLACE_MM)) == 0
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
