"""Draws small official-looking forms and scans them in software: the paper that these tests look at."""

import random
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from reportlab.pdfgen.canvas import Canvas

from intake.forms.face import make_face_file
from intake.forms.model import Definition, Field, PageSize, Place
from intake.forms.rendered_blank import draw_blank
from intake.jail.pixels import Gray, OpenedScan, PagePixels

WIDTH, HEIGHT = 210.0, 297.0
DPI = 200
_MM = 72 / 25.4
_SYLLABLES = ("ha", "ke", "mus", "va", "ro", "tie", "lu", "pa", "si", "no", "moi", "tus", "ver", "ko", "ti", "as", "un")
TEXT_BOX = (25.0, 60.0, 120.0, 69.0)
TICKS = {"kylla": (25.0, 90.0, 29.0, 94.0), "ei": (55.0, 90.0, 59.0, 94.0)}
NEXT_BOX = (25.0, 69.0, 120.0, 78.0)
SIGNATURE = (25.0, 260.0, 110.0, 272.0)


@dataclass(frozen=True)
class Edition:
    """What is printed."""

    form: str
    edition: str
    language: str = "fi"
    seed: int = 1
    """Same seed, same words."""
    mark: str = ""
    pages: int = 2
    rule_points: float = 1.0
    """How thick the boxes for writing are drawn."""
    link: str = ""
    """Printed pale, as a link's blue comes out in grey."""


def _words(rng: random.Random, count: int) -> str:
    return " ".join("".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(count))


def _box(canvas: Canvas, box: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = box
    canvas.rect(x0 * _MM, (HEIGHT - y1) * _MM, (x1 - x0) * _MM, (y1 - y0) * _MM)


def draw(edition: Edition, path: Path) -> None:
    """The blank as a PDF."""
    canvas = Canvas(str(path), pagesize=(WIDTH * _MM, HEIGHT * _MM), invariant=1)
    for page in range(1, edition.pages + 1):
        rng = random.Random(edition.seed * 100 + page)
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(25 * _MM, (HEIGHT - 25) * _MM, _words(rng, 4))
        canvas.setFont("Helvetica", 8)
        for line in range(6):
            canvas.drawString(25 * _MM, (HEIGHT - 32 - 4 * line) * _MM, _words(rng, 12))
        for row in range(10):
            y = 100 + 15 * row
            canvas.drawString(25 * _MM, (HEIGHT - y - 3) * _MM, _words(rng, rng.randint(3, 8)))
            _box(canvas, (25, y + 4, 25 + rng.choice([60, 90, 120]), y + 12))
        for box in TICKS.values():
            _box(canvas, box)
        canvas.setLineWidth(edition.rule_points)
        for box in (TEXT_BOX, NEXT_BOX):
            _box(canvas, box)
        canvas.setLineWidth(1)
        canvas.line(25 * _MM, (HEIGHT - 272) * _MM, 110 * _MM, (HEIGHT - 272) * _MM)
        canvas.drawString(25 * _MM, (HEIGHT - 285) * _MM, f"{edition.form} {edition.mark}  {page}/{edition.pages}")
        canvas.setFont("Helvetica", 12)
        canvas.setFillGray(0.46)
        canvas.drawString(110 * _MM, (HEIGHT - 285) * _MM, edition.link)
        canvas.showPage()
    canvas.save()


def define(edition: Edition, folder: Path) -> Definition:
    """The definition of a drawn edition, its blank and face written."""
    stem = folder / f"{edition.form}-{edition.edition}-{edition.language}"
    blank, face = stem.with_suffix(".pdf"), stem.with_suffix(".face")
    draw(edition, blank)
    face.write_bytes(make_face_file(blank))
    options = tuple(Place(page=1, box_mm=box, option=name) for name, box in TICKS.items())
    fields = (
        Field(key="nimi", kind="text", value="name", places=(Place(page=1, box_mm=TEXT_BOX),)),
        Field(key="osoite", kind="text", value="plain", places=(Place(page=1, box_mm=NEXT_BOX),)),
        Field(key="laji", kind="radio", places=options),
        Field(key="allekirjoitus", kind="signature", places=(Place(page=1, box_mm=SIGNATURE),)),
        Field(key="lisatieto", kind="text", places=(Place(page=2, box_mm=TEXT_BOX),)),
    )
    return Definition(
        provider="demo", form=edition.form, edition=edition.edition, language=edition.language,
        pages=(PageSize(width_mm=WIDTH, height_mm=HEIGHT),) * edition.pages,
        fields=fields, blank=blank, face=face,
    )  # fmt: skip


def printed(definition: Definition, page: int = 1) -> Gray:
    """A page of the blank as a scanner sees it, with a little noise."""
    drawn = list(draw_blank(definition.blank))[page - 1].gray
    size = (round(WIDTH / 25.4 * DPI), round(HEIGHT / 25.4 * DPI))
    gray = cv2.resize(drawn, size, interpolation=cv2.INTER_LINEAR).astype(np.float32)
    noise = np.random.default_rng(page).normal(0, 3, gray.shape)
    return np.clip(gray * 0.93 + 8 + noise, 0, 255).astype(np.uint8)


def scan(*pages: Gray) -> OpenedScan:
    """Pages as they come out of the jail."""
    return OpenedScan(tuple(PagePixels(gray, float(DPI)) for gray in pages))


def px(mm: float) -> int:
    """Millimetres in pixels of the scan."""
    return round(mm / 25.4 * DPI)


def write(gray: Gray, text: str, x_mm: float, y_mm: float, *, ink: int = 60, height_mm: float = 4.0) -> Gray:
    """`gray` with pen-like writing whose base line starts at x, y."""
    out = gray.copy()
    scale = px(height_mm) / 22
    cv2.putText(out, text, (px(x_mm), px(y_mm)), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, scale, int(ink), 3, cv2.LINE_AA)
    return out


def warp(gray: Gray, *, degrees: float = 0.0, scale: float = 1.0) -> Gray:
    """`gray` laid askew and scaled on a sheet of the same size."""
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    return np.asarray(cv2.warpAffine(gray, matrix, (width, height), borderValue=240), np.uint8)


def letter() -> Gray:
    """A page of text that is no form of ours."""
    gray = np.full((px(HEIGHT), px(WIDTH)), 245, np.uint8)
    rng = random.Random(99)
    for line in range(45):
        text = _words(rng, 9)
        cv2.putText(gray, text, (px(20), px(30 + 5.5 * line)), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 30, 2, cv2.LINE_AA)
    return gray


def empty() -> Gray:
    """A blank sheet with dust."""
    gray = np.full((px(HEIGHT), px(WIDTH)), 245, np.uint8)
    for x, y in ((50, 80), (120, 200), (160, 30)):
        cv2.circle(gray, (px(x), px(y)), 3, 60, -1)
    return gray
