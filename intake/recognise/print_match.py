"""Does a flattened page carry the blank's print? Judged square by square, so that one can show where it does not.

Filling in a form adds ink and takes none away: print of the blank that is missing on the page speaks against the
blank, ink that the blank lacks does not.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.forms.face import Face
from intake.forms.rendered_blank import Bits
from intake.jail.pixels import Gray

SQUARE = 48
"""Pixels of the working resolution: 8 mm."""
_PRINT_DARK = 140  # softened print darker than this any scanner must show; hairlines and pale print may be lost
_INK_DARK = 185
_LEAST_PRINT = 40  # px of print that make a square count
_FOUND, _MISSING = 0.6, 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """The share of a blank's print that a page carries."""

    score: float
    """0 to 1: share of the print that is there, beyond what chance would give."""
    found: float
    """Share of the squares with print where most of it is there."""
    missing: Bits
    """rows x columns: squares where print is clearly not there."""
    counted: Bits
    """rows x columns: squares with print that lie on the page."""

    @property
    def lost(self) -> float:
        """Share of the counted squares whose print is not there."""
        return float(self.missing.sum()) / max(1, int(self.counted.sum()))


def ink_of(flat: Gray) -> NDArray[np.uint8]:
    """1 where there is ink on the page or right beside it."""
    dark = (flat < _INK_DARK).astype(np.uint8)
    return np.asarray(cv2.dilate(dark, np.ones((3, 3), np.uint8)), np.uint8)


def agreement(face: Face, flat: Gray, on_page: Bits) -> Agreement:
    """Compares `flat` (the page as the face sees it) with the blank; `on_page`: squares that the scan covers."""
    printed = _firm_print(face)
    ink = ink_of(flat)
    print_px, ink_px, both_px = (square_sums(m) for m in (printed, ink, printed & ink))
    counted = (print_px >= _LEAST_PRINT) & on_page
    chance = np.minimum(ink_px / SQUARE**2, 0.9)
    there = np.clip((both_px / np.maximum(print_px, 1) - chance) / (1 - chance), 0, 1)
    if not counted.any():
        return Agreement(0.0, 0.0, np.zeros_like(counted), counted)
    # A square full of print is one square: otherwise one dark logo would outvote the page.
    weight = np.where(counted, np.minimum(print_px, 400), 0)
    score = float((there * weight).sum() / weight.sum())
    found = float((there[counted] > _FOUND).mean())
    return Agreement(score, found, counted & (there < _MISSING), counted)


@lru_cache(maxsize=24)
def _firm_print(face: Face) -> NDArray[np.uint8]:
    soft = cv2.GaussianBlur(face.gray, (0, 0), 0.8)
    return np.asarray(((soft < _PRINT_DARK) & ~face.extra).astype(np.uint8), np.uint8)


def square_sums(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Sum over each `SQUARE` x `SQUARE` square, the last row and column of squares as far as they go."""
    rows, columns = -(-mask.shape[0] // SQUARE), -(-mask.shape[1] // SQUARE)
    padded = np.zeros((rows * SQUARE, columns * SQUARE), np.uint8)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    small = cv2.resize(padded * np.uint8(255), (columns * 4, rows * 4), interpolation=cv2.INTER_AREA)
    sums = small.reshape(rows, 4, columns, 4).astype(np.float64).mean(axis=(1, 3))
    return np.asarray(sums * (SQUARE**2 / 255), np.float64)
