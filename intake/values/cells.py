"""A comb read as cells: each cell's writing cut out, set as an even line, and judged cell by cell.

The line recogniser was made for lines, so the cells are set close together for it; where each one stands is known,
so its probabilities fall apart into cells again. Digits are looked at a second time by a small network of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray
from intake.values.decode import Steps
from intake.values.glyphs import Glyph
from intake.values.ink import Mask, tall_rest, whiten, without_rests
from intake.values.recogniser import LINE_HEIGHT, STEP_WIDTH
from intake.values.shapes import SOURCES

_OVERLAP = 0.1
"""How far writing may reach over its cell's edge, as a share of the cell's width."""
_ASTRAY = 0.2
_INK_HEIGHT = 34
_GAP = STEP_WIDTH
_SPACE = SOURCES.index(" ")


@dataclass(frozen=True, slots=True)
class Cell:
    """The writing of one cell, cut tight."""

    gray: Gray
    top: int
    """Its first row in the comb."""


@dataclass(frozen=True, slots=True)
class SetLine:
    """The cells as one line, and the time steps that belong to each."""

    gray: Gray
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CombInk:
    """A comb's crop made ready: the cells' own lines are taken out."""

    white: Gray
    mask: Mask
    dpi: float
    count: int
    """How many even cells the width holds."""


def comb_ink(gray: Gray, dpi: float, count: int) -> CombInk:
    """The writing of a comb of `count` cells."""
    white, mask = without_rests(whiten(gray), dpi)
    return CombInk(white, mask, dpi, count)


def cut_cells(comb: CombInk) -> list[Cell | None]:
    """The writing of each cell, None where a cell is empty."""
    owners = _owners(comb.mask, comb.dpi, comb.count)
    return [cut(comb.white, owners == number, comb.mask & (owners != number)) for number in range(comb.count)]


def written_in_cells(comb: CombInk) -> bool:
    """Whether the writer kept to the cells: most strokes lie in one cell, and there are not many more than cells."""
    width = comb.mask.shape[1] / comb.count
    _, _, stats, _ = cv2.connectedComponentsWithStats(comb.mask.astype(np.uint8), connectivity=8)
    large = stats[1:][stats[1:, cv2.CC_STAT_HEIGHT] > 1.0 * comb.dpi / 25.4]
    if len(large) == 0:
        return True
    left, right = large[:, 0] / width, (large[:, 0] + large[:, 2]) / width
    over = np.minimum(np.ceil(left) - left, right - np.ceil(left)) > _ASTRAY
    return bool(over.mean() < 0.3 and len(large) <= 2 * comb.count)


def _owners(mask: Mask, dpi: float, count: int) -> NDArray[np.int32]:
    """For each pixel the cell its stroke belongs to, -1 for paper: a stroke goes whole to the cell of its middle."""
    width = mask.shape[1] / count
    total, labels, stats, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    owner = np.full(total, -1, dtype=np.int32)
    split = []
    for number in range(1, total):
        wide, high = stats[number, 2:4].tolist()
        middle = float(centres[number][0])
        at_rule = abs(middle / width - round(middle / width)) < 0.15
        if at_rule and tall_rest(wide, high, dpi):
            continue
        if wide > (1 + 2 * _OVERLAP) * width:
            split.append(number)
            continue
        owner[number] = min(int(middle / width), count - 1)
    owners = np.asarray(owner[labels], dtype=np.int32)
    if split:
        by_place = np.minimum((np.arange(mask.shape[1]) / width).astype(np.int32), count - 1)
        over = np.isin(labels, split)
        owners[over] = np.broadcast_to(by_place, mask.shape)[over]
    return owners


def cut(white: Gray, own: Mask, foreign: Mask) -> Cell | None:
    """The box around a cell's own ink, with everything of others in it painted white and faint strokes kept."""
    rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
    if rows.size == 0:
        return None
    top, left = max(int(rows[0]) - 1, 0), max(int(columns[0]) - 1, 0)
    area = np.s_[top : int(rows[-1]) + 2, left : int(columns[-1]) + 2]
    others = cv2.dilate(foreign[area].astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~own[area]
    return Cell(np.where(others, 255, white[area]).astype(np.uint8), top)


def glyphs_of(cells: Sequence[Cell]) -> list[Glyph]:
    """The written cells as glyphs, measured against each other."""
    if not cells:
        return []
    usual = float(np.percentile([cell.gray.shape[0] for cell in cells], 70))
    middles = [cell.top + cell.gray.shape[0] / 2 for cell in cells]
    middle = float(np.median(middles))
    return [
        Glyph(cell.gray, cell.gray.shape[0] / usual, (middle - own) / usual)
        for cell, own in zip(cells, middles, strict=True)
    ]


def set_line(cells: Sequence[Cell]) -> SetLine:
    """At least one written cell, side by side at one scale, each at its own height."""
    usual = float(np.percentile([cell.gray.shape[0] for cell in cells], 70))
    middle = float(np.median([cell.top + cell.gray.shape[0] / 2 for cell in cells]))
    pieces: list[Gray] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for cell in cells:
        piece = _piece(cell, _INK_HEIGHT / usual, middle)
        pieces.append(piece)
        spans.append((at // STEP_WIDTH, (at + piece.shape[1]) // STEP_WIDTH))
        at += piece.shape[1]
    return SetLine(np.hstack(pieces), tuple(spans))


def _piece(cell: Cell, scale: float, middle: float) -> Gray:
    """One cell on a strip of line height, a whole number of steps wide."""
    height, width = cell.gray.shape
    scale = min(scale, (LINE_HEIGHT - 4) / height)
    high, wide = max(2, round(height * scale)), max(2, round(width * scale))
    scaled = cv2.resize(cell.gray, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top = round(LINE_HEIGHT / 2 + (cell.top - middle) * scale)
    top = min(max(top, 1), LINE_HEIGHT - high - 1)
    room = -(-(wide + 2 * _GAP) // STEP_WIDTH) * STEP_WIDTH
    left = (room - wide) // 2
    strip = np.full((LINE_HEIGHT, room), 255, np.uint8)
    strip[top : top + high, left : left + wide] = scaled
    return strip


def single(steps: Steps) -> NDArray[np.float64]:
    """For each character of SOURCES the probability that these time steps hold exactly it and nothing else."""
    nothing = np.maximum(steps[:, 0] + steps[:, 1 + _SPACE], 1e-6).astype(np.float64)
    here = np.maximum(steps[:, 1:-1], 1e-7).astype(np.float64)
    before = np.concatenate([[1.0], np.cumprod(nothing)])
    after = np.concatenate([np.cumprod(nothing[::-1])[::-1], [1.0]])
    total = np.zeros(here.shape[1])
    for start in range(len(nothing)):
        run = np.full(here.shape[1], before[start])
        for stop in range(start, len(nothing)):
            run = run * here[stop]
            total += run * after[stop + 1]
    return np.asarray(total)
