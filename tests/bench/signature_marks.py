"""What may lie in the place for a signature, drawn as ink: signatures of many kinds, and what is none.

Every mark is a layer of ink, 0 to 1, on a patch of paper at `DPI`. Fonts come in two halves by family, so that weights
fitted on one half are measured on letters never seen.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

DPI = 300
PX = DPI / 25.4
Layer = NDArray[np.float32]
At = tuple[float, float]
FIRST = ("Aino", "Matti", "Åsa", "Eero", "Liisa", "Juhani", "Päivi", "K.", "Tuula", "Björn", "Marja-Liisa", "Heikki")
LAST = (
    "Virtanen",
    "Meikäläinen",
    "Öhman",
    "Niemi",
    "Korhonen",
    "Lindström",
    "Mäki",
    "Järvinen",
    "von Wright",
    "Kallio",
)
TITLES = ("toimitusjohtaja", "isännöitsijä", "huoltaja", "puh. 040 123 4567", "Helsingissä 2.3.2015", "NIMENSELVENNYS",
          "valtakirjalla", "Pelkosenniemen kunta", "12.11.2014", "Oy Esimerkki Ab", "sosiaalityöntekijä")  # fmt: skip
OFFICES = ("SAAPUNUT", "KELA", "MAISTRAATTI", "ANKOMMEN", "KIRJATTU", "POLIISI", "VASTAANOTETTU", "VERO", "KOPIO")


@dataclass(frozen=True)
class Fonts:
    """Font files of one half, by what their letters are."""

    joined: tuple[Path, ...]
    separate: tuple[Path, ...]
    typed: tuple[Path, ...]

    @classmethod
    def of(cls, folder: Path, half: int) -> "Fonts":
        """`folder` holds `joined`, `separate` and `typed`."""
        return cls(*(tuple(_half(folder / kind, half)) for kind in ("joined", "separate", "typed")))


def _half(folder: Path, half: int) -> list[Path]:
    found = [path for path in sorted(folder.iterdir()) if path.suffix in (".ttf", ".otf")]
    return [path for path in found if zlib.crc32(path.stem.split("-")[0][:7].encode()) % 2 == half]


def blank_layer(shape: tuple[int, int]) -> Layer:
    """No ink."""
    return np.zeros(shape, np.float32)


def name(random: Random) -> str:
    """Somebody's."""
    return f"{random.choice(FIRST)} {random.choice(LAST)}"


def text(shape: tuple[int, int], said: str, at: At, *, font: Path, height_mm: float) -> Layer:
    """Letters whose baseline begins at x, y mm."""
    image = Image.new("L", (shape[1], shape[0]), 0)
    letters = ImageFont.truetype(str(font), max(6, round(height_mm * PX)))
    ImageDraw.Draw(image).text((at[0] * PX, at[1] * PX), said, font=letters, fill=255, anchor="ls")
    return np.asarray(image, np.float32) / 255


def turned(layer: Layer, degrees: float, centre: At) -> Layer:
    """Turned about a point in mm."""
    matrix = cv2.getRotationMatrix2D((centre[0] * PX, centre[1] * PX), degrees, 1.0)
    return np.asarray(cv2.warpAffine(layer, matrix, (layer.shape[1], layer.shape[0])), np.float32)


def shaken(layer: Layer, random: Random, *, reach_mm: float, wave_mm: float) -> Layer:
    """Bent smoothly: no two letters of a hand are alike."""
    height, width = layer.shape
    noise = np.random.default_rng(random.randrange(1 << 30))
    cells = (max(3, round(height / PX / wave_mm)), max(3, round(width / PX / wave_mm)))
    moves = [cv2.resize(noise.normal(0, reach_mm * PX, cells).astype(np.float32), (width, height),
                        interpolation=cv2.INTER_CUBIC) for _ in range(2)]  # fmt: skip
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.asarray(cv2.remap(layer, x + moves[0], y + moves[1], cv2.INTER_LINEAR), np.float32)


def stroke(layer: Layer, points: NDArray[np.float64], *, pen_mm: float, random: Random) -> None:
    """A pen along points in mm, pressing more and less."""
    pressure = 1 + 0.3 * np.sin(np.linspace(0, random.uniform(4, 20), len(points)) + random.uniform(0, 6))
    scaled = np.round(points * PX * 8).astype(np.int32)
    for number in range(len(scaled) - 1):
        thick = max(1, round(pen_mm * PX * float(pressure[number])))
        cv2.line(layer, scaled[number].tolist(), scaled[number + 1].tolist(), 1.0, thick, cv2.LINE_AA, 3)


