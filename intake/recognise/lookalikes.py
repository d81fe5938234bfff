"""Telling look-alikes apart: editions and language versions differ in a few spots; only those are looked at.

The two blanks are laid on one another once; where their print differs beyond what two drawings of one page differ
are the telling spots. On a scan each telling spot is compared with both blanks and gives its vote. Where a new edition
has no telling spot against a known one, `find_lookalikes` says so before the form is used.

Ties were looked at by eye on 27 November 2026, in 159 editions (252 faces), the shipped ones and the corpus's blanks:

| pages | what differs in print |
|---|---|
| 13 faces of two or more forms | nothing, not a pixel |
| 1 face of two forms, 1 page of two forms | letters drawn a pixel aside: nothing that a person sees |
| 1 page of two forms | a word of a link in blue: told now (of 40 worn papers 36 right, 4 unknown, 0 wrong) |
| vero-5010 2015 and 2018, pages 2 and 3 | 5 or 8 in the mark, 2 mm high: gone at 150 dpi; page 1 tells them |

Of 216 worn papers of the 18 closest pairs (`makers_ways`, worn middle and hard, seeds 100 to 102) none was taken for
its look-alike: 106 told apart, 88 told as a tie, 22 unknown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from intake.base.filing import EditionName
from intake.forms.face import Face, load_face_file
from intake.forms.model import Definition
from intake.forms.rendered_blank import Bits
from intake.jail.pixels import Gray
from intake.recognise.flatten import flatten, mesh_of
from intake.recognise.index import Index
from intake.recognise.registration import place

_FIRM, _PALE = (55, 150), (40, 175)
"""Greys by which softened print must leave the other's neighbourhood, and be this dark: shades of grey come out
differently on every scanner, so pale print (a link in blue) is only looked at where no firm print differs."""
_TILE = 64  # px: differences in one tile are looked at together
_LEAST_SPOT = 5  # px of difference that a person could notice: a digit changed is about ten
_MARGIN = 8
_MOST_SPOTS = 40
_SEARCH = 2  # px by which a spot may have moved on the scan
_SOFT = 1.0
_NEAREST = 5
_NEAR_SHARE = 0.4
"""A look-alike's share of the page's key points, against the page's own."""


@dataclass(frozen=True, slots=True, eq=False)
class TellingSpot:
    """A place where two blanks differ, in the frame of the first; pictures softened."""

    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 px at the working resolution."""
    first: Gray
    second: Gray
    only_first: Bits
    """Pixels with print on the first blank only."""
    only_second: Bits

    @property
    def weight(self) -> int:
        """Pixels of difference, a whole changed word being as good as a changed line."""
        return min(int(self.only_first.sum()) + int(self.only_second.sum()), 120)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A scan's evidence about two look-alikes."""

    alike: bool
    """There is nothing to tell them apart by."""
    lead: float
    """-1 to 1: above 0 for the first, below for the second; near 0: this scan cannot tell."""
    spots: int
    """Telling spots that could be seen."""


@lru_cache(maxsize=512)
def telling_spots(first: Face, second: Face) -> tuple[TellingSpot, ...] | None:
    """The spots where two blanks differ, biggest first; empty: alike to the eye; None: they are no look-alikes."""
    if first.packed == second.packed:
        return ()
    placed = place(second.features, first.features)
    if placed is None or min(placed.turn_degrees, 360 - placed.turn_degrees) > 3:
        return None
    mesh = mesh_of(first.small, second.small, placed.to_page, first.features)
    one, other = _soft(first.gray), _soft(flatten(second.gray, mesh, first.shape))
    return _spots(one, other, _FIRM) or _spots(one, other, _PALE)


def _spots(one: Gray, other: Gray, greys: tuple[int, int]) -> tuple[TellingSpot, ...]:
    only_first, only_second = _leaves(one, other, greys), _leaves(other, one, greys)
    rows, columns = np.nonzero(only_first | only_second)
    tiles = rows // _TILE * 1000 + columns // _TILE
    names, counts = np.unique(tiles, return_counts=True)
    spots = []
    for name in names[np.argsort(-counts, kind="stable")][:_MOST_SPOTS]:
        inside = tiles == name
        if int(inside.sum()) < _LEAST_SPOT:
            break
        y0, x0 = max(0, int(rows[inside].min()) - _MARGIN), max(0, int(columns[inside].min()) - _MARGIN)
        y1, x1 = int(rows[inside].max()) + _MARGIN, int(columns[inside].max()) + _MARGIN
        here = (slice(y0, y1), slice(x0, x1))
        box = (x0, y0, min(x1, one.shape[1]), min(y1, one.shape[0]))
        spots.append(TellingSpot(box, one[here], other[here], only_first[here], only_second[here]))
    return tuple(spots)


def _soft(gray: Gray) -> Gray:
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), _SOFT), np.uint8)


