"""A blank PDF drawn as a printer would: its pages upright, and apart from them the frames of its fields.

Whether the frames that fields draw around themselves come out on paper depends on the program that prints; so they
are kept apart from the print. Default values of fields are not print and are left out of both.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, NameObject

from intake.base.errors import BadFile
from intake.forms.even_light import WORK_DPI
from intake.jail.pixels import Gray

Bits = NDArray[np.bool_]
_MOST_PIXELS = 40_000_000
_MM_PER_POINT = 25.4 / 72
_DARKER = 40  # greys by which a field's frame must differ from the paper


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """One page of a blank at `WORK_DPI`."""

    gray: Gray
    extra: Bits | None
    """Where fields may draw a frame or an arrow; None: nowhere."""
    width_mm: float
    height_mm: float


def draw_blank(blank: Path) -> Iterator[RenderedPage]:
    """The pages of a blank PDF, upright and cropped as a person sees them.

    Raises:
        BadFile: the blank cannot be opened or a page cannot be drawn.
    """
    try:
        plain = pdfium.PdfDocument(blank)
        framed = _with_empty_fields(blank)
        for number in range(len(plain)):
            yield _draw(blank, plain[number], None if framed is None else framed[number])
    except pdfium.PdfiumError as error:
        raise BadFile(blank, f"not a PDF that can be drawn: {error}") from error


def _draw(blank: Path, page: pdfium.PdfPage, framed: pdfium.PdfPage | None) -> RenderedPage:
    width, height = page.get_size()
    if not 0 < width * height * (2 * WORK_DPI / 72) ** 2 <= _MOST_PIXELS:
        raise BadFile(blank, "a page is too large to be a form")
    gray = _pixels(page, fields=False)
    extra = None
    if framed is not None:
        darker = gray.astype(np.int16) - _pixels(framed, fields=True) > _DARKER
        extra = darker if bool(darker.any()) else None
    return RenderedPage(gray, extra, width * _MM_PER_POINT, height * _MM_PER_POINT)


def _pixels(page: pdfium.PdfPage, *, fields: bool) -> Gray:
    """Drawn at twice the resolution and averaged: hairlines keep the weight a scanner would give them."""
    width, height = page.get_size()
    scale = WORK_DPI / 72
    bitmap = page.render(scale=2 * scale, grayscale=True, may_draw_forms=fields, draw_annots=fields)
    drawn = np.ascontiguousarray(bitmap.to_numpy().reshape(bitmap.height, bitmap.width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8)


def _with_empty_fields(blank: Path) -> pdfium.PdfDocument | None:
    """The blank with its fields emptied, to draw their frames; None where it has none or pypdf cannot rewrite it."""
    try:
        reader = PdfReader(blank)
        if reader.is_encrypted:
            reader.decrypt("")
        writer = PdfWriter(clone_from=reader)
        if not _empty_fields(writer):
            return None
        buffer = io.BytesIO()
        writer.write(buffer)
        document = pdfium.PdfDocument(buffer.getvalue())
        if document.get_formtype() == pdfium.raw.FORMTYPE_ACRO_FORM:
            document.init_forms()
        return document
    except (PyPdfError, pdfium.PdfiumError, ValueError, KeyError, TypeError, AttributeError):
        return None  # the frames are a refinement; the page itself is drawn without them


def _empty_fields(writer: PdfWriter) -> bool:
    """Takes the values out of all fields; whether there was a field at all."""
    any_field = False
    for page in writer.pages:
        for reference in page.get("/Annots") or ():
            widget = reference.get_object()
            if not isinstance(widget, DictionaryObject) or widget.get("/Subtype") != "/Widget":
                continue
            any_field = True
            owner: DictionaryObject | None = widget
            while owner is not None:
                if owner.get("/FT") == "/Btn" or "/AS" in owner:
                    widget[NameObject("/AS")] = NameObject("/Off")
                elif owner.get("/V") not in (None, ""):
                    widget.pop("/AP", None)
                for key in ("/V", "/DV"):
                    owner.pop(key, None)
                parent = owner.get("/Parent")
                owner = parent.get_object() if parent is not None else None
    return any_field