def curve(knots: NDArray[np.float64], steps: int = 12) -> NDArray[np.float64]:
    """A smooth line through knots (Catmull-Rom)."""
    padded = np.concatenate([knots[:1], knots, knots[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate([*parts, knots[-1:]])


# ---- signatures


def loops(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """Loops of uneven height running along the line."""
    layer = blank_layer(shape)
    turns = random.randint(3, 11)
    t = np.linspace(0, turns, turns * 24)
    tall = np.interp(t, np.arange(turns + 1), [1.0, *(random.uniform(0.25, 0.9) for _ in range(turns))])
    x = at[0] + size[0] * t / turns + tall * size[1] * random.uniform(0.2, 0.5) * np.sin(2 * np.pi * t)
    y = at[1] - tall * size[1] * (0.5 - 0.5 * np.cos(2 * np.pi * t + random.uniform(0, 3)))
    points = np.stack([x + random.uniform(-0.3, 0.6) * (at[1] - y), y], axis=-1)
    stroke(layer, points, pen_mm=random.uniform(0.25, 0.8), random=random)
    return layer


def humps(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """A tall beginning, then waves that grow lower and end in a tail."""
    layer = blank_layer(shape)
    slant, pen = random.uniform(-0.2, 0.7), random.uniform(0.25, 0.8)
    count, x = random.randint(7, 26), 0.0
    knots = []
    for number in range(count):
        fall = max(0.15, 1.0 - 1.4 * number / count) if random.random() < 0.8 else 1.0
        y = (random.uniform(0.5, 1.0) * fall if number % 2 else random.uniform(-0.15, 0.1)) * size[1]
        x += random.uniform(-0.35, 1.35) * size[0] / count
        knots.append((at[0] + x + slant * y, at[1] - y))
    if random.random() < 0.5:
        knots.append((at[0] + size[0] * random.uniform(0.9, 1.2), at[1] - size[1] * random.uniform(-0.2, 0.5)))
    stroke(layer, curve(np.array(knots)), pen_mm=pen, random=random)
    if random.random() < 0.4:
        y = at[1] - size[1] * random.uniform(-0.2, 0.5)
        ends = [(at[0] + random.uniform(0, 3), y), (at[0] + size[0] / 2, y + random.uniform(-1, 1)),
                (at[0] + size[0] * random.uniform(0.7, 1.1), y + random.uniform(-2, 2))]  # fmt: skip
        stroke(layer, curve(np.array(ends)), pen_mm=pen, random=random)
    return layer


def crossed(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """A few bold strokes across each other, hardly bent."""
    layer = blank_layer(shape)
    pen = random.uniform(0.3, 0.9)
    for _ in range(random.randint(3, 7)):
        begin = np.array([at[0] + random.uniform(0, 0.7) * size[0], at[1] - random.uniform(0, 1) * size[1]])
        turn, length = random.uniform(-1.4, 1.4), random.uniform(0.4, 1.0) * min(size[0], 2.5 * size[1])
        end = begin + length * np.array([np.cos(turn), np.sin(turn)])
        middle = (begin + end) / 2 + np.array([random.uniform(-1, 1), random.uniform(-1, 1)]) * 0.25 * length
        points = np.array([begin, middle, end])
        points[:, 1] = np.clip(points[:, 1], at[1] - 1.3 * size[1], at[1] + 0.4 * size[1])
        stroke(layer, curve(points, 20), pen_mm=pen, random=random)
    return layer


def wandering(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """Several joined strokes, turning this way and that, as a pen that is hardly lifted."""
    layer = blank_layer(shape)
    pen, parts = random.uniform(0.25, 0.8), random.randint(1, 4)
    for part in range(parts):
        start, length = at[0] + part * size[0] / parts, random.randint(5, 14)
        knots, heading = [np.array([start, at[1] - random.uniform(0, 0.8) * size[1]])], random.uniform(-1, 1)
        for _ in range(length):
            heading += random.gauss(0.5, 1.1)
            step = random.uniform(0.25, 0.7) * size[1] * np.array([np.cos(heading), np.sin(heading)])
            step[0] += 0.6 * size[0] / parts / length
            knots.append(knots[-1] + step)
            knots[-1][1] = min(max(knots[-1][1], at[1] - size[1]), at[1] + 0.3 * size[1])
        stroke(layer, curve(np.array(knots)), pen_mm=pen, random=random)
    return layer


def _by_hand(said: str, font: Path, shape: tuple[int, int], at: At, size: At, random: Random) -> Layer:
    letters = ImageFont.truetype(str(font), 100)
    left, top, right, low = letters.getbbox(said, anchor="ls")
    height = 100 * min(size[0] / max(1, right - left), 1.2 * size[1] / max(1, low - top))
    layer = text(shape, said, (at[0] - left * height / 100, at[1]), font=font, height_mm=height)
    if random.random() < 0.7:
        layer = shaken(layer, random, reach_mm=random.uniform(0.05, 0.25), wave_mm=random.uniform(3, 9))
    return turned(layer, random.uniform(-4, 6), at)


def signed(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """A name in a joined hand, perhaps underlined."""
    layer = _by_hand(name(random), random.choice(fonts.joined), shape, at, size, random)
    if random.random() < 0.25:
        ends = [(at[0] + dx * size[0], at[1] + random.uniform(0.5, 2)) for dx in (0.05, 0.5, 0.9)]
        stroke(layer, curve(np.array(ends)), pen_mm=0.4, random=random)
    return layer


def initials(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """Two or three large letters, joined or not."""
    said = "".join(random.choice("ABEHJKLMNPRSTVÅÖ") + random.choice(("", ".")) for _ in range(random.randint(2, 3)))
    return _by_hand(said, random.choice(fonts.joined), shape, at, size, random)


def spelled(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """A name by hand in separate letters: whether it is a signature is for a person to say."""
    return _by_hand(name(random), random.choice(fonts.separate), shape, at, size, random)


Mark = Callable[[tuple[int, int], At, At, Random, Fonts], Layer]
SIGNATURES: dict[str, Mark] = {
    "loops": loops, "humps": humps, "crossed": crossed, "wandering": wandering, "signed": signed, "initials": initials,
}  # fmt: skip
