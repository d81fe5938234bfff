"""What happens to paper between the kitchen table and the scanner, each from 0 (nothing) to 1 (bad but legible).

`dirty(page, kind, strength, seed)` does one thing; `mixed(page, seed, strength)` a few at once, as life does, and
`hard` what life does seldom: folds, coloured paper, carbon copies, a copy of a copy sent by fax.
All work on grey pages at any resolution, keep their size unless said otherwise, and repeat with the same seed.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray

Random = np.random.Generator
Spoiler = Callable[[Gray, float, Random], Gray]
PAPER = 250


def dirty(page: Gray, kind: str, strength: float, *, seed: int = 0) -> Gray:
    """One kind of damage. Raises KeyError for an unknown kind."""
    return SPOILERS[kind](page, strength, np.random.default_rng(seed))


def mixed(page: Gray, *, seed: int, strength: float = 0.5) -> Gray:
    """Geometry, then stains, then the scanner's own faults: three to five of them."""
    random = np.random.default_rng(seed)
    order = ["scale", "skew", "shift", "stain", "holes", "show_through", "noise", "blur", "jpeg"]
    chosen = set(random.choice(len(order), size=int(random.integers(3, 6)), replace=False))
    for number, kind in enumerate(order):
        if number in chosen:
            page = SPOILERS[kind](page, strength * float(random.uniform(0.5, 1)), random)
    return page


def hard(page: Gray, *, seed: int, strength: float) -> Gray:
    """Two or three of the kinds that office scanners seldom see, after one that they often do."""
    random = np.random.default_rng(seed)
    usual, seldom = ("scale", "skew", "shift", "stain"), ["fold", "show_through", "tint", "carbon", "copied"]
    chosen = set(random.choice(len(seldom), size=int(random.integers(2, 4)), replace=False).tolist())
    for kind in (str(random.choice(usual)), *(kind for number, kind in enumerate(seldom) if number in chosen)):
        page = SPOILERS[kind](page, strength * float(random.uniform(0.6, 1)), random)
    return SPOILERS["noise"](page, 0.3 * strength, random)


