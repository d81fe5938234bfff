"""Telling look-alikes apart: editions and language versions of one form differ in a few spots; only those are looked at.

The two blanks are laid on one another once; where their print differs beyond what two drawings of one page differ
are the telling spots. On a scan each telling spot is compared with both blanks and gives its vote.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.pages import Gray
from intake.recognise.face import Face
from intake.recognise.flatten import flatten, mesh_of
from intake.recognise.place import place

_GREY_OFF = 70  # greys by which print must leave the other's neighbourhood
_LEAST_SPOT = 5  # px of difference that a person could notice: a digit changed is about ten
_JOIN = 9  # px over which differences belong to one spot (1.5 mm)
_MARGIN = 6
_MOST_SPOTS = 40
_SEARCH = 2  # px by which a spot may have moved on the scan
_LEGIBLE = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A place where two blanks differ, in the frame of the first."""

    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 px at the working resolution."""
    first: Gray
    second: Gray
    pixels: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a scan says about two look-alikes."""

    alike: bool
    """There is nothing to tell them apart by."""
    lead: float
    """-1 to 1: above 0 for the first, below for the second; near 0: this scan cannot tell."""
    spots: int
    """Telling spots that could be seen."""


@lru_cache(maxsize=512)
def telling_spots(first: Face, second: Face) -> tuple[Spot, ...] | None:
    """Where two blanks differ, biggest first; empty: alike to the eye; None: they are no look-alikes."""
    if first.packed == second.packed:
        return ()
    placed = place(second.features, first.features)
    if placed is None or min(placed.turn_degrees, 360 - placed.turn_degrees) > 3:
        return None
    mesh = mesh_of(first.small, second.small, placed.to_page, first.features)
    other = flatten(second.gray, mesh, first.shape)
    differs = _leaves(first.gray, other) | _leaves(other, first.gray)
    joined = cv2.dilate(differs.astype(np.uint8), np.ones((_JOIN, _JOIN), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    pixels = np.bincount(labels[differs], minlength=count)
    spots = []
    for label in np.argsort(-pixels[1:])[:_MOST_SPOTS] + 1:
        if pixels[label] < _LEAST_SPOT:
            break
        x, y, width, height = (int(v) for v in stats[label][:4])
        x0, y0 = max(0, x - _MARGIN), max(0, y - _MARGIN)
        x1, y1 = min(first.shape[1], x + width + _MARGIN), min(first.shape[0], y + height + _MARGIN)
        here = (slice(y0, y1), slice(x0, x1))
        spots.append(Spot((x0, y0, x1, y1), first.gray[here], other[here], int(pixels[label])))
    return tuple(spots)


def _leaves(one: Gray, other: Gray) -> NDArray[np.bool_]:
    """Pixels of `one` that are far lighter or darker than all of `other` around them."""
    around = np.ones((3, 3), np.uint8)
    darkest, lightest = cv2.erode(other, around).astype(np.int16), cv2.dilate(other, around).astype(np.int16)
    return np.asarray((one < darkest - _GREY_OFF) | (one > lightest + _GREY_OFF), np.bool_)


def compare(first: Face, second: Face, flat: Gray) -> Comparison | None:
    """Which of two blanks `flat` (a page as the first sees it) is; None: they are no look-alikes."""
    spots = telling_spots(first, second)
    if spots is None:
        return None
    if not spots:
        return Comparison(alike=True, lead=0.0, spots=0)
    votes, weights = [], []
    for spot in spots:
        like_first, like_second = (_likeness(flat, spot, picture) for picture in (spot.first, spot.second))
        if max(like_first, like_second) < _LEGIBLE:
            continue
        votes.append(np.clip((like_first - like_second) / 0.3, -1, 1))
        weights.append(min(spot.pixels, 120))
    if not votes:
        return Comparison(alike=False, lead=0.0, spots=0)
    return Comparison(alike=False, lead=float(np.average(votes, weights=weights)), spots=len(votes))


def _likeness(flat: Gray, spot: Spot, picture: Gray) -> float:
    """Correlation of the scan with one blank's picture of a spot, at the best of a few positions."""
    x0, y0, x1, y1 = spot.box
    left, top = max(0, x0 - _SEARCH), max(0, y0 - _SEARCH)
    part = flat[top : y1 + _SEARCH, left : x1 + _SEARCH]
    soft = cv2.GaussianBlur(picture, (0, 0), 0.8)
    if int(soft.max()) - int(soft.min()) < 40:
        # Nothing is printed here on this blank: it is like the scan as far as the scan is empty too.
        dark = float((part < 150).mean())
        return 1.0 - min(1.0, dark * 12)
    scores = cv2.matchTemplate(cv2.GaussianBlur(part, (0, 0), 0.6), soft, cv2.TM_CCOEFF_NORMED)
    return float(np.nan_to_num(scores.max()))
