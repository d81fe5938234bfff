"""The features by which a page is found and registered: its thumbnail, and its key points (ORB).

The thumbnail says in a few hundred numbers where on the sheet the ink is: two pages of one form look alike from across
the room even when a fax has eaten their letters. It is good for a shortlist, never for a verdict. It is reckoned in
double precision: what another processor rounds differently is then far too small to reach the 1/4096 that a face keeps,
and drawing a form anew gives the same face everywhere.

Key points are spread evenly over the page, so that a block of dense text or of handwriting does not use them all up.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray

FOUND = 3000
_CELL = 96  # px: one inch
_SCALE, _LEVELS, _FAST = 1.2, 4, 15
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


@dataclass(frozen=True, slots=True)
class Features:
    """Key points of one page at the feature resolution."""

    points: NDArray[np.float32]
    """n x 2, x and y in px at `FEATURE_DPI`."""
    angles: NDArray[np.uint8]
    """n, clockwise, in 1/256 turns."""
    descriptors: NDArray[np.uint8]
    """n x 32."""

    def __len__(self) -> int:
        return len(self.points)

    def strongest(self, count: int) -> "Features":
        """The first `count`: they are kept best first."""
        return Features(self.points[:count], self.angles[:count], self.descriptors[:count])


def find_features(gray: Gray, *, keep: int) -> Features:
    """At most `keep` key points of a page in even light, the best of each part of the page first."""
    orb = cv2.ORB.create(FOUND, _SCALE, _LEVELS, fastThreshold=_FAST)
    keypoints, descriptors = orb.detectAndCompute(cv2.GaussianBlur(gray, (0, 0), 0.6), None)
    if descriptors is None:
        return Features(np.empty((0, 2), np.float32), np.empty(0, np.uint8), np.empty((0, 32), np.uint8))
    points = np.array([k.pt for k in keypoints], np.float32)
    angles = np.array([k.angle for k in keypoints], np.float32)
    response = np.array([k.response for k in keypoints], np.float32)
    order = _evenly(points, response)[:keep]
    turned = np.round(angles[order] * (256 / 360)).astype(np.int32).astype(np.uint8)
    return Features(points[order], turned, np.ascontiguousarray(descriptors[order], np.uint8))


def _evenly(points: NDArray[np.float32], response: NDArray[np.float32]) -> NDArray[np.intp]:
    """Order of the points: each cell's best, then each cell's second best, and so on."""
    cells = (points // _CELL).astype(np.int64)
    cell = cells[:, 1] * 1000 + cells[:, 0]
    by_cell = np.lexsort((-response, cell))
    start = np.r_[True, cell[by_cell][1:] != cell[by_cell][:-1]]
    first = np.maximum.accumulate(np.where(start, np.arange(len(cell)), 0))
    rank = np.arange(len(cell)) - first
    return by_cell[np.lexsort((-response[by_cell], rank))]
