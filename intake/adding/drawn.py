"""Finds, from pixels, the places to be written in on a blank page: tick boxes, framed cells, combs, write-on lines.

Works alike on drawn pages and on pictures of pages. All boxes are in pixels of the given image. It sees what is
framed or underlined; a place that only white space marks is not seen, and a heading in an empty frame may be.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray

Px = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels, the last two outside."""
Mask = NDArray[np.uint8]
_INK = 190
_SHADED = 247
_LEAST_FREE = 0.35


@dataclass(frozen=True, slots=True)
class Drawn:
    """One place to write in."""

    box: Px
    frame: Px
    """The whole framed cell, its printed label included."""
    kind: str
    """`tick`, `comb`, `cell` or `line`."""
    cells: int | None = None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page taken apart: all ink, and the long straight strokes in it."""

    gray: Gray
    ink: Mask
    bare: Mask
    """Ink without printed words."""
    strokes: Mask
    level: Mask
    mm: float
    """Pixels to the millimetre."""


def find_drawn(gray: Gray, px_per_mm: float, words: Sequence[Px] = ()) -> list[Drawn]:
    """Places to write in on an upright page, unordered. `words`: boxes of printed words, whose strokes are no lines."""
    sheet = _take_apart(gray, px_per_mm, words)
    ticks = list(_ticks(sheet))
    combs, cells = _combs([box for box in _frames(sheet) if not any(_inside(box, tick.frame) for tick in ticks)], sheet)
    taken = [drawn.frame for drawn in (*ticks, *combs)]
    found = [*ticks, *combs]
    for frame in cells:
        if any(_inside(_middle(comb.frame), frame) for comb in combs):
            continue
        free = _free(frame, sheet, [box for box in taken if _inside(_middle(box), frame)])
        if free is not None and not any(_shared(free, drawn.box) > 0.2 * _area(free) for drawn in found):
            found.append(Drawn(free, frame, "cell"))
    found += _lines(sheet, [drawn.frame for drawn in found])
    return found


def _take_apart(gray: Gray, mm: float, words: Sequence[Px]) -> _Sheet:
    ink = (gray < _INK).astype(np.uint8)
    bare = ink.copy()
    for x0, y0, x1, y1 in words:
        bare[y0:y1, x0:x1] = 0
    level = _opened(_joined_dots(bare, mm), _bar(int(6 * mm), 1))
    upright = _opened(bare, _bar(1, int(2.8 * mm)))
    strokes = np.asarray(cv2.dilate(level | upright, np.ones((3, 3), np.uint8)), np.uint8)
    return _Sheet(gray, ink, bare, strokes, level, mm)


def _joined_dots(bare: Mask, mm: float) -> Mask:
    """The ink with rows of dots and dashes made into lines; taller print is left apart, or letters would join too."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(bare, connectivity=8)
    low = stats[:, cv2.CC_STAT_HEIGHT] < 0.8 * mm
    low[0] = False
    dots = low[labels].astype(np.uint8)
    return bare | _closed(dots, _bar(int(1.2 * mm), 1))


def _opened(mask: Mask, shape: Mask) -> Mask:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, shape), np.uint8)


def _closed(mask: Mask, shape: Mask) -> Mask:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, shape), np.uint8)


def _bar(width: int, height: int) -> Mask:
    return np.ones((max(height, 1), max(width, 1)), np.uint8)


def _parts(mask: Mask) -> Iterator[tuple[Px, int]]:
    """Box and area of each connected part that does not touch the page's edge."""
    height, width = mask.shape
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    for x, y, w, h, area in stats[1:].tolist():
        if x > 0 and y > 0 and x + w < width and y + h < height:
            yield (x, y, x + w, y + h), area


def _ticks(sheet: _Sheet) -> Iterator[Drawn]:
    """Small empty squares and circles: white, closed in by ink, nearly as high as wide, without holes."""
    low, high = 1.9 * sheet.mm, 7 * sheet.mm
    for (x0, y0, x1, y1), area in _parts(1 - sheet.bare):
        width, height = x1 - x0, y1 - y0
        if not (low < width < high and low < height < high and 0.78 < width / height < 1.28):
            continue
        if area < 0.72 * width * height or _in_a_row((x0, y0, x1, y1), sheet):
            continue
        box = (x0 - 1, y0 - 1, x1 + 1, y1 + 1)
        yield Drawn(box, box, "tick")


