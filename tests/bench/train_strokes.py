"""Draws lines of writing from pen strokes of real people: amounts and names, in any pen, slant, spacing and wear.

The strokes are UNIPEN's (train_r01_v07, CC BY 4.0) as `train/SOURCE.md` of the handwriting corpus describes them. One
line is one writer's as far as that writer has the characters; one writer in ten is kept apart for measuring.
"""

import gzip
import json
import math
import random
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray
from intake.values.glyphs import CLASSES, Glyph, GlyphNetwork
from intake.values.names import LISTED

LABELS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖÉabcdefghijklmnopqrstuvwxyzåäöé .,-/'=+:"
"""The characters that the reader of handwriting learns, in the order of its outputs after 'nothing new here'."""
Strokes = Sequence[NDArray[np.float32] | list[list[float]]]
"""Pen strokes, each a list of points, y downwards, height about 1."""
_LOW = dict.fromkeys("acemnorsuvwxz", (0.62, 0.0)) | dict.fromkeys("gpqy", (0.9, 0.33)) | {"j": (1.1, 0.3)}
"""Small letters that do not fill the line: their height and how far they hang below it."""
_SELDOM: dict[str, Sequence[Strokes]] = {
    "1": (
        [[[0.0, 0.85], [0.18, 0.45], [0.4, 0.0], [0.38, 0.5], [0.36, 1.0]]],
        [[[0.0, 0.6], [0.35, 0.0], [0.33, 1.0]]],
    ),
    "2": ([[[0.3, 0.4], [0.05, 0.35], [0.05, 0.08], [0.35, 0.0], [0.55, 0.2], [0.35, 0.7], [0.0, 1.0], [0.65, 0.95]]],),
    "4": (
        [[[0.15, 0.0], [0.07, 0.45], [0.0, 0.95], [0.1, 0.62], [0.27, 0.5], [0.4, 0.6], [0.42, 1.0]]],
        [[[0.42, 0.02], [0.08, 0.42], [0.02, 0.58], [0.45, 0.52], [0.44, 0.0], [0.42, 1.0]]],
        [[[0.0, 0.0], [0.03, 0.42], [0.4, 0.4]], [[0.42, 0.05], [0.38, 1.0]]],
        [[[0.0, 0.0], [0.02, 0.4], [0.2, 0.5], [0.4, 0.35], [0.44, 0.0], [0.42, 0.5], [0.42, 1.0]]],
    ),
    "5": (
        [[[0.05, 0.25], [0.12, 0.4], [0.22, 1.0], [0.36, 0.3], [0.45, 0.02], [0.7, 0.0], [0.95, 0.02]]],
        [[[0.5, 0.03], [0.15, 0.05], [0.1, 0.4], [0.4, 0.5], [0.35, 0.9], [0.0, 1.0]]],
    ),
    "7": (
        [[[0.0, 0.1], [0.1, 0.03], [0.55, 0.0], [0.3, 0.5], [0.2, 1.0]], [[0.08, 0.5], [0.55, 0.47]]],
        [[[0.0, 0.2], [0.03, 0.02], [0.5, 0.0], [0.25, 1.0]]],
    ),
    "9": (
        [[[0.08, 1.0], [0.06, 0.5], [0.1, 0.05], [0.35, 0.0], [0.48, 0.2], [0.35, 0.45], [0.08, 0.5]]],
        [[[0.45, 0.08], [0.15, 0.05], [0.05, 0.3], [0.25, 0.45], [0.45, 0.1], [0.45, 0.8], [0.2, 1.0], [0.0, 0.9]]],
    ),
    "A": (
        [[[0.0, 1.0], [0.06, 0.05], [0.5, 0.0], [0.6, 1.0]], [[0.05, 0.55], [0.57, 0.5]]],
        [[[0.0, 1.0], [0.05, 0.3], [0.28, 0.0], [0.5, 0.3], [0.55, 1.0]], [[0.04, 0.6], [0.55, 0.6]]],
    ),
    "H": (
        [[[0.0, 0.0], [0.02, 1.0]], [[0.6, 0.0], [0.6, 1.0]], [[0.0, 0.4], [0.6, 0.6]]],
        [[[0.0, 0.0], [0.02, 1.0]], [[0.0, 0.65], [0.6, 0.4]], [[0.6, 0.0], [0.6, 1.0]]],
        [[[0.0, 0.0], [0.02, 1.0]], [[0.0, 0.4], [0.3, 0.55], [0.6, 0.4]], [[0.6, 0.0], [0.6, 1.0]]],
    ),
    "M": (
        [[[0.0, 1.0], [0.02, 0.0], [0.35, 0.18], [0.68, 0.0], [0.7, 1.0]]],
        [[[0.0, 1.0], [0.02, 0.0], [0.32, 0.35], [0.62, 0.0], [0.64, 1.0]]],
        [[[0.0, 1.0], [0.02, 0.0]], [[0.02, 0.05], [0.3, 0.45], [0.6, 0.05]], [[0.6, 0.0], [0.62, 1.0]]],
    ),
    "N": ([[[0.0, 1.0], [0.0, 0.0], [0.5, 1.0], [0.52, 0.0]]],),
    "U": ([[[0.0, 0.0], [0.03, 0.75], [0.25, 1.0], [0.48, 0.78], [0.5, 0.0]]],),
    "V": ([[[0.0, 0.0], [0.2, 0.88], [0.3, 1.0], [0.4, 0.85], [0.6, 0.0]]], [[[0.0, 0.0], [0.3, 1.0], [0.6, 0.0]]]),
    "Z": ([[[0.0, 0.05], [0.5, 0.0], [0.0, 1.0], [0.55, 0.97]], [[0.08, 0.52], [0.45, 0.48]]],),
}
"""Characters as some write them and few writers of the strokes did: a 1 whose flag begins at its foot, a 2 like a Q, a
4 like an h or closed, a 5 like a root sign, a 9 like a P; an A with a flat roof, an M with a shallow dip, and beside it
an H with a slanting bar."""
_LEGIBLE = {"0": 0.001} | dict.fromkeys("123456789", 0.01)
_LEGIBLE_LETTER = 0.05
"""What the network for glyphs must give a sample, its likes counted with it: many of the cuts are a part of a
character only, and some stand under the wrong one. It knows few zeros with a stroke."""
_ALIKE = (
    *("0OoDQ", "1Il|i7", "5Ss", "2Zz", "8B", "9gqP", "6Gb", "UVuvwW", "4yY", "nNHhMm", "Cc", "Kk"),
    *("Xx", "Pp", "Ee", "rv", "aA", "LlIe", "tT+", "jJ", "fFP", "dD"),
)
_MARKS = {"Å": "ring", "Ä": "dots", "Ö": "dots", "É": "acute", "È": "grave", "Ë": "dots", "Ï": "dots"}
_BASES = {"Å": "A", "Ä": "A", "Ö": "O", "É": "E", "È": "E", "Ë": "E", "Ï": "I"}


