"""Signatures: handwriting in the place for one. A smudge, a stamp or a drawn line is none."""

import cv2
import numpy as np

from intake.filing import Box, FieldState
from intake.read.ink import PX_PER_MM, Ink
from intake.read.judge import Judged, pixels

_GROW_MM = 1.0  # people sign on and across the line
_LEAST_WIDTH_MM, _LEAST_HEIGHT_MM = 6.0, 1.5
_STROKE_MM = 1.4  # ink thicker than any pen is a smudge or a stamp's bar
_SMUDGED = 0.15  # share of the ink that may lie deeper than a stroke, where lines cross
_OWN_SHARE = 0.35


def judge_signature(ink: Ink, box: Box) -> Judged:
    """A place for a signature."""
    here = pixels(box, ink.mask.shape, grow_mm=_GROW_MM)
    inside = ink.inside(here)
    pieces = np.flatnonzero((inside > 0) & (inside >= _OWN_SHARE * ink.areas))
    pieces = pieces[np.hypot(ink.boxes[pieces, 2], ink.boxes[pieces, 3]) >= 1.0 * PX_PER_MM]
    if not len(pieces):
        return Judged(FieldState.EMPTY, 1.0, 0.0)
    x0, y0, x1, y1 = here
    strokes = np.isin(ink.labels[y0:y1, x0:x1], pieces).astype(np.uint8)
    depth = cv2.distanceTransform(strokes, cv2.DIST_L2, 3)[strokes > 0] * 2 / PX_PER_MM
    thick = float((depth > _STROKE_MM).mean())
    columns, rows = np.flatnonzero(strokes.any(axis=0)), np.flatnonzero(strokes.any(axis=1))
    width, height = np.ptp(columns) / PX_PER_MM, np.ptp(rows) / PX_PER_MM
    amount = float(strokes.sum()) / PX_PER_MM**2
    if height < _LEAST_HEIGHT_MM and width > 3 * height:
        return Judged(FieldState.EMPTY, 0.8, amount)  # a drawn or printed line
    if thick > _SMUDGED or width < _LEAST_WIDTH_MM:
        return Judged(FieldState.UNCLEAR, 0.5, amount)
    return Judged(FieldState.FILLED, min(1.0, 0.6 + amount / 10), amount)
