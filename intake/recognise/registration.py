"""Lays a scanned page over a face: from matching key points, robust to half of them being wrong.

Matches vote on how the page is turned, a similarity is found among those that agree, and a perspective is fitted to
all that then fit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.forms.features import Features

_NEAR = 72  # bits in which two views of one spot may differ
_TURN = 12  # 1/256 turns (17 degrees) by which a match may disagree with the page's turn
_SECOND_TURN = 0.6
_ROUGH_PX, _FINE_PX = 6.0, 2.5
_FEWEST = 8
_MOST_BENT = 2e-4  # no scanner or careful camera bends a page further
_DISTINCT = 0.85
_AT_ONCE = 32  # points: as many as the processor's cache has room for, with all the others
_DISTINCT_BONUS = 2  # a distinct pair that fits speaks for a placement as three others do
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """A face found on a page."""

    to_page: Matrix
    """3 x 3: face px to page px, both at `FEATURE_DPI`."""
    matched: int
    """Key points that agree with it, distinct ones counted three times."""
    turn_degrees: float
    """Clockwise turn that makes the page upright, 0 to 360."""
    scale: float
    """Size on the page relative to the blank."""


def place(page: Features, face: Features, *, scales: tuple[float, float] = (0.85, 1.18)) -> Placement | None:
    """The registration of `face` on `page`; None: it does not lie there, or not within `scales`."""
    best: Placement | None = None
    for pairs in _agreeing(page, face):
        for distinct in (True, False):
            rough = _similarity(pairs, scales, distinct=distinct)
            if rough is None:
                continue
            matrix, matched = _refine(rough, pairs)
            if best is None or matched > best.matched:
                turn = float(np.degrees(np.arctan2(rough[1, 0], rough[0, 0])))
                best = Placement(matrix, matched, (-turn) % 360, float(np.hypot(rough[0, 0], rough[1, 0])))
    return best


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Points that look alike on a face and on a page."""

    on_face: NDArray[np.float32]
    on_page: NDArray[np.float32]
    distinct: NDArray[np.bool_]
    """Nothing else on the face looks like it: a table's crossings are never distinct, words are."""


def _agreeing(page: Features, face: Features) -> Iterator[_Pairs]:
    """Pairs of points that look alike and agree on the turn, for the one or two likely turns.

    A table looks nearly the same upside down, so the second likeliest turn gets its chance.
    """
    if min(len(page), len(face)) < _FEWEST:
        return
    near, apart, second = nearest(page.descriptors, face.descriptors)
    of_page = np.flatnonzero(apart <= _NEAR)
    if len(of_page) < _FEWEST:
        return
    of_face, distinct = near[of_page], apart[of_page] < _DISTINCT * second[of_page]
    turn = page.angles[of_page] - face.angles[of_face]  # wraps, as turns do
    for likely in _likely_turns(turn, np.where(distinct, 3.0, 1.0)):
        off = (turn.astype(np.int64) - likely + 128) % 256 - 128
        agree = np.abs(off) <= _TURN
        if int(agree.sum()) >= _FEWEST:
            yield _Pairs(face.points[of_face[agree]], page.points[of_page[agree]], distinct[agree])


def nearest(
    points: NDArray[np.uint8], others: NDArray[np.uint8]
) -> tuple[NDArray[np.intp], NDArray[np.uint16], NDArray[np.uint16]]:
    """The descriptor among `others` that each of `points` is nearest to, by how many bits, and by how many the second.

    What OpenCV's matcher says, in half its time.
    """
    words = np.ascontiguousarray(others.view(np.uint64).T)
    apart = np.zeros((len(points), len(others)), np.uint16)
    for top in range(0, len(points), _AT_ONCE):
        some = points[top : top + _AT_ONCE].view(np.uint64)
        for word, of_others in enumerate(words):
            apart[top : top + _AT_ONCE] += np.bitwise_count(some[:, word, None] ^ of_others)
    rows, near = np.arange(len(points)), apart.argmin(axis=1)
    first = apart[rows, near]
    apart[rows, near] = np.iinfo(np.uint16).max
    return near, first, apart.min(axis=1)