def _leaves(one: Gray, other: Gray, greys: tuple[int, int]) -> Bits:
    """Print of `one` that is far darker than all of `other` around it."""
    off, dark = greys
    darkest = cv2.erode(other, np.ones((3, 3), np.uint8)).astype(np.int16)
    return np.asarray((one < darkest - off) & (one < dark), np.bool_)


def compare(first: Face, second: Face, flat: Gray) -> Comparison | None:
    """Decide which of two blanks `flat` (a page as the first sees it) is; None: they are no look-alikes."""
    spots = telling_spots(first, second)
    if spots is None:
        return None
    if not spots:
        return Comparison(alike=True, lead=0.0, spots=0)
    votes = [_vote(flat, spot) for spot in spots]
    lead = float(np.average(votes, weights=[spot.weight for spot in spots]))
    return Comparison(alike=False, lead=lead, spots=len(votes))


def _vote(flat: Gray, spot: TellingSpot) -> float:
    """1: the first blank's print is here and the second's is not; -1: the other way round; 0: cannot be told.

    Where a pen has written over both, both are there and the vote is near 0.
    """
    seen = _best_shift(flat, spot)
    there = _presence(seen, spot.first, spot.second, spot.only_first)
    other = _presence(seen, spot.second, spot.first, spot.only_second)
    if there is not None and other is not None:
        return there - other
    # Print on one of them only: that it is missing is proof, that something is there may be a pen.
    return 0.8 * (2 * there - 1) if there is not None else 0.8 * (1 - 2 * other) if other is not None else 0.0


def _presence(seen: Gray, here: Gray, elsewhere: Gray, pixels: Bits) -> float | None:
    if not pixels.any():
        return None
    dark, light = here[pixels].astype(np.float64), elsewhere[pixels].astype(np.float64)
    return float(np.clip((light - seen[pixels]) / (light - dark), 0, 1).mean())


def _best_shift(flat: Gray, spot: TellingSpot) -> Gray:
    """The spot as it stands on the scan, moved to where it fits either blank best."""
    x0, y0, x1, y1 = spot.box
    padded = cv2.copyMakeBorder(
        flat[max(0, y0 - _SEARCH) : y1 + _SEARCH, max(0, x0 - _SEARCH) : x1 + _SEARCH],
        max(0, _SEARCH - y0), max(0, y1 + _SEARCH - flat.shape[0]),
        max(0, _SEARCH - x0), max(0, x1 + _SEARCH - flat.shape[1]),
        cv2.BORDER_REPLICATE,
    )  # fmt: skip
    part = _soft(np.asarray(padded, np.uint8))
    scores = [np.nan_to_num(cv2.matchTemplate(part, p, cv2.TM_CCOEFF_NORMED), posinf=0, neginf=0)
              for p in (spot.first, spot.second)]  # fmt: skip
    best = max(scores, key=lambda s: float(s.max()))
    dy, dx = np.unravel_index(int(np.argmax(best)), best.shape) if float(best.max()) > 0.3 else (_SEARCH, _SEARCH)
    height, width = spot.first.shape
    return np.asarray(part[dy : dy + height, dx : dx + width], np.uint8)


def name_of(definition: Definition) -> EditionName:
    """The name of an edition."""
    return EditionName(form=definition.form, edition=definition.edition, language=definition.language)


def find_lookalikes(
    new: Sequence[Definition], known: Sequence[Definition]
) -> dict[EditionName, tuple[EditionName, ...]]:
    """For each of `new`, those of `known` (and of `new`) that it cannot be told from. Raises BadFile for a bad face."""
    names = {name_of(definition) for definition in new}
    everybody = [*new, *(definition for definition in known if name_of(definition) not in names)]
    faces = [load_face_file(definition.face) for definition in everybody]
    index = Index.from_faces(everybody, faces)
    return {
        name_of(definition): tuple(
            name_of(everybody[other])
            for other in sorted(set(_candidates(index, faces[number], number)))
            if _alike(faces[number], faces[other])
        )
        for number, definition in enumerate(new)
    }


def _candidates(index: Index, pages: Sequence[Face], number: int) -> Iterator[int]:
    """Definitions whose first page looks somewhat like this one's."""
    if not pages:
        return
    votes = index.shortlist.votes(pages[0].features)
    for look in np.argsort(-votes, kind="stable")[:_NEAREST].tolist():
        if votes[look] >= _NEAR_SHARE * float(votes.max()):
            first_pages = (known for known in index.form_pages[look] if known.page == 1)
            yield from (known.definition for known in first_pages if known.definition != number)


def _alike(pages: Sequence[Face], others: Sequence[Face]) -> bool:
    return len(pages) == len(others) and all(
        telling_spots(face, other) == () for face, other in zip(pages, others, strict=True)
    )
