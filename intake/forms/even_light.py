"""Even light: a scan brought to the working resolution with its paper made white.

Everything that looks at pixels works on such pages, so shadows, grey paper and the scanner's own idea of resolution
are dealt with once, here.
"""

import cv2
import numpy as np

from intake.jail.pixels import Gray, PagePixels

WORK_DPI = 150
"""Resolution at which pages are compared and fields are judged: a pen stroke is two to three pixels wide."""
FEATURE_DPI = 100
"""Resolution at which key points are found."""
_PAPER_STEP = 8  # the paper's shade is estimated on a page this much smaller
_PAPER_REACH = 13  # ... and over this many of its pixels (17 mm): wider than letters and field labels
_BLACK, _ENOUGH_BLACK = 40, 500  # what the blank prints black, and how much of it tells the scan's contrast
_PALE, _MOST_GAIN = 70.0, 2.2
_PAPER = 255
_DARKEST_PAPER = 60  # below this it is no paper but a solid dark area, left dark


def even_light(gray: Gray) -> Gray:
    """`gray` with paper at 255 and ink in proportion; solid dark areas stay dark."""
    height, width = gray.shape
    size = (max(1, width // _PAPER_STEP), max(1, height // _PAPER_STEP))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    kernel = np.ones((_PAPER_REACH, _PAPER_REACH), np.uint8)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    paper = cv2.GaussianBlur(paper, (0, 0), 3)
    paper = cv2.resize(np.maximum(paper, _DARKEST_PAPER), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, paper, scale=255), np.uint8)


def at_resolution(gray: Gray, dpi: float, wanted_dpi: float) -> tuple[Gray, float]:
    """`gray` resized from `dpi` to `wanted_dpi`, and the factor applied."""
    factor = wanted_dpi / dpi
    if abs(factor - 1) < 0.005:
        return gray, 1.0
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(gray, None, fx=factor, fy=factor, interpolation=way), np.uint8), factor


def working_page(page: PagePixels, *, dpi: float | None = None) -> tuple[Gray, float]:
    """The page at `WORK_DPI` in even light, and how many of its pixels make one of the scan's."""
    gray, factor = at_resolution(page.gray, dpi or page.dpi, WORK_DPI)
    return even_light(gray), factor


def full_contrast(flat: Gray, blank: Gray) -> Gray:
    """A flattened page with the blank's black print made black: a pale scan shows pens paler too."""
    black = flat[blank < _BLACK]
    if len(black) < _ENOUGH_BLACK:
        return flat
    level = float(np.percentile(black, 25))
    if level <= _PALE or level == _PAPER:
        return flat
    gain = min((255 - _PALE) / (255 - level), _MOST_GAIN)
    return np.asarray(255 - cv2.convertScaleAbs(255 - flat, alpha=gain), np.uint8)
