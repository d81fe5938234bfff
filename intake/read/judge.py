"""Filled, empty or unclear: one field's place judged from the pieces of ink in it.

A piece counts for the place that holds most of it; a stroke that only crosses in from elsewhere counts for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.base.filing import Box, FieldState
from intake.forms.rendered_blank import Bits
from intake.read.ink import PX_PER_MM, Ink
from intake.read.streaks import streak

PxBox = tuple[int, int, int, int]
_LETTER_MM = 1.3
"""A piece this long is writing: smaller than any digit, bigger than dust."""
_SPECK_MM = 0.9
DOT_MM, _DOT_FULL = 1.5, 0.6
"""A round piece up to this size is dust, a hole in the toner or a full stop: by itself it fills nothing."""
_FEW, _HARDLY_ANY, _ACROSS_PX = 10, 4, 12
"""If there are few pieces, each is examined: does it come from across the printed edge (2 mm)? Up to the first number
they may be tails of a word above; up to the second, a word that runs on from the side, which is unclear."""
_HIDES = 0.5
"""Of a stroke's width print must cover this share for the stroke to go on unseen."""
_NEARER, _TAIL_MM = 0.55, 4.0
"""The tail of a letter in the line above reaches this far into a place at most."""
_STUB, _WORD_MM = 0.5, 8.0
"""A letter with others of its word this near may have a tail this much longer than itself (1 / 0.5)."""
_OWN_SHARE = 0.5
"""A piece belongs to a place that holds this share of its ink."""
SEEN_SHARE = 0.75
"""The share of an empty place that must be on the scan before it is called empty."""
_CROSSED_MM = 4.5
"""Strokes from elsewhere that cover so much of an empty place's middle may hide what is written in it."""
_HIDDEN_SHARE = 0.85
"""The share of a place that print may hide before it is unclear."""


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


def judge_text(ink: Ink, box: Box, *, on_scan: float = 1.0) -> Judged:
    """A place for writing; `on_scan`: the share of it that the scan covers."""
    here = pixels(box, ink.mask.shape)
    judged = _judge_pieces(ink, here, on_scan)
    if judged.state is FieldState.EMPTY and crossed(ink, box):
        return Judged(FieldState.UNCLEAR, 0.5, judged.weight)
    return judged


def several_strokes(ink: Ink, box: Box) -> bool:
    """Whether more than one stroke is written in a place: what is pale and alone may be a stain or a fold."""
    inside = ink.inside(pixels(box, ink.mask.shape))
    own = np.flatnonzero((inside > 0) & (inside >= _OWN_SHARE * ink.areas))
    return int((written_mm(ink.boxes[own], ink.areas[own]) >= _SPECK_MM).sum()) > 1


def crossed(ink: Ink, box: Box) -> bool:
    """Whether strokes from elsewhere, more than the tails of a line above or below, cover much of a place's middle."""
    x0, y0, x1, y1 = pixels(box, ink.mask.shape)
    quarter = (y1 - y0) // 4
    middle = (slice(y0 + quarter, y1 - quarter), slice(x0, x1))
    strokes = (ink.areas > 0) & (written_mm(ink.boxes, ink.areas) >= _LETTER_MM)
    written = ink.mask[middle] & strokes[ink.labels[middle]]
    return int(written.any(axis=0).sum()) >= _CROSSED_MM * PX_PER_MM


def _judge_pieces(ink: Ink, here: PxBox, on_scan: float) -> Judged:
    inside = ink.inside(here)
    if (crossing := streak(ink, here)) is not None:
        return _beside(ink, here, crossing)
    pieces = np.flatnonzero(inside)
    own = pieces[inside[pieces] >= _OWN_SHARE * ink.areas[pieces]]
    length = written_mm(ink.boxes[own], ink.areas[own])
    longest = float(length.max()) if len(own) else 0.0
    if longest < _LETTER_MM and len(own) < len(pieces):
        longest = max(longest, _inner_mm(ink, here))
    amount = float(inside[own][length >= _SPECK_MM].sum()) / PX_PER_MM**2
    strokes = own[length >= _SPECK_MM]
    if 0 < len(strokes) <= _FEW:
        tails = True
        for piece in strokes:  # the first that was written here tells enough
            tail, across = _come_from(ink, int(piece), here)
            tails = tails and tail
            if not tails and not (len(strokes) <= _HARDLY_ANY and (tail or across)):
                break
        else:
            return Judged(FieldState.EMPTY, 0.7, amount) if tails else Judged(FieldState.UNCLEAR, 0.5, amount)
    if longest >= _LETTER_MM:
        return Judged(FieldState.FILLED, min(1.0, 0.6 + amount / 3), amount)
    x0, y0, x1, y1 = here
    unseen = on_scan < SEEN_SHARE or float(ink.own[y0:y1, x0:x1].mean()) > _HIDDEN_SHARE
    if longest >= _SPECK_MM or unseen:
        return Judged(FieldState.UNCLEAR, 0.5, amount)
    return Judged(FieldState.EMPTY, 1.0 if not len(own) else 0.95, amount)


