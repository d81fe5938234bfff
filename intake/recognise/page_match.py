"""Matches one page: finds the known face it has, if any, and where it lies.

A face is shortlisted by votes, placed by key points and pressed flat, and only then believed: most of the blank's
print must be there. Look-alikes are told apart at their telling spots. A page of no known form is refused after a
bounded number of tries.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.forms.even_light import FEATURE_DPI, WORK_DPI, at_resolution, full_contrast, working_page
from intake.forms.face import Face
from intake.forms.features import Features, find_features, turned_thumbnails
from intake.forms.rendered_blank import Bits
from intake.jail.pixels import Gray, PagePixels
from intake.recognise.feed import Feed
from intake.recognise.flatten import Mesh, feed_of, flatten, mesh_of
from intake.recognise.index import Index
from intake.recognise.lookalikes import compare
from intake.recognise.pieces import pieces
from intake.recognise.print_match import SQUARE, Agreement, agreement
from intake.recognise.registration import Placement, place
from intake.recognise.runs import RegisteredPage

KEEP = 1000
_MATCHED = 600  # key points of the page that are matched with a face's
_SCALES = (0.5, 1.8)
_WORTH_MORE = 0.5  # likeness of thumbnails that is worth a second, thorough try
_NOTHING = np.empty((0, 0), np.float32)
_TRIED = 6  # faces that are tried by votes, and as many by thumbnail
_CONFIRMED = 4  # of those, how many are pressed flat before the page counts as unknown
_ENOUGH_MATCHED = 16
_SURE_MATCHED = 120
_ALIKE_MATCHED = 0.4  # a face with this share of the best one's matches may be its look-alike
_ALIKE_VOTES, _ALIKE_LIKENESS = 0.5, 0.08
_KEPT = 0.2  # share of the blank's points that are followed onto the page, below which nothing can agree
_HONEST = (0.9, 1.12)  # beyond this the file's resolution is wrong and the page is looked at again
_SCORE, _FOUND = 0.95, 0.93
_MOST_MISSING = 0.03  # share of the squares with print whose print may be gone: a sticker, a torn corner
_ALIKE_LEAD = 0.12
_EDGE_PX = 8  # at the feature resolution: 2 mm along a scan's edge are often lost or dark
_DUST_PX, _HOLE_PX, _BLANK_INK_PX = 6, 15, 60  # at the feature resolution: 1.5 mm, 4 mm, three letters


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A page that carries a known face."""

    face: int
    """Index in `Index.faces`."""
    alike: tuple[int, ...]
    """Faces that it cannot be told from, its own not among them."""
    registered: RegisteredPage
    placement: Placement
    agreement: Agreement
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A page in even light at both resolutions."""

    work: Gray
    small: Gray
    features: Features
    dpi: float
    blank: bool
    scan_shape: tuple[int, int]
    feed: Feed | None = None
    """Of a page that was put together again: its breaks."""


def prepare(page: PagePixels, dpi: float | None = None) -> Prepared:
    """The page made ready for looking; `dpi` corrects what the file says."""
    work, _ = working_page(page, dpi=dpi)
    small, _ = at_resolution(work, WORK_DPI, FEATURE_DPI)
    blank = is_blank(small)
    features = find_features(small, keep=0 if blank else KEEP)
    return Prepared(work, small, features, dpi or page.dpi, blank, page.shape)


def is_blank(small: Gray) -> bool:
    """Whether a page in even light carries nothing but dust, punch holes, streaks and the scanner's edges."""
    height, width = small.shape
    inner = small[height // 30 : height - height // 30, width // 25 : width - width // 25]
    dark = cv2.morphologyEx((inner < 170).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, boxes, area = pieces(dark > 0)
    wide, high = boxes[:, 2], boxes[:, 3]
    long, short = np.maximum(wide, high), np.minimum(wide, high)
    dust = long < _DUST_PX
    hole = (area > 0.6 * wide * high) & (short > 0.7 * long) & (long > _HOLE_PX)
    streak = (short <= 2) & (long > 20 * short)
    return float(area[~(dust | hole | streak)].sum()) < _BLANK_INK_PX


def match_page(prepared: Prepared, index: Index) -> Match | None:
    """The face of a page, or None where it has none that is known."""
    if prepared.blank or not index.faces:
        return None
    shortlist = Candidates.of(prepared, index)
    tried: list[tuple[int, Placement]] = []
    for thorough in (False, True):
        tried = _placed(prepared.features, index, shortlist, thorough=thorough)
        for number, placement in tried[:_CONFIRMED]:
            match = _confirm(prepared, index, number, placement)
            if match is not None:
                near = [n for n, p in tried if p.matched >= _ALIKE_MATCHED * placement.matched]
                rivals = [n for n in dict.fromkeys([*near, *index.other_editions(number)]) if n != number]
                return _settle(prepared, index, match, rivals)
    return _put_together(prepared, index, tried)


def _put_together(prepared: Prepared, index: Index, tried: list[tuple[int, Placement]]) -> Match | None:
    """The match of a page that the feeder did not pull in one piece, if that is why its best face does not fit."""
    if not tried or tried[0][1].matched < _SURE_MATCHED:
        return None
    number, placement = tried[0]
    face = index.faces[number]
    feed = feed_of(face.small, prepared.small, placement.to_page, face.features)
    if feed is None:
        return None
    small = feed.mended(prepared.small, FEATURE_DPI)
    work, features = feed.mended(prepared.work, WORK_DPI), find_features(small, keep=KEEP)
    whole = replace(prepared, work=work, small=small, features=features, feed=feed)
    match = _replaced(whole, index, number)
    rivals = [n for n, p in tried[1:] if p.matched >= _ALIKE_MATCHED * placement.matched]
    return None if match is None else _settle(whole, index, match, rivals)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Faces that a page may have, the likeliest first."""

    order: tuple[int, ...]
    votes: NDArray[np.float32]
    likeness: NDArray[np.float32]
    """Of the thumbnails."""

    @classmethod
    def of(cls, prepared: Prepared, index: Index) -> "Candidates":
        """By votes of key points and by thumbnail, in turn: what misleads one does not mislead the other."""
        votes = index.shortlist.votes(prepared.features)
        # one thread's work: numpy's own product would wake all the others for it
        likeness = np.max(
            cv2.gemm(index.thumbnails, turned_thumbnails(prepared.small), 1, _NOTHING, 0, flags=cv2.GEMM_2_T), axis=1
        )
        by_thumbnail = np.argsort(-likeness, kind="stable")[:_TRIED]
        by_votes = np.argsort(-votes, kind="stable")[:_TRIED]
        order = dict.fromkeys(int(number) for pair in zip(by_thumbnail, by_votes, strict=True) for number in pair)
        return cls(tuple(order), votes, likeness)

    def likeliest_first(self) -> list[int]:
        """The faces of the shortlist by how much the page resembles them."""
        most = max(float(self.votes.max(initial=0.0)), 1e-6)
        return sorted(self.order, key=lambda number: -(self.likeness[number] + self.votes[number] / most))

    def as_likely(self, number: int, best: int) -> bool:
        """Whether a face must be tried although `best` fits well: it may be its look-alike."""
        if self.votes[number] >= _ALIKE_VOTES * self.votes[best]:
            return True
        return bool(self.likeness[number] >= self.likeness[best] - _ALIKE_LIKENESS)


def _placed(features: Features, index: Index, candidates: Candidates, *, thorough: bool) -> list[tuple[int, Placement]]:
    """Faces of the shortlist that lie on the page, the best matched first."""
    some = features if thorough else features.strongest(_MATCHED)
    found: list[tuple[int, Placement]] = []
    best: tuple[int, Placement] | None = None
    for number in candidates.order:
        if thorough and candidates.likeness[number] < _WORTH_MORE:  # an unknown page is refused soon
            continue
        if best is not None and best[1].matched >= _SURE_MATCHED and not candidates.as_likely(number, best[0]):
            continue
        placement = place(some, index.faces[number].features, scales=_SCALES)
        if placement is None or placement.matched < _ENOUGH_MATCHED:
            continue
        found.append((number, placement))
        if best is None or placement.matched > best[1].matched:
            best = found[-1]
    return sorted(found, key=lambda f: -f[1].matched)


def _confirm(prepared: Prepared, index: Index, number: int, placement: Placement) -> Match | None:
    face = index.faces[number]
    mesh = mesh_of(face.small, prepared.small, placement.to_page, face.features)
    if mesh.kept < _KEPT:
        return None
    flat = full_contrast(flatten(prepared.work, mesh, face.shape), face.gray)
    print_found = agreement(face, flat, covered(face, mesh, prepared))
    if print_found.score < _SCORE or print_found.found < _FOUND or print_found.lost > _MOST_MISSING:
        return None
    mesh = replace(mesh, feed=prepared.feed)
    registered = RegisteredPage(face, mesh, flat, prepared.dpi / FEATURE_DPI, prepared.scan_shape)
    return Match(number, (), registered, placement, print_found, _confidence(print_found))


def covered(face: Face, mesh: Mesh, prepared: Prepared) -> Bits:
    """The squares of the face that lie on the scan as a whole, off the breaks of one that was put together again."""
    rows, columns = -(-face.shape[0] // SQUARE), -(-face.shape[1] // SQUARE)
    x, y = np.meshgrid(np.arange(columns + 1), np.arange(rows + 1))
    corners = np.stack([x, y], axis=-1).reshape(-1, 2) * (SQUARE * FEATURE_DPI / WORK_DPI)
    at = mesh.carry(corners).reshape(rows + 1, columns + 1, 2)
    height, width = prepared.small.shape
    low, right, bottom = _EDGE_PX, width - _EDGE_PX, height - _EDGE_PX
    gone = False if prepared.feed is None else prepared.feed.beside(at, 0.0)
    inside = (
        ~np.asarray(gone) & (at[..., 0] >= low) & (at[..., 1] >= low) & (at[..., 0] <= right) & (at[..., 1] <= bottom)
    )
    if prepared.feed is not None:
        inside &= ~prepared.feed.beside(at, SQUARE / 2 * FEATURE_DPI / WORK_DPI)
    return np.asarray(inside[:-1, :-1] & inside[1:, :-1] & inside[:-1, 1:] & inside[1:, 1:], np.bool_)


def _settle(prepared: Prepared, index: Index, match: Match, rivals: list[int]) -> Match | None:
    """The best of the faces that look alike, with those that this scan cannot tell from it."""
    alike: list[int] = []
    doubt = 1.0
    for rival in rivals:
        comparison = compare(index.faces[match.face], index.faces[rival], match.registered.flat)
        if comparison is None:
            other = _replaced(prepared, index, rival)
            if other is not None and other.agreement.score > match.agreement.score:
                match, alike = other, []
            continue
        if comparison.alike:
            alike.append(rival)
        elif comparison.lead < -_ALIKE_LEAD:
            other = _replaced(prepared, index, rival)
            if other is None:  # more like another that is not there either: an edition we do not know
                return None
            match, alike, doubt = other, [], min(1.0, -comparison.lead / 0.5)
        elif comparison.lead < _ALIKE_LEAD:
            alike.append(rival)
            doubt = min(doubt, 0.5)
        else:
            doubt = min(doubt, 0.5 + comparison.lead)
    return Match(
        match.face, tuple(alike), match.registered, match.placement, match.agreement, round(match.confidence * doubt, 3)
    )


def _replaced(prepared: Prepared, index: Index, number: int) -> Match | None:
    features = prepared.features.strongest(_MATCHED)
    placement = place(features, index.faces[number].features, scales=_SCALES)
    return None if placement is None else _confirm(prepared, index, number, placement)


def _confidence(print_found: Agreement) -> float:
    """Bring the share of the print that speaks for the blank to 0..1: 0.98 of it found is as good as all."""
    return float(np.clip((print_found.score - 0.8) / 0.18, 0, 1))


def truly_scaled(match: Match | None) -> float | None:
    """By how much the file's resolution was wrong, if by more than a printer or scanner scales."""
    if match is None or _HONEST[0] <= match.placement.scale <= _HONEST[1]:
        return None
    return match.placement.scale
