"""Lines through a whole field that nobody wrote: a fax's lost row, a streak, a row of fields struck out.

Such a line is straight, thin and reaches from one side of the place to the other; what is written across it is judged
without it.
"""

import cv2
import numpy as np

from intake.read.ink import PX_PER_MM, Ink
from intake.recognise.draw import Bits

_RUN_MM = 6.0  # no hand's stroke runs as level as this
_THICK_PX = 4
_REACH = 0.85  # of the width must be crossed
_LEAN = 0.06


def streak(ink: Ink, here: tuple[int, int, int, int]) -> Bits | None:
    """Where a level line crosses the whole of a place (x0, y0, x1, y1), cut to it; None: there is none."""
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
