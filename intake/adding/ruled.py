"""Fields of a blank that has no form of its own: found from the lines, boxes and combs drawn on its pages.

Promises: keys are stable (`p1_f01`, in reading order, for the same file); what could not be found or known is said.
Tick boxes that belong together are not known to: each is a field of its own, and a person may join them.
"""

import re
from collections.abc import Sequence

from intake.adding.blank import Blank
from intake.adding.drawn import Drawn, Px, find_drawn
from intake.adding.page_space import rounded
from intake.adding.printed import PX_PER_MM, Word, lines_of, rendered
from intake.adding.widgets import Found
from intake.base.filing import Box
from intake.forms.model import FieldKind, Place

_KINDS: dict[str, FieldKind] = {"tick": "check", "comb": "comb", "cell": "text", "line": "text"}
_LONGEST_LABEL = 160


def ruled_fields(blank: Blank, words: Sequence[Sequence[Word]]) -> tuple[list[Found], list[str]]:
    """Fields in page order, and notes on what was not found. `words`: the printed words of each page."""
    found: list[Found] = []
    bare: list[int] = []
    for number, page_words in enumerate(words, start=1):
        gray = rendered(blank, number - 1)
        boxes = [_px(word.box) for word in page_words if len(re.findall(r"\w", word.text.strip("_"))) >= 2]
        drawn = find_drawn(gray, PX_PER_MM, boxes)
        size = blank.spaces[number - 1].size
        fields = [_field(shape, number, index, page_words) for index, shape in enumerate(_in_order(drawn), start=1)]
        inside = [field for field in fields if _fits(field.places[0].box_mm, size.width_mm, size.height_mm)]
        found += inside
        if not inside:
            bare.append(number)
    if not _is_form(found, sum(len(page) for page in words)):
        return [], []
    notes = [
        f"the file has no form of its own; {len(found)} fields were found from lines and boxes on its pages: "
        "look at them, and add what only white space marks",
        "tick boxes that exclude each other are separate fields; join them by hand where a rule needs it",
    ]
    if bare:
        notes.append(f"nothing to fill in was found on page {', '.join(map(str, bare))}")
    return found, notes


def _is_form(found: Sequence[Found], words: int) -> bool:
    """Whether this is more than a letter with a table and footnotes: three places without print, or many with some."""
    plain = sum(not field.label for field in found)
    return plain >= 3 or len(found) >= max(4, 0.012 * words)


def _px(box: Box) -> Px:
    return (
        max(int(box[0] * PX_PER_MM) - 1, 0), max(int(box[1] * PX_PER_MM) - 1, 0),
        max(int(box[2] * PX_PER_MM) + 2, 0), max(int(box[3] * PX_PER_MM) + 2, 0),
    )  # fmt: skip


def _mm(box: Px) -> Box:
    return rounded((box[0] / PX_PER_MM, box[1] / PX_PER_MM, box[2] / PX_PER_MM, box[3] / PX_PER_MM))


def _in_order(drawn: Sequence[Drawn]) -> list[Drawn]:
    return sorted(drawn, key=lambda shape: (round(shape.box[3] / PX_PER_MM / 4), shape.box[0]))


def _field(drawn: Drawn, page: int, number: int, words: Sequence[Word]) -> Found:
    label = _label_inside(drawn, words)
    place = Place(page=page, box_mm=_mm(drawn.box), cells=drawn.cells)
    return Found(f"p{page}_f{number:02d}", _KINDS[drawn.kind], [place], label=label, drawn=True)


def _label_inside(drawn: Drawn, words: Sequence[Word]) -> str:
    """The print inside the frame but outside the place to write in."""
    if drawn.kind != "cell":
        return ""
    x0, y0, x1, y1 = _mm(drawn.frame)
    inside = [
        word
        for word in words
        if x0 - 0.5 < (word.box[0] + word.box[2]) / 2 < x1 + 0.5
        and y0 - 0.5 < (word.box[1] + word.box[3]) / 2 < y1 + 0.5
    ]
    text = " ".join(line.text for line in lines_of(inside)).strip(" .:_…")
    return text[:_LONGEST_LABEL]


def _fits(box: Box, width: float, height: float) -> bool:
    return 0 <= box[0] < box[2] <= width + 0.2 and 0 <= box[1] < box[3] <= height + 0.2
