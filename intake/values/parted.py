"""A written line parted into characters: where the line recogniser saw each one, its ink is cut out for a second look.

Strokes are never cut: a stroke belongs whole to the character over whose place its middle lies, and a character that
shares a stroke with another is not looked at again (joined writing stays with the line recogniser).
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray
from intake.values.cells import Cell, cut
from intake.values.decode import Steps
from intake.values.ink import ink_mask
from intake.values.recogniser import place_of_step
from intake.values.shapes import SOURCES, counts_for

_LONGEST = 60
_WIDE = 1.25
"""A stroke wider than this many characters is taken for several joined ones."""
_TALL = 0.5
"""A part at least this high, as a share of the line's tall ones, is no dot or ring."""
_SEEN_AS = {
    own: np.array([1 + place for place, seen in enumerate(SOURCES) if counts_for(seen, own)]) for own in SOURCES
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A line and what the recogniser saw along it."""

    line: Gray
    steps: Steps
    stretch: float
    """How wide the line was laid for it."""


@dataclass(frozen=True, slots=True)
class Parted:
    """The characters of a line as first read."""

    text: str
    """What was read, without spaces."""
    cells: tuple[Cell | None, ...]
    """The ink of each character of `text`, None where it is joined to another or has none."""
    spans: tuple[tuple[int, int], ...]
    """The time steps of each."""


def parted(sight: Sight, text: str) -> Parted | None:
    """The characters of a line that reads as `text`; None when they do not fit into its time steps."""
    bare = text.replace(" ", "")
    if not bare or len(bare) > _LONGEST:
        return None
    middles = _aligned(sight.steps, text)
    if middles is None:
        return None
    own = [middle for middle, character in zip(middles, text, strict=True) if character != " "]
    places = np.array([place_of_step(sight.line, middle, sight.stretch) for middle in own])
    borders = (np.array(own[:-1]) + np.array(own[1:])) / 2 + 0.5
    steps_at = [0, *np.round(borders).astype(int).tolist(), len(sight.steps)]
    spans = tuple(pairwise(steps_at))
    return Parted(bare, _cells(sight.line, places), spans)


def _aligned(steps: Steps, text: str) -> list[float] | None:
    """The time step of each character's middle on the likeliest path that reads `text`."""
    length = 2 * len(text) + 1
    if length > 2 * len(steps) + 1:
        return None
    columns = np.full((len(steps), length), -40.0)
    columns[:, ::2] = np.log(np.maximum(steps[:, :1], 1e-8))
    for place, own in enumerate(text):
        columns[:, 2 * place + 1] = np.log(np.maximum(steps[:, _SEEN_AS[own]].sum(axis=1), 1e-8))
    jump = np.array(
        [place % 2 == 1 and place > 1 and text[place // 2] != text[place // 2 - 1] for place in range(length)]
    )
    score = np.full(length, -np.inf)
    score[:2] = columns[0, :2]
    back = np.zeros((len(steps), length), dtype=np.int8)
    for step in range(1, len(steps)):
        one = np.concatenate([[-np.inf], score[:-1]])
        two = np.where(jump, np.concatenate([[-np.inf, -np.inf], score[:-2]]), -np.inf)
        ways = np.stack([score, one, two])
        back[step] = ways.argmax(axis=0)
        score = ways.max(axis=0) + columns[step]
    at = length - 1 if score[-1] >= score[-2] else length - 2
    if not np.isfinite(score[at]):
        return None
    runs: list[list[int]] = [[] for _ in text]
    for step in range(len(steps) - 1, -1, -1):
        if at % 2 == 1:
            runs[at // 2].append(step)
        at -= int(back[step, at])
    if not all(runs):
        return None
    return [float(np.mean(run)) for run in runs]


def _cells(line: Gray, places: NDArray[np.float64]) -> tuple[Cell | None, ...]:
    mask = ink_mask(line)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    boxes = stats[1:, :4].astype(np.float64)
    left, right = boxes[:, 0], boxes[:, 0] + boxes[:, 2]
    owner = np.searchsorted((places[:-1] + places[1:]) / 2, (left + right) / 2)
    for mark, base in _marks(boxes).items():
        owner[mark] = owner[base]
    usual = float(np.median(np.diff(places))) if len(places) > 1 else float(line.shape[0])
    joined: set[int] = set()
    for number in np.flatnonzero(right - left > _WIDE * usual):
        inside = np.flatnonzero((places > left[number]) & (places < right[number]))
        joined.update(inside.tolist() if len(inside) > 1 else [])
    owners = np.concatenate([[-1], owner])[labels]
    return tuple(
        None if number in joined else cut(line, owners == number, mask & (owners != number))
        for number in range(len(places))
    )


def _marks(boxes: NDArray[np.float64]) -> dict[int, int]:
    """Small parts (dots, rings) and the tall part each stands over or under."""
    if len(boxes) == 0:
        return {}
    high = boxes[:, 3]
    tall = high >= _TALL * np.percentile(high, 80)
    left, right = boxes[:, 0], boxes[:, 0] + boxes[:, 2]
    found = {}
    for mark in np.flatnonzero(~tall):
        over = np.minimum(right, right[mark]) - np.maximum(left, left[mark])
        base = int(np.where(tall, over, -np.inf).argmax())
        if tall[base] and over[base] >= 0.5 * boxes[mark, 2]:
            found[int(mark)] = base
    return found
