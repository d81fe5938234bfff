"""A PDF's pages as gray images: the scanner's own picture where a page is nothing else, else drawn by pdfium.

Promises: what counts is what a person would see. A picture is only taken out where it is all there is to see, and it
is turned as the page turns it; text that is drawn invisibly is never looked at (C-17).
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image
from pypdf.generic import DictionaryObject

from intake.jail.inside import jpeg, pdf_data, pdf_picture
from intake.jail.inside.image import open_one
from intake.jail.inside.opened import LEAST_LONG_INCHES, MOST_LONG_INCHES, Page, Unfit, check_px, sane_dpi, square
from intake.jail.inside.pdf_objects import inherited
from intake.jail.inside.pdf_picture import Picture
from intake.jail.limits import Limits

POINTS_PER_INCH = 72.0
DRAWN_DPI = 300.0
_LEAST_DRAWN_DPI = 50.0
_MOST_USER_UNIT = 100.0
_COVERED = 0.9
"""The part of a page from which on its pictures are the page."""
_TOLD_APART_BY = 4096
"""Last bytes by which pictures of the same length are told apart: one that is painted twice is checked once."""
_BAND = 256
"""Rows of a bitmap in colour that are turned to gray at once."""
_PIL_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as pypdf found it."""

    dictionary: DictionaryObject
    typed: tuple[tuple[str, str], ...]
    painted: list[DictionaryObject]
    """The pictures that its content paints."""


def draw(data: bytes, pages: Sequence[Sheet], limits: Limits) -> Iterator[Page]:
    """Each page in turn. Raises Unfit on the first that cannot be shown."""
    try:
        document = pypdfium2.PdfDocument(data, password="")
    except pypdfium2.PdfiumError as error:
        # pypdf takes the empty password for a few locks that pdfium does not
        raise Unfit("locked" if error.err_code == pdfium.FPDF_ERR_PASSWORD else "damaged") from error
    document.init_forms()
    is_form = document.get_formtype() != pdfium.FORMTYPE_NONE
    if len(document) != len(pages):
        raise Unfit("damaged")  # C-08: two readers, two documents
    for number, page in enumerate(pages):
        try:
            sheet = document[number]
            if not is_form and pdf_picture.has_widgets(page.dictionary):
                # pdfium draws widgets only where the catalogue knows of a form
                pdfium.FPDFPage_Flatten(sheet, pdfium.FLAT_NORMALDISPLAY)
                sheet = document[number]
            image, dpi = _page(sheet, page, limits)
            sheet.close()
        except pypdfium2.PdfiumError as error:
            raise Unfit("damaged") from error
        yield Page(image, dpi, page.typed)


def _page(sheet: pypdfium2.PdfPage, page: Sheet, limits: Limits) -> tuple[Image.Image, float]:
    unit = inherited(page.dictionary, "/UserUnit")
    scale = float(unit) if isinstance(unit, int | float) and 0 < unit <= _MOST_USER_UNIT else 1.0
    shown = list(pdf_picture.pictures(sheet))
    for picture in shown:
        width, height = picture.get_px_size()
        check_px(width, height, limits)  # C-02, C-04: before pdfium decodes it
    found = pdf_picture.only_picture(sheet, page.dictionary)
    if found is not None:
        return _taken(found, page.painted, sheet.get_rotation(), scale, limits)
    checked: set[tuple[int, bytes]] = set()
    for picture in shown:
        raw = bytes(picture.get_data())
        if (len(raw), raw[-_TOLD_APART_BY:]) not in checked:
            pdf_data.check_picture(picture, page.painted)
        checked.add((len(raw), raw[-_TOLD_APART_BY:]))
    return _drawn(sheet, shown, scale, limits)


