"""Fills a blank as a person would, with text, combs, ticks and signatures drawn over its pixels, and scans it.

The scanner is software: a page lies a little askew on the glass, and comes out as a file.
"""

import io
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

import cv2
import numpy as np
import pypdfium2
from PIL import Image
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from intake.base.filing import Box
from intake.forms.model import Definition, Field, Place
from intake.jail.pixels import Gray

POINTS = 72 / 25.4
_STEPS = 24
"""Points of one loop of a signature."""
Tick = Literal["cross", "check", "thick", "circled", "overflow"]
_A_DAY = time.struct_time((2015, 3, 2, 12, 0, 0, 0, 61, 0))


@dataclass(frozen=True, slots=True)
class Hand:
    """A way of writing."""

    font: str = "Helvetica"
    """A font reportlab knows; handwriting fonts must be registered first."""
    size: float = 11.0
    """Points; made smaller where the field is narrow."""
    tick: Tick = "cross"
    grey: float = 0.12
    pen_mm: float = 0.4
    wander_mm: float = 0.0
    """How far writing strays from where it should be."""
    tilt_degrees: float = 0.0


PRINT = Hand()
"""Neat typing: the filler's usual hand."""


def fill(
    definition: Definition, values: Mapping[str, str], *, hand: Hand = PRINT, dpi: int = 300, seed: int = 0
) -> tuple[Gray, ...]:
    """Pixels of the blank's pages with `values` written in.

    `values`: by key; the option for a radio group, any text for a tick or a signature. Keys left out stay empty.
    Raises KeyError for a key the form does not have.
    """
    overlay = pypdfium2.PdfDocument(_overlay(definition, values, hand, seed))
    blank = pypdfium2.PdfDocument(definition.blank)
    try:
        pages = []
        for number in range(len(definition.pages)):
            printed = blank[number].render(scale=dpi / 72, grayscale=True, may_draw_forms=False).to_numpy()
            written = overlay[number].render(scale=dpi / 72, grayscale=True, may_draw_forms=False).to_numpy()
            pages.append(_together(printed, written))
    finally:
        overlay.close()
        blank.close()
    return tuple(pages)


def _together(printed: Gray, written: Gray) -> Gray:
    """Ink over print; the two renderings may differ by a pixel in size."""
    page, ink = np.squeeze(printed), np.squeeze(written)
    height, width = min(page.shape[0], ink.shape[0]), min(page.shape[1], ink.shape[1])
    both = page.copy()
    both[:height, :width] = np.minimum(page[:height, :width], ink[:height, :width])
    return both


def _overlay(definition: Definition, values: Mapping[str, str], hand: Hand, seed: int) -> bytes:
    """A PDF with nothing but the writing."""
    random = Random(seed)  # noqa: S311  # repeatable, not secret
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    asked = [(definition.field(key), value) for key, value in values.items()]
    for number, size in enumerate(definition.pages, start=1):
        canvas.setPageSize((size.width_mm * POINTS, size.height_mm * POINTS))
        writer = _Writer(canvas, size.height_mm, hand, random)
        for field, value in asked:
            for place in _places(field, value):
                if place.page == number:
                    writer.write(field, place, value)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _places(field: Field, value: str) -> tuple[Place, ...]:
    """A radio group is ticked at its option, other fields are written at their first place."""
    if field.kind == "radio":
        return tuple(place for place in field.places if place.option == value)
    return field.places[:1]