@dataclass(frozen=True)
class Hands:
    """Characters and words by writer."""

    glyphs: dict[str, dict[str, list[Strokes]]]
    """Writer, character, its samples."""
    writers_of: dict[str, list[str]]
    """The writers that have a character."""
    words: list[tuple[str, Strokes]]

    @classmethod
    def of(cls, folder: Path, *, apart: bool, words: bool = True) -> "Hands":
        """The writers to learn from, or those kept apart."""
        glyphs: dict[str, dict[str, list[Strokes]]] = defaultdict(lambda: defaultdict(list))
        written: list[tuple[str, Strokes]] = []
        for name in ("digits", "capitals", "small", *(("words",) if words else ())):
            with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as rows:
                for text, writer, strokes in map(json.loads, islice(rows, 0, None, 6 if name == "words" else 1)):
                    if (zlib.crc32(writer.encode()) % 10 == 0) is not apart or (name == "words" and len(text) > 12):
                        continue
                    shape = [(np.reshape(s, (-1, 2)) / (100, -100) + (0, 1)).astype(np.float32) for s in strokes]
                    if name == "words":
                        written.append((text, shape))
                    else:
                        glyphs[writer][text].append(shape)
        _keep_legible(glyphs)
        writers: dict[str, list[str]] = defaultdict(list)
        for writer, known in glyphs.items():
            for text in known:
                writers[text].append(writer)
        return cls({writer: dict(known) for writer, known in glyphs.items()}, dict(writers), written)

    def glyph(self, character: str, writer: str, rng: random.Random) -> Strokes:
        """A sample by this writer, by another where they have none."""
        own = self.glyphs.get(writer, {}).get(character)
        if not own:
            own = self.glyphs[rng.choice(self.writers_of[character])][character]
        return rng.choice(own)


