"""Marks that mislead: what is no signature in a signature's place, ink that strays from its field.

All draw on a grey page at `DPI` in place and repeat with their random source.
"""

from collections.abc import Callable
from random import Random

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from intake.base.filing import Box
from intake.jail.pixels import Gray
from tests.makers.fill import FONTS

DPI = 300
PX = DPI / 25.4
JOINED, PRINTED = ("Kristi", "Breip"), ("Dkg", "Steve", "Delphine")
TYPED = ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
Mark = Callable[[Gray, Box, Random], None]


def _write(page: Gray, text: str, at_mm: tuple[float, float], *, font: str, height_mm: float, ink: int = 60) -> None:
    """Text whose left upper corner is at x, y mm."""
    image = Image.fromarray(page)
    letters = ImageFont.truetype(font, round(height_mm * PX))
    ImageDraw.Draw(image).text((at_mm[0] * PX, at_mm[1] * PX), text, font=letters, fill=ink)
    page[:] = np.minimum(page, np.asarray(image))


def _name(page: Gray, box: Box, random: Random, font: str) -> None:
    x0, y0, x1, y1 = box
    height = min(y1 - y0, random.uniform(4.0, 6.0))
    text = random.choice(("Aino Virtanen", "Matti Meikäläinen", "Åsa Öhman", "Eero Niemi"))
    letters = ImageFont.truetype(font, round(height * PX))
    length = letters.getlength(text) / PX
    height *= min(1.0, 0.9 * (x1 - x0) / max(length, 1))
    _write(page, text, (x0 + 1, (y0 + y1) / 2 - height * 0.6), font=font, height_mm=height, ink=random.randint(20, 90))


def typed(page: Gray, box: Box, random: Random) -> None:
    """A name by machine."""
    _name(page, box, random, random.choice(TYPED))


def printed(page: Gray, box: Box, random: Random) -> None:
    """A name in separate letters by hand: people sign like that, and people who only wrote their name do too."""
    _name(page, box, random, str(FONTS[random.choice(PRINTED)]))


def joined(page: Gray, box: Box, random: Random) -> None:
    """A name in joined handwriting: a signature."""
    _name(page, box, random, str(FONTS[random.choice(JOINED)]))


def stamp(page: Gray, box: Box, random: Random) -> None:
    """An office's round or square stamp, unevenly inked."""
    x0, y0, x1, y1 = box
    centre = (round(random.uniform(x0 + 8, max(x0 + 9, min(x1 - 8, x0 + 60))) * PX), round((y0 + y1) / 2 * PX))
    layer = np.full_like(page, 255)
    if random.random() < 0.5:
        radius = round(random.uniform(11, 15) * PX)
        for reach in (radius, round(radius * 0.72)):
            cv2.circle(layer, centre, reach, 70, round(0.6 * PX), cv2.LINE_AA)
        for number in range(18):
            angle = number * 20 + random.uniform(-2, 2)
            x = centre[0] + radius * 0.86 * np.cos(np.radians(angle))
            y = centre[1] + radius * 0.86 * np.sin(np.radians(angle))
            cv2.putText(layer, random.choice("AEIKLMNOSTU"), (round(x - 9), round(y + 9)), 2, 0.8, 70, 2, cv2.LINE_AA)
        cv2.putText(layer, "2.3.2015", (centre[0] - 75, centre[1] + 12), 2, 1.0, 70, 2, cv2.LINE_AA)
    else:
        half = (round(21 * PX), round(6 * PX))
        cv2.rectangle(layer, (centre[0] - half[0], centre[1] - half[1]), (centre[0] + half[0], centre[1] + half[1]),
                      70, round(0.7 * PX))  # fmt: skip
        cv2.putText(layer, "SAAPUNUT", (centre[0] - 190, centre[1] - 8), 2, 1.5, 70, 4, cv2.LINE_AA)
        cv2.putText(layer, "02 MAALIS 2015", (centre[0] - 170, centre[1] + 50), 2, 1.1, 70, 3, cv2.LINE_AA)
    worn = cv2.GaussianBlur(np.random.default_rng(random.randrange(1 << 30)).normal(0, 60, page.shape), (0, 0), 6)
    layer = np.where(layer < 255, np.clip(layer + np.abs(worn) * 6, 0, 255), 255).astype(np.uint8)
    page[:] = np.minimum(page, layer)