@dataclass(frozen=True, slots=True)
class _Writer:
    canvas: Canvas
    page_height_mm: float
    hand: Hand
    random: Random

    def write(self, field: Field, place: Place, value: str) -> None:
        self.canvas.saveState()
        self.canvas.setStrokeGray(self.hand.grey)
        self.canvas.setFillGray(self.hand.grey)
        self.canvas.setLineWidth(self.hand.pen_mm * POINTS)
        self.canvas.setLineCap(1)
        box = self._strayed(place.box_mm)
        if field.kind in ("check", "radio"):
            self._tick(box)
        elif field.kind == "signature":
            self._signature(box)
        elif place.cells:
            self._comb(box, place.cells, value)
        else:
            self._text(box, value)
        self.canvas.restoreState()

    def _strayed(self, box: Box) -> tuple[float, float, float, float]:
        """`box` in points from the bottom left, shifted as the hand wanders."""
        dx, dy = (self.random.uniform(-self.hand.wander_mm, self.hand.wander_mm) for _ in range(2))
        x0, y0, x1, y1 = box
        return (
            (x0 + dx) * POINTS,
            (self.page_height_mm - y1 + dy) * POINTS,
            (x1 + dx) * POINTS,
            (self.page_height_mm - y0 + dy) * POINTS,
        )

    def _text(self, box: Box, value: str) -> None:
        x0, y0, x1, y1 = box
        size = min(self.hand.size, (y1 - y0) * 0.78)
        room = x1 - x0 - 4
        if y1 - y0 > 15 * POINTS:
            self._lines(value, box, size)
            return
        natural = stringWidth(value, self.hand.font, size)
        if natural > room:
            size = max(5.0, size * room / natural)
        self.canvas.saveState()
        self.canvas.translate(x0 + 2, y0 + max(1.2, (y1 - y0 - size) * 0.35))
        self.canvas.rotate(self.random.uniform(-1, 1) * self.hand.tilt_degrees)
        self.canvas.setFont(self.hand.font, size)
        self.canvas.drawString(0, 0, value)
        self.canvas.restoreState()

    def _lines(self, value: str, box: Box, size: float) -> None:
        x0, y0, x1, y1 = box
        self.canvas.setFont(self.hand.font, size)
        y = y1 - size
        for line in simpleSplit(value, self.hand.font, size, x1 - x0 - 6):
            if y < y0 + 1:
                return
            self.canvas.drawString(x0 + 3, y, line)
            y -= size * 1.35

    def _comb(self, box: Box, cells: int, value: str) -> None:
        x0, y0, x1, y1 = box
        cell = (x1 - x0) / cells
        size = min(self.hand.size * 1.05, (y1 - y0) * 0.9, cell * 1.5)
        self.canvas.setFont(self.hand.font, size)
        for number, character in enumerate(value.replace(" ", "")[:cells]):
            stray = self.random.uniform(-0.3, 0.3) * self.hand.wander_mm * POINTS
            width = stringWidth(character, self.hand.font, size)
            self.canvas.drawString(
                x0 + (number + 0.5) * cell - width / 2 + stray, y0 + (y1 - y0 - size * 0.72) / 2 + stray, character
            )

    def _tick(self, box: Box) -> None:
        x0, y0, x1, y1 = box
        style = self.hand.tick
        grown = {"overflow": 0.45, "circled": 0.0, "check": 0.12}.get(style, -0.08) * (x1 - x0)
        x0, y0, x1, y1 = x0 - grown, y0 - grown, x1 + grown, y1 + grown
        wobble = (x1 - x0) * 0.06
        stray = [self.random.uniform(-wobble, wobble) for _ in range(4)]
        if style == "circled":
            self.canvas.ellipse(x0 - 2, y0 - 2, x1 + 2, y1 + 2)
        if style == "thick":
            self.canvas.setLineWidth(self.hand.pen_mm * POINTS * 2.2)
        if style == "check":
            middle = x0 + (x1 - x0) * 0.36 + stray[0]
            self.canvas.line(x0, y0 + (y1 - y0) * 0.5, middle, y0 + stray[1])
            self.canvas.line(middle, y0 + stray[1], x1 + stray[2], y1 + stray[3])
            return
        self.canvas.line(x0 + stray[0], y0, x1, y1 + stray[1])
        self.canvas.line(x0, y1 + stray[2], x1 + stray[3], y0)

    def _signature(self, box: Box) -> None:
        """A scribble: loops of uneven height running along the line, as a cycloid does, the first one tall."""
        x0, y0, x1, y1 = box
        height = min((y1 - y0) * 0.75, 10 * POINTS)
        width = min(x1 - x0 - 10 - height, 62 * POINTS) * self.random.uniform(0.6, 0.9)
        loops = max(3, round(width / (height * self.random.uniform(0.6, 0.8))))
        tall = [1.0, *(self.random.choice((0.65, 0.75, 0.95)) for _ in range(loops))]
        start, middle = x0 + 6, y0 + (y1 - y0) * 0.45
        path = self.canvas.beginPath()
        for step in range(loops * _STEPS + 1):
            part, turn = divmod(step / _STEPS, 1.0)
            rise = tall[int(part)] * (1 - turn) + tall[min(int(part) + 1, loops)] * turn
            angle = 2 * math.pi * turn
            x = start + width * step / (loops * _STEPS) + rise * height * (0.38 * math.sin(angle) + 0.12)
            y = middle - math.cos(angle) * rise * height / 2
            path.lineTo(x, y) if step else path.moveTo(x, y)
        self.canvas.drawPath(path, stroke=1, fill=0)


def scanned(gray: Gray, *, skew_degrees: float = 0.0, seed: int = 0, noise: float = 4.0) -> Gray:
    """The page as a scanner sees it: turned by `skew_degrees`, shifted a little, paper not quite white, some noise."""
    random = np.random.default_rng(seed)
    height, width = gray.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), skew_degrees, 1.0)
    turn[:, 2] += random.uniform(-0.006, 0.006, 2) * width
    turned = cv2.warpAffine(gray, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=250)
    soft = cv2.GaussianBlur(turned, (3, 3), 0.6).astype(np.float32)
    soft = soft * random.uniform(0.93, 0.98) + random.normal(0, noise, gray.shape).astype(np.float32)
    return np.clip(soft, 0, 255).astype(np.uint8)


def scan_pdf(pages: Sequence[Gray], *, dpi: int = 300, quality: int = 75) -> bytes:
    """The pages as a scanner's PDF: one JPEG each."""
    images = [Image.fromarray(page) for page in pages]
    buffer = io.BytesIO()
    images[0].save(
        buffer, "PDF", save_all=True, append_images=images[1:], resolution=dpi, quality=quality,
        producer="Vireille trial", creationDate=_A_DAY, modDate=_A_DAY,
    )  # fmt: skip
    return buffer.getvalue()
