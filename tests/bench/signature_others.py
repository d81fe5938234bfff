"""What is no signature: typed lines, stamps, smudges, drawn lines and codes, as layers of ink like the signatures."""

from pathlib import Path
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.bench.signature_marks import (
    LAST,
    OFFICES,
    PX,
    TITLES,
    At,
    Fonts,
    Layer,
    Mark,
    blank_layer,
    name,
    stroke,
    text,
    turned,
)

_TILE_MM = 8.0
_TILE = round(_TILE_MM * PX)


def typed(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """One to three lines by machine: a name, a title, a date."""
    font, height = random.choice(fonts.typed), random.uniform(2.8, 5.6)
    lines = [random.choice((name(random), name(random).upper(), random.choice(TITLES)))]
    lines += [random.choice(TITLES) for _ in range(random.choice((0, 0, 1, 2)))]
    layer = blank_layer(shape)
    for number, said in enumerate(lines):
        spot = (at[0], at[1] - (len(lines) - 1 - number) * height * 1.25)
        layer = np.maximum(layer, text(shape, said, spot, font=font, height_mm=height))
    return turned(layer, random.gauss(0, 0.7), at)


def typewriter(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """Letters struck one by one, each a little off, some weak."""
    font, height = random.choice(fonts.typed), random.uniform(3.6, 5.0)
    layer, pitch = blank_layer(shape), height * random.uniform(0.58, 0.68)
    for number, letter in enumerate(random.choice((name(random), random.choice(TITLES)))):
        spot = (at[0] + number * pitch + random.gauss(0, 0.05), at[1] + random.gauss(0, 0.09))
        one = text(shape, letter, spot, font=font, height_mm=height)
        layer = np.maximum(layer, one * random.uniform(0.55, 1.0))
    return _worn(layer, random, random.uniform(0.0, 0.35))


def dots(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """A needle printer: letters of dots."""
    height = random.uniform(3.4, 4.6)
    layer = text(shape, random.choice((name(random), random.choice(TITLES))), at, font=random.choice(fonts.typed),
                 height_mm=height)  # fmt: skip
    step = max(3, round(height * PX / random.choice((9, 11, 13))))
    low = cv2.resize(layer, (shape[1] // step, shape[0] // step), interpolation=cv2.INTER_AREA) > 0.45
    out = blank_layer(shape)
    for row, column in np.argwhere(low):
        cv2.circle(out, (int((column + 0.5) * step), int((row + 0.5) * step)), max(1, round(step * 0.55)), 1.0, -1)
    return out


def _worn(layer: Layer, random: Random, amount: float) -> Layer:
    """Inked unevenly."""
    noise = np.random.default_rng(random.randrange(1 << 30)).normal(0, 1, layer.shape).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), random.uniform(2, 9))
    return np.asarray(layer * np.clip(1 - amount * 2 * np.abs(soft) / max(1e-6, float(soft.std())), 0, 1), np.float32)


def _fit(said: str, font: Path, shape: tuple[int, int], middle: At, size: At) -> Layer:
    """Text in the middle of a place of that width and height."""
    height = min(size[1], 1.5 * size[0] / max(1, len(said)))
    spot = (middle[0] - 0.3 * height * len(said), middle[1] + 0.36 * height)
    return text(shape, said, spot, font=font, height_mm=height)


def _ring_text(said: str, font: Path, shape: tuple[int, int], middle: At, axes: At) -> Layer:
    layer = blank_layer(shape)
    height = min(3.6, 0.34 * axes[1])
    count = max(len(said), int(2.2 * np.pi * axes[0] / height / 1.7))
    for number, letter in enumerate((said + " * ") * (1 + count // (len(said) + 3))):
        if number >= count:
            break
        angle = 2 * np.pi * number / count - np.pi / 2
        spot = (middle[0] + axes[0] * np.cos(angle), middle[1] + axes[1] * np.sin(angle))
        tile = text((_TILE, _TILE), letter, (_TILE_MM / 2 - 0.3 * height, _TILE_MM / 2 + 0.35 * height),
                    font=font, height_mm=height)  # fmt: skip
        _paste(layer, turned(tile, -np.degrees(angle) - 90, (_TILE_MM / 2, _TILE_MM / 2)), spot)
    return layer


def _paste(layer: Layer, tile: Layer, middle: At) -> None:
    """Adds a tile around a point, if it lies on the patch."""
    x, y = round((middle[0] - _TILE_MM / 2) * PX), round((middle[1] - _TILE_MM / 2) * PX)
    if 0 <= x < layer.shape[1] - _TILE and 0 <= y < layer.shape[0] - _TILE:
        part = layer[y : y + _TILE, x : x + _TILE]
        np.maximum(part, tile, out=part)


def _middle(at: At, size: At, random: Random) -> At:
    return at[0] + random.uniform(0.1, 0.9) * size[0], at[1] - random.uniform(-0.3, 1.1) * size[1]


def round_stamp(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """Round or oval, one or two rings, letters around, a date or a name within."""
    middle, wide = _middle(at, size, random), random.uniform(8, 19)
    axes = (wide, wide * random.choice((1.0, 1.0, random.uniform(0.5, 0.8))))
    font, layer = random.choice(fonts.typed), blank_layer(shape)
    for share in (1.0, 0.66) if random.random() < 0.6 else (1.0,):
        cv2.ellipse(layer, (round(middle[0] * PX), round(middle[1] * PX)),
                    (round(axes[0] * share * PX), round(axes[1] * share * PX)), 0, 0, 360, 1.0,
                    max(2, round(random.uniform(0.25, 1.0) * PX)), cv2.LINE_AA)  # fmt: skip
    around = f"{random.choice(LAST).upper()} {random.choice(OFFICES)} "
    layer = np.maximum(layer, _ring_text(around, font, shape, middle, (axes[0] * 0.83, axes[1] * 0.83)))
    if random.random() < 0.8:
        said = random.choice(("2.3.2015", "11.12.2014", "KELA", "N:o 7", "HYV."))
        layer = np.maximum(layer, _fit(said, font, shape, middle, (axes[0] * 1.1, axes[1] * 0.5)))
    return _worn(turned(layer, random.uniform(-20, 20), middle), random, random.uniform(0, 0.5))


def square_stamp(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """A frame, or none, with one to three lines: received, a date, an office."""
    middle, font = _middle(at, size, random), random.choice(fonts.typed)
    half = (random.uniform(10, 28), random.uniform(3, 10))
    layer = blank_layer(shape)
    for shrunk in random.choice(((), (0.0,), (0.0,), (0.0, 1.2))):
        low = (round((middle[0] - half[0] + shrunk) * PX), round((middle[1] - half[1] + shrunk) * PX))
        high = (round((middle[0] + half[0] - shrunk) * PX), round((middle[1] + half[1] - shrunk) * PX))
        cv2.rectangle(layer, low, high, 1.0, max(2, round(random.uniform(0.25, 1.0) * PX)))
    count = random.randint(1, 3)
    for number in range(count):
        said = random.choice((random.choice(OFFICES), f"{random.randint(1, 28):02} MAALIS 2015", "2014 -11- 05",
                              random.choice(LAST).upper(), "DNRO ........", name(random)))  # fmt: skip
        spot = (middle[0], middle[1] + (number - (count - 1) / 2) * 1.8 * half[1] / count)
        place = (1.75 * half[0], min(7.0, 1.5 * half[1] / count))
        layer = np.maximum(layer, _fit(said, font, shape, spot, place))
    return _worn(turned(layer, random.uniform(-20, 20), middle), random, random.uniform(0, 0.5))


def smudge(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """A thumb's blot, or a few."""
    layer = blank_layer(shape)
    for _ in range(random.choice((1, 1, 2, 4))):
        middle = _middle(at, size, random)
        axes = (round(random.uniform(1, 8) * PX), round(random.uniform(0.8, 4) * PX))
        cv2.ellipse(layer, (round(middle[0] * PX), round(middle[1] * PX)), axes, random.uniform(-60, 60), 0, 360,
                    random.uniform(0.3, 1.0), -1)  # fmt: skip
    soft = cv2.GaussianBlur(layer, (0, 0), random.uniform(0.1, 1.2) * PX)
    return _worn(np.asarray(soft, np.float32), random, random.choice((0.0, 0.2, 0.4)))


def smear(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """Wiped along: soft stripes side by side."""
    layer, middle = blank_layer(shape), _middle(at, size, random)
    turn, length = random.uniform(-0.5, 0.5), random.uniform(6, 25)
    for _ in range(random.randint(3, 12)):
        off = np.array([-np.sin(turn), np.cos(turn)]) * random.uniform(-2.5, 2.5)
        begin = np.array(middle) + off + np.array([random.uniform(-3, 3), 0])
        end = begin + length * random.uniform(0.4, 1) * np.array([np.cos(turn), np.sin(turn)])
        one = blank_layer(shape)
        cv2.line(one, np.round(begin * PX).astype(int).tolist(), np.round(end * PX).astype(int).tolist(), 1.0,
                 round(random.uniform(0.2, 1.5) * PX), cv2.LINE_AA)  # fmt: skip
        layer = np.maximum(layer, one * random.uniform(0.2, 0.9))
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), random.uniform(0.1, 0.5) * PX), np.float32)


def lines(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """One to three drawn or dotted lines."""
    layer = blank_layer(shape)
    for _ in range(random.choice((1, 1, 2, 3))):
        y, x = at[1] - random.uniform(-0.1, 1) * size[1], at[0] + random.uniform(0, 0.3) * size[0]
        far = x + random.uniform(0.3, 1.0) * size[0]
        lean = random.choice((0, 0, 1, 4)) * random.uniform(-1, 1)
        points = np.array([(x, y), ((x + far) / 2, y + lean / 2 + random.uniform(-0.3, 0.3)), (far, y + lean)])
        if random.random() < 0.2:
            for step in np.arange(x, far, random.uniform(0.8, 2.5)):
                cv2.circle(layer, (round(step * PX), round(y * PX)), round(random.uniform(0.15, 0.3) * PX), 1.0, -1)
            continue
        steps = np.linspace(0, 1, 40)[:, None]
        bent = (1 - steps) ** 2 * points[0] + 2 * steps * (1 - steps) * points[1] + steps**2 * points[2]
        stroke(layer, bent, pen_mm=random.uniform(0.15, 0.9), random=random)
    return layer


def bars(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """A bar code's sticker, with its number."""
    layer, x = blank_layer(shape), at[0] + random.uniform(0, 0.3) * size[0]
    y0, y1 = at[1] - random.uniform(0.5, 1.2) * size[1], at[1] - random.uniform(-0.2, 0.3) * size[1]
    start = x
    for _ in range(random.randint(30, 60)):
        wide = random.choice((0.25, 0.5, 0.75))
        cv2.rectangle(layer, (round(x * PX), round(y0 * PX)), (round((x + wide) * PX), round(y1 * PX)), 1.0, -1)
        x += wide + random.choice((0.25, 0.5, 0.75))
    number = text(shape, str(random.randrange(10**11)), (start, y1 + 3), font=random.choice(fonts.typed), height_mm=3.0)
    return turned(np.maximum(layer, number), random.gauss(0, 2), at)


def tails(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """Ends of letters that hang down from the line above, and dust."""
    layer = blank_layer(shape)
    for _ in range(random.randint(1, 3)):
        x, top = at[0] + random.uniform(0, 1) * size[0], at[1] - size[1] - random.uniform(2.0, 3.0)
        low = top + random.uniform(2.5, 4.5)
        points = [(x, top), (x - 0.2, (top + low) / 2), (x - 0.5, low - 0.5), (x - 1.1, low), (x - 1.7, low - 0.6)]
        stroke(layer, curve_of(points), pen_mm=random.uniform(0.3, 0.6), random=random)
    for _ in range(random.randint(0, 6)):
        spot = (
            round((at[0] + random.uniform(0, 1) * size[0]) * PX),
            round((at[1] - random.uniform(0, 1) * size[1]) * PX),
        )
        cv2.circle(layer, spot, round(random.uniform(0.1, 0.6) * PX), 1.0, -1)
    return layer


def curve_of(points: list[At]) -> NDArray[np.float64]:
    """The points as the pen needs them."""
    return np.array(points, np.float64)


def nothing(shape: tuple[int, int], at: At, size: At, random: Random, fonts: Fonts) -> Layer:
    """Left empty."""
    return blank_layer(shape)


OTHERS: dict[str, Mark] = {
    "typed": typed, "typewriter": typewriter, "dots": dots, "round stamp": round_stamp, "square stamp": square_stamp,
    "smudge": smudge, "smear": smear, "lines": lines, "bars": bars, "tails": tails, "nothing": nothing,
}  # fmt: skip