def _keep_legible(glyphs: dict[str, dict[str, list[Strokes]]]) -> None:
    """Take away what is a part of its character only, or another one, as far as the network for glyphs knows."""
    network, rng = GlyphNetwork(), random.Random(1)
    for known in glyphs.values():
        for text, samples in list(known.items()):
            likes = {text, text.swapcase()}.union(*(group for group in _ALIKE if text in group))
            columns = [CLASSES.index(like) for like in likes if like in CLASSES]
            shown = [Glyph(_plain(own, rng), 0.8 if text.islower() else 1.0, 0.0) for own in samples]
            shares = network.probabilities(shown)[:, columns].sum(axis=1)
            least = _LEGIBLE.get(text, _LEGIBLE_LETTER)
            known[text] = [own for own, share in zip(samples, shares, strict=True) if share >= least]
            if not known[text]:
                del known[text]


def _plain(strokes: Strokes, rng: random.Random) -> Gray:
    """One character as an even pen draws it, cut tight."""
    across = max(0.02, max(point[0] for stroke in strokes for point in stroke))
    canvas = np.full((80, round(min(across, 2.5) * 40 + 40)), 255, np.uint8)
    _Pen(rng, canvas, 40, 3, 0).draw(strokes, 16, 18, 40 * min(1, 2.2 / across), 40)
    rows, columns = np.flatnonzero((canvas < 150).any(axis=1)), np.flatnonzero((canvas < 150).any(axis=0))
    return canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if rows.size else canvas


def amount(rng: random.Random) -> str:
    """An amount as people write it; `_` is a gap."""
    digits = str(rng.randint(1, 9)) + "".join(
        rng.choice("0123456789") for _ in range(rng.choice([0, 1, 2, 2, 3, 3, 4, 4, 5]))
    )
    if rng.random() < 0.3:
        zeros = rng.randint(1, 3)
        digits = digits[:-zeros] + "0" * min(zeros, len(digits) - 1) if len(digits) > zeros else digits
    text = digits
    if len(digits) > 3 and rng.random() < 0.6:
        text = digits[:-3] + rng.choice(["."] * 5 + [",", "_", "_", "'"]) + digits[-3:]
    way = rng.random()
    if way < 0.2:
        text += rng.choice([",", ",", "."]) + f"{rng.choice([0, 0, rng.randint(0, 99)]):02}"
    elif way < 0.55:
        text += rng.choice([".", ".", ",", "-", "_-", "=", ",-", ".-", "_--", "_="])
    if rng.random() < 0.05:
        text = rng.choice(["-", "=", "_-_"]) + text
    return text


def name(rng: random.Random, listed: Sequence[str]) -> str:
    """A name, or letters that only look like one, so that what was not seen is not guessed."""
    way = rng.random()
    if way < 0.45:
        text = rng.choice(listed)
    elif way < 0.75:  # two halves of names: the spelling is of names, the name is none
        one, other = rng.choice(listed), rng.choice(listed)
        text = one[: rng.randint(1, len(one))] + other[rng.randint(0, len(other) - 1) :]
    else:
        text = "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZHMNUVJLIGCQDOYVWKXRB") for _ in range(rng.randint(3, 9)))
    if rng.random() < 0.08:
        text += rng.choice(["-", " ", " "]) + rng.choice(listed)
    return "".join(c if c in "ÅÄÖÉÈËÏ" or "A" <= c <= "Z" or c in " -" else "" for c in text.upper())[:16] or "A"


