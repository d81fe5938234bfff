"""The place for a signature on paper: its print, what was put there, worn and scanned, as ink that can be judged.

A scene is a patch around one place, without finding the form first; `makers_set` looks at whole pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace
from typing import cast

import cv2
import numpy as np

from intake.base.filing import Box
from intake.forms.even_light import WORK_DPI, even_light
from intake.forms.face import Face
from intake.jail.pixels import Gray
from intake.read.ink import Ink, Sheet
from tests.bench.signature_marks import DPI, PX, SIGNATURES, Fonts, Layer, blank_layer, spelled, text
from tests.bench.signature_others import OTHERS

SHAPE = (round(58 * PX), round(140 * PX))
BESIDE = ("typed below", "stamp across", "date before")
"""What may lie with a signature, which stays one."""


@dataclass(frozen=True)
class Scene:
    """One place and what is in it."""

    kind: str
    signed: bool | None
    """None: for a person to say."""
    ink: Ink
    box: Box
    worn: Gray


def kinds() -> list[str]:
    """All there are."""
    signs = [f"{name}{more}" for name in SIGNATURES for more in ("", *(f" + {beside}" for beside in BESIDE))]
    return [*signs, "spelled", *OTHERS, "typed + stamp"]


def scene(kind: str, seed: int, fonts: Fonts) -> Scene:
    """A place of a random size with `kind` in it."""
    random = Random(f"{kind} {seed}")  # repeatable, not secret
    box = _place(random)
    printed = _print(box, random, fonts)
    at, size = _spot(box, kind, random)
    ink = _marks(kind, at, size, random, fonts)
    shade = random.uniform(0.45, 0.97)
    if kind in ("smudge", "smear"):
        shade = random.uniform(0.2, 1.0)
    page = 255 - 255 * np.maximum(printed * random.uniform(0.75, 1.0), ink * shade)
    worn, move = _worn(page.astype(np.uint8), random)
    face = _face(printed)
    flat = _flat(worn, move, face.shape)
    ink_seen = Sheet.of(cast("Face", face), flat).ink()
    base = kind.split(" + ")[0]
    signed = True if base in SIGNATURES else None if base == "spelled" else False
    return Scene(kind, signed, ink_seen, box, flat)


def _place(random: Random) -> Box:
    width, height = random.uniform(45, 110), random.choice((random.uniform(7, 12), random.uniform(12, 22)))
    x0, y0 = random.uniform(8, 25), random.uniform(17, 24)
    return x0, y0, x0 + width, y0 + height


def _print(box: Box, random: Random, fonts: Fonts) -> Layer:
    """A line or a frame, and a label."""
    layer, (x0, y0, x1, y1) = blank_layer(SHAPE), box
    low, high = (round(x0 * PX), round(y0 * PX)), (round(x1 * PX), round(y1 * PX))
    style = random.choice(("line", "frame", "none"))
    if style == "frame":
        cv2.rectangle(layer, low, high, 1.0, random.choice((2, 3, 5)))
    if style == "line":
        y = round((y1 - random.uniform(0, 1.5)) * PX)
        cv2.line(layer, (low[0], y), (high[0], y), 1.0, random.choice((2, 3, 5)))
    spot = random.choice(((x0 + 1, y1 + 3.5), (x0 + 1, y0 + 2.5), (x0 + 1, y0 - 1)))
    label = text(SHAPE, "Allekirjoitus ja nimenselvennys", spot, font=random.choice(fonts.typed), height_mm=2.6)
    return np.maximum(layer, label)


def _spot(box: Box, kind: str, random: Random) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where writing begins (on its line) and how far it reaches."""
    x0, y0, x1, y1 = box
    high = random.uniform(0.45, 1.15) * (y1 - y0)
    high = min(max(high, 4.0), 16.0)
    wide = min(random.choice((random.uniform(8, 20), random.uniform(20, 65))), 0.9 * (x1 - x0))
    if kind.startswith(("signed", "spelled")):
        wide = max(wide, min(random.uniform(22, 40), 0.9 * (x1 - x0)))
    if kind.startswith(("typed", "dots", "typewriter", "lines", "tails")):
        wide = x1 - x0 - 4
    y = random.uniform(0.55, 1.0) * (y1 - y0) + y0
    return (random.uniform(x0 + 1, max(x0 + 1.5, x1 - wide - 1)), y), (wide, high)


