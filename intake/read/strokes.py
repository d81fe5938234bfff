"""A small network that knows a hand's strokes from letters of a machine, stamps, blots and lines.

It looks at ink alone, in spots of half a centimetre, and weighs what it saw over the whole place. Its weights
(`strokes.npz`) come from `tests/bench/train_signature.py`; it runs in numpy, about a millisecond a place.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("strokes.npz")
SPOT_PX = 8
"""The picture's pixels to one spot, each way."""
_INKED = 0.05
Values = NDArray[np.float32]


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
