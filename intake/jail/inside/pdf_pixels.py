"""A PDF's pages as gray images: the scanner's own picture where a page is nothing else, else drawn by pdfium.

Promises: what counts is what a person would see. A picture is only taken out where it is all there is to see, and it
is turned as the page turns it; text that is drawn invisibly is never looked at (C-17).
"""

import io
from collections.abc import Iterator, Sequence

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image
from pypdf.generic import DictionaryObject

from intake.jail.inside import pdf_picture
from intake.jail.inside.image import open_one, to_gray
from intake.jail.inside.opened import Page, Unfit, check_px, sane_dpi, square
from intake.jail.inside.pdf_objects import inherited
from intake.jail.inside.pdf_picture import Picture
from intake.jail.limits import Limits

POINTS_PER_INCH = 72.0
DRAWN_DPI = 300.0
_LEAST_DRAWN_DPI = 50.0
_MOST_USER_UNIT = 100.0
_PIL_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def draw(
    data: bytes, pages: Sequence[DictionaryObject], typed: Sequence[tuple[tuple[str, str], ...]], limits: Limits
) -> Iterator[Page]:
    """Each page in turn. Raises Unfit on the first that cannot be shown."""
    try:
        document = pypdfium2.PdfDocument(data, password="")
    except pypdfium2.PdfiumError as error:
        # pypdf takes the empty password for a few locks that pdfium does not
        raise Unfit("locked" if error.err_code == pdfium.FPDF_ERR_PASSWORD else "damaged") from error
    document.init_forms()
    if len(document) != len(pages):
        raise Unfit("damaged")  # C-08: two readers, two documents
    for number, dictionary in enumerate(pages):
        try:
            sheet = document[number]
            image, dpi = _page(sheet, dictionary, limits)
            sheet.close()
        except pypdfium2.PdfiumError as error:
            raise Unfit("damaged") from error
        yield Page(image, dpi, typed[number])


def _page(sheet: pypdfium2.PdfPage, dictionary: DictionaryObject, limits: Limits) -> tuple[Image.Image, float]:
    unit = inherited(dictionary, "/UserUnit")
    scale = float(unit) if isinstance(unit, int | float) and 0 < unit <= _MOST_USER_UNIT else 1.0
    for picture in pdf_picture.pictures(sheet):
        width, height = picture.get_px_size()
        check_px(width, height, limits)  # C-02, C-04: before pdfium decodes it
    found = pdf_picture.only_picture(sheet, dictionary)
    if found is not None:
        return _taken(found, sheet.get_rotation(), scale, limits)
    return _drawn(sheet, scale, limits)


def _taken(picture: Picture, rotation: int, scale: float, limits: Limits) -> tuple[Image.Image, float]:
    """The picture itself, as the page shows it."""
    image = _decoded(picture, limits)
    if picture.turn is not None:
        image = image.transpose(picture.turn)
    dpi_x = image.width / (picture.width_points * scale / POINTS_PER_INCH)
    dpi_y = image.height / (picture.height_points * scale / POINTS_PER_INCH)
    image, dpi = square(image, dpi_x, dpi_y, limits)
    if rotation in _PIL_TURNS:
        image = image.transpose(_PIL_TURNS[rotation])
    return image, sane_dpi(*image.size, dpi)


def _decoded(picture: Picture, limits: Limits) -> Image.Image:
    if picture.jpeg:
        try:
            image = open_one(io.BytesIO(bytes(picture.source.get_data())), "JPEG", limits)
            if image.mode in {"L", "RGB"} and image.size == picture.source.get_px_size():
                return to_gray(image)
        except (OSError, ValueError, SyntaxError) as error:
            raise Unfit("damaged") from error
    return _gray(picture.source.get_bitmap())


def _drawn(sheet: pypdfium2.PdfPage, scale: float, limits: Limits) -> tuple[Image.Image, float]:
    """The page as pdfium draws it, annotations and widgets included; a poster gets fewer dots per inch."""
    width, height = sheet.get_width() * scale / POINTS_PER_INCH, sheet.get_height() * scale / POINTS_PER_INCH
    if not (width > 0 and height > 0):
        raise Unfit("damaged")
    dpi = min(DRAWN_DPI, ((limits.page_px * 0.99) / (width * height)) ** 0.5)
    if dpi < _LEAST_DRAWN_DPI:
        raise Unfit("too_large")  # C-03: a huge page box
    check_px(round(width * dpi) or 1, round(height * dpi) or 1, limits)
    return _gray(sheet.render(scale=dpi * scale / POINTS_PER_INCH, grayscale=True)), dpi


def _gray(bitmap: pypdfium2.PdfBitmap) -> Image.Image:
    image: Image.Image = bitmap.to_pil()
    return image if image.mode == "L" else image.convert("L")
