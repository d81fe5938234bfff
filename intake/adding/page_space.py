"""Places on a page as a person sees it.

A PDF page has a crop box, a rotation and a unit of its own. `PageSpace` turns its coordinates into millimetres from
the top left of the upright, cropped page: the only coordinates used outside this file.
"""

import math
from dataclasses import dataclass

from pypdf import PageObject

from intake.base.filing import Box
from intake.forms.model import PageSize

MM_PER_POINT = 25.4 / 72
_LETTER = (0.0, 0.0, 612.0, 792.0)


@dataclass(frozen=True, slots=True)
class PageSpace:
    """The visible part of one page, in PDF points, and how it is turned."""

    x0: float
    y0: float
    x1: float
    y1: float
    turned: int
    """Clockwise degrees the viewer turns the page: 0, 90, 180 or 270."""
    scale_mm: float = MM_PER_POINT

    @classmethod
    def of(cls, page: PageObject) -> "PageSpace":
        """Media box cut by the crop box; a box that makes no sense counts as absent, as viewers do."""
        media = _tidy(tuple(float(side) for side in page.mediabox)) or _LETTER
        crop = _tidy(tuple(float(side) for side in page.cropbox)) or media
        seen = _overlap(media, crop) or media
        unit = page.get("/UserUnit", 1.0)
        scale = float(unit) if isinstance(unit, int | float) and unit > 0 else 1.0
        return cls(*seen, turned=round(page.rotation / 90) % 4 * 90, scale_mm=MM_PER_POINT * scale)

    @property
    def size(self) -> PageSize:
        """The upright page, in millimetres."""
        width, height = (self.x1 - self.x0) * self.scale_mm, (self.y1 - self.y0) * self.scale_mm
        if self.turned in (90, 270):
            width, height = height, width
        return PageSize(width_mm=round(width, 2), height_mm=round(height, 2))

    def box_mm(self, rectangle: tuple[float, float, float, float]) -> Box:
        """A rectangle in PDF points (corners in any order) as a box in millimetres; may reach beyond the page."""
        corners = (self._point(rectangle[0], rectangle[1]), self._point(rectangle[2], rectangle[3]))
        (ax, ay), (bx, by) = corners
        return (min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))

    def clipped_mm(self, rectangle: tuple[float, float, float, float]) -> Box | None:
        """The same, cut to the page and rounded to 0.01 mm; None where most of it, or all but a sliver, is off it."""
        x0, y0, x1, y1 = self.box_mm(rectangle)
        size = self.size
        cut = (max(x0, 0.0), max(y0, 0.0), min(x1, size.width_mm), min(y1, size.height_mm))
        if not all(math.isfinite(side) for side in cut) or cut[2] - cut[0] < 0.5 or cut[3] - cut[1] < 0.5:
            return None
        if (cut[2] - cut[0]) * (cut[3] - cut[1]) < 0.5 * (x1 - x0) * (y1 - y0):
            return None
        return rounded(cut)

    def _point(self, x: float, y: float) -> tuple[float, float]:
        right, down = (x - self.x0) * self.scale_mm, (self.y1 - y) * self.scale_mm
        width, height = (self.x1 - self.x0) * self.scale_mm, (self.y1 - self.y0) * self.scale_mm
        if self.turned == 90:
            return height - down, right
        if self.turned == 180:
            return width - right, height - down
        if self.turned == 270:
            return down, width - right
        return right, down


def rounded(box: Box) -> Box:
    """To 0.01 mm, which is finer than any scanner."""
    return (round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))


def _tidy(box: tuple[float, ...]) -> tuple[float, float, float, float] | None:
    if len(box) != 4 or not all(math.isfinite(side) for side in box):
        return None
    x0, x1 = sorted((box[0], box[2]))
    y0, y1 = sorted((box[1], box[3]))
    return (x0, y0, x1, y1) if x1 - x0 > 1 and y1 - y0 > 1 else None


def _overlap(
    a: tuple[float, float, float, float], b: tuple[float, float, float, float]
) -> tuple[float, float, float, float] | None:
    if a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3]:
        return None
    return _tidy((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
