"""Signatures: handwriting in the place for one. A smudge, a stamp, typed letters or a drawn line are none.

Too little ink, a level line and a blot are told by their size. All else is shown to a small network that knows a
hand's strokes from letters of a machine, stamps, blots and lines; where it is in doubt, the place is unclear.

The network looks at ink alone, in spots of half a centimetre, and weighs what it saw over the whole place. Its weights
(`strokes.npz`, whose card is STROKES.md) come from `tests/bench/train_signature.py`; it runs in numpy, about a
millisecond a place.
"""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.base.filing import Box, FieldState
from intake.read.ink import PX_PER_MM, Ink
from intake.read.judge import Judged, PxBox, pixels

_GROW_MM = 1.0  # people sign on and across the line
_LEAST_MM = 1.0  # smaller pieces are dust
_OWN_SHARE = 0.35
_LEAST_WIDTH_MM, _LEAST_HEIGHT_MM = 3.0, 1.5
_STROKE_MM, _SMUDGED = 1.4, 0.5
"""Ink thicker than any pen, and the share of it that makes a blot: crossing strokes are thick too."""
_AROUND_MM, _REACH_MM = 3.0, 9.0
"""What is looked at: this much around the pieces, and not further out of the place."""
_SIGNED, _NOT_SIGNED = 0.6, 0.25
WEIGHTS = Path(__file__).with_name("strokes.npz")
SPOT_PX = 8
"""The picture's pixels to one spot, each way."""
_INKED = 0.05
Values = NDArray[np.float32]


def judge_signature(ink: Ink, box: Box) -> Judged:
    """A place for a signature."""
    pieces = own_pieces(ink, box)
    if not len(pieces):
        return Judged(FieldState.EMPTY, 1.0, 0.0)
    amount = float(ink.areas[pieces].sum()) / PX_PER_MM**2
    low, high = _span(ink, pieces)
    width, height = (high - low) / PX_PER_MM
    if (height < _LEAST_HEIGHT_MM and width > 3 * height) or max(width, height) < _LEAST_WIDTH_MM:
        return Judged(FieldState.EMPTY, 0.8, amount)  # a drawn or printed line, a speck
    sure = by_hand(picture(ink, box, pieces))
    if sure < _NOT_SIGNED:
        return Judged(FieldState.EMPTY, 1.0 - sure, amount)
    if sure < _SIGNED or _thick(ink, pieces) > _SMUDGED:
        return Judged(FieldState.UNCLEAR, 0.5, amount)
    return Judged(FieldState.FILLED, sure, amount)


def own_pieces(ink: Ink, box: Box) -> NDArray[np.intp]:
    """The pieces of ink that belong to the place."""
    inside = ink.inside(pixels(box, ink.mask.shape, grow_mm=_GROW_MM))
    own = (inside > 0) & (inside >= _OWN_SHARE * ink.areas)
    own &= np.hypot(ink.boxes[:, 2], ink.boxes[:, 3]) >= _LEAST_MM * PX_PER_MM
    return np.flatnonzero(own)


def picture(ink: Ink, box: Box, pieces: NDArray[np.intp]) -> Values:
    """Two layers of ink, 0 to 1, at 60 dpi: the place's own pieces, and what else is near them."""
    low, high = _span(ink, pieces)
    around = round(_AROUND_MM * PX_PER_MM)
    place = pixels(box, ink.mask.shape, grow_mm=_REACH_MM)
    x0, y0 = max(place[0], int(low[0]) - around), max(place[1], int(low[1]) - around)
    x1, y1 = min(place[2], int(high[0]) + around), min(place[3], int(high[1]) + around)
    own = _of(ink, pieces, (x0, y0, x1, y1))
    mask = ink.mask[y0:y1, x0:x1]
    return np.stack([_small(mask & own), _small(mask & ~own)])


def _small(layer: NDArray[np.bool_]) -> Values:
    half = (max(1, layer.shape[1] // 2), max(1, layer.shape[0] // 2))
    ink = cv2.resize(layer.astype(np.float32), half, interpolation=cv2.INTER_AREA)
    size = (max(1, round(0.8 * half[0])), max(1, round(0.8 * half[1])))
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32)


def _of(ink: Ink, pieces: NDArray[np.intp], window: PxBox) -> NDArray[np.bool_]:
    x0, y0, x1, y1 = window
    wanted = np.zeros(len(ink.areas), np.bool_)
    wanted[pieces] = True
    return np.asarray(wanted[ink.labels[y0:y1, x0:x1]], np.bool_)


def _span(ink: Ink, pieces: NDArray[np.intp]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    boxes = ink.boxes[pieces]
    return boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)


def _thick(ink: Ink, pieces: NDArray[np.intp]) -> float:
    """The share of the ink that lies deeper than a pen's stroke."""
    low, high = _span(ink, pieces)
    window = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    strokes = _of(ink, pieces, window) & ink.mask[window[1] : window[3], window[0] : window[2]]
    depth = cv2.distanceTransform(strokes.astype(np.uint8), cv2.DIST_L2, 3)[strokes] * 2 / PX_PER_MM
    return float((depth > _STROKE_MM).mean()) if len(depth) else 0.0


@lru_cache(maxsize=1)
def _layers() -> tuple[Values, ...]:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return tuple(stored[name].astype(np.float32) for name in sorted(stored.files))


def by_hand(picture: Values) -> float:
    """The likelihood, 0 to 1, that a hand wrote in the first layer of a picture; the second: what is around it."""
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5, w6, b6 = _layers()
    height, width = picture.shape[1:]
    x = np.pad(picture, ((0, 0), (0, -height % SPOT_PX), (0, -width % SPOT_PX)))
    inked = x[0].reshape(x.shape[1] // SPOT_PX, SPOT_PX, x.shape[2] // SPOT_PX, SPOT_PX).max(axis=(1, 3)) > _INKED
    if not inked.any():
        return 0.0
    for weights, bias, stride in ((w1, b1, 2), (w2, b2, 2), (w3, b3, 2), (w4, b4, 1)):
        x = np.maximum(_convolve(x, weights, bias, stride=stride), 0)
    spots = x[:, inked]
    seen = np.concatenate([spots.max(axis=1), spots.mean(axis=1)])
    told = w6 @ np.maximum(w5 @ seen + b5, 0) + b6
    return float(1 / (1 + np.exp(-told[0])))


def _convolve(x: Values, weights: Values, bias: Values, *, stride: int) -> Values:
    """A convolution with zero padding of half the kernel: channels x height x width."""
    side = weights.shape[2]
    padded = np.pad(x, ((0, 0), (side // 2, side // 2), (side // 2, side // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(1, 2))[:, ::stride, ::stride]
    columns = np.ascontiguousarray(windows.transpose(0, 3, 4, 1, 2)).reshape(-1, windows.shape[1] * windows.shape[2])
    summed = weights.reshape(len(weights), -1) @ columns + bias[:, np.newaxis]
    return np.asarray(summed.reshape(len(weights), *windows.shape[1:3]), np.float32)
