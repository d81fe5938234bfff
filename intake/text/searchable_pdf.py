"""document.pdf: the upright pages of a filing, small, and searchable when their text is given.

fpdf2 writes it. Black-and-white pages are kept as CCITT group 4 without loss, all others as JPEG. The text lies
invisible over the words it belongs to. The same pages give the same bytes: no dates, no random ids.
Which libraries were weighed stands in `DOCUMENT.md`.
"""

import io
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

import cv2
import numpy as np
from fpdf import FPDF
from fpdf.enums import TextMode
from PIL import Image

from intake.jail.pixels import Gray
from intake.text.tesseract import PageText

_GRAY_DPI = 200
_BILEVEL_DPI = 300
_JPEG_QUALITY = 80
_POINTS = 72.0
_FONT, _ENCODING = "Helvetica", "windows-1252"
_ALWAYS = datetime(1980, 1, 1, tzinfo=UTC)


def build_document(pages: Sequence[tuple[Gray, float]], texts: Sequence[PageText] | None = None) -> bytes:
    """A PDF of the pages: (pixels, dots per inch) each, upright.

    `texts`: the words of each page in the same order, in pixels of the page as given; None leaves the pages without
    text. Raises ValueError when the counts differ.
    """
    document = FPDF(unit="pt")
    document.core_fonts_encoding = _ENCODING
    document.set_auto_page_break(auto=False)
    document.set_creation_date(_ALWAYS)
    document.set_producer("")
    each: Sequence[PageText | None] = [None] * len(pages) if texts is None else texts
    for (gray, dpi), text in zip(pages, each, strict=True):
        width, height = gray.shape[1] * _POINTS / dpi, gray.shape[0] * _POINTS / dpi
        document.add_page(format=(width, height))
        document.image(_picture(gray, dpi), 0, 0, width, height)
        if text is not None:
            _write_invisibly(document, text, width / text.width)
    return bytes(document.output())


def is_bilevel(gray: Gray) -> bool:
    """Whether black and white say it all: every grey pixel lies at the edge of something black."""
    dark = (gray < 96).astype(np.uint8)
    grey = (gray >= 96) & (gray < 224)
    near_dark = cv2.dilate(dark, np.ones((5, 5), np.uint8)) > 0
    return bool((grey & ~near_dark).mean() < 0.0005)


def _picture(gray: Gray, dpi: float) -> Image.Image | io.BytesIO:
    """The page packed the smaller way that loses nothing: fpdf2 writes one bit as group 4, and JPEG as it comes."""
    bilevel = is_bilevel(gray)
    most = _BILEVEL_DPI if bilevel else _GRAY_DPI
    if dpi > most * 1.1:
        size = (round(gray.shape[1] * most / dpi), round(gray.shape[0] * most / dpi))
        gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if bilevel:
        return Image.fromarray(np.asarray(gray >= 128))
    _, packed = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return io.BytesIO(packed.tobytes())


def _write_invisibly(document: FPDF, text: PageText, scale: float) -> None:
    """Each word stretched over its box, a space after it so that words stay apart when copied."""
    with document.local_context(text_mode=TextMode.INVISIBLE):
        for word in text.words:
            shown = printable(word.text)
            x0, y0, x1, y1 = (edge * scale for edge in word.box)
            size = max(y1 - y0, 1.0)
            document.set_stretching(100)
            document.set_font(_FONT, size=size)
            natural = document.get_string_width(shown)
            if natural > 0:
                document.set_stretching(100 * (x1 - x0) / natural)
                document.text(x0, y1 - 0.2 * size, shown + " ")
        document.set_stretching(100)


def printable(text: str) -> str:
    """`text` in the characters the built-in font knows: accents it lacks fall off, the rest is left out."""
    kept = []
    for character in text:
        bare = unicodedata.normalize("NFKD", character)[0]
        for candidate in (character, bare):
            if candidate.encode(_ENCODING, errors="ignore"):
                kept.append(candidate)
                break
    return "".join(kept)
