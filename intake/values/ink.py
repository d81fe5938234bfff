"""A field's crop made ready for reading: even white, no rests of printed lines, tight around the writing."""

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.pages import Gray

Mask = NDArray[np.bool_]

_LEAST_CONTRAST = 40
_LINE_SHARE = 0.6
"""A row (or column) inked over this share of the crop's width (height) is a rest of a printed line."""


def whiten(gray: Gray) -> Gray:
    """Paper to white and the darkest ink to black, slow changes of the background taken out."""
    side = max(15, (min(gray.shape) // 2) | 1)
    paper = cv2.GaussianBlur(cv2.dilate(gray, np.ones((5, 5), np.uint8)), (side, side), 0)
    even = np.clip(gray.astype(np.float32) * 255.0 / np.maximum(paper, 1), 0, 255)
    darkest = float(np.percentile(even, 0.5))
    if 235.0 - darkest > _LEAST_CONTRAST:
        even = np.clip((even - darkest) * 255.0 / (235.0 - darkest), 0, 255)
    return even.astype(np.uint8)


def ink_mask(white: Gray) -> Mask:
    """Which pixels of a whitened crop are ink."""
    threshold, _ = cv2.threshold(white, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return np.asarray(white < min(max(threshold, 90), 190))


def without_lines(white: Gray, mask: Mask, dpi: float) -> tuple[Gray, Mask]:
    """Rests of the box's printed lines near the crop's edges painted white; writing that crosses them stays."""
    height, width = mask.shape
    thickest = max(2, round(dpi / 40))
    cleaned, kept = white.copy(), mask.copy()
    for axis, length in ((0, width), (1, height)):
        if length < dpi / 6:
            continue
        size = (max(int(length * _LINE_SHARE), 8), 1) if axis == 0 else (1, max(int(length * 0.85), 8))
        line = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones(size[::-1], np.uint8))
        rows = [int(row) for row in np.flatnonzero(line.any(axis=1 - axis))]
        extent = mask.shape[axis]
        for row in rows:
            if min(row, extent - 1 - row) > max(0.2 * extent, thickest):
                continue
            _erase(cleaned, kept, line.astype(bool), axis, row, thickest)
    return cleaned, kept


def _erase(white: Gray, mask: Mask, line: Mask, axis: int, row: int, thickest: int) -> None:
    """Paint one row (axis 0) or column (axis 1) of a printed line white, save where a stroke runs through it."""
    ink = np.moveaxis(mask, axis, 0)
    paint = np.moveaxis(white, axis, 0)
    here = np.moveaxis(line, axis, 0)[row]
    above, below = row - thickest - 1, row + thickest + 1
    through = np.zeros_like(here)
    if above >= 0:
        through |= ink[above]
    if below < ink.shape[0]:
        through |= ink[below]
    if through.mean() > 0.5:
        through[:] = False
    erased = ~through
    for near in range(max(row - 1, 0), min(row + 2, ink.shape[0])):
        paint[near][erased] = 255
        ink[near][erased] = False


def specks_off(mask: Mask, dpi: float) -> Mask:
    """The mask without dust: parts far smaller than a written dot that stand alone."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    least = max(3, round((dpi / 150) ** 2 * 4))
    small = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] < least)
    keep = np.ones(count, dtype=bool)
    keep[small] = False
    keep[0] = False
    return np.asarray(keep[labels])


def lines_of(gray: Gray, dpi: float) -> list[Gray]:
    """The written lines of a crop from top to bottom, each cut tight with a little white around; [] when no ink."""
    white = whiten(gray)
    white, mask = without_lines(white, ink_mask(white), dpi)
    mask = specks_off(mask, dpi)
    return [cut for top, bottom in _bands(mask, dpi) if (cut := _tight(white, mask, top, bottom)) is not None]


def _bands(mask: Mask, dpi: float) -> list[tuple[int, int]]:
    """Row ranges of the written lines: split where a clear gap runs across a tall crop."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return []
    gaps = np.flatnonzero(np.diff(rows) > max(2, dpi * 0.02))
    starts = [int(rows[0]), *[int(rows[gap + 1]) for gap in gaps]]
    ends = [*[int(rows[gap]) + 1 for gap in gaps], int(rows[-1]) + 1]
    bands: list[tuple[int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        thin = end - start < dpi * 0.05
        if bands and (thin or bands[-1][1] - bands[-1][0] < dpi * 0.05):
            bands[-1] = (bands[-1][0], end)
        else:
            bands.append((start, end))
    return bands


def _tight(white: Gray, mask: Mask, top: int, bottom: int) -> Gray | None:
    """One line with a margin of an eighth of its height, everything that is not ink's surroundings left as it is."""
    columns = np.flatnonzero(mask[top:bottom].any(axis=0))
    if columns.size == 0:
        return None
    left, right = int(columns[0]), int(columns[-1]) + 1
    margin = max(2, (bottom - top) // 8)
    cut = white[max(top - margin, 0) : bottom + margin, max(left - margin, 0) : right + margin]
    pads = (max(margin - top, 0), max(bottom + margin - white.shape[0], 0), max(margin - left, 0))
    right_pad = max(right + margin - white.shape[1], 0)
    padded = cv2.copyMakeBorder(cut, pads[0], pads[1], pads[2], right_pad, cv2.BORDER_CONSTANT, value=[255])
    return np.asarray(padded, dtype=np.uint8)