def _in_a_row(box: Px, sheet: _Sheet) -> bool:
    """Whether a closed square shares a side with another cell to its left or right: then it is no tick box."""
    x0, y0, x1, y1 = box
    reach = max(2, round(0.5 * sheet.mm))
    thick = max(2, round(0.8 * sheet.mm))
    beyond = round(0.8 * (x1 - x0))
    for start, step in ((x0 - 1, -1), (x1, 1)):
        top = sheet.ink[max(y0 - reach, 0) : y0, _span(start + step * thick, step, beyond)]
        foot = sheet.ink[y1 : y1 + reach, _span(start + step * thick, step, beyond)]
        if top.size and foot.size and top.max(axis=0).mean() > 0.9 and foot.max(axis=0).mean() > 0.9:
            return True
    return False


def _span(start: int, step: int, length: int) -> slice:
    return slice(start, start + length) if step > 0 else slice(max(start - length, 0), max(start, 0))


def _frames(sheet: _Sheet) -> list[Px]:
    """White rectangles that strokes close in, or that stand white on a tinted ground."""
    height, width = sheet.gray.shape
    white = (sheet.gray >= _SHADED).astype(np.uint8)
    tinted_ground = 1.0 - float(white.mean()) > 0.2
    masks = [1 - sheet.strokes]
    if tinted_ground:
        masks.append(_closed(white, _bar(3, 3)))
    found: list[Px] = []
    for mask in masks:
        for box, area in _parts(mask):
            w, h = box[2] - box[0], box[3] - box[1]
            large = w > 2.2 * sheet.mm and 3.2 * sheet.mm < h < 0.6 * height and w < 0.98 * width
            if large and area > 0.78 * w * h and not _shaded(box, sheet) and not any(_same(box, old) for old in found):
                found.append(box)
    return found


def _shaded(box: Px, sheet: _Sheet) -> bool:
    x0, y0, x1, y1 = box
    return bool(np.median(sheet.gray[y0:y1, x0:x1]) < _SHADED)


def _combs(frames: Sequence[Px], sheet: _Sheet) -> tuple[list[Drawn], list[Px]]:
    """Rows of four or more narrow cells of one size become combs; the rest is returned as it was, slivers left out."""
    narrow = [box for box in frames if box[2] - box[0] < 9.5 * sheet.mm and box[3] - box[1] < 13 * sheet.mm]
    wide = [box for box in frames if box[2] - box[0] >= 9.5 * sheet.mm or box[3] - box[1] >= 13 * sheet.mm]
    runs: list[list[Px]] = []
    for box in sorted(narrow, key=lambda box: (round(box[1] / (2 * sheet.mm)), box[0])):
        run = next((run for run in runs if _continues(run[-1], box, sheet.mm)), None)
        if run is None:
            runs.append([box])
        else:
            run.append(box)
    combs, cells = [], wide
    for run in runs:
        if len(run) >= 4 and not _written_in(run, sheet):
            box = (run[0][0], min(b[1] for b in run), run[-1][2], max(b[3] for b in run))
            combs.append(Drawn(box, box, "comb", len(run)))
        else:
            cells += [box for box in run if box[2] - box[0] > 5 * sheet.mm]
    return combs, cells


def _continues(before: Px, box: Px, mm: float) -> bool:
    return (
        -1 < box[0] - before[2] < 1.5 * mm
        and abs(box[1] - before[1]) < 0.8 * mm
        and abs(box[3] - before[3]) < 0.8 * mm
        and abs((box[2] - box[0]) - (before[2] - before[0])) < 0.9 * mm
    )


def _written_in(run: Sequence[Px], sheet: _Sheet) -> bool:
    """Most cells hold print: a table's heading, not a comb."""
    inked = sum(float(sheet.ink[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2].mean()) > 0.03 for x0, y0, x1, y1 in run)
    return inked > len(run) / 2