def _marks(kind: str, at: tuple[float, float], size: tuple[float, float], random: Random, fonts: Fonts) -> Layer:
    base, _, more = kind.partition(" + ")
    mark = {**SIGNATURES, **OTHERS, "spelled": spelled}[base]
    layer = mark(SHAPE, at, size, random, fonts)
    if more == "typed below":
        spot = (at[0] + random.uniform(-2, 12), at[1] + random.uniform(0, 4))
        return np.maximum(layer, OTHERS["typed"](SHAPE, spot, size, random, fonts))
    if more in ("stamp across", "stamp"):
        stamp = OTHERS[random.choice(("round stamp", "square stamp"))]
        return np.maximum(layer, stamp(SHAPE, at, size, random, fonts) * random.uniform(0.5, 0.9))
    if more == "date before":
        date = text(SHAPE, f"{random.randint(1, 28)}.{random.randint(1, 12)}.2015", (max(2, at[0] - 18), at[1]),
                    font=random.choice(fonts.separate), height_mm=random.uniform(3.5, 5.5))  # fmt: skip
        return np.maximum(layer, date)
    return layer


def _face(printed: Layer) -> SimpleNamespace:
    small = cv2.resize(255 - 255 * printed, None, fx=WORK_DPI / DPI, fy=WORK_DPI / DPI, interpolation=cv2.INTER_AREA)
    gray = (np.round(small / 17).astype(np.uint8) * np.uint8(17)).astype(np.uint8)
    return Blank(gray)


class Blank(SimpleNamespace):
    """Of a face, what taking the print out needs."""

    def __init__(self, gray: Gray) -> None:
        super().__init__(gray=gray, shape=gray.shape, extra=np.zeros(gray.shape, np.bool_))

    def __hash__(self) -> int:
        return id(self)


Wear = Callable[[Gray, Random], Gray]


def _worn(page: Gray, random: Random) -> tuple[Gray, np.ndarray]:
    """Blurred, noisy, faxed or copied at some resolution; also how it must be moved to lie on its blank, nearly."""
    dpi = random.choice((150, 150, 200, 200, 300, 300, 400))
    skew = random.uniform(-2, 2)
    matrix = cv2.getRotationMatrix2D((SHAPE[1] / 2, SHAPE[0] / 2), skew, 1.0)
    page = np.asarray(cv2.warpAffine(page, matrix, (SHAPE[1], SHAPE[0]), borderValue=255), np.uint8)
    page = np.asarray(cv2.GaussianBlur(page, (0, 0), random.choice((0.4, 0.8, 1.5, 2.2))), np.uint8)
    page = np.asarray(cv2.resize(page, None, fx=dpi / DPI, fy=dpi / DPI, interpolation=cv2.INTER_AREA), np.uint8)
    noise = np.random.default_rng(random.randrange(1 << 30)).normal(0, random.choice((2, 4, 12)), page.shape)
    page = np.clip(page * random.uniform(0.85, 1.0) + noise, 0, 255).astype(np.uint8)
    way = random.choice(("grey", "grey", "jpeg", "bilevel", "fax"))
    if way == "jpeg":
        _, packed = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, random.randint(15, 70)])
        page = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    if way == "bilevel":
        page = np.where(page > random.randint(120, 195), 255, 0).astype(np.uint8)
    if way == "fax":
        size = page.shape
        fine = random.choice((98, 196))
        small = cv2.resize(
            page, (round(size[1] * 204 / dpi), round(size[0] * fine / dpi)), interpolation=cv2.INTER_AREA
        )
        small = np.where(small > random.randint(140, 185), 255, 0).astype(np.uint8)
        page = np.asarray(cv2.resize(small, (size[1], size[0]), interpolation=cv2.INTER_NEAREST), np.uint8)
    off = np.array([random.gauss(0, 0.06), random.gauss(0, 0.06)]) * PX
    back = cv2.invertAffineTransform(matrix)
    back[:, 2] += off
    work, seen = WORK_DPI / DPI, DPI / dpi
    scale, to_work = np.diag([seen, seen, 1.0]), np.diag([work, work])
    whole = np.vstack([back, [0, 0, 1]]) @ scale
    return page, to_work @ whole[:2]


def _flat(worn: Gray, move: np.ndarray, shape: tuple[int, int]) -> Gray:
    small = cv2.warpAffine(even_light(worn), move, (shape[1], shape[0]), flags=cv2.INTER_AREA, borderValue=255)
    return np.asarray(small, np.uint8)
