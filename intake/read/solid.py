"""Solid areas on a page: highlighter, marker, stain, shadow, in grey, in black and white or as a pattern of dots.

Such an area is not writing, and may hide some. What seemed filled and lies on one is filled only if a stroke as narrow
as a pen's can be seen on it or beside it; otherwise a person is asked.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.base.filing import Box
from intake.forms.face import Face
from intake.forms.rendered_blank import Bits
from intake.jail.pixels import Gray
from intake.read.ink import PX_PER_MM, Ink
from intake.read.judge import PxBox, pixels, written_mm

_Pixel = TypeVar("_Pixel", bound=np.generic)
_HALF = PX_PER_MM / 2
_CALM_MM = 0.5
"""A pattern of dots is even once it is softened by this; a pen's stroke can still be seen."""
_AREA_MM = 2.4
"""Wider than any pen's stroke."""
_GREY = 0.9
"""An area is darker than this share of what the blank has there."""
_COVERS, _COVERS_MM2 = 0.1, 20.0
"""It matters to a place of which it covers this share, or so much."""
_STROKE, _CONTRAST = 0.72, 35
"""A stroke on such an area is darker than this share of it, and by so many greys: on black nothing can be seen."""
_DENSE, _DENSE_CONTRAST, _DENSE_SHARE = 0.8, 25, 0.3
"""... but where as much of it as this share is darker than the rest by this, it is no area: a felt pen's writing has
hardly any paper between its letters, and out of focus none."""
_WIDE_MM, _EDGE_MM = 1.1, 0.7
"""What is as wide as this is another layer of it, and so near to its edge all is its own."""
_LETTER_MM, _ON_IT_MM = 1.3, 2.0
"""Writing beside an area is at least this long, and on it, where its corners look like strokes, so long."""
_LARGER = 3.0
"""So many times as large as a tick box, an area was not put there to tick it."""


@dataclass(frozen=True, slots=True, eq=False)
class SolidAreas:
    """Where a page is darker over an area than its blank, at half the working resolution."""

    calm: Gray
    shade: Gray
    where: Bits

    @classmethod
    def of(cls, face: Face, flat: Gray) -> "SolidAreas":
        """`flat`: the page as `face` sees it."""
        calm, shade = _softened(flat)
        return cls(calm, shade, np.asarray(shade < _blank_shade(face) * _GREY, np.bool_))

    def hides(self, ink: Ink, box: Box) -> bool:
        """Whether what is dark in a place for writing may be nothing but such an area."""
        here = pixels(box, ink.mask.shape)
        where = _part(self.where, here)
        if where.mean() < _COVERS and where.sum() < _COVERS_MM2 * _HALF**2:
            return False
        near = cv2.dilate(where.astype(np.uint8), _square(2 * _EDGE_MM)) > 0
        calm, shade, own = _part(self.calm, here), _part(self.shade, here), _half(ink.own, here)
        beside = _half(ink.mask, here) & ~near
        within = cv2.erode(where.astype(np.uint8), _square(2 * _EDGE_MM)) > 0
        stroke = _strokes(calm, shade) & within & ~own
        wide = cv2.morphologyEx(stroke.astype(np.uint8), cv2.MORPH_OPEN, _square(_WIDE_MM))
        stroke &= cv2.dilate(wide, _square(2 * _EDGE_MM)) == 0
        return not (
            _is_written(beside, _LETTER_MM) or _is_written(stroke, _ON_IT_MM) or _is_dense(calm, shade, where & ~own)
        )

    def covers_box(self, box: Box) -> bool:
        """Whether a tick box lies under an area far larger than itself in which no mark can be seen."""
        shape = (2 * self.where.shape[0], 2 * self.where.shape[1])
        here = pixels(box, shape)
        where = _part(self.where, here)
        if where.mean() < 0.5:
            return False
        x0, y0, x1, y1 = box
        wide, high = (x1 - x0), (y1 - y0)
        around = pixels((x0 - 2 * wide, y0 - 2 * high, x1 + 2 * wide, y1 + 2 * high), shape)
        if float(_part(self.where, around).sum()) < _LARGER * where.size:
            return False
        return not _is_written(_strokes(_part(self.calm, here), _part(self.shade, here)), _LETTER_MM)


def _part(page: NDArray[_Pixel], here: PxBox) -> NDArray[_Pixel]:
    x0, y0, x1, y1 = (round(v / 2) for v in here)
    return page[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]


def _strokes(calm: Gray, shade: Gray, least: float = _STROKE, contrast: int = _CONTRAST) -> Bits:
    return np.asarray((calm < shade * least) & (cv2.subtract(shade, calm) > contrast), np.bool_)


def _is_dense(calm: Gray, shade: Gray, where: Bits) -> bool:
    """Whether what looks like an area is writing, close together or blurred."""
    strokes = _strokes(calm, shade, _DENSE, _DENSE_CONTRAST) & where
    return bool(strokes.sum() >= _DENSE_SHARE * where.sum()) and _is_written(strokes, _ON_IT_MM)


def _half(mask: Bits, here: PxBox) -> Bits:
    """A part of a page's mask at half resolution: any of four."""
    x0, y0, x1, y1 = (2 * round(v / 2) for v in here)
    part = mask[y0 : max(y1, y0 + 2), x0 : max(x1, x0 + 2)]
    rows, columns = part.shape[0] // 2, part.shape[1] // 2
    return np.asarray(part[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).any(axis=(1, 3)), np.bool_)


def _square(mm: float) -> NDArray[np.uint8]:
    side = max(2, round(mm * _HALF))
    return np.ones((side, side), np.uint8)


def _is_written(mask: Bits, least_mm: float) -> bool:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    boxes, areas = stats[1:, :4].astype(np.int32) * 2, stats[1:, 4].astype(np.int64) * 4
    return bool((written_mm(boxes, areas) >= least_mm).any())


def _softened(flat: Gray) -> tuple[Gray, Gray]:
    """The page softened, and how light it is around each pixel when strokes are not counted."""
    size = (max(1, flat.shape[1] // 2), max(1, flat.shape[0] // 2))
    calm = cv2.GaussianBlur(cv2.resize(flat, size, interpolation=cv2.INTER_AREA), (0, 0), _CALM_MM * _HALF / 2)
    shade = cv2.morphologyEx(calm, cv2.MORPH_CLOSE, _square(_AREA_MM))
    return np.asarray(calm, np.uint8), np.asarray(shade, np.uint8)


@lru_cache(maxsize=24)
def _blank_shade(face: Face) -> Gray:
    return _softened(face.gray)[1]
