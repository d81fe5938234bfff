"""A small network for single written digits, for comb cells: it knows one digit at a time and nothing of lines.

Its weights (`digits.npz`) come from `tests/bench/train_digits.py`: real people's digits, pasted into cells and scanned
in software. It runs in numpy alone: three convolutions and two full layers, a fraction of a millisecond a digit.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.pages import Gray

WEIGHTS = Path(__file__).with_name("digits.npz")
SIDE = 28
_INK_SIDE = 20
Values = NDArray[np.float32]


def normalised(gray: Gray) -> Values:
    """A digit cut tight, dark on white, as 28 x 28 from 0 (paper) to 1: 20 pixels large, its mass in the middle."""
    ink = 255.0 - gray.astype(np.float32)
    scale = _INK_SIDE / max(ink.shape)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    scaled = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    moments = cv2.moments(scaled)
    mass = moments["m00"]
    x_mean, y_mean = (moments["m10"] / mass, moments["m01"] / mass) if mass > 0 else (size[0] / 2, size[1] / 2)
    left = int(np.clip(round(SIDE / 2 - x_mean), 0, SIDE - size[0]))
    top = int(np.clip(round(SIDE / 2 - y_mean), 0, SIDE - size[1]))
    placed = np.zeros((SIDE, SIDE), dtype=np.float32)
    placed[top : top + size[1], left : left + size[0]] = scaled
    return placed / max(float(placed.max()), 1.0)


class DigitNetwork:
    """The trained network."""

    def __init__(self) -> None:
        with np.load(WEIGHTS, allow_pickle=False) as stored:
            self._layers = [stored[name].astype(np.float32) for name in sorted(stored.files)]

    def probabilities(self, digits: Sequence[Gray]) -> Values:
        """For each tight digit image the probabilities of 0 to 9 (n x 10)."""
        if not digits:
            return np.zeros((0, 10), dtype=np.float32)
        w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = self._layers
        x = np.stack([normalised(digit) for digit in digits])[:, np.newaxis]
        x = np.maximum(_convolve(x, w1, b1, stride=2), 0)
        x = np.maximum(_convolve(x, w2, b2, stride=2), 0)
        x = np.maximum(_convolve(x, w3, b3, stride=1), 0)
        x = np.maximum(x.reshape(len(x), -1) @ w4.T + b4, 0)
        logits = x @ w5.T + b5
        grown = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True), dtype=np.float32)


def _convolve(x: Values, weights: Values, bias: Values, *, stride: int) -> Values:
    """A convolution with zero padding of half the kernel: n x channels x height x width."""
    side = weights.shape[2]
    padded = np.pad(x, ((0, 0), (0, 0), (side // 2, side // 2), (side // 2, side // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(2, 3))[:, :, ::stride, ::stride]
    summed = np.tensordot(windows, weights, axes=([1, 4, 5], [1, 2, 3]))
    return np.asarray(np.moveaxis(summed, 3, 1) + bias[:, np.newaxis, np.newaxis], dtype=np.float32)
