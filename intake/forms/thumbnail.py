"""A page's thumbnail: where on the sheet the ink is, in a few hundred numbers.

Two pages of one form look alike from across the room even when a fax has eaten their letters. Good for a shortlist,
never for a verdict. All is reckoned in double precision: what another processor rounds differently is then far too
small to reach the 1/4096 that a face keeps, and drawing a form anew gives the same face everywhere.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray

COLUMNS, ROWS = 24, 32
_DARKEST = 160  # a solid area counts no more than dense print
_STEP = 6  # pixels of the page to one of what is looked at
Thumbnail = NDArray[np.float32]
"""`COLUMNS` x `ROWS` numbers of length 1: the product of two is their likeness."""


def thumbnail(small: Gray) -> Thumbnail:
    """The thumbnail of a page in even light, as it lies."""
    return _numbers(_darkness(small))


def turned_thumbnails(small: Gray) -> NDArray[np.float32]:
    """4 x n: the thumbnail of a page for each way it may be turned."""
    dark = _darkness(small)
    return np.stack([_numbers(np.ascontiguousarray(np.rot90(dark, turn))) for turn in range(4)])


def _darkness(small: Gray) -> NDArray[np.float64]:
    dark = np.minimum(255 - cv2.blur(small, (3, 3)), _DARKEST).astype(np.float64)
    size = (max(COLUMNS, small.shape[1] // _STEP), max(ROWS, small.shape[0] // _STEP))
    return np.asarray(cv2.resize(dark, size, interpolation=cv2.INTER_AREA), np.float64)


def _numbers(dark: NDArray[np.float64]) -> Thumbnail:
    ink = np.sqrt(cv2.resize(dark, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA))
    return unit(cv2.GaussianBlur(ink, (0, 0), 0.8).ravel())


def unit(numbers: NDArray[np.generic]) -> Thumbnail:
    """`numbers` around 0 and of length 1."""
    centred = np.asarray(numbers, np.float64)
    centred = centred - centred.mean()
    return np.asarray(centred / max(float(np.linalg.norm(centred)), 1e-6), np.float32)
