"""What has been written on a page: all ink that is not the blank's own print, in pieces.

The blank's print is taken out with a small seam around it, as much as registration may be off. What is left falls
into pieces of connected ink; each has a size, a place and a darkness, and a field is judged from its pieces.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.pages import Gray
from intake.recognise.draw import Bits
from intake.recognise.face import Face
from intake.recognise.light import WORK_DPI

PX_PER_MM = WORK_DPI / 25.4
FAINT, PLAIN = 206, 165
"""Greys: pencil is darker than the first, a pen's stroke darker than the second."""
_PRINTED = 205  # blank's pixels darker than this are its print
_SPECK_PX = 4
_FRAMES_PRINTED = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The writing on one flattened page."""

    mask: Bits
    """Where there is writing."""
    labels: NDArray[np.int32]
    """Which piece each pixel belongs to; 0: none."""
    boxes: NDArray[np.int32]
    """Per piece: x0, y0, width, height in px at `WORK_DPI`; row 0 is no piece."""
    areas: NDArray[np.int32]
    """Per piece: its pixels of ink."""
    own: Bits
    """The blank's print with its seam: nothing can be seen there."""

    def inside(self, box: tuple[int, int, int, int]) -> NDArray[np.int64]:
        """Pixels of each piece inside x0, y0, x1, y1; index is the piece."""
        x0, y0, x1, y1 = box
        part = np.bincount(self.labels[y0:y1, x0:x1].ravel(), minlength=len(self.areas))
        part[0] = 0
        return part


def own_print(face: Face, flat: Gray, *, seam_px: int = 2) -> Bits:
    """Where the blank's own print stands, frames of fields among it if this page's printer drew them."""
    own = face.gray < _PRINTED
    frames = face.extra
    if frames.any() and float((flat[frames] < FAINT).mean()) > _FRAMES_PRINTED:
        own = own | frames
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * seam_px + 1, 2 * seam_px + 1))
    return np.asarray(cv2.dilate(own.astype(np.uint8), kernel) > 0, np.bool_)


def find_ink(face: Face, flat: Gray) -> Ink:
    """All writing on `flat`, a page as `face` sees it."""
    own = own_print(face, flat)
    soft = cv2.GaussianBlur(flat, (0, 0), 0.6)
    faint = (soft < FAINT) & ~own
    joined = cv2.morphologyEx(faint.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    areas = np.bincount(labels[faint], minlength=count)
    darkest = np.full(count, 255, np.uint8)
    rows, columns = np.nonzero(faint)
    np.minimum.at(darkest, labels[rows, columns], soft[rows, columns])
    real = (areas >= _SPECK_PX) & (darkest < PLAIN + 20)
    real[0] = False
    renumber = np.zeros(count, np.int32)
    renumber[real] = np.arange(1, int(real.sum()) + 1)
    labels = renumber[labels]
    keep = np.r_[0, np.flatnonzero(real)]
    boxes = stats[keep, :4].astype(np.int32)
    kept_areas = areas[keep].astype(np.int32)
    kept_areas[0] = 0
    return Ink(np.asarray(faint & (labels > 0), np.bool_), labels, boxes, kept_areas, own)
