"""A whole page turned upright and straight, for the document that is handed on and for the counter page."""

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray, OpenedScan
from intake.recognise.runs import MM_PER_INCH, RunPage

Corner = tuple[float, float]
Corners = tuple[Corner, Corner, Corner, Corner]


def upright(opened: OpenedScan, seen_page: RunPage) -> Gray:
    """The page as a reader holds it, at the scan's own resolution; nothing is cut off."""
    reading = seen_page.reading
    gray = np.rot90(opened.pages[reading.source_page - 1].gray, k=-(reading.turned // 90))
    if not skewed(seen_page):
        return np.ascontiguousarray(gray)
    matrix, size = _straightening(gray.shape, reading.skew_degrees)
    return np.asarray(cv2.warpAffine(np.ascontiguousarray(gray), matrix, size, borderValue=255), np.uint8)


def form_corners_mm(opened: OpenedScan, seen_page: RunPage, width_mm: float, height_mm: float) -> Corners | None:
    """The form page's corners on the upright page in mm, clockwise from its top left; None: no page of a form."""
    reading, page = seen_page.reading, opened.pages[seen_page.reading.source_page - 1]
    if seen_page.registered is None:
        return None
    points = seen_page.registered.box_on_scan((0.0, 0.0, width_mm, height_mm))
    height, width = page.gray.shape
    for _ in range(reading.turned // 90):
        points = np.stack([height - points[:, 1], points[:, 0]], axis=1)
        height, width = width, height
    if skewed(seen_page):
        matrix, _ = _straightening((height, width), reading.skew_degrees)
        points = points @ matrix[:, :2].T + matrix[:, 2]
    corners = [(round(float(x), 1), round(float(y), 1)) for x, y in points * (MM_PER_INCH / page.dpi)]
    return corners[0], corners[1], corners[2], corners[3]


def skewed(seen_page: RunPage) -> bool:
    """Whether the page lies so crooked that it is straightened."""
    return abs(seen_page.reading.skew_degrees) >= 0.1


def _straightening(shape: tuple[int, ...], degrees: float) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """What turns a page of `shape` back by `degrees`, and the size that then holds all of it."""
    height, width = shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    sine, cosine = abs(matrix[0, 1]), abs(matrix[0, 0])
    size = (round(height * sine + width * cosine), round(height * cosine + width * sine))
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(matrix, np.float64), size
