"""Where a face lies on a scanned page: found from matching key points, robust to half of them being wrong.

Matches vote on how the page is turned, a similarity is found among those that agree, and a perspective is fitted to
all that then fit.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.recognise.features import Features
from intake.recognise.light import FEATURE_DPI

MM = 25.4 / FEATURE_DPI
_NEAR = 72  # bits in which two views of one spot may differ
_TURN = 12  # 1/256 turns (17 degrees) by which a match may disagree with the page's turn
_ROUGH_PX, _FINE_PX = 6.0, 2.5
_FEWEST = 10
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """A face found on a page."""

    to_page: Matrix
    """3 x 3: face px to page px, both at `FEATURE_DPI`."""
    matched: int
    """Key points that agree with it."""
    turn_degrees: float
    """Clockwise turn that makes the page upright, 0 to 360."""
    scale: float
    """Size on the page relative to the blank."""


def place(page: Features, face: Features, *, scales: tuple[float, float] = (0.85, 1.18)) -> Placement | None:
    """Where `face` lies on `page`, or None: it does not, or not within `scales`."""
    found = _agreeing(page, face)
    if found is None:
        return None
    on_face, on_page = found
    cv2.setRNGSeed(1)
    rough, inside = cv2.estimateAffinePartial2D(
        on_face, on_page, method=cv2.RANSAC, ransacReprojThreshold=_ROUGH_PX, maxIters=600, confidence=0.995
    )
    if rough is None or int(inside.sum()) < _FEWEST:
        return None
    scale = float(np.hypot(rough[0, 0], rough[1, 0]))
    if not scales[0] <= scale <= scales[1]:
        return None
    matrix, matched = _refine(np.vstack([rough, [0, 0, 1]]), on_face, on_page)
    turn = float(np.degrees(np.arctan2(rough[1, 0], rough[0, 0])))
    return Placement(matrix, matched, (-turn) % 360, scale)


def _agreeing(page: Features, face: Features) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Pairs of points (face, page) that look alike and agree on the turn."""
    if min(len(page), len(face)) < _FEWEST:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING).match(page.descriptors, face.descriptors)
    kept = [m for m in matches if m.distance <= _NEAR]
    if len(kept) < _FEWEST:
        return None
    of_page = np.array([m.queryIdx for m in kept])
    of_face = np.array([m.trainIdx for m in kept])
    turn = page.angles[of_page] - face.angles[of_face]  # wraps, as turns do
    histogram = np.bincount(turn, minlength=256).astype(np.float64)
    smooth = np.convolve(np.r_[histogram[-_TURN:], histogram, histogram[:_TURN]], np.hanning(2 * _TURN + 1), "valid")
    off = (turn.astype(np.int64) - int(np.argmax(smooth)) + 128) % 256 - 128
    agree = np.abs(off) <= _TURN
    if int(agree.sum()) < _FEWEST:
        return None
    return face.points[of_face[agree]], page.points[of_page[agree]]


def _refine(rough: Matrix, on_face: NDArray[np.float32], on_page: NDArray[np.float32]) -> tuple[Matrix, int]:
    """Widens what fits step by step from the similarity to an affine map and a perspective."""
    matrix = rough
    for reach, perspective in ((12.0, False), (6.0, True), (3.5, True)):
        fits = _distance(matrix, on_face, on_page) < reach
        if int(fits.sum()) < 4 * _FEWEST:
            break
        if perspective:
            better, _ = cv2.findHomography(on_face[fits], on_page[fits], cv2.RANSAC, reach / 2, maxIters=300)
        else:
            affine, _ = cv2.estimateAffine2D(on_face[fits], on_page[fits], ransacReprojThreshold=reach / 2)
            better = None if affine is None else np.vstack([affine, [0, 0, 1]])
        if better is None or np.abs(better[2, :2]).max() > 2e-4:  # no scanner bends a page so far
            break
        matrix = np.asarray(better, np.float64)
    return matrix, int((_distance(matrix, on_face, on_page) < _FINE_PX).sum())


def _distance(matrix: Matrix, on_face: NDArray[np.float32], on_page: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.linalg.norm(carry(matrix, on_face) - on_page, axis=1)


def carry(matrix: Matrix, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """N x 2 points through a 3 x 3 map."""
    lifted = np.c_[points, np.ones(len(points))] @ matrix.T
    return np.asarray(lifted[:, :2] / lifted[:, 2:], np.float64)