def _taken(
    picture: Picture, painted: list[DictionaryObject], rotation: int, scale: float, limits: Limits
) -> tuple[Image.Image, float]:
    """The picture itself, as the page shows it."""
    image = _decoded(picture, painted, limits)
    if picture.turn is not None:
        image = image.transpose(picture.turn)
    dpi_x = image.width / (picture.width_points * scale / POINTS_PER_INCH)
    dpi_y = image.height / (picture.height_points * scale / POINTS_PER_INCH)
    image, dpi = square(image, dpi_x, dpi_y, limits)
    if rotation in _PIL_TURNS:
        image = image.transpose(_PIL_TURNS[rotation])
    return image, sane_dpi(*image.size, dpi)


def _decoded(picture: Picture, painted: list[DictionaryObject], limits: Limits) -> Image.Image:
    if picture.jpeg:
        data = pdf_data.ended(bytes(picture.source.get_data()))
        try:
            image = open_one(io.BytesIO(data), "JPEG", limits)
        except (OSError, ValueError, SyntaxError) as error:
            raise Unfit("damaged") from error
        if image.mode in {"L", "RGB"} and image.size == picture.source.get_px_size():
            return jpeg.decoded(data)  # its EXIF means nothing inside a PDF
    image = _gray(picture.source.get_bitmap())
    pdf_data.check_picture(picture.source, painted, image)
    return image


def _drawn(
    sheet: pypdfium2.PdfPage, shown: list[pypdfium2.PdfImage], scale: float, limits: Limits
) -> tuple[Image.Image, float]:
    """The page as pdfium draws it, annotations and widgets included; a poster gets fewer dots per inch.

    A page of pictures whose size no paper has is drawn at its pictures' own resolution, and guessed to be an A4.
    """
    width, height = sheet.get_width() * scale / POINTS_PER_INCH, sheet.get_height() * scale / POINTS_PER_INCH
    if not (width > 0 and height > 0):
        raise Unfit("damaged")
    dots = DRAWN_DPI if LEAST_LONG_INCHES <= max(width, height) <= MOST_LONG_INCHES else _dots(sheet, shown, scale)
    dpi = min(dots or DRAWN_DPI, ((limits.page_px * 0.99) / (width * height)) ** 0.5)
    if dpi < _LEAST_DRAWN_DPI and not dots:
        raise Unfit("too_large")  # C-03: a huge page box
    check_px(round(width * dpi) or 1, round(height * dpi) or 1, limits)
    image = _gray(sheet.render(scale=dpi * scale / POINTS_PER_INCH, grayscale=True))
    return image, sane_dpi(*image.size, dpi) if dots != DRAWN_DPI and dots else dpi


def _dots(sheet: pypdfium2.PdfPage, shown: list[pypdfium2.PdfImage], scale: float) -> float:
    """Pixels per inch of the pictures that cover the page; 0 where they do not."""
    covered, finest = 0.0, 0.0
    for picture in shown:
        left, bottom, right, top = picture.get_bounds()
        if right > left and top > bottom:
            covered += (right - left) * (top - bottom)
            long_px, long_points = max(picture.get_px_size()), max(right - left, top - bottom)
            finest = max(finest, long_px / long_points * POINTS_PER_INCH / scale)
    return finest if covered >= _COVERED * sheet.get_width() * sheet.get_height() else 0.0


def _gray(bitmap: pypdfium2.PdfBitmap) -> Image.Image:
    """The brightness of a bitmap, a band of rows at a time: a second copy of a large page in colour is not made."""
    if bitmap.mode == "L":
        gray: Image.Image = bitmap.to_pil()
        return gray
    size, stride, rows = (bitmap.width, bitmap.height), bitmap.stride, memoryview(bitmap.buffer).cast("B")
    gray = Image.new("L", size)
    for top in range(0, size[1], _BAND):
        part = bytes(rows[top * stride : (top + _BAND) * stride])
        shape = size[0], len(part) // stride
        band = Image.frombuffer(bitmap.mode.replace("BGR", "RGB"), shape, part, "raw", bitmap.mode, stride, 1)
        gray.paste(band.convert("L"), (0, top))
    return gray