def small_name(rng: random.Random, listed: Sequence[str]) -> str:
    """A name with one capital, its letters each for themselves."""
    words = [rng.choice(listed).lower() for _ in range(rng.choice([1, 1, 2]))]
    text = " ".join(word[:1].upper() + word[1:] for word in words)
    return "".join(c for c in text if c in "ÅÄÖÉåäöé -" or (c.isascii() and c.isalpha()))[:18] or "A"


def code(rng: random.Random) -> str:
    """A date, a telephone number, a code of digits and letters; none with check digits that anybody has."""
    digits = lambda n: "".join(rng.choice("0123456789") for _ in range(n))  # noqa: E731
    way = rng.random()
    if way < 0.45:
        dot = rng.choice("...-/")
        day, month = rng.randint(1, 31), rng.randint(1, 12)
        year = rng.choice([str(rng.randint(1920, 2035)), digits(2)])
        return dot.join([f"{day:02}", f"{month:02}", year] if rng.random() < 0.5 else [str(day), str(month), year])
    if way < 0.65:
        return rng.choice(["+358", "0"]) + digits(rng.randint(6, 9))
    if way < 0.8:
        return "".join(rng.choice("0123456789ABCDEFHJKLMNPRSTUVWXY") for _ in range(rng.randint(3, 9)))
    return digits(rng.randint(3, 12))


@dataclass
class _Pen:
    rng: random.Random
    canvas: Gray
    unit: float
    thick: int
    slant: float

    def draw(self, strokes: Strokes, x: float, y: float, wide: float, high: float) -> None:
        """Strokes with their top left at x, y (pixels), a unit `wide` and `high` pixels large; each leans by itself."""
        slant, turn = self.slant + self.rng.gauss(0, 0.05), self.rng.gauss(0, 0.04)
        bow, sag = self.rng.gauss(0, 0.03), self.rng.gauss(0, 0.03)
        wide *= math.exp(self.rng.gauss(0, 0.08))
        for stroke in strokes:
            points = np.asarray(stroke, np.float64).reshape(-1, 2)
            for _ in range(2):
                points = _smoothed(points)
            points = points + np.sin(3 * points[:, ::-1]) * (bow, sag)
            down = y + points[:, 1] * high
            down += points[:, 0] * wide * turn
            across = x + points[:, 0] * wide - (down - y - high) * slant
            path = np.stack([across, down], 1)
            cv2.polylines(self.canvas, [np.round(path * 16).astype(np.int32)], False, 0, self.thick, cv2.LINE_AA, 4)


def _smoothed(points: np.ndarray) -> np.ndarray:
    """Corners cut once (Chaikin): a tablet's coarse grid gives way to a line as a pen draws it."""
    if len(points) < 3:
        return points
    early, late = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
    between = np.stack([early, late], 1).reshape(-1, 2)
    return np.concatenate([points[:1], between, points[-1:]])


