"""Looks at each page, and cuts sheets apart that lie in one picture: of two people, on an A3, in a feeder's long pull.

A form's page that was found is painted white and the rest is looked at again. Sheets are cut apart only if everything
that is printed or written lies on one of them; otherwise the picture stays whole and a person is asked (`holds_more`).
A larger bed, a lid, a table and the page's own margins are no other paper; lines of print beyond the page are, and so
is a picture that has room for a second page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.forms.even_light import FEATURE_DPI, WORK_DPI
from intake.jail.pixels import Gray, OpenedScan, PagePixels
from intake.recognise.index import Index
from intake.recognise.page_match import Match, Prepared, match_page, prepare, truly_scaled
from intake.recognise.pieces import pieces
from intake.recognise.runs import MM_PER_INCH

_MOST = 8
"""Sheets in one picture."""
_SPECKS = 5
"""So many pieces of ink may be left over beside the sheets: dirt. More is a note that nobody may lose."""
_PAST_MM, _CLEAR_MM = 2.0, 4.0
"""A sheet is cut out with so much around it, and so much is painted white before the rest is looked at."""
_PAGE_MARGIN_MM = 15.0
_PAPER = 255
_FINE_DPI = 390
"""A picture of which so much is said, or was guessed, and no form found may be twice as large: see `_in_true_size`."""
_NARROW_MM, _LONGEST_MM = 180.0, 1575.0
"""Narrower is no office paper; and no strip is longer."""
_A4_WIDE_MM, _A4_LONG_MM = 210.0, 297.0
_PER_MM = FEATURE_DPI / 25.4
_A4_MM2 = _A4_WIDE_MM * _A4_LONG_MM
_ROOM, _LARGE = 1.7, 1.4
"""An A3 has 2.0 times an A4's area, a legal bed 1.23 times; and how much larger than an A4 it must be."""
_MARGIN_MM = 6.0
_INK = 170
_LETTER_MM = (1.0, 9.0)
LETTERS = 60
"""So many pieces of ink in the size of letters and words are some lines of print, no stray marks."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """The result of a look at one page."""

    match: Match | None
    blank: bool
    crowded: bool
    """See `RunPage`."""


_looked: WeakKeyDictionary[PagePixels, tuple[Index, Looked]] = WeakKeyDictionary()


def look(page: PagePixels, index: Index) -> Looked:
    """Look at a page, once for as long as its pixels are kept."""
    known = _looked.get(page)
    if known is None or known[0] is not index:
        known = _looked[page] = (index, _look(page, index))
    return known[1]


def _look(page: PagePixels, index: Index) -> Looked:
    prepared = prepare(page)
    match = match_page(prepared, index)
    told_wrong = truly_scaled(match)
    if told_wrong is not None:  # the file's resolution was wrong: look again at the right one
        again = prepare(page, page.dpi * told_wrong)
        found = match_page(again, index)
        if found is not None:
            prepared, match = again, found
    return Looked(match, prepared.blank, match is not None and holds_more(prepared, match))


def cut_apart(opened: OpenedScan, index: Index) -> OpenedScan:
    """The scan with each sheet as a page of its own, where one picture holds several."""
    sheets = [_sheets(page, index) for page in opened.pages]
    pictures = tuple(number for number, found in enumerate(sheets, 1) for _ in found)
    return replace(opened, pages=tuple(sheet for found in sheets for sheet in found), pictures=pictures)


def _sheets(page: PagePixels, index: Index) -> Sequence[PagePixels]:
    page = _in_true_size(page, index)
    looked = look(page, index)
    if looked.match is None or not looked.crowded:
        return [page]
    per_mm, found, rest = page.dpi / MM_PER_INCH, [_corners(looked.match)], page.gray.copy()
    while len(found) <= _MOST:
        _painted(rest, found[-1], _CLEAR_MM * per_mm)
        small = prepare(PagePixels(rest, page.dpi)).small
        left = letters_in(small)
        if found[1:] and left_over(small) <= _SPECKS:
            cut = [_cut(page, number, found, _PAST_MM * per_mm) for number in _as_read(found)]
            return cut if all(look(sheet, index).match is not None for sheet in cut) else [page]
        if len(left) < LETTERS:
            return [page]
        x0, y0, x1, y1 = _around(left, page.dpi)
        other = _look(PagePixels(rest[y0:y1, x0:x1], page.dpi), index).match
        if other is None:
            break
        found.append(np.add(_corners(other), (x0, y0)))
    return [page]


def _in_true_size(page: PagePixels, index: Index) -> PagePixels:
    """The page, twice as large if a form is found on it only so: a narrow one, or one whose resolution was guessed.

    A resolution is guessed from an A4's exact length or width, which no whole number of dots at a scanner's has.
    """
    wide, long = (side / page.dpi * MM_PER_INCH for side in sorted(page.shape))
    guessed = min(abs(long - _A4_LONG_MM), abs(wide - _A4_WIDE_MM)) < 1e-4
    if page.dpi < _FINE_DPI or not (guessed or wide < _NARROW_MM) or 2 * long > _LONGEST_MM:
        return page
    looked = look(page, index)
    if looked.match is not None or looked.blank:
        return page
    large = PagePixels(page.gray, page.dpi / 2, page.typed)
    return page if look(large, index).match is None else large


def _around(letters: NDArray[np.int32], dpi: float) -> tuple[int, int, int, int]:
    """The part of a picture with these letters on it and a page's margin around, in px."""
    scale, margin = dpi / FEATURE_DPI, _PAGE_MARGIN_MM * dpi / MM_PER_INCH
    x0, y0 = np.maximum(letters[:, :2].min(axis=0) * scale - margin, 0)
    x1, y1 = (letters[:, :2] + letters[:, 2:]).max(axis=0) * scale + margin
    return round(x0), round(y0), round(x1), round(y1)


