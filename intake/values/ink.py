"""A field's crop made ready for reading: even white, no rests of printed lines, tight around the writing."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.jail.pixels import Gray

Mask = NDArray[np.bool_]

_LEAST_CONTRAST = 40
_REACH_MM = 1.3
_CRUMBS_MM = 0.8
_DOT_MM = 0.9
_ROUND = 0.6
_CRUMB_SHARE = 0.3
"""Rows whose parts are all this low beside others' are no line of writing."""
_EDGE_MM, _EDGE_SHARE = 3.0, 0.65
"""So near to the crop's edge, a line this much lower than another is a label or a neighbour's, not a second line."""
_CENTS = 2
_LONG_MM, _SHORT_MM = 2.0, 0.8
_THICKEST_MM = 0.5
"""A printed line is thinner than this, a pen's stroke seldom; blurred by a coarse scan at least 4 pixels count."""


def whiten(gray: Gray) -> Gray:
    """Paper to white and the darkest ink to black, slow changes of the background taken out."""
    side = max(15, (min(gray.shape) // 2) | 1)
    paper = cv2.GaussianBlur(cv2.dilate(gray, np.ones((5, 5), np.uint8)), (side, side), 0)
    even = np.clip(gray.astype(np.float32) * 255.0 / np.maximum(paper, 1), 0, 255)
    darkest = float(np.percentile(even, 0.5))
    if 235.0 - darkest > _LEAST_CONTRAST:
        even = np.clip((even - darkest) * 255.0 / (235.0 - darkest), 0, 255)
    return even.astype(np.uint8)


def ink_mask(white: Gray) -> Mask:
    """The pixels of a whitened crop that are ink."""
    threshold, _ = cv2.threshold(white, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return np.asarray(white < min(max(threshold, 90), 190))


def without_rests(white: Gray, dpi: float) -> tuple[Gray, Mask]:
    """The ink of a whitened crop, and the crop with rests of the printed box near its edges painted white.

    A stroke that crosses them stays. Dust counts for no ink; it is painted white only where it lies by such a rest, as
    bits of a broken line do: elsewhere it may be a faint dot of a letter.
    """
    ink = ink_mask(white)
    mask = specks_off(ink, dpi)
    rests = _lying_rests(mask, dpi) | _long_lines(mask, dpi)
    rests |= _standing_rests(mask & ~rests, dpi)
    if not rests.any():
        return white, mask
    side = 2 * round(_CRUMBS_MM * dpi / 25.4) + 1
    near = cv2.dilate(rests.astype(np.uint8), np.ones((side, side), np.uint8)).astype(bool)
    return painted_white(white, rests | (ink & ~mask & near), keep=mask & ~rests), mask & ~rests


def without_paper(line: Gray) -> Gray:
    """A line with nothing but its ink and the ink's soft edges."""
    near = cv2.dilate(ink_mask(line).astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.where(near > 0, line, 255).astype(np.uint8)


def has_cents_point(line: Gray) -> bool:
    """Whether a low dot or comma stands before the last two characters of a line."""
    x, y, width, height = _parts(ink_mask(line)).boxes.T
    if len(height) == 0:
        return False
    usual = float(np.percentile(height, 80))
    tall = height >= 0.35 * usual
    usual_width, base = float(np.median(width[tall])), float(np.median((y + height)[tall]))
    low = ~tall & (height >= 0.08 * usual) & (y + height / 2 > base - 0.3 * usual)
    for point in np.flatnonzero(low & (width <= 0.6 * usual_width)):
        after = tall & (x > x[point])
        if after.sum() == _CENTS and (~after & tall).any() and (width[after] < 1.3 * usual_width).all():
            return True
    return False


def painted_white(white: Gray, gone: Mask, *, keep: Mask | None = None) -> Gray:
    """`gone` and its soft edges painted white, `keep` left as it is."""
    wide = cv2.dilate(gone.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    return np.where(wide if keep is None else wide & ~keep, np.uint8(255), white).astype(np.uint8)


def _thin(dpi: float) -> int:
    return max(4, round(_THICKEST_MM * dpi / 25.4))


@dataclass(frozen=True, slots=True)
class _Parts:
    """The connected parts of a mask: one row of x, y, width, height each."""

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]

    def pixels(self, number: int) -> Mask:
        return np.asarray(self.labels == number + 1)


def tall_rest(width: int, height: int, dpi: float) -> bool:
    """Whether a part of this size may be a piece of an upright printed line."""
    return width <= _thin(dpi) and height >= 2 * width


def _parts(mask: Mask) -> _Parts:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return _Parts(np.asarray(labels, dtype=np.int32), np.asarray(stats[1:, :4], dtype=np.int32))


def _closed(mask: Mask, width: int, height: int) -> Mask:
    kernel = np.ones((height, width), np.uint8)
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)).astype(bool)


def _lying_rests(mask: Mask, dpi: float) -> Mask:
    """Thin flat parts, broken or whole, in the upper or lower quarter; right at the edge short ones too."""
    parts = _parts(_closed(mask, max(3, round(0.8 * dpi / 25.4)), 1))
    _, y, width, height = parts.boxes.T
    middle = (y + height / 2) / mask.shape[0]
    from_edge = np.minimum(middle, 1 - middle)
    long = (width >= _LONG_MM * dpi / 25.4) & (from_edge <= 0.25)
    short = (width >= np.maximum(_SHORT_MM * dpi / 25.4, 2 * height)) & (from_edge <= 0.12)
    flat = (height <= _thin(dpi)) & (long | short)
    rests = np.zeros_like(mask)
    for number in np.flatnonzero(flat):
        rest = parts.pixels(int(number)) & mask
        if not _dots_of_a_letter(mask, rest, dpi):
            rests |= rest
    return rests


def _dots_of_a_letter(mask: Mask, rest: Mask, dpi: float) -> bool:
    """Whether `rest` is two round dots, as of Ä and Ö, with ink of their letter right below."""
    _, _, width, height = _parts(rest).boxes.T
    if len(width) != 2 or (np.minimum(width, height) < _ROUND * np.maximum(width, height)).any():
        return False
    rows, columns = np.flatnonzero(rest.any(axis=1)), np.flatnonzero(rest.any(axis=0))
    below = mask[rows[-1] + 1 : rows[-1] + 1 + round(_REACH_MM * dpi / 25.4), columns[0] : columns[-1] + 1]
    return bool(below.any())


def _standing_rests(mask: Mask, dpi: float) -> Mask:
    """Thin upright parts by the left or right edge that are no letter: apart from the writing or not of its height."""
    parts = _parts(_closed(mask, 1, max(3, round(0.8 * dpi / 25.4))))
    x, _, width, height = parts.boxes.T
    near = 1.5 * dpi / 25.4
    away = np.minimum(x, mask.shape[1] - x - width)
    upright = (width <= _thin(dpi)) & (height >= np.maximum(0.8 * dpi / 25.4, 2 * width)) & (away < near)
    rests = np.zeros_like(mask)
    for number in np.flatnonzero(upright):
        rests |= parts.pixels(int(number)) & mask
    writing = mask & ~rests
    for number in np.flatnonzero(upright & (away >= _thin(dpi) // 2)):
        if _like_a_letter(writing, parts.boxes[number].tolist(), dpi):
            rests &= ~parts.pixels(int(number))
    return rests


def _like_a_letter(writing: Mask, box: tuple[int, int, int, int], dpi: float) -> bool:
    """Whether an upright part stands close to the writing and reaches from its top to its bottom, as an I does."""
    x, y, width, height = box
    gap = round(1.2 * dpi / 25.4)
    rows = np.flatnonzero(writing[:, max(x - gap, 0) : x + width + gap].any(axis=1))
    if rows.size == 0:
        return False
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    slack = max(0.2 * (bottom - top), 0.25 * dpi / 25.4)
    return abs(y - top) <= slack and abs(y + height - bottom) <= slack


def _long_lines(mask: Mask, dpi: float) -> Mask:
    """Long straight runs near the upper and lower edge that writing touches, without the strokes running through."""
    length = max(8, round(5 * dpi / 25.4))
    runs = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((1, length), np.uint8)).astype(bool)
    border = max(round(0.22 * mask.shape[0]), 1)
    runs[border : mask.shape[0] - border] = False
    thick = _thin(dpi) + 1
    tall = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((thick, 1), np.uint8)).astype(bool)
    return np.asarray(runs & ~tall)


def neighbours_off(mask: Mask, dpi: float) -> Mask:
    """The mask without a neighbour's writing: ink that reaches in over the crop's edge and no further is taken out."""
    parts = _parts(mask)
    if len(parts.boxes) == 0:
        return mask
    x, y, width, height = parts.boxes.T
    reach = _REACH_MM * dpi / 25.4
    rows, columns = mask.shape
    over_flat = ((y == 0) | (y + height == rows)) & (height <= min(reach, 0.3 * rows))
    over_side = ((x == 0) | (x + width == columns)) & (width <= min(reach, 0.1 * columns))
    dots = _paired(parts.boxes[over_flat & (y == 0)], dpi)
    over_flat[np.flatnonzero(over_flat & (y == 0))[dots]] = False
    foreign = np.concatenate([[False], over_flat | over_side])
    return np.asarray(mask & ~foreign[parts.labels])


def _paired(boxes: NDArray[np.int32], dpi: float) -> Mask:
    """Which of these parts are one of two small ones side by side, as the dots of Ä and Ö are."""
    x, _, width, height = boxes.T
    most = _DOT_MM * dpi / 25.4
    small = (width <= most) & (height <= most)
    gap = np.abs((x + width / 2)[:, np.newaxis] - (x + width / 2)[np.newaxis])
    near = (gap > 0) & (gap <= 2 * most) & small[:, np.newaxis] & small[np.newaxis]
    return np.asarray(near.sum(axis=1) == 1)


def specks_off(mask: Mask, dpi: float) -> Mask:
    """The mask without dust: parts far smaller than a written dot that stand alone."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    least = max(3, round((dpi / 150) ** 2 * 4))
    small = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] < least)
    keep = np.ones(count, dtype=bool)
    keep[small] = False
    keep[0] = False
    return np.asarray(keep[labels])


def lines_of(gray: Gray, dpi: float) -> list[Gray]:
    """The written lines of a crop from top to bottom, each cut tight with a little white around; [] when no ink."""
    white = whiten(gray)
    white, mask = without_rests(white, dpi)
    mine = _crumbs_off(neighbours_off(mask, dpi), dpi)
    if mine.any():
        white = painted_white(white, mask & ~mine)
        mask = mine
    bands = [(top, bottom, _tallest(mask[top:bottom])) for top, bottom in _bands(mask, dpi)]
    highest, near = max((high for _, _, high in bands), default=0), _EDGE_MM * dpi / 25.4
    cuts = []
    for top, bottom, high in bands:
        by_edge = top < near or bottom > mask.shape[0] - near
        if high >= (_EDGE_SHARE if by_edge else _CRUMB_SHARE) * highest:
            cuts.append(_tight(white, mask, top, bottom))
    return [cut for cut in cuts if cut is not None]


def _crumbs_off(mask: Mask, dpi: float) -> Mask:
    """The mask without low parts by the crop's edge that stand apart from the writing, as bits of a faint line do."""
    parts = _parts(mask)
    if len(parts.boxes) == 0:
        return mask
    x, y, width, height = parts.boxes.T
    tallest = int(height.max())
    tall, wide = height >= _CRUMB_SHARE * tallest, width >= _CRUMB_SHARE * tallest
    near = 1.5 * dpi / 25.4
    rows, columns = mask.shape
    by_edge = np.minimum(np.minimum(x, columns - x - width), np.minimum(y, rows - y - height)) < near
    left, top, right, bottom = x[tall].min(), y[tall].min(), (x + width)[tall].max(), (y + height)[tall].max()
    room = 0.5 * tallest
    apart = (x + width < left - room) | (x > right + room) | (y + height < top - room) | (y > bottom + room)
    crumbs = np.concatenate([[False], ~tall & ~wide & by_edge & apart])
    return np.asarray(mask & ~crumbs[parts.labels])


def _tallest(mask: Mask) -> int:
    return int(_parts(mask).boxes[:, 3].max(initial=0))


def _bands(mask: Mask, dpi: float) -> list[tuple[int, int]]:
    """Row ranges of the written lines: split where a clear gap runs across a tall crop."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return []
    gaps = np.flatnonzero(np.diff(rows) > max(2, dpi * 0.02))
    starts = [int(rows[0]), *[int(rows[gap + 1]) for gap in gaps]]
    ends = [*[int(rows[gap]) + 1 for gap in gaps], int(rows[-1]) + 1]
    bands: list[tuple[int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        thin = end - start < dpi * 0.05
        if bands and (thin or bands[-1][1] - bands[-1][0] < dpi * 0.05):
            bands[-1] = (bands[-1][0], end)
        else:
            bands.append((start, end))
    return bands


def _tight(white: Gray, mask: Mask, top: int, bottom: int) -> Gray | None:
    """One line with a margin of a sixth of its height, everything that is not ink's surroundings left as it is."""
    columns = np.flatnonzero(mask[top:bottom].any(axis=0))
    if columns.size == 0:
        return None
    left, right = int(columns[0]), int(columns[-1]) + 1
    margin = max(2, (bottom - top) // 6)
    cut = white[max(top - margin, 0) : bottom + margin, max(left - margin, 0) : right + margin]
    pads = (max(margin - top, 0), max(bottom + margin - white.shape[0], 0), max(margin - left, 0))
    right_pad = max(right + margin - white.shape[1], 0)
    padded = cv2.copyMakeBorder(cut, pads[0], pads[1], pads[2], right_pad, cv2.BORDER_CONSTANT, value=[255])
    return np.asarray(padded, dtype=np.uint8)