def _sign(sign: str, rng: random.Random) -> tuple[Strokes, float, float]:
    """A separator's strokes in units of the line's height, its width, and how far down its top lies."""
    j = lambda a: rng.uniform(-a, a)  # noqa: E731
    if sign == ".":
        s = rng.uniform(0.0, 0.06)
        return [[[0, 0], [s, s * rng.random()]]], s, 0.94 + j(0.1) - (0.45 if rng.random() < 0.08 else 0)
    if sign == ",":
        d = rng.uniform(0.1, 0.3)
        return [[[0.08, 0], [0.08 + j(0.02), d / 2], [j(0.05), d]]], 0.1, 0.9 + j(0.08)
    if sign == "'":
        return [[[0.05, 0], [j(0.03), rng.uniform(0.1, 0.25)]]], 0.06, j(0.08)
    if sign == "/":
        return [[[0.3 + j(0.15), 0], [0, 1.1 + j(0.15)]]], 0.3, -0.05 + j(0.1)
    if sign == ":":
        return [[[0, 0], [0.02, 0.03]], [[j(0.03), 0.4 + j(0.1)], [0.02, 0.43]]], 0.05, 0.45 + j(0.1)
    if sign == "+":
        return [[[0, 0.2], [0.4, 0.2 + j(0.05)]], [[0.2, 0], [0.2 + j(0.05), 0.42]]], 0.4, 0.3 + j(0.1)
    width = rng.choice([rng.uniform(0.25, 0.6), rng.uniform(0.6, 2.5)])
    line = [[0, 0], [width / 2, j(0.06)], [width, j(0.12)]]
    if sign == "=":
        gap = rng.uniform(0.1, 0.28)
        return [line, [[j(0.1), gap], [width + j(0.1), gap + j(0.06)]]], width, 0.4 + j(0.2)
    return [line], width, 0.5 + j(0.25)


def _mark(kind: str, rng: random.Random, wide: float) -> Strokes:
    """What stands over a letter, in units of its height, above its top."""
    y, m = -rng.uniform(0.08, 0.3), wide / 2 + rng.uniform(-0.08, 0.08)
    if kind == "dots":
        d, s = rng.uniform(0.08, 0.2), rng.uniform(0.0, 0.08)
        return [[[m - d, y], [m - d, y + s]], [[m + d, y], [m + d, y + s]]]
    if kind == "ring":
        r, n = rng.uniform(0.06, 0.13), 9
        return [[[m + r * math.cos(7 * k / n), y - r + r * math.sin(7 * k / n)] for k in range(n + 1)]]
    d = rng.uniform(0.05, 0.15) * (1 if kind == "grave" else -1)
    return [[[m - d, y - 0.12], [m + d, y]]]


def line(text: str, hands: Hands, rng: random.Random, *, small: float = 0.0) -> tuple[Gray, str]:
    """A line of writing, dark on white and cut tight, and what it says; `small`: how often a letter is a small one."""
    unit = 56.0
    canvas = np.full((round(2.6 * unit), round((1.4 * len(text) + 5) * 1.5 * unit)), 255, np.uint8)
    pen = _Pen(
        rng,
        canvas,
        unit,
        max(1, round(unit * rng.choice([rng.uniform(0.04, 0.09), rng.uniform(0.06, 0.13)]))),
        rng.choice([rng.uniform(-0.12, 0.35), rng.uniform(-0.12, 0.35), rng.uniform(-0.3, 0.6)]),
    )
    seldom = {own: rng.choice(ways) for own, ways in _SELDOM.items() if rng.random() < 0.15}
    writer = rng.choice(hands.writers_of["5" if any(c.isdigit() for c in text) else "E"])
    gap = rng.choice(
        [
            rng.uniform(-0.08, 0.12),
            rng.uniform(0.0, 0.25),
            rng.uniform(0.05, 0.5),
            rng.uniform(0.1, 1.3) if text.isalpha() else rng.uniform(-0.18, 0.05),
        ]
    )
    wide, climb, x, base = rng.uniform(0.75, 1.15), rng.uniform(-0.05, 0.05), 0.8 * unit, 0.7 * unit
    uneven, written = rng.uniform(0.02, 0.14), ""
    for character in text:
        y = base + climb * (x - unit) + rng.gauss(0, uneven / 2) * unit
        written += character
        if character in "_ ":
            x += rng.uniform(0.25, 0.9) * unit
            continue
        if character in ".,'-=+/:":
            strokes, across, down = _sign(character, rng)
            pen.draw(strokes, x, y + down * unit, unit, unit)
            x += (across + max(gap, 0.02) + rng.uniform(0.02, 0.15)) * unit
            continue
        upper = character.upper()
        shown = _BASES.get(upper, upper)
        low = shown.isalpha() and (character.islower() or rng.random() < small or (shown == "I" and rng.random() < 0.2))
        written = written[:-1] + (character.lower() if low else character)
        own = hands.glyph(shown.lower() if low else shown, writer, rng)
        if shown in seldom and not low:
            own = [
                np.array(stroke) + [[rng.gauss(0, 0.04), rng.gauss(0, 0.04)] for _ in stroke]
                for stroke in seldom[shown]
            ]
        size, hangs = _LOW.get(shown.lower(), (1.0, 0.0)) if low else (1.0, 0.0)
        size *= math.exp(rng.gauss(0, uneven))
        across = max((point[0] for stroke in own for point in stroke), default=0.1)
        if across > 1.6:
            own = [np.asarray(stroke) * (1.6 / across, 1.0) for stroke in own]
            across = 1.6
        high = size * unit
        pen.draw(own, x, y + unit * (1 + hangs) - high, high * wide, high)
        if upper in _MARKS:
            pen.draw(_mark(_MARKS[upper], rng, across), x, y + unit * (1 + hangs) - high, high * wide, high)
        x += across * wide * high + (gap + rng.gauss(0, 0.06)) * unit
    if rng.random() < 0.06:  # a flourish, or the edge of a box: neither says anything
        s, y = rng.uniform(0.2, 0.5), base + climb * (x - unit)
        curve = [[0.0, 0.4], [0.5, 0.1 + s], [0.3, 0.6], [0.9, 0.5 + s], [0.1, 1.0]]
        edge = [[2 * s, -0.3], [2 * s, 1.3]]
        place, size = (y, unit) if rng.random() < 0.5 else (y + unit * rng.uniform(0.2, 0.7), s * unit)
        pen.draw([edge if place == y else curve], x, place, size, size)
    return _cut_tight(canvas, rng), written