def turned(page: Gray, degrees: int) -> Gray:
    """Turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(page, -degrees // 90))


def _float(page: Gray) -> NDArray[np.float32]:
    return page.astype(np.float32)


def _grey(page: NDArray[np.float32]) -> Gray:
    return np.clip(page, 0, 255).astype(np.uint8)


def _warped(page: Gray, matrix: NDArray[np.float64]) -> Gray:
    height, width = page.shape
    return cv2.warpAffine(page, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=PAPER).astype(np.uint8)


def _skew(page: Gray, strength: float, random: Random) -> Gray:
    """Up to 5 degrees, either way."""
    height, width = page.shape
    angle = float(random.choice([-1, 1])) * 5 * strength
    return _warped(page, cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0))


def _scale(page: Gray, strength: float, random: Random) -> Gray:
    """Printed to fit: up to 6 % smaller."""
    height, width = page.shape
    return _warped(page, cv2.getRotationMatrix2D((width / 2, height / 2), 0, 1 - 0.06 * strength))


def _shift(page: Gray, strength: float, random: Random) -> Gray:
    """Up to 4 % of the width, any way."""
    dx, dy = random.uniform(-0.04, 0.04, 2) * strength * page.shape[1]
    return _warped(page, np.array([[1, 0, dx], [0, 1, dy]], np.float64))


def _perspective(page: Gray, strength: float, random: Random) -> Gray:
    """Taken with a camera, or lifted at a corner."""
    height, width = page.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + random.uniform(-0.03, 0.03, (4, 2)).astype(np.float32) * strength * width
    matrix = cv2.getPerspectiveTransform(corners, moved)
    return cv2.warpPerspective(page, matrix, (width, height), borderValue=PAPER).astype(np.uint8)


def _noise(page: Gray, strength: float, random: Random) -> Gray:
    """Grain and dust."""
    noisy = _float(page) + random.normal(0, 26 * strength, page.shape).astype(np.float32)
    dust = random.random(page.shape) < 0.0004 * strength
    noisy[dust] = random.uniform(0, 255)
    return _grey(noisy)


def _blur(page: Gray, strength: float, random: Random) -> Gray:
    return cv2.GaussianBlur(page, (0, 0), 0.3 + 2.2 * strength).astype(np.uint8)


def _jpeg(page: Gray, strength: float, random: Random) -> Gray:
    quality = int(85 - 70 * strength)
    _, data = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _bilevel(page: Gray, strength: float, random: Random) -> Gray:
    """Black and white, the threshold drifting from what a person would choose."""
    return np.where(page > 190 - 70 * strength, 255, 0).astype(np.uint8)


def _fax(page: Gray, strength: float, random: Random) -> Gray:
    """Black and white at 204 x 98 dpi (strength 1) or 204 x 196 (below a half), lines lost now and then."""
    height, width = page.shape
    down = 0.33 if strength >= 0.5 else 0.65
    small = cv2.resize(page, (int(width * 0.68), int(height * down)), interpolation=cv2.INTER_AREA)
    small = np.where(small > 170, 255, 0).astype(np.uint8)
    small[random.random(small.shape[0]) < 0.004 * strength] = 0
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def _stain(page: Gray, strength: float, random: Random) -> Gray:
    """Coffee: rings and a splash."""
    height, width = page.shape
    shade = np.zeros(page.shape, np.float32)
    for _ in range(1 + int(2 * strength)):
        centre = (int(random.uniform(0.1, 0.9) * width), int(random.uniform(0.1, 0.9) * height))
        radius = int(random.uniform(0.08, 0.14) * width)
        cv2.circle(shade, centre, radius, 70.0 * strength, thickness=max(2, width // 120))
        cv2.circle(shade, centre, radius, 25.0 * strength, thickness=-1)
    return _grey(_float(page) - cv2.GaussianBlur(shade, (0, 0), width / 400))


def _holes(page: Gray, strength: float, random: Random) -> Gray:
    """Two punch holes at the left edge, dark or white behind."""
    page = page.copy()
    height, width = page.shape
    for share in (0.365, 0.635):
        centre = (int(0.055 * width), int(height * share))
        cv2.circle(page, centre, int(width * 0.014 * (0.6 + 0.6 * strength)), int(random.choice([20, PAPER])), -1)
    return page


def _show_through(page: Gray, strength: float, random: Random) -> Gray:
    """The other side of thin paper, mirrored and soft."""
    back = cv2.GaussianBlur(np.ascontiguousarray(page[:, ::-1]), (0, 0), page.shape[1] / 500)
    return _grey(_float(page) - (255 - _float(back)) * 0.35 * strength)


def _pencil(page: Gray, strength: float, random: Random) -> Gray:
    """Everything a little fainter, with a pencil's grain."""
    grain = random.uniform(0.75, 1.0, page.shape).astype(np.float32)
    return _grey(255 - (255 - _float(page)) * (1 - 0.65 * strength) * grain)


def _cut_corner(page: Gray, strength: float, random: Random) -> Gray:
    """A corner torn off; the scanner's lid is dark behind."""
    page = page.copy()
    height, width = page.shape
    size = int(0.25 * strength * width)
    right, low = random.integers(0, 2, 2)
    x, y = (width if right else 0), (height if low else 0)
    points = np.array([[x, y], [x - size if right else size, y], [x, y - size if low else size]], np.int32)
    cv2.fillPoly(page, [points], 60)
    return page


def _faded(page: Gray, strength: float, random: Random) -> Gray:
    """A tired copier: contrast gone, the ground grey."""
    return _grey(_float(page) * (1 - 0.45 * strength) + 60 * strength)


