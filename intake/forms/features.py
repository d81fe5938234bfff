"""Key points of a page: where they are, how they are turned, what surrounds them (ORB).

Spread evenly over the page, so that a block of dense text or of handwriting does not use them all up.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray

FOUND = 3000
_CELL = 96  # px: one inch
_SCALE, _LEVELS, _FAST = 1.2, 4, 15


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