def _likely_turns(turn: NDArray[np.uint8], weight: NDArray[np.float64]) -> Iterator[int]:
    """In 1/256 turns: what most pairs agree on, and what nearly as many others do."""
    histogram = np.bincount(turn, weight, minlength=256)
    smooth = np.convolve(np.r_[histogram[-_TURN:], histogram, histogram[:_TURN]], np.hanning(2 * _TURN + 1), "valid")
    first = int(np.argmax(smooth))
    yield first
    apart = np.abs((np.arange(256) - first + 128) % 256 - 128) > 3 * _TURN
    second = int(np.argmax(np.where(apart, smooth, 0)))
    if smooth[second] > _SECOND_TURN * smooth[first]:
        yield second


def _similarity(pairs: _Pairs, scales: tuple[float, float], *, distinct: bool) -> Matrix | None:
    """Turn, scale and shift that most pairs agree on."""
    use = pairs.distinct if distinct else np.ones(len(pairs.distinct), np.bool_)
    if int(use.sum()) < _FEWEST:
        return None
    cv2.setRNGSeed(1)
    rough, inside = cv2.estimateAffinePartial2D(
        pairs.on_face[use], pairs.on_page[use],
        method=cv2.RANSAC, ransacReprojThreshold=_ROUGH_PX, maxIters=600, confidence=0.995,
    )  # fmt: skip
    if rough is None or int(inside.sum()) < _FEWEST:
        return None
    if not scales[0] <= float(np.hypot(rough[0, 0], rough[1, 0])) <= scales[1]:
        return None
    return np.asarray(np.vstack([rough, [0, 0, 1]]), np.float64)


def _refine(rough: Matrix, pairs: _Pairs) -> tuple[Matrix, int]:
    """Widens what fits step by step from the similarity to an affine map and a perspective.

    Only as far as the pairs reach over the page: a perspective found in the title alone would bend the rest.
    """
    matrix, on_face, on_page = rough, pairs.on_face, pairs.on_page
    for reach, perspective in ((12.0, False), (6.0, True), (3.5, True)):
        fits = _distance(matrix, on_face, on_page) < reach
        if int(fits.sum()) < 4 * _FEWEST or not _spread(pairs, fits):
            break
        if perspective:
            better, _ = cv2.findHomography(on_face[fits], on_page[fits], cv2.RANSAC, reach / 2, maxIters=300)
        else:
            affine, _ = cv2.estimateAffine2D(on_face[fits], on_page[fits], ransacReprojThreshold=reach / 2)
            better = None if affine is None else np.vstack([affine, [0, 0, 1]])
        if better is None or np.abs(better[2, :2]).max() > _MOST_BENT:
            break
        matrix = np.asarray(better, np.float64)
    fits = _distance(matrix, on_face, on_page) < _FINE_PX
    return matrix, int(fits.sum()) + _DISTINCT_BONUS * int((fits & pairs.distinct).sum())


def _spread(pairs: _Pairs, fits: NDArray[np.bool_]) -> bool:
    """Whether the distinct pairs that fit reach over most of what is printed."""
    sure = pairs.on_face[fits & pairs.distinct]
    if len(sure) < 2 * _FEWEST:
        return False
    reach = np.percentile(sure, 90, axis=0) - np.percentile(sure, 10, axis=0)
    whole = np.percentile(pairs.on_face, 90, axis=0) - np.percentile(pairs.on_face, 10, axis=0)
    return bool((reach > 0.6 * whole).all())


def _distance(matrix: Matrix, on_face: NDArray[np.float32], on_page: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(carry(matrix, on_face) - on_page, axis=1), np.float64)


def carry(matrix: Matrix, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """N x 2 points through a 3 x 3 map."""
    lifted = np.c_[points, np.ones(len(points))] @ matrix.T
    return np.asarray(lifted[:, :2] / lifted[:, 2:], np.float64)