def joined_word(hands: Hands, rng: random.Random) -> tuple[Gray, str]:
    """A word as it was written at one go."""
    while True:
        text, strokes = rng.choice(hands.words)
        if 2 <= len(text) <= 12 and text.isascii() and text.isalpha():
            break
    width = max(point[0] for stroke in strokes for point in stroke)
    unit = 60.0
    canvas = np.full((round(2 * unit), round((width + 2) * unit)), 255, np.uint8)
    pen = _Pen(rng, canvas, unit, max(1, round(unit * rng.uniform(0.03, 0.09))), rng.uniform(-0.1, 0.2))
    pen.draw(strokes, 0.8 * unit, 0.5 * unit, unit, unit)
    return _cut_tight(canvas, rng), text


def _cut_tight(canvas: Gray, rng: random.Random) -> Gray:
    rows, columns = np.flatnonzero((canvas < 200).any(axis=1)), np.flatnonzero((canvas < 200).any(axis=0))
    if rows.size == 0:
        return canvas[:60, :60]
    if rng.random() < 0.1:  # a form's edge took a strip of it
        strip, upper = round((rows[-1] - rows[0]) * rng.uniform(0.04, 0.2)), rng.random() < 0.5
        rows = rows[strip:] if upper else rows[: -strip or None]
        canvas[: rows[0]] = canvas[rows[-1] + 1 :] = 255
    margin = round((rows[-1] - rows[0]) / 6)
    top, left = max(rows[0] - margin, 0), max(columns[0] - margin - rng.randint(0, 6), 0)
    return canvas[top : rows[-1] + 1 + margin, left : columns[-1] + 1 + margin + rng.randint(0, 6)]


