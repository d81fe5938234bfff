"""Pictures of places for signatures, for fitting and measuring: scenes laid over each other as ink.

Anything over a signature leaves it one; what is none stays none with more of its kind, and a neighbour's writing
beside the place changes nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.forms.rendered_blank import Bits
from intake.read.ink import PX_PER_MM, Ink
from intake.read.signature import Values, own_pieces, picture
from tests.bench.signature_marks import Fonts
from tests.bench.signature_scenes import Scene, scene

SHARES = {
    "loops": 1.0, "humps": 1.0, "crossed": 1.0, "wandering": 1.0, "signed": 3.0, "initials": 1.5, "spelled": 2.0,
    "typed": 3.0, "typewriter": 1.0, "dots": 1.0, "round stamp": 3.0, "square stamp": 3.0, "smudge": 2.0, "smear": 1.0,
    "lines": 1.0, "bars": 0.5, "tails": 1.0, "nothing": 0.5,
}  # fmt: skip
_TYPED, _STAMPS, _SMALL = ("typed", "typewriter", "dots"), ("round stamp", "square stamp"), ("lines", "tails", "smear")
_NONE = (*_TYPED, *_STAMPS, *_SMALL, "smudge")
Sample = tuple[str, bool | None, Values]


def bank(fonts: Fonts, half: int, unit: int, *, first: int = 0) -> dict[str, list[Scene]]:
    """Scenes by kind, `unit` times its share of each; those of a signature that nobody could see are left out."""
    found: dict[str, list[Scene]] = {}
    for kind, share in SHARES.items():
        numbers = range(int(first * share), int((first + unit) * share))
        scenes = [scene(kind, 2 * number + half, fonts) for number in numbers]
        found[kind] = [one for one in scenes if one.signed is False or _legible(one)]
    return found


def _legible(one: Scene) -> bool:
    pieces = own_pieces(one.ink, one.box)
    if not len(pieces):
        return False
    boxes = one.ink.boxes[pieces] / PX_PER_MM
    wide, high = (boxes[:, :2] + boxes[:, 2:]).max(axis=0) - boxes[:, :2].min(axis=0)
    longest = float(np.hypot(boxes[:, 2], boxes[:, 3]).max())
    return bool(high >= 3 and wide >= 4.5 and longest >= 3.5 and one.ink.areas[pieces].sum() > 3 * PX_PER_MM**2)


def samples(scenes: dict[str, list[Scene]], *, rounds: int, seed: int) -> Iterator[Sample]:
    """Each scene `rounds` times: mostly by itself at first, then with more."""
    random = Random(seed)  # repeatable, not secret
    for one in (one for kind in scenes.values() for one in kind):
        for number in range(rounds):
            kind, mask = one.kind, one.ink.mask
            if number or random.random() < 0.3:
                more = _more(one, random)
                if more:
                    kind, mask = f"{kind} + {more}", mask | _laid(one, random.choice(scenes[more]), more, random)
            if random.random() < 0.35:
                mask = mask | _neighbour(
                    one, random.choice(scenes[random.choice(("spelled", "signed", "typed"))]), random
                )
            ink = _ink(mask, one.ink)
            pieces = own_pieces(ink, one.box)
            if len(pieces):
                yield kind, one.signed, picture(ink, one.box, pieces)


def _more(one: Scene, random: Random) -> str | None:
    chance = random.random()
    if one.signed is False:
        return random.choice(_NONE) if chance < 0.25 else "typed" if chance < 0.35 else None
    if chance < 0.2:
        return random.choice(_TYPED)
    return random.choice(_STAMPS) if chance < 0.45 else random.choice(_SMALL) if chance < 0.55 else None


def _laid(one: Scene, other: Scene, kind: str, random: Random) -> Bits:
    aside = random.uniform(-5, 25) if kind in _TYPED else random.uniform(-12, 12)
    down = random.uniform(-2, 7) if kind in _TYPED else random.uniform(-4, 4)
    x = (one.box[0] + one.box[2] - other.box[0] - other.box[2]) / 2 + aside
    y = (one.box[1] + one.box[3] - other.box[1] - other.box[3]) / 2 + down
    return _shifted(other.ink.mask, x, y) & ~one.ink.own


def _neighbour(one: Scene, other: Scene, random: Random) -> Bits:
    """Writing above, below, or at a side of the place."""
    rows, columns = (np.flatnonzero(other.ink.mask.any(axis=axis)) / PX_PER_MM for axis in (1, 0))
    if not len(rows):
        return np.zeros(one.ink.mask.shape, np.bool_)
    x0, y0, x1, y1 = one.box
    gap, along, down = random.uniform(-0.6, 2.5), random.uniform(x0, x1 - 5), random.uniform(y0, y0 + 5)
    x, y = random.choice(((along, y0 - gap - np.ptp(rows)), (along, y1 + gap + 1), (x1 + gap + 1, down),
                          (x0 - gap - 1 - np.ptp(columns), down)))  # fmt: skip
    return _shifted(other.ink.mask, x - columns[0], y - rows[0]) & ~one.ink.own


def _shifted(mask: Bits, x_mm: float, y_mm: float) -> Bits:
    move = np.array([[1, 0, round(x_mm * PX_PER_MM)], [0, 1, round(y_mm * PX_PER_MM)]], np.float64)
    moved = cv2.warpAffine(mask.astype(np.uint8), move, (mask.shape[1], mask.shape[0]))
    return np.asarray(moved > 0, np.bool_)


def _ink(mask: Bits, of: Ink) -> Ink:
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    areas: NDArray[np.int64] = np.bincount(labels[mask], minlength=count)
    areas[areas < 4] = 0
    areas[0] = 0
    pieces = np.asarray(labels, np.int32), np.asarray(stats[:, :4], np.int32)
    return replace(of, mask=mask, labels=pieces[0], boxes=pieces[1], areas=areas, dark=mask)