def _free(frame: Px, sheet: _Sheet, taken: Sequence[Px]) -> Px | None:
    """The largest part of a cell without print: all rows below (or above) its label, or all columns beside it."""
    x0, y0, x1, y1 = frame
    inner = sheet.ink[y0:y1, x0:x1].copy()
    edge = max(1, round(0.25 * sheet.mm))
    inner[:edge], inner[-edge:], inner[:, :edge], inner[:, -edge:] = 0, 0, 0, 0
    for bx0, by0, bx1, by1 in taken:
        inner[max(by0 - y0, 0) : by1 - y0, max(bx0 - x0, 0) : bx1 - x0] = 1
    top, foot = _longest_gap(inner.max(axis=1))
    left, right = _longest_gap(inner.max(axis=0))
    height, width = y1 - y0, x1 - x0
    rows = (x0, y0 + top, x1, y0 + foot) if foot - top > 3.7 * sheet.mm else None
    beside = left > edge or right - left == width  # print to the left names it; print to the right is a table's figure
    wide = right - left > 10 * sheet.mm and height > 3.6 * sheet.mm
    columns = (x0 + left, y0, x0 + right, y1) if beside and wide else None
    best = max((box for box in (rows, columns) if box), key=_area, default=None)
    if best is None or _area(best) < _LEAST_FREE * width * height or best[2] - best[0] < 5 * sheet.mm:
        return None
    return best


def _longest_gap(line: NDArray[np.uint8]) -> tuple[int, int]:
    """Start and end of the longest run of zeros."""
    edges = np.flatnonzero(np.diff(np.concatenate(([1], line > 0, [1])).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    best = int(np.argmax(ends - starts))
    return int(starts[best]), int(ends[best])


def _lines(sheet: _Sheet, taken: Sequence[Px]) -> list[Drawn]:
    """Level strokes with room above them that frame nothing found so far."""
    width = sheet.gray.shape[1]
    found: list[Drawn] = []
    for (x0, y0, x1, y1), _ in _parts(sheet.level):
        if y1 - y0 > 1.2 * sheet.mm or not 14 * sheet.mm < x1 - x0 < 0.72 * width:
            continue
        if any(_borders((x0, y0, x1, y1), frame, sheet.mm) for frame in taken):
            continue
        above = _room_above((x0, y0, x1), sheet)
        if above is not None:
            found.append(Drawn(above, above, "line"))
    return found


def _room_above(line: tuple[int, int, int], sheet: _Sheet) -> Px | None:
    x0, y, x1 = line
    lift, low, high = round(0.4 * sheet.mm), round(4 * sheet.mm), round(8 * sheet.mm)
    strip = sheet.ink[max(y - low, 0) : y - lift, x0:x1]
    if strip.shape[0] < low - lift:
        return None
    left, right = _longest_gap(strip.max(axis=0))
    if right - left < max(12 * sheet.mm, 0.4 * (x1 - x0)):
        return None
    rows = sheet.ink[max(y - high, 0) : y - lift, x0 + left : x0 + right].max(axis=1)
    inked = np.flatnonzero(rows)
    top = max(y - high, 0) + (int(inked[-1]) + 1 if len(inked) else 0)
    return (x0 + left, top, x0 + right, y + 1)


def _borders(line: Px, frame: Px, mm: float) -> bool:
    """Whether a stroke is the upper or lower side of a frame, or runs through it."""
    beside = line[0] < frame[2] and frame[0] < line[2]
    return beside and frame[1] - 1.2 * mm < line[1] and line[3] < frame[3] + 1.2 * mm


def _area(box: Px) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _middle(box: Px) -> Px:
    x, y = (box[0] + box[2]) // 2, (box[1] + box[3]) // 2
    return (x, y, x + 1, y + 1)


def _inside(box: Px, frame: Px) -> bool:
    return frame[0] - 2 <= box[0] and frame[1] - 2 <= box[1] and box[2] <= frame[2] + 2 and box[3] <= frame[3] + 2


def _same(a: Px, b: Px) -> bool:
    return _shared(a, b) > 0.8 * max(_area(a), _area(b))


def _shared(a: Px, b: Px) -> int:
    return max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
