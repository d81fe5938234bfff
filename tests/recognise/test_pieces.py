"""The quick ways of seeing give what OpenCV's own give."""

import tracemalloc

import cv2
import numpy as np
import pytest

from intake.recognise.pieces import pieces
from intake.recognise.registration import nearest


@pytest.mark.parametrize("share", [0.0, 0.02, 0.24, 0.26, 0.4, 1.0])
def test_the_pieces_of_a_page_are_those_that_opencv_counts(share: float) -> None:
    """Each pixel's piece, the boxes and the pixels of all pieces; a page without ink has none."""
    ink = np.random.default_rng(1).random((90, 130)) < share
    _, expected, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)

    labels, boxes, areas = pieces(ink)

    assert np.array_equal(labels, expected)
    assert np.array_equal(boxes[1:], stats[1:, :4])
    assert np.array_equal(areas[1:], stats[1:, 4])
    assert not boxes[0].any()


def test_a_black_page_takes_no_more_memory_than_its_labels() -> None:
    """Lists of every pixel of ink took 30 bytes for each: a black page would take the reader a gigabyte."""
    ink = np.ones((1000, 1000), np.bool_)
    tracemalloc.start()
    pieces(ink)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 16 * ink.size


def test_the_nearest_points_are_those_that_opencv_matches() -> None:
    """The first of several that are as near, and the second nearest's distance; all bits may differ."""
    some = np.random.default_rng(2).integers(0, 4, (70, 32), np.uint8)
    some[0] = ~some[1]
    others = np.concatenate([some[::-1] ^ 1, some[::3]])
    matches = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(some, others, 2)

    found, first, second = nearest(some, others)

    assert found.tolist() == [near.trainIdx for near, _ in matches]
    assert first.tolist() == [near.distance for near, _ in matches]
    assert second.tolist() == [next_near.distance for _, next_near in matches]