def _fold(page: Gray, strength: float, random: Random) -> Gray:
    """Folded for an envelope: each part a little lighter or darker than the next, the crease worn, all a little off."""
    shaded, height = _float(page), page.shape[0]
    for share in (0.333, 0.667):
        y = int(height * (share + random.uniform(-0.02, 0.02)))
        shaded[y:] = (
            np.roll(shaded[y:], int(random.integers(-2, 3) * strength), axis=1) - 14 * strength * random.random()
        )
        rows = np.abs(np.arange(height) - y)[:, None]
        crease = np.exp(-((rows / (height / 1200)) ** 2)) * random.choice([-70, 60]) * strength
        shaded += (crease * random.uniform(0.3, 1, (1, page.shape[1]))).astype(np.float32)
    return _grey(shaded)


def _tint(page: Gray, strength: float, random: Random) -> Gray:
    """Coloured paper as a grey scanner sees it, its fibres too."""
    fibres = cv2.GaussianBlur(random.normal(0, 14, page.shape).astype(np.float32), (0, 0), 1.5)
    return _grey(_float(page) * (1 - strength * float(random.uniform(0.15, 0.45))) + fibres * strength)


def _carbon(page: Gray, strength: float, random: Random) -> Gray:
    """The lower sheet of a pad: soft, faint, uneven, with smears where a hand lay."""
    shape = page.shape
    soft = cv2.GaussianBlur(_float(page), (0, 0), 0.4 + 1.2 * strength)
    coarse = cv2.resize(random.random((24, 17)).astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    smear = np.clip(coarse - 0.75, 0, 1) * 90 * strength
    return _grey(255 - (255 - soft) * (1 - 0.5 * strength * (0.5 + 0.7 * coarse)) - smear)


def _copied(page: Gray, strength: float, random: Random) -> Gray:
    """Copied, strokes grown or broken and specks about, then sent by fax."""
    grown = cv2.erode(page, np.ones((2, 2), np.uint8)) if random.random() < 0.5 else cv2.GaussianBlur(page, (0, 0), 1.0)
    harsh = _float(np.asarray(grown, np.uint8)) * 1.25 - 25 + random.normal(0, 22 * strength, page.shape)
    harsh[random.random(page.shape) < 0.0006 * strength] = 0
    small = cv2.resize(_grey(harsh), None, fx=0.68, fy=0.65 if strength < 0.7 else 0.45, interpolation=cv2.INTER_AREA)
    small = np.where(small > 175 - 20 * strength, 255, 0).astype(np.uint8)
    return np.asarray(cv2.resize(small, page.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _photo(page: Gray, strength: float, random: Random) -> Gray:
    """Taken by a telephone on a table: from aside, a shadow over a part, light falling off, not quite in focus."""
    height, width = page.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inset = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32) * 0.02 * width
    moved = corners + inset + random.uniform(-0.035, 0.035, (4, 2)).astype(np.float32) * strength * width
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    table = int(random.integers(60, 150))
    seen = _float(np.asarray(cv2.warpPerspective(page, matrix, (width, height), borderValue=table), np.uint8))
    x, y = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32))
    angle = float(random.uniform(0, 2 * np.pi))
    across = x * np.cos(angle) + y * np.sin(angle) - float(random.uniform(-0.5, 0.5))
    shadow = 1 - 0.5 * strength / (1 + np.exp(-across / float(random.uniform(0.02, 0.2))))
    light = (1 - 0.25 * strength * (x**2 + y**2) / 2) * shadow
    blurred = cv2.GaussianBlur(seen * light, (0, 0), 0.5 + 1.3 * strength)
    return _jpeg(_grey(blurred + random.normal(0, 5 * strength, page.shape)), 0.5 * strength, random)


SPOILERS: dict[str, Spoiler] = {
    "skew": _skew,
    "scale": _scale,
    "shift": _shift,
    "perspective": _perspective,
    "noise": _noise,
    "blur": _blur,
    "jpeg": _jpeg,
    "bilevel": _bilevel,
    "fax": _fax,
    "stain": _stain,
    "holes": _holes,
    "show_through": _show_through,
    "pencil": _pencil,
    "cut_corner": _cut_corner,
    "faded": _faded,
    "fold": _fold,
    "tint": _tint,
    "carbon": _carbon,
    "copied": _copied,
    "photo": _photo,
}
