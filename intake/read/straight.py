"""A whole page turned upright and straight, for the document that is handed on and for the counter page."""

import cv2
import numpy as np

from intake.jail.pixels import Gray, OpenedScan
from intake.recognise.runs import RunPage


def upright(opened: OpenedScan, seen_page: RunPage) -> Gray:
    """The page as a reader holds it, at the scan's own resolution; nothing is cut off."""
    reading = seen_page.reading
    gray = np.rot90(opened.pages[reading.source_page - 1].gray, k=-(reading.turned // 90))
    if abs(reading.skew_degrees) < 0.1:
        return np.ascontiguousarray(gray)
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -reading.skew_degrees, 1.0)
    sine, cosine = abs(matrix[0, 1]), abs(matrix[0, 0])
    size = (round(height * sine + width * cosine), round(height * cosine + width * sine))
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(cv2.warpAffine(np.ascontiguousarray(gray), matrix, size, borderValue=255), np.uint8)
