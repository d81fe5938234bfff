"""What the parts inside the jail tell each other: a page, an opened file, and why a file is refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image

from intake.jail.limits import Limits

MM_PER_INCH = 25.4
A4_SHORT_INCHES, A4_LONG_INCHES = 210 / MM_PER_INCH, 297 / MM_PER_INCH
LEAST_LONG_INCHES, MOST_LONG_INCHES = 3.0, 17.6
"""From a card to a little over A3: a long side outside this is no honest resolution."""
STRIP_SHAPE, MOST_STRIP_SHAPE = 1.8, 7.5
"""From so many times as long as wide a picture is a strip of sheets, as a feeder pulls them without a stop."""
MOST_STRIP_WIDE_INCHES, MOST_STRIP_LONG_INCHES = 12.3, 62.0
"""An A3's short side and five A4 lengths, with a little around."""
LEAST_SANE_DPI, MOST_SANE_DPI = 60.0, 2500.0
SQUARE_WITHIN = 1.02
PAPER_SHAPE, SHAPE_WITHIN = 2**0.5, 1.03
"""Long side to short side of A4 and its kin, and how near a picture must come to count as that."""


class Unfit(Exception):
    """The file is refused; `code` is one of the protocol's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Page:
    """One page: an image of mode L, its resolution, and what widgets on it say."""

    image: Image.Image
    dpi: float
    typed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose structure is sound: so many pages, made one after the other while they are asked for."""

    count: int
    pages: Iterator[Page]
    notes: set[str] = field(default_factory=set)


def check_px(width: float, height: float, limits: Limits) -> None:
    """Refuse a page of more pixels than allowed, by its header, before anything is decoded (C-04)."""
    if not (width >= 1 and height >= 1):
        raise Unfit("damaged")
    if width * height > limits.page_px:
        raise Unfit("too_large")


def sane_dpi(width: int, height: int, dpi: float) -> float:
    """`dpi` if the paper it means is one that people hand in, else what an A4, or a strip as wide, would have."""
    short_px, long_px = sorted((width, height))
    strip = STRIP_SHAPE <= long_px / short_px <= MOST_STRIP_SHAPE
    if LEAST_SANE_DPI <= dpi <= MOST_SANE_DPI:
        short, long = short_px / dpi, long_px / dpi
        if LEAST_LONG_INCHES <= long <= MOST_LONG_INCHES:
            return dpi
        if strip and LEAST_LONG_INCHES <= short <= MOST_STRIP_WIDE_INCHES and long <= MOST_STRIP_LONG_INCHES:
            return dpi
    return max(short_px / A4_SHORT_INCHES if strip else long_px / A4_LONG_INCHES, LEAST_SANE_DPI)


def square(image: Image.Image, dpi_x: float, dpi_y: float, limits: Limits) -> tuple[Image.Image, float]:
    """The image with square pixels (fax lines are twice as far apart as dots), and its one resolution."""
    if not (dpi_x > 0 and dpi_y > 0):
        return image, 0.0
    if 1 / SQUARE_WITHIN <= dpi_x / dpi_y <= SQUARE_WITHIN or max(dpi_x / dpi_y, dpi_y / dpi_x) > 4:
        return image, max(dpi_x, dpi_y)
    dpi = max(dpi_x, dpi_y)
    if _has_paper_shape(*image.size) and not _has_paper_shape(image.width / dpi_x, image.height / dpi_y):
        return image, dpi  # its pixels are square whatever it says
    size = round(image.width * dpi / dpi_x), round(image.height * dpi / dpi_y)
    check_px(*size, limits)
    return image.resize(size, Image.Resampling.BILINEAR), dpi


def _has_paper_shape(width: float, height: float) -> bool:
    shape = max(width, height) / min(width, height)
    return PAPER_SHAPE / SHAPE_WITHIN <= shape <= PAPER_SHAPE * SHAPE_WITHIN
