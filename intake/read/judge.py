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
_HUNG, _TOP_MM, _LOW, _WIDE_MM, _FAR_PX = 3, 0.8, 0.85, 4.5, 30
"""So few strokes, each beginning this near below a place's upper line, ending above this share of its height and no
wider, hang in from above; their letters are looked for across this much print (5 mm)."""
_LETTER_ABOVE_MM = 2.0
_INNER_MM, _INNER_SHARE, _NARROW_MM = 12.0, 0.5, 9.0
"""A neighbour's word may run on so far into a place, which is not more than this share of it, or all of a place so
narrow."""
_GAP_MM, _ROW_MM, _SCRAP_MM, _HIGHEST_MM = 1.5, 1.0, 0.5, 6.0
"""The letters of a word are no further apart, nor higher or lower; their scraps are this long, and none is higher."""
_LINE_MM, _LINE_LONG = 1.5, 25
"""Strokes that keep together within this much, and reach so many times as far, are a line: print astray, a fold."""
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
            empty = tails and not any(_goes_out(ink, int(stroke), here) for stroke in strokes)
            return Judged(FieldState.EMPTY, 0.7, amount) if empty else Judged(FieldState.UNCLEAR, 0.5, amount)
        if _hang_in(ink, strokes, here) or _runs_in(ink, strokes, here) or _is_line(ink, strokes):
            return Judged(FieldState.UNCLEAR, 0.5, amount)
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
    longer, deep = float(ink.boxes[piece, 2:].max()), float(ink.boxes[piece, 3])
    around = _around(ink, piece, _ACROSS_PX)
    short = deep <= min(_NEARER * (here[3] - here[1]), _TAIL_MM * PX_PER_MM)
    tail = across = False
    for turned in range(4):
        beyond = _beyond(ink, piece, around, turned)
        if not beyond:
            continue
        reach = float(ink.boxes[beyond, 2:].max())
        foreign = 2 * ink.inside(here)[beyond].sum() < ink.areas[beyond].sum()
        if foreign and short and turned % 2 == 0:
            tail |= reach >= longer * (_STUB if _in_line(ink, beyond, here) else 1.0)
        across |= reach > 1.5 * longer
    return tail, across


def _hang_in(ink: Ink, strokes: NDArray[np.intp], here: PxBox) -> bool:
    """Whether all that is in a place hangs down from its upper line, half of it at least from letters to be seen."""
    boxes = ink.boxes[strokes]
    top, low = boxes[:, 1] - here[1], boxes[:, 1] + boxes[:, 3] - here[1]
    if len(strokes) > _HUNG or top.max() > _TOP_MM * PX_PER_MM or low.max() > _LOW * (here[3] - here[1]):
        return False
    if boxes[:, 2].max() > _WIDE_MM * PX_PER_MM or low.max() > _TAIL_MM * PX_PER_MM:
        return False
    above = [_beyond(ink, int(stroke), _around(ink, int(stroke), _FAR_PX), 0) for stroke in strokes]
    seen = [
        float(ink.boxes[letter, 2:].max()) >= _LETTER_ABOVE_MM * PX_PER_MM
        and bool(2 * ink.inside(here)[letter].sum() < ink.areas[letter].sum())
        for letter in above
        if letter
    ]
    return 2 * (sum(seen) + int((top <= -_LETTER_ABOVE_MM * PX_PER_MM).sum())) >= strokes.size


def _runs_in(ink: Ink, strokes: NDArray[np.intp], here: PxBox) -> bool:
    """Whether what is in a place is the end of a word that begins left of it, and has its longer part there."""
    boxes, width = ink.boxes[strokes], here[2] - here[0]
    inner = min(int((boxes[:, 0] + boxes[:, 2]).max()), here[2]) - here[0]
    if width > _NARROW_MM * PX_PER_MM and inner > min(_INNER_MM * PX_PER_MM, _INNER_SHARE * width):
        return False
    left, around = int(boxes[:, 0].min()), _ROW_MM * PX_PER_MM
    top, low = boxes[:, 1].min() - around, (boxes[:, 1] + boxes[:, 3]).max() + around
    middle, size = ink.boxes[:, 1] + ink.boxes[:, 3] / 2, ink.boxes[:, 2:].max(axis=1)
    beside = (ink.areas > 0) & (middle > top) & (middle < low) & (ink.boxes[:, 0] < left)
    beside &= (size >= _SCRAP_MM * PX_PER_MM) & (ink.boxes[:, 3] < _HIGHEST_MM * PX_PER_MM)
    letters = ink.boxes[beside]
    for x, end in sorted(((int(b[0]), int(b[0] + b[2])) for b in letters), key=lambda letter: -letter[1]):
        if end < left - _GAP_MM * PX_PER_MM:
            break
        left = min(left, x)
    return here[0] - left > inner


def _is_line(ink: Ink, strokes: NDArray[np.intp]) -> bool:
    boxes = ink.boxes[strokes]
    spans = (boxes[:, :2] + boxes[:, 2:]).max(axis=0) - boxes[:, :2].min(axis=0)
    return bool((spans.min() <= _LINE_MM * PX_PER_MM) & (spans.max() >= _LINE_LONG * spans.min()))


def _goes_out(ink: Ink, stroke: int, here: PxBox) -> bool:
    """Whether a stroke as long as a letter goes on below its place, where no word stands: the tail of what was here."""
    below = _beyond(ink, stroke, _around(ink, stroke, _ACROSS_PX), 2)
    return bool(below) and float(ink.boxes[stroke, 3]) >= _LETTER_MM * PX_PER_MM and not _in_line(ink, below, here)


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


def _around(ink: Ink, piece: int, far_px: int) -> tuple[NDArray[np.int32], Bits]:
    """What is written around a piece, as far as that, and where print hides it."""
    left, top, width, height = (int(v) for v in ink.boxes[piece])
    window = (slice(max(0, top - far_px), top + height + far_px),
              slice(max(0, left - far_px), left + width + far_px))  # fmt: skip
    return np.where(ink.mask[window], ink.labels[window], 0), ink.own[window]


def _beyond(ink: Ink, piece: int, around: tuple[NDArray[np.int32], Bits], turned: int) -> list[int]:
    """Pieces that a piece meets straight ahead, upwards after `turned` quarter turns, with only print in between."""
    labels, hidden = (np.rot90(part, turned) for part in around)
    seen = labels == piece
    first = int(seen.any(axis=1).argmax())
    tip = np.flatnonzero(seen[first])
    low, high, bare = max(0, int(tip.min()) - 1), int(tip.max()) + 2, 0
    for row in range(first - 1, 0, -1):
        low, high = max(0, low - (row % 2)), high + (row % 2)  # a stroke may lean
        met = labels[row, low:high]
        if met.any():
            return [int(n) for n in np.unique(met[met > 0]) if ink.areas[n] > 0]
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