def _corners(match: Match) -> NDArray[np.float64]:
    """Where the form's page lies, in px of the picture."""
    face = match.registered.face
    return match.registered.box_on_scan((0, 0, face.width_mm, face.height_mm))


def _painted(gray: Gray, corners: NDArray[np.float64], past: float) -> None:
    cv2.fillConvexPoly(gray, np.rint(corners).astype(np.int32), _PAPER)
    cv2.polylines(gray, [np.rint(corners).astype(np.int32)], True, _PAPER, max(1, round(2 * past)))


def _cut(page: PagePixels, number: int, sheets: Sequence[NDArray[np.float64]], past: float) -> PagePixels:
    """One sheet of a picture, the others painted white."""
    gray, mine = page.gray.copy(), np.zeros(page.shape, np.uint8)
    _painted(mine, sheets[number], past)
    for other, corners in enumerate(sheets):
        if other != number:
            _painted(gray, corners, 0)
    kept = np.where(mine > 0, page.gray, gray)
    (left, top), (right, bottom) = sheets[number].min(axis=0) - past, sheets[number].max(axis=0) + past
    part = kept[max(0, round(top)) : round(bottom), max(0, round(left)) : round(right)]
    return PagePixels(np.ascontiguousarray(part), page.dpi)


def _as_read(sheets: Sequence[NDArray[np.float64]]) -> list[int]:
    """The sheets row by row, each row from the left."""
    middles, high = [corners.mean(axis=0) for corners in sheets], min(np.ptp(corners[:, 1]) for corners in sheets)
    rows: list[list[int]] = []
    for number in sorted(range(len(sheets)), key=lambda sheet: float(middles[sheet][1])):
        if rows and middles[number][1] - middles[rows[-1][0]][1] < high / 2:
            rows[-1].append(number)
        else:
            rows.append([number])
    return [number for row in rows for number in sorted(row, key=lambda sheet: float(middles[sheet][0]))]


def holds_more(prepared: Prepared, match: Match) -> bool:
    """Whether a person should look for a second paper in the picture in which this page was found."""
    height, width = match.registered.face.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64) * (FEATURE_DPI / WORK_DPI)
    page = match.registered.mesh.carry(corners).astype(np.float32)
    share = prepared.small.size / max(1.0, float(cv2.contourArea(page)))
    form_mm2 = height * width * (25.4 / WORK_DPI) ** 2
    if share > _ROOM and share * form_mm2 > _LARGE * _A4_MM2:
        return True
    beyond, covered = prepared.small.copy(), np.zeros_like(prepared.small)
    cv2.fillConvexPoly(covered, np.rint(page).astype(np.int32), 1)
    reach = 2 * round(_MARGIN_MM * _PER_MM) + 1
    beyond[cv2.dilate(covered, np.ones((reach, reach), np.uint8)) > 0] = 255
    return len(letters_in(beyond)) >= LETTERS


def letters_in(small: Gray) -> NDArray[np.int32]:
    """Pieces of ink like letters and words on a picture at the feature resolution: x, y, width and height of each."""
    _, boxes, _ = pieces(small < _INK)
    wide, high = (boxes[:, 2:] / _PER_MM).T
    low, most = _LETTER_MM
    return np.asarray(boxes[(high >= low) & (high <= most) & (wide <= 4 * most)], np.int32)


def left_over(small: Gray) -> int:
    """How many pieces of ink, of any form, are larger than dust and cut by no edge of the picture, as shadows are."""
    _, boxes, _ = pieces(small < _INK)
    x, y, wide, high = boxes[1:].T
    within = (x > 0) & (y > 0) & (x + wide < small.shape[1]) & (y + high < small.shape[0])
    return int(np.count_nonzero(within & (np.maximum(wide, high) >= _LETTER_MM[0] * _PER_MM)))
