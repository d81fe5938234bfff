"""The words of a blank's page that is a picture, or whose letters are drawn as shapes: read from its pixels."""

import numpy as np

from intake.adding.blank import Blank
from intake.adding.page_space import MM_PER_POINT
from intake.adding.printed import Word, union
from intake.base.errors import NotFound
from intake.base.filing import Box
from intake.jail.pixels import Gray
from intake.text.tesseract import page_text

DPI = 200
PX_PER_MM = DPI / 25.4
_SURE = 0.5


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
