"""Finds what has been written on a page: all ink that is not the blank's own print, in pieces.

The blank's print is taken out with a small seam around it, as much as registration may be off. What is left falls
into pieces of connected ink; each has a size, a place and a darkness, and a field is judged from its pieces.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.base.filing import Box
from intake.forms.even_light import WORK_DPI
from intake.forms.face import Face
from intake.forms.rendered_blank import Bits
from intake.jail.pixels import Gray
from intake.recognise.pieces import pieces

PX_PER_MM = WORK_DPI / 25.4


class Pen(NamedTuple):
    """Greys on white paper: all of a pen's writing is darker than the first and somewhere than the second."""

    faint: int
    plain: int


USUAL, PALE, HARDLY = Pen(206, 190), Pen(220, 209), Pen(228, 218)
"""What shines through from a sheet's back may be as dark as the last."""
DARK = 140
"""A pen's writing is somewhere as dark as this."""
_SEAM_PX = 2  # registration may be off by this much
_PRINTED = 205  # blank's pixels darker than this are print
_RUNS_OUT = 0.05
_GREY = 245  # ... and a background darker than this is printed grey
_HIDDEN = 90  # on a background this dark no writing can be seen
_STROKE_PX = 7  # at half the working resolution: a pen's stroke is narrower than this (2.4 mm)
_DARKEST = 130  # ... and darker paper than this is no paper but a solid mark
_BLUR_PX, _SHARPEST = 2.0, 80
_SPECK_PX = 4
_SLIVER_PX, _BORDERING = 2, 0.9
"""A piece this thin, and this share of it right at the seam, is the edge of print that came out wide."""
_RULE_PX, _RULE_LONG, _RULE_BORDERING = 3, 15, 0.5
"""... and so is one this thin and so many times as long, of which this share is: a printed line laid askew."""
_FRAMES_PRINTED = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The writing on one flattened page."""

    mask: Bits
    """Where there may be writing."""
    labels: NDArray[np.int32]
    """Which piece each pixel belongs to; 0: none."""
    boxes: NDArray[np.int32]
    """Per piece: x0, y0, width, height in px at `WORK_DPI`."""
    areas: NDArray[np.int64]
    """Per piece: its pixels of ink; 0: noise that is no piece."""
    own: Bits
    """The blank's print with its seam: nothing can be seen there."""
    dark: Bits
    """Writing as dark as a pen's: what is left of a stroke when stains and shadows are not counted."""

    def inside(self, box: tuple[int, int, int, int]) -> NDArray[np.int64]:
        """Pixels of each piece inside x0, y0, x1, y1; index is the piece."""
        x0, y0, x1, y1 = box
        labels = self.labels[y0:y1, x0:x1][self.mask[y0:y1, x0:x1]]
        part = np.bincount(labels, minlength=len(self.areas))
        part[self.areas == 0] = 0
        return part