def worn(gray: Gray, rng: random.Random) -> Gray:
    """The line as a scan gives it after its paper was made white."""
    noise = np.random.default_rng(rng.getrandbits(32))
    high = rng.randint(28, 80)
    scaled = cv2.resize(gray, (max(8, round(gray.shape[1] * high / gray.shape[0])), high), interpolation=cv2.INTER_AREA)
    ink = 1 - scaled.astype(np.float32) / 255
    if rng.random() < 0.25:  # a pen that skips, paper with a grain
        grain = cv2.resize(
            noise.random((max(2, high // 3), max(2, ink.shape[1] // 3))).astype(np.float32), (ink.shape[1], high)
        )
        ink *= np.clip(grain * rng.uniform(1.2, 3.0), 0, 1)
    if rng.random() < 0.15:  # a scan in black and white that lost thin strokes
        lost = cv2.GaussianBlur(noise.random(ink.shape).astype(np.float32), (0, 0), rng.uniform(1, 3))
        lost = (lost - lost.mean()) / max(float(lost.std()), 1e-6)
        ink = np.where(ink > rng.uniform(0.3, 0.6) + rng.uniform(0.05, 0.2) * lost, 1.0, 0.0).astype(np.float32)
    paper = 1 - ink * rng.uniform(0.5, 1.0)
    if rng.random() < 0.4:
        paper *= _ground(ink.shape, rng, noise)
    if rng.random() < 0.2:
        y = rng.choice([rng.randint(0, high // 6), rng.randint(high * 4 // 5, high - 1)])
        start = rng.randint(0, ink.shape[1] // 2)
        paper[y : y + rng.randint(1, 3), start : rng.randint(start, ink.shape[1])] *= rng.uniform(0.2, 0.8)
    paper = cv2.GaussianBlur(paper, (0, 0), rng.uniform(0.3, 1.2))
    paper = paper + noise.normal(0, rng.uniform(0.005, 0.06), paper.shape)
    low = float(np.percentile(paper, 0.5))
    paper = (paper - low * rng.uniform(0.6, 1)) / max(0.3, 0.97 - low)
    if rng.random() < 0.15:
        paper = np.where(paper > rng.uniform(0.45, 0.7), 1.0, 0.0)
    return np.clip(paper * 255, 0, 255).astype(np.uint8)


def _ground(shape: tuple[int, int], rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """Paper with fine lines printed over it, as receipts and safe paper have."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    ground = np.ones(shape, np.float32)
    for _ in range(rng.randint(1, 2)):
        wave = rng.uniform(2, 6) * np.sin(columns / rng.uniform(5, 30) + rng.uniform(0, 6))
        phase = (rows * rng.uniform(0.5, 1) + columns * rng.uniform(-0.7, 0.7) + wave) * rng.uniform(0.6, 1.8)
        ground *= 1 - rng.uniform(0.05, 0.35) * (np.sin(phase) > rng.uniform(0.2, 0.8))
    return cv2.GaussianBlur(ground, (0, 0), 0.6)


def listed_names() -> list[str]:
    """The names that are shipped."""
    return LISTED.read_text("utf-8").split()


def pictured(hands: Hands, character: str, rng: random.Random) -> Gray:
    """One character alone, worn and cut tight."""
    own = hands.glyph(character, "", rng)
    across = max(0.02, max(point[0] for stroke in own for point in stroke))
    unit = 44.0
    wide = unit * rng.uniform(0.75, 1.2) * min(1.0, 1.8 / across)
    canvas = np.full((80, round(across * wide + 70)), 255, np.uint8)
    pen = _Pen(rng, canvas, unit, rng.choice([2, 2, 3, 3, 4, 5, 6]), rng.uniform(-0.12, 0.3))
    pen.draw(own, 30, 18, wide, unit)
    rough = rng.uniform(0.35, 1.0)
    small = cv2.resize(canvas, None, fx=rough, fy=rough, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.3, 1.1)).astype(np.float32)
    blurred += np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(0, 12), blurred.shape)
    if rng.random() < 0.15:
        blurred = np.where(blurred > rng.uniform(120, 190), 255.0, 0.0)
    mask = blurred < 150
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return np.clip(blurred, 0, 255).astype(np.uint8)
    cut = blurred[max(rows[0] - 1, 0) : rows[-1] + 2, max(columns[0] - 1, 0) : columns[-1] + 2]
    return np.clip(np.where(cut > 215, 255, cut), 0, 255).astype(np.uint8)
