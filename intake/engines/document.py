"""document.pdf: the upright pages of a filing, small, and searchable when their text is given.

Black-and-white pages are kept as CCITT group 4 without loss, all others as JPEG. The text lies invisible (text
rendering mode 3) over the words it belongs to. The same pages give the same bytes: no dates, no random ids.
"""

import io
import unicodedata
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject
from reportlab.pdfbase.pdfmetrics import stringWidth

from intake.engines.text import PageText, Word
from intake.pages import Gray

_GRAY_DPI = 200
_BILEVEL_DPI = 300
_JPEG_QUALITY = 80
_POINTS = 72.0
_FONT = "Helvetica"
_ROWS_PER_STRIP = 278
_STRIP_OFFSETS, _STRIP_BYTES = 273, 279


def build_document(pages: Sequence[tuple[Gray, float]], texts: Sequence[PageText] | None = None) -> bytes:
    """A PDF of the pages: (pixels, dots per inch) each, upright.

    `texts`: the words of each page in the same order, in pixels of the page as given; None leaves the pages without
    text. Raises ValueError when the counts differ.
    """
    writer = PdfWriter()
    font = writer._add_object(
        _dictionary(Type="/Font", Subtype="/Type1", BaseFont="/" + _FONT, Encoding="/WinAnsiEncoding")
    )
    each: Sequence[PageText | None] = [None] * len(pages) if texts is None else texts
    for (gray, dpi), text in zip(pages, each, strict=True):
        height, width = gray.shape
        page = writer.add_blank_page(width * _POINTS / dpi, height * _POINTS / dpi)
        image = writer._add_object(_image(gray, dpi))
        page[NameObject("/Resources")] = DictionaryObject(
            {
                NameObject("/XObject"): DictionaryObject({NameObject("/Page"): image}),
                NameObject("/Font"): DictionaryObject({NameObject("/Text"): font}),
            }
        )
        content = DecodedStreamObject()
        content.set_data(_content(width, height, _POINTS / dpi, text))
        page[NameObject("/Contents")] = writer._add_object(content.flate_encode())
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def is_bilevel(gray: Gray) -> bool:
    """Whether black and white say it all: every grey pixel lies at the edge of something black."""
    dark = (gray < 96).astype(np.uint8)
    grey = (gray >= 96) & (gray < 224)
    near_dark = cv2.dilate(dark, np.ones((5, 5), np.uint8)) > 0
    return bool((grey & ~near_dark).mean() < 0.0005)


def _dictionary(**entries: str) -> DictionaryObject:
    return DictionaryObject({NameObject("/" + key): NameObject(value) for key, value in entries.items()})


def _image(gray: Gray, dpi: float) -> DecodedStreamObject:
    """The page as an image object, packed the smaller way that loses nothing that matters."""
    bilevel = is_bilevel(gray)
    gray = _at_most(gray, dpi, _BILEVEL_DPI if bilevel else _GRAY_DPI)
    height, width = gray.shape
    image = DecodedStreamObject()
    image.update(_dictionary(Type="/XObject", Subtype="/Image", ColorSpace="/DeviceGray"))
    image.update({NameObject("/Width"): NumberObject(width), NameObject("/Height"): NumberObject(height)})
    image[NameObject("/BitsPerComponent")] = NumberObject(1 if bilevel else 8)
    if bilevel:
        image.set_data(group4(gray))
        image[NameObject("/Filter")] = NameObject("/CCITTFaxDecode")
        parameters = {"/K": -1, "/Columns": width, "/Rows": height}
        image[NameObject("/DecodeParms")] = DictionaryObject(
            {NameObject(key): NumberObject(value) for key, value in parameters.items()}
        )
    else:
        _, packed = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        image.set_data(packed.tobytes())
        image[NameObject("/Filter")] = NameObject("/DCTDecode")
    return image


def _at_most(gray: Gray, dpi: float, most: int) -> Gray:
    if dpi <= most * 1.1:
        return gray
    size = (round(gray.shape[1] * most / dpi), round(gray.shape[0] * most / dpi))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def group4(gray: Gray) -> bytes:
    """The page as one CCITT group 4 strip, black where darker than the middle."""
    target = io.BytesIO()
    bits = Image.fromarray(np.asarray(gray < 128))  # a set bit is a black run here
    bits.save(target, "TIFF", compression="group4", tiffinfo={_ROWS_PER_STRIP: gray.shape[0]})
    target.seek(0)
    with TiffImageFile(target) as tiff:  # our own bytes of a moment ago, only to find the strip
        (offset,), (length,) = tiff.tag_v2[_STRIP_OFFSETS], tiff.tag_v2[_STRIP_BYTES]
    return target.getvalue()[offset : offset + length]


def _content(width: int, height: int, scale: float, text: PageText | None) -> bytes:
    """Draw the image over the page, then the words invisibly at their places."""
    lines = [f"q {width * scale:.2f} 0 0 {height * scale:.2f} 0 0 cm /Page Do Q".encode()]
    if text is not None and text.words:
        shrink = scale * width / text.width
        lines.append(b"BT 3 Tr")
        lines += [shown for word in text.words if (shown := _word(word, shrink, height * scale))]
        lines.append(b"ET")
    return b"\n".join(lines)


def _word(word: Word, scale: float, page_height: float) -> bytes:
    """One word stretched over its box, a space after it so that words stay apart when copied."""
    shown = printable(word.text)
    x0, y0, x1, y1 = (edge * scale for edge in word.box)
    size = max(y1 - y0, 1.0)
    natural = stringWidth(shown, _FONT, size)
    if not shown or natural <= 0:
        return b""
    stretch = 100.0 * (x1 - x0) / natural
    escaped = shown.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("cp1252")
    place = f"/Text {size:.2f} Tf {stretch:.1f} Tz 1 0 0 1 {x0:.2f} {page_height - y1 + 0.2 * size:.2f} Tm "
    return place.encode() + b"(" + escaped + b" ) Tj"


def printable(text: str) -> str:
    """`text` in the characters the built-in font knows: accents it lacks fall off, the rest is left out."""
    kept = []
    for character in text:
        bare = unicodedata.normalize("NFKD", character)[0]
        for candidate in (character, bare):
            if candidate.encode("cp1252", errors="ignore"):
                kept.append(candidate)
                break
    return "".join(kept)