def smudge(page: Gray, box: Box, random: Random) -> None:
    """A thumb with ink on it."""
    x0, y0, x1, y1 = box
    layer = np.zeros(page.shape, np.float32)
    centre = (round(random.uniform(x0 + 5, max(x0 + 6, x1 - 5)) * PX), round((y0 + y1) / 2 * PX))
    axes = (round(random.uniform(3, 7) * PX), round(random.uniform(1.5, 3.5) * PX))
    cv2.ellipse(layer, centre, axes, random.uniform(-40, 40), 0, 360, random.uniform(0.3, 0.75), -1)
    page[:] = (page * (1 - cv2.GaussianBlur(layer, (0, 0), 0.6 * PX))).astype(np.uint8)


def corrected(page: Gray, box: Box, random: Random) -> None:
    """Correction fluid over the second half of a place: white, with a rim, the box's line gone too."""
    x0, y0, x1, y1 = box
    left = x0 + random.uniform(0.45, 0.6) * (x1 - x0)
    middle, half = ((left + x1) / 2, (y0 + y1) / 2), ((x1 - left) / 2 * 0.9, min(3.0, (y1 - y0) / 2))
    layer = np.zeros(page.shape, np.uint8)
    centre, axes = [tuple(round(v * PX) for v in pair) for pair in (middle, half)]
    cv2.ellipse(layer, centre, axes, 0, 0, 360, 255, -1)
    rim = cv2.dilate(layer, np.ones((5, 5), np.uint8)) > layer
    page[layer > 0] = 253
    page[rim] = np.minimum(page[rim], 225)


def drawn_line(page: Gray, box: Box, random: Random) -> None:
    """A line drawn through the place: nothing to sign."""
    x0, y0, x1, y1 = box
    y = (y0 + y1) / 2
    ends = [(round(x * PX), round((y + random.uniform(-0.7, 0.7)) * PX)) for x in (x0 + 2, x1 - 2)]
    cv2.line(page, ends[0], ends[1], 60, round(0.45 * PX), cv2.LINE_AA)


NO_SIGNATURE: dict[str, Mark] = {
    "stamp": stamp, "smudge": smudge, "typed": typed, "line": drawn_line,
}  # fmt: skip


def beside(page: Gray, box: Box, taken: list[Box], random: Random) -> bool:
    """A name written right of, left of, above or below an empty box, where no field is; whether there was room."""
    x0, y0, x1, y1 = box
    width, height = random.uniform(22, 32), 5.0
    high, wide = page.shape[0] / PX, page.shape[1] / PX
    spots = [(x1 + 2.5, y0), (x0 - width - 2.5, y0), (x0, y1 + 3.0), (x0, y0 - height - 3.0)]
    random.shuffle(spots)
    for x, y in spots:
        room = (x - 2, y - 2, x + width + 8, y + height + 3)
        if room[0] < 8 or room[1] < 8 or room[2] > wide - 8 or room[3] > high - 8:
            continue
        if any(room[0] < b[2] and b[0] < room[2] and room[1] < b[3] and b[1] < room[3] for b in taken):
            continue
        font = str(FONTS[random.choice(PRINTED)])
        letters = ImageFont.truetype(font, round(height * PX))
        size = height * min(1.0, width / (letters.getlength("Aino Virtanen") / PX))
        _write(page, "Aino Virtanen", (x, y), font=font, height_mm=size, ink=random.randint(30, 110))
        return True
    return False


def descender(page: Gray, box: Box, random: Random) -> None:
    """The tail of a g or y that hangs up to 3 mm out of a filled box."""
    x0, _, x1, y1 = box
    x = random.uniform(x0 + 2, max(x0 + 2.5, min(x1 - 2, x0 + 40)))
    top, low = y1 - random.uniform(2.0, 2.6), y1 + random.uniform(0.8, 3.0)
    curve = [(x, top), (x - 0.2, (top + low) / 2), (x - 0.5, low - 0.5), (x - 1.1, low), (x - 1.7, low - 0.6)]
    points = np.array([(a * PX, b * PX) for a, b in curve], np.int32)
    cv2.polylines(page, [points], False, random.randint(30, 110), round(0.45 * PX), cv2.LINE_AA)
