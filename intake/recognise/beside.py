"""Does a picture hold more than the form's page that was found on it: a second page, another form, another customer's?

Looking for the other paper is done elsewhere (`apart`); where it is not found, a person must look. A larger bed, a lid,
a table and the page's own margins are no other paper; lines of print beyond the page are, and so is a picture that has
room for a second page.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.forms.even_light import FEATURE_DPI, WORK_DPI
from intake.jail.pixels import Gray
from intake.recognise.page_match import Match, Prepared

_PER_MM = FEATURE_DPI / 25.4
_A4_MM2 = 210.0 * 297.0
_ROOM, _LARGE = 1.7, 1.4
"""An A3 has 2.0 times an A4's area, a legal bed 1.23 times; and how much larger than an A4 it must be."""
_MARGIN_MM = 6.0
_INK = 170
_LETTER_MM = (1.0, 9.0)
LETTERS = 60
"""So many pieces of ink in the size of letters and words are some lines of print, no stray marks."""


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
    _, _, stats, _ = cv2.connectedComponentsWithStats((small < _INK).astype(np.uint8))
    high, wide = stats[1:, cv2.CC_STAT_HEIGHT] / _PER_MM, stats[1:, cv2.CC_STAT_WIDTH] / _PER_MM
    low, most = _LETTER_MM
    return np.asarray(stats[1:, :4][(high >= low) & (high <= most) & (wide <= 4 * most)], np.int32)


def left_over(small: Gray) -> int:
    """How many pieces of ink, of any form, are larger than dust and cut by no edge of the picture, as shadows are."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((small < _INK).astype(np.uint8))
    x, y, wide, high = stats[1:, :4].T
    within = (x > 0) & (y > 0) & (x + wide < small.shape[1]) & (y + high < small.shape[0])
    return int(np.count_nonzero(within & (np.maximum(wide, high) >= _LETTER_MM[0] * _PER_MM)))
