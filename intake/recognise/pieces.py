"""The pieces of ink on a page: pixels that touch each other, with the box around them and how many they are."""

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.forms.rendered_blank import Bits

_MUCH = 0.25
"""From this share of ink OpenCV's own statistics are as quick, and take a fraction of the memory."""


def pieces(ink: Bits) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """The piece that each pixel belongs to, 0 for none; each piece's left, top, width and height; and its pixels.

    Row 0 stands for what is no ink and is all zeros. What OpenCV's own statistics say, in a fifth of their time where
    there is little ink: they count every pixel of the paper too.
    """
    if np.count_nonzero(ink) > _MUCH * ink.size:
        _, all_labels, counted, _ = cv2.connectedComponentsWithStats(ink.view(np.uint8), connectivity=8)
        counted[0] = 0
        return np.asarray(all_labels, np.int32), np.asarray(counted[:, :4], np.int32), counted[:, 4].astype(np.int64)
    count, numbers = cv2.connectedComponents(ink.view(np.uint8), connectivity=8)
    labels = np.asarray(numbers, np.int32)
    at = np.flatnonzero(ink)
    of, (rows, columns) = labels.ravel()[at], np.divmod(at, ink.shape[1])
    low, high = np.full((2, count), ink.size), np.zeros((2, count), np.int64)
    for place, side in enumerate((columns, rows)):
        np.minimum.at(low[place], of, side)
        np.maximum.at(high[place], of, side)
    boxes = np.concatenate([low, high - low + 1]).T.astype(np.int32)
    boxes[0] = 0
    return labels, boxes, np.bincount(of, minlength=count)
