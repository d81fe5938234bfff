"""A small network for single written characters: it knows one glyph at a time and nothing of lines.

Its model (`glyphs.npz`, ONNX inside) comes from `tests/bench/train_glyphs.py`: real people's digits and the characters
of many handwriting and print fonts, scanned in software. A comb of 18 cells takes it about a millisecond.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray
from intake.values.network import opened

MODEL = Path(__file__).with_name("glyphs.npz")
CLASSES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖabcdefghijklmnopqrstuvwxyzåäö-+./,"
"""What a glyph can be, in the order of the network's outputs."""
SIDE = 28
_INK_SIDE = 20
Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character's ink cut tight, dark on white, and how it stands among its neighbours."""

    gray: Gray
    high: float
    """Its height, as a share of the usual height of the line's characters."""
    raised: float
    """How far its middle lies above the middle of the line's characters, in the same unit."""


def normalised(gray: Gray) -> Values:
    """A tight glyph as 28 x 28 from 0 (paper) to 1: 20 pixels large, its mass in the middle."""
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


def standing(glyph: Glyph) -> Values:
    """The height, place and slenderness, which the picture at one size no longer shows."""
    height, width = glyph.gray.shape
    told = (glyph.high - 1.0, 2.0 * glyph.raised, np.log(width / height))
    return np.clip(np.array(told, dtype=np.float32), -2.0, 2.0)


class GlyphNetwork:
    """The trained network, loaded once and kept warm."""

    def __init__(self) -> None:
        """One thread: the work is too small to be shared out."""
        with np.load(MODEL, allow_pickle=False) as stored:
            model = stored["onnx"].tobytes()
        self._session = opened(model)

    def probabilities(self, glyphs: Sequence[Glyph]) -> Values:
        """For each glyph the probabilities of CLASSES (n x len(CLASSES))."""
        if not glyphs:
            return np.zeros((0, len(CLASSES)), dtype=np.float32)
        images = np.stack([normalised(glyph.gray) for glyph in glyphs])[:, np.newaxis]
        told = {"images": images, "standings": np.stack([standing(glyph) for glyph in glyphs])}
        return np.asarray(self._session.run(None, told)[0], dtype=np.float32)
