"""Wears a scanned page further: turned, askew, shrunk, cut, faxed, photographed, stained. Repeatable."""

from collections.abc import Callable

import cv2
import numpy as np

from intake.jail.pixels import Gray, PagePixels

Wear = Callable[[PagePixels, np.random.Generator], PagePixels]


def _turned(quarters: int) -> Wear:
    def wear(page: PagePixels, rng: np.random.Generator) -> PagePixels:
        return PagePixels(np.ascontiguousarray(np.rot90(page.gray, quarters)), page.dpi)

    return wear


def _warped(degrees: float, scale: float) -> Wear:
    def wear(page: PagePixels, rng: np.random.Generator) -> PagePixels:
        height, width = page.gray.shape
        sign = 1 if rng.random() < 0.5 else -1
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), sign * degrees, scale)
        matrix[:, 2] += rng.uniform(-0.01, 0.01, 2) * width
        gray = cv2.warpAffine(page.gray, matrix, (width, height), borderValue=235)
        return PagePixels(np.asarray(gray, np.uint8), page.dpi)

    return wear


def _fax(page: PagePixels, rng: np.random.Generator) -> PagePixels:
    """Group 3 fine: 204 x 196 dots an inch, black or white."""
    small = cv2.resize(page.gray, None, fx=200 / page.dpi, fy=200 / page.dpi, interpolation=cv2.INTER_AREA)
    level, _ = cv2.threshold(small, 0, 255, cv2.THRESH_OTSU)
    return PagePixels(np.where(small > min(level + 15, 200), 255, 0).astype(np.uint8), 200.0)


def _perspective(page: PagePixels, rng: np.random.Generator) -> PagePixels:
    """Photographed from a little aside: corners up to 2 % off."""
    height, width = page.gray.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + rng.uniform(-0.02, 0.02, (4, 2)).astype(np.float32) * width
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return PagePixels(np.asarray(cv2.warpPerspective(page.gray, matrix, (width, height), borderValue=200)), page.dpi)


def _coarse(page: PagePixels, rng: np.random.Generator) -> PagePixels:
    small = cv2.resize(page.gray, None, fx=150 / page.dpi, fy=150 / page.dpi, interpolation=cv2.INTER_AREA)
    _, packed = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 35])
    return PagePixels(np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8), 150.0)


def _fine(page: PagePixels, rng: np.random.Generator) -> PagePixels:
    factor = 400 / page.dpi
    big = cv2.resize(page.gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return PagePixels(np.asarray(big, np.uint8), 400.0)


def _pale(page: PagePixels, rng: np.random.Generator) -> PagePixels:
    """Little toner, uneven light."""
    height, width = page.gray.shape
    light = np.linspace(0.75, 1.0, width)[None, :] * np.linspace(0.9, 1.0, height)[:, None]
    return PagePixels(((255 - (255 - page.gray.astype(np.float32)) * 0.6) * light).astype(np.uint8), page.dpi)


def _cut(page: PagePixels, rng: np.random.Generator) -> PagePixels:
    """One edge lost by 12 mm."""
    lost = round(12 / 25.4 * page.dpi)
    edge = int(rng.integers(4))
    gray = (page.gray[lost:], page.gray[:-lost], page.gray[:, lost:], page.gray[:, :-lost])[edge]
    return PagePixels(np.ascontiguousarray(gray), page.dpi)


def _coffee(page: PagePixels, rng: np.random.Generator) -> PagePixels:
    """A cup's ring and a spill."""
    gray = page.gray.astype(np.float32)
    stain = np.zeros(page.gray.shape, np.float32)
    height, width = page.gray.shape
    per_mm = page.dpi / 25.4
    centre = (int(rng.uniform(0.2, 0.8) * width), int(rng.uniform(0.2, 0.8) * height))
    cv2.circle(stain, centre, int(38 * per_mm), 0.35, int(2.5 * per_mm))
    cv2.ellipse(
        stain, (centre[1] % width, centre[0] % height), (int(25 * per_mm), int(12 * per_mm)), 30, 0, 360, 0.2, -1
    )
    soft: Gray = cv2.GaussianBlur(stain, (0, 0), per_mm)
    return PagePixels((gray * (1 - soft)).astype(np.uint8), page.dpi)


def _told_wrong(page: PagePixels, rng: np.random.Generator) -> PagePixels:
    return PagePixels(page.gray, page.dpi * 1.33)


WEARS: dict[str, Wear] = {
    "as it is": lambda page, rng: page,
    "turned 90": _turned(1),
    "turned 180": _turned(2),
    "turned 270": _turned(3),
    "askew 5": _warped(5, 1.0),
    "93 %": _warped(0.5, 0.93),
    "103 %": _warped(0.5, 1.03),
    "fax": _fax,
    "aside": _perspective,
    "150 dpi": _coarse,
    "400 dpi": _fine,
    "pale": _pale,
    "cut": _cut,
    "coffee": _coffee,
    "dpi wrong": _told_wrong,
}
