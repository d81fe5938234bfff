"""The text printed on a blank: words and lines with their boxes and sizes.

They come from the PDF's own text; where a page is a picture, or its letters are drawn as shapes, Tesseract reads them.
"""

import ctypes
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from intake.adding.blank import Blank
from intake.adding.page_space import MM_PER_POINT, PageSpace
from intake.base.errors import NotFound
from intake.base.filing import Box
from intake.jail.pixels import Gray
from intake.text.tesseract import page_text

MOST_CHARACTERS = 50_000
_BOXES = frozenset("☐□▢◻○◯❏❑⬜")
"""Tick boxes printed as letters: words of their own."""
DPI = 200
PX_PER_MM = DPI / 25.4
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class Word:
    """One printed word."""

    text: str
    box: Box
    size_mm: float
    """Height of the font's line."""
    foot_mm: float
    """Where the font's line ends below, from the top of the page."""


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand side by side, close enough to be read together."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words with single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """Around all words."""
        return union(word.box for word in self.words)

    @property
    def size_mm(self) -> float:
        """The tallest word's."""
        return max(word.size_mm for word in self.words)


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around `boxes` (at least one)."""
    every = list(boxes)
    return (
        min(box[0] for box in every), min(box[1] for box in every),
        max(box[2] for box in every), max(box[3] for box in every),
    )  # fmt: skip


def words_of(page: pypdfium2.PdfPage, space: PageSpace) -> list[Word]:
    """All printed words in the file's order, boxes in millimetres; text outside the visible page is left out."""
    text_page = page.get_textpage()
    try:
        return _words(text_page, space)
    finally:
        text_page.close()


def _words(text_page: pypdfium2.PdfTextPage, space: PageSpace) -> list[Word]:
    size = space.size
    words: list[Word] = []
    letters: list[str] = []
    boxes: list[Box] = []
    rows: list[tuple[float, float]] = []

    def finish() -> None:
        if letters:
            box = union(boxes)
            if box[0] >= -1 and box[1] >= -1 and box[2] <= size.width_mm + 1 and box[3] <= size.height_mm + 1:
                words.append(Word("".join(letters), box, *max(rows)))
        letters.clear()
        boxes.clear()
        rows.clear()

    for index in range(min(text_page.count_chars(), MOST_CHARACTERS)):
        letter = _letter(pdfium.FPDFText_GetUnicode(text_page.raw, index))
        if letter.isspace() or letter in "\0\ufffe\uffff":
            finish()
            continue
        found = _character(text_page, index, space)
        if found is None:
            continue
        box, row = found
        if letter in _BOXES:
            finish()
        if boxes and _apart(boxes[-1], box, rows[-1][0]):
            finish()
        letters.append(letter)
        boxes.append(box)
        rows.append(row)
        if letter in _BOXES:
            finish()
    finish()
    return words


def _letter(code: int) -> str:
    """A broken font may name a character that does not exist."""
    return chr(code) if 0 < code < 0x110000 else "\0"


def _character(
    text_page: pypdfium2.PdfTextPage, index: int, space: PageSpace
) -> tuple[Box, tuple[float, float]] | None:
    """The ink's box of one character, and height and foot of its font's line."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    loose = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetCharBox(text_page.raw, index, left, right, bottom, top):
        return None
    box = space.box_mm((left.value, bottom.value, right.value, top.value))
    if not pdfium.FPDFText_GetLooseCharBox(text_page.raw, index, loose):
        return box, (box[3] - box[1], box[3])
    outer = space.box_mm((loose.left, loose.bottom, loose.right, loose.top))
    return box, (min(outer[3] - outer[1], 100 * MM_PER_POINT), outer[3])


def _apart(before: Box, after: Box, height: float) -> bool:
    """Whether two characters of the text's order are too far from each other to be one word."""
    far = after[0] - before[2] > 0.6 * height or after[2] < before[0] - height
    return far or after[1] > before[3] + 0.5 * height or after[3] < before[1] - 0.5 * height


def lines_of(words: Iterable[Word], *, gap: float = 1.2) -> list[Line]:
    """Words joined into lines, top to bottom and left to right; a gap of `gap` line heights splits a line in two.

    Words join only with the one they follow closely on the same foot line, so that columns set at slightly different
    heights do not run into each other.
    """
    rows: list[list[Word]] = []
    by_height: dict[int, list[list[Word]]] = defaultdict(list)
    for word in sorted(words, key=lambda word: word.box[0]):
        height = round(word.foot_mm)
        near = [row for step in (-1, 0, 1) for row in by_height[height + step] if _follows(row[-1], word, gap)]
        if near:
            max(near, key=lambda row: row[-1].box[2]).append(word)
        else:
            row = [word]
            rows.append(row)
            by_height[height].append(row)
    lines = [Line(tuple(row)) for row in rows]
    return sorted(lines, key=lambda line: (round(line.words[0].foot_mm / 2), line.box[0]))


def _follows(before: Word, word: Word, gap: float) -> bool:
    smaller, larger = sorted((before.size_mm, word.size_mm))
    return (
        abs(before.foot_mm - word.foot_mm) < 0.3 * smaller
        and larger < 1.7 * smaller
        and -0.5 * smaller < word.box[0] - before.box[2] < gap * smaller
    )


def rendered(blank: Blank, index: int) -> Gray:
    """Page `index` (from 0) upright and cropped at 200 dpi, what people may fill in not drawn."""
    scale = DPI / 72 * blank.spaces[index].scale_mm / MM_PER_POINT
    bitmap = blank.pdf[index].render(scale=scale, grayscale=True, may_draw_forms=False)
    gray: Gray = np.ascontiguousarray(bitmap.to_numpy().reshape(bitmap.height, bitmap.width))
    return gray


def words_seen(blank: Blank, index: int) -> list[Word]:
    """The words that Tesseract reads on the page; none if it is not installed or gives up."""
    gray = rendered(blank, index)
    try:
        text = page_text(gray, DPI)
    except NotFound:
        return []
    lines: dict[int, list[Box]] = {}
    sure = [word for word in text.words if word.confidence >= _SURE and any(map(str.isalnum, word.text))]
    for word in sure:
        lines.setdefault(word.line, []).append(_mm(word.box))
    around = {line: union(boxes) for line, boxes in lines.items()}
    return [
        Word(word.text, _mm(word.box), (around[word.line][3] - around[word.line][1]) * 1.15, around[word.line][3])
        for word in sure
    ]


def _mm(box: tuple[int, int, int, int]) -> Box:
    return (box[0] / PX_PER_MM, box[1] / PX_PER_MM, box[2] / PX_PER_MM, box[3] / PX_PER_MM)