def _beside(ink: Ink, here: PxBox, crossing: Bits) -> Judged:
    """A place with a line through it, judged from what else is there."""
    x0, y0, x1, y1 = here
    rest = (ink.mask[y0:y1, x0:x1] & ~crossing).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=8)
    boxes = stats[1:, :4].astype(np.int32)
    length = written_mm(boxes, stats[1:, 4].astype(np.int64))
    written = (length >= _LETTER_MM) & (boxes[:, 3] >= _SPECK_MM * PX_PER_MM)  # the line's own rests are lower
    amount = float(stats[1:, 4][written].sum()) / PX_PER_MM**2
    if written.any():
        return Judged(FieldState.FILLED, min(1.0, 0.6 + amount / 3), amount)
    return Judged(FieldState.EMPTY, 0.7, amount)


def _come_from(ink: Ink, piece: int, here: PxBox) -> tuple[bool, bool]:
    """Whether a piece is the tail of a letter above or below the place, or goes on across print inside of it.

    A tail is no longer in here than its letter is out there, unless that letter stands in a line of others, and it ends
    soon, in the nearer half of the place. What comes in from aside may as well be written here and touch a neighbour's
    word: that is for a person to say.
    """
    left, top, width, height = (int(v) for v in ink.boxes[piece])
    longer, deep = float(max(width, height)), float(height)
    window = (slice(max(0, top - _ACROSS_PX), top + height + _ACROSS_PX),
              slice(max(0, left - _ACROSS_PX), left + width + _ACROSS_PX))  # fmt: skip
    labels, hidden = np.where(ink.mask[window], ink.labels[window], 0), ink.own[window]
    short = deep <= min(_NEARER * (here[3] - here[1]), _TAIL_MM * PX_PER_MM)
    tail = across = False
    for turned in range(4):
        beyond = [n for n in _beyond(np.rot90(labels, turned), np.rot90(hidden, turned), piece) if ink.areas[n] > 0]
        if not beyond:
            continue
        reach = float(ink.boxes[beyond, 2:].max())
        foreign = 2 * ink.inside(here)[beyond].sum() < ink.areas[beyond].sum()
        if foreign and short and turned % 2 == 0:
            tail |= reach >= longer * (_STUB if _in_line(ink, beyond, here) else 1.0)
        across |= reach > 1.5 * longer
    return tail, across


def _in_line(ink: Ink, letter: Sequence[int], here: PxBox) -> bool:
    """Whether other writing stands beside a letter, outside of the place."""
    boxes, near = ink.boxes, _WORD_MM * PX_PER_MM
    low, high = boxes[letter, 1].min(), (boxes[letter, 1] + boxes[letter, 3]).max()
    left, right = boxes[letter, 0].min(), (boxes[letter, 0] + boxes[letter, 2]).max()
    middle = boxes[:, 1] + boxes[:, 3] / 2
    beside = (middle > low) & (middle < high) & (boxes[:, 0] < right + near) & (boxes[:, 0] + boxes[:, 2] > left - near)
    beside &= (ink.areas > 0) & ((middle < here[1]) | (middle > here[3]))
    beside &= written_mm(boxes, ink.areas) >= _LETTER_MM
    beside[letter] = False
    return bool(beside.any())


def _beyond(labels: NDArray[np.int32], hidden: Bits, piece: int) -> list[int]:
    """The labels that a piece meets straight ahead, upwards, with only print in between."""
    seen = labels == piece
    first = int(seen.any(axis=1).argmax())
    tip = np.flatnonzero(seen[first])
    low, high, bare = max(0, int(tip.min()) - 1), int(tip.max()) + 2, 0
    for row in range(first - 1, max(-1, first - _ACROSS_PX), -1):
        low, high = max(0, low - (row % 2)), high + (row % 2)  # a stroke may lean
        met = labels[row, low:high]
        if met.any():
            return [int(n) for n in np.unique(met[met > 0])]
        ahead = hidden[row, low:high]
        bare += int(np.count_nonzero(ahead)) < _HIDES * ahead.size
        if bare > 1:  # a dashed line's edge is ragged
            return []
    return []


def written_mm(boxes: NDArray[np.int32], areas: NDArray[np.int64], dot_mm: float = DOT_MM) -> NDArray[np.float64]:
    """The longer side of each piece; 0 for dots up to `dot_mm`."""
    width, height = boxes[:, 2] / PX_PER_MM, boxes[:, 3] / PX_PER_MM
    longer, shorter = np.maximum(width, height), np.minimum(width, height)
    full = areas / np.maximum(boxes[:, 2] * boxes[:, 3], 1)
    dot = (longer < dot_mm) & (shorter > 0.6 * longer) & (full > _DOT_FULL)
    return np.where(dot, 0.0, longer)


def _inner_mm(ink: Ink, here: PxBox) -> float:
    """The longest dark piece that lies inside a place on its own, once what joins it to the outside is not counted.

    A stain or a stroke from elsewhere may touch what is written here and make one piece of both.
    """
    x0, y0, x1, y1 = here
    part = (ink.dark & ink.mask)[y0:y1, x0:x1].astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    if count < 2:
        return 0.0
    boxes = stats[1:, :4].astype(np.int32)
    edge = (boxes[:, 0] == 0) | (boxes[:, 1] == 0)
    edge |= (boxes[:, 0] + boxes[:, 2] == x1 - x0) | (boxes[:, 1] + boxes[:, 3] == y1 - y0)
    length = written_mm(boxes, stats[1:, 4].astype(np.int64))
    return float(np.where(edge, 0.0, length).max())
