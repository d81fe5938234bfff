"""Fields cut out of the scan at its own resolution, for reading their values."""

from collections.abc import Mapping

import cv2
import numpy as np

from intake.base.filing import FieldReading, FieldState
from intake.forms.even_light import WORK_DPI, even_light
from intake.forms.model import Field, Place
from intake.jail.pixels import FieldCrop, Gray, OpenedScan, PagePixels
from intake.read.ink import PX_PER_MM
from intake.recognise.runs import DocumentRun, RegisteredPage

_MOST_DPI = 300.0
_PRINTED = 205
_AROUND_MM = 1.0  # writing reaches a little out of its box


def crops(opened: OpenedScan, seen: DocumentRun, fields: Mapping[str, FieldReading]) -> list[FieldCrop]:
    """The filled fields whose values matter, upright, the blank's print taken out: each at its first place here."""
    found: list[FieldCrop] = []
    if seen.definition is None:
        return found
    pages = {p.reading.form_page: p for p in seen.pages if p.registered is not None}
    for field in seen.definition.fields:
        reading = fields.get(field.key)
        if field.value is None or reading is None or reading.state is not FieldState.FILLED:
            continue
        for place in field.places:
            page = pages.get(place.page)
            if page is not None and page.registered is not None:
                scan = opened.pages[page.reading.source_page - 1]
                found.append(_crop(scan, page.registered, field, place))
                break
    return found


def _crop(scan: PagePixels, laid: RegisteredPage, field: Field, place: Place) -> FieldCrop:
    dpi = min(max(scan.dpi, WORK_DPI), _MOST_DPI)
    comb = field.kind == "comb"
    gray = cut(scan, laid, place.box_mm, dpi=dpi, around_mm=0.0 if comb else _AROUND_MM)
    clean = _without_print(gray, laid, place, around_mm=0.0 if comb else _AROUND_MM)
    typed = dict(scan.typed).get(field.key)
    return FieldCrop(field.key, field.value or "plain", clean, dpi, place.cells, typed)


def cut(
    scan: PagePixels, laid: RegisteredPage, box: tuple[float, float, float, float], *, dpi: float, around_mm: float
) -> Gray:
    """A box of the form as it stands on the scan, upright, at `dpi`, `around_mm` more on each side, paper white."""
    x0, y0, x1, y1 = (box[0] - around_mm, box[1] - around_mm, box[2] + around_mm, box[3] + around_mm)
    width, height = max(2, round((x1 - x0) * dpi / 25.4)), max(2, round((y1 - y0) * dpi / 25.4))
    corners = laid.box_on_scan((x0, y0, x1, y1)).astype(np.float32)
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(target, corners)
    ways = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(scan.gray, matrix, (width, height), flags=ways, borderValue=255), np.uint8)


def _without_print(gray: Gray, laid: RegisteredPage, place: Place, *, around_mm: float) -> Gray:
    """The crop in even light with the blank's print painted over."""
    height, width = gray.shape
    even = even_light(gray)
    own = (laid.face.gray < _PRINTED) | laid.face.extra
    px = PX_PER_MM
    scale = np.array([[px * (place.box_mm[2] - place.box_mm[0] + 2 * around_mm) / width, 0.0,
                       (place.box_mm[0] - around_mm) * px],
                      [0.0, px * (place.box_mm[3] - place.box_mm[1] + 2 * around_mm) / height,
                       (place.box_mm[1] - around_mm) * px]])  # fmt: skip
    mask = cv2.warpAffine(own.astype(np.uint8) * 255, scale, (width, height),
                          flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)  # fmt: skip
    seam = max(1, round(height / (place.box_mm[3] - place.box_mm[1] + 2 * around_mm) * 0.15))
    mask = cv2.dilate((mask > 100).astype(np.uint8), np.ones((2 * seam + 1, 2 * seam + 1), np.uint8))
    return np.where(mask > 0, np.uint8(255), even).astype(np.uint8)