def _shade(flat: Gray) -> Gray:
    """The paper's shade around each pixel, strokes not counted: stains and grey backgrounds are wider than any pen."""
    size = (max(1, flat.shape[1] // 2), max(1, flat.shape[0] // 2))
    small = cv2.resize(flat, size, interpolation=cv2.INTER_AREA)
    small = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((_STROKE_PX, _STROKE_PX), np.uint8))
    return np.asarray(cv2.resize(small, (flat.shape[1], flat.shape[0]), interpolation=cv2.INTER_LINEAR), np.uint8)


@lru_cache(maxsize=24)
def _background(face: Face) -> Gray | None:
    """What is printed behind the letters of a blank, pixel by pixel; None: it is white all over."""
    size = (max(1, face.shape[1] // 2), max(1, face.shape[0] // 2))
    small = cv2.resize(face.gray, size, interpolation=cv2.INTER_AREA)
    small = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    if not bool((small < _GREY).any()):
        return None
    return np.asarray(cv2.resize(small, (face.shape[1], face.shape[0]), interpolation=cv2.INTER_LINEAR), np.uint8)


def _frames_printed(face: Face, flat: Gray) -> bool:
    frames = face.extra
    return bool(frames.any()) and float((flat[frames] < USUAL.faint).mean()) > _FRAMES_PRINTED


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A flattened page and its blank, ready for taking the print out."""

    soft: Gray
    """The page, slightly softened against the scanner's noise."""
    paper: Gray
    """How light it is where nothing is written: grey backgrounds come out differently on every scanner."""
    printed: NDArray[np.uint8]
    """1 where the blank is printed."""
    firm: Bits
    """Where its print is as dark as a pen's writing: every scanner shows it."""

    @classmethod
    def of(cls, face: Face, flat: Gray) -> "Sheet":
        """`flat`: the page as `face` sees it."""
        shade = _shade(flat)
        background = _background(face)
        if background is None:
            limit = np.full(1, _PRINTED, np.uint8)
        else:
            limit = np.minimum(np.uint8(_PRINTED), _scaled(background, 214))
        printed = face.gray < limit
        if _frames_printed(face, flat):
            printed |= face.extra
        if background is not None:  # a grey field that came out black hides what is written in it
            printed |= (background < _GREY) & (shade < _HIDDEN)
        soft = np.asarray(cv2.GaussianBlur(flat, (0, 0), 0.6), np.uint8)
        firm = np.asarray(face.gray < DARK, np.bool_)
        return cls(soft, np.maximum(shade, np.uint8(_DARKEST)), printed.astype(np.uint8), firm)

    def darker(self, grey: int) -> Bits:
        """The pixels where the page is darker than `grey` would be on white paper."""
        return np.asarray(self.soft < cv2.convertScaleAbs(self.paper, alpha=grey / 255), np.bool_)

    def hidden(self, seam_px: int) -> Bits:
        """The pixels where print, and a seam around it, hides what may be written."""
        seam = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * seam_px + 1, 2 * seam_px + 1))
        return np.asarray(cv2.dilate(self.printed, seam) > 0, np.bool_)

    def fits_closely(self) -> bool:
        """Whether a seam of one pixel around the blank's print covers nearly all of this page's print."""
        ring = self.hidden(2) & ~self.hidden(1)
        return bool(ring.any()) and float(self.darker(USUAL.faint)[ring].mean()) < _RUNS_OUT

    def sharpness(self, ink: Ink, box: Box) -> float:
        """How much of its darkness the ink in a box (mm) loses by a blur: stains have no edges to lose."""
        x0, y0, x1, y1 = (max(0, round(side * PX_PER_MM)) for side in box)
        soft, paper = (page[y0:y1, x0:x1].astype(np.float32) for page in (self.soft, self.paper))
        written = ink.mask[y0:y1, x0:x1] & (ink.areas[ink.labels[y0:y1, x0:x1]] > 0)
        if not written.any():
            return 0.0
        lost = (cv2.GaussianBlur(soft, (0, 0), _BLUR_PX) - soft)[written] / np.maximum(paper - soft, 8)[written]
        return float(np.percentile(lost, _SHARPEST))

    def ink(self, *, pen: Pen = USUAL, seam_px: int = _SEAM_PX, only: Bits | None = None) -> Ink:
        """All writing on the page, or on the part of it that `only` says."""
        hidden = self.hidden(seam_px)
        faint = self.darker(pen.faint) & ~hidden
        if only is not None:
            faint &= only
        rows = np.flatnonzero(faint.any(axis=1))
        part = slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 1)
        joined = cv2.morphologyEx(faint[part].astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        labels = np.zeros(faint.shape, np.int32)
        labels[part], boxes, _ = pieces(joined > 0)
        boxes[:, 1] += part.start
        count = len(boxes)
        at = np.flatnonzero(faint)
        of = labels.ravel()[at]
        areas = np.bincount(of, minlength=count)
        plain = np.bincount(of, self.soft.ravel()[at] < _scaled(self.paper.ravel()[at], pen.plain), minlength=count)
        areas[(areas < _SPECK_PX) | (plain == 0)] = 0
        beside = cv2.dilate(hidden.astype(np.uint8), np.ones((3, 3), np.uint8)).ravel()[at]
        bordering = np.bincount(of, beside > 0, minlength=count)
        short, long = boxes[:, 2:].min(axis=1), boxes[:, 2:].max(axis=1)
        areas[(short <= _SLIVER_PX) & (bordering >= _BORDERING * areas)] = 0
        areas[(short <= _RULE_PX) & (long >= _RULE_LONG * short) & (bordering >= _RULE_BORDERING * areas)] = 0
        areas[0] = 0
        return Ink(faint, labels, boxes, areas, hidden, self.darker(DARK))


def _scaled(paper: NDArray[np.uint8], grey: int) -> NDArray[np.uint8]:
    return (paper.astype(np.uint16) * grey // 255).astype(np.uint8)
