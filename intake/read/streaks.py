"""Lines that nobody wrote: a fax's lost row, a streak of dirt on a feeder's glass, a row of fields struck out.

Such a line is straight, thin and reaches from one side to the other, of a place or of the whole page, where print may
hide some of it; what is written across it is judged without it.
"""

import cv2
import numpy as np

from intake.forms.rendered_blank import Bits
from intake.read.ink import PX_PER_MM, Ink

_RUN_MM = 6.0  # no hand's stroke runs as level as this
_THICK_PX = 4
_REACH = 0.85  # of the width must be crossed
_LEAN = 0.06
_SEGMENT_MM = 2.0
_PAGE_SHARE = 0.25
"""What must be seen of a line through the page; print may hide the rest."""
_LEAN_DEGREES, _STEP_DEGREES = 1.5, 0.1
_MOST_LINES = 200


def streak(ink: Ink, here: tuple[int, int, int, int]) -> Bits | None:
    """The level line that crosses the whole of a place (x0, y0, x1, y1), cut to it; None: there is none."""
    x0, y0, x1, y1 = here
    part = ink.mask[y0:y1, x0:x1]
    run = round(_RUN_MM * PX_PER_MM)
    if x1 - x0 < 3 * run or float(part.any(axis=0).mean()) < _REACH:
        return None
    rows_joined = cv2.dilate(part.astype(np.uint8), np.ones((3, 1), np.uint8))  # a line that leans goes on a row lower
    level = cv2.morphologyEx(rows_joined, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    thick = cv2.morphologyEx(level, cv2.MORPH_OPEN, np.ones((_THICK_PX + 3, 1), np.uint8))
    line: Bits = part & (level > 0) & (thick == 0)
    rows = np.flatnonzero(line.any(axis=1))
    if float(line.any(axis=0).mean()) < _REACH or np.ptp(rows) > _THICK_PX + _LEAN * (x1 - x0):
        return None
    return line


def page_streaks(ink: Ink) -> Bits | None:
    """The thin lines that cross the whole page, level or upright; None: there are none."""
    level = _across(ink.mask, ink.own)
    upright = _across(_turned(ink.mask), _turned(ink.own))
    if level is None and upright is None:
        return None
    found = np.zeros_like(ink.mask)
    for one in (level, None if upright is None else upright.T):
        if one is not None:
            found |= one
    return found


def _turned(mask: Bits) -> Bits:
    return np.asarray(cv2.transpose(mask.view(np.uint8)).view(np.bool_))


def _across(mask: Bits, own: Bits) -> Bits | None:
    """Lines from the left to the right edge."""
    height, width = mask.shape
    drawn = mask.view(np.uint8)
    parts = cv2.morphologyEx(drawn, cv2.MORPH_OPEN, np.ones((1, round(_SEGMENT_MM * PX_PER_MM)), np.uint8))
    thick = cv2.morphologyEx(drawn, cv2.MORPH_OPEN, np.ones((_THICK_PX + 3, 1), np.uint8)) > 0
    parts = parts * ~thick
    if cv2.countNonZero(parts) < _PAGE_SHARE * width:
        return None
    lean, step = np.radians((_LEAN_DEGREES, _STEP_DEGREES))
    least = round(_PAGE_SHARE * width)
    lines = cv2.HoughLines(parts, 1, step, least, min_theta=np.pi / 2 - lean, max_theta=np.pi / 2 + lean)
    if lines is None:
        return None
    dark = cv2.dilate((mask | own).astype(np.uint8), np.ones((3, 1), np.uint8)) > 0
    found = np.zeros((height, width), np.uint8)
    for rho, theta in lines[:_MOST_LINES, 0]:
        x = np.arange(width)
        y = np.round((rho - x * np.cos(theta)) / np.sin(theta)).astype(int)
        x, y = x[(y >= 0) & (y < height)], y[(y >= 0) & (y < height)]
        if len(x) == width and float(dark[y, x].mean()) >= _REACH:
            found[y, x] = 1
    if not found.any():
        return None
    near = cv2.dilate(found, np.ones((_THICK_PX + 1, 1), np.uint8)) > 0
    return np.asarray(mask & near & ~thick, np.bool_)
