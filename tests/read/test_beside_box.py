"""A mark beside its box is neither a tick nor nothing."""

from collections.abc import Callable

import cv2
import pytest

from intake.base.filing import FieldState
from intake.forms.model import Definition
from intake.jail.pixels import Gray
from intake.recognise import Index
from tests.read.test_read import cross, line, read
from tests.recognise.paper import printed, px, write


def ringed(page: Gray) -> Gray:
    """A ring around the word to the right of the second box."""
    out = page.copy()
    cv2.ellipse(out, (px(70), px(92)), (px(9), px(4)), 4, 0, 350, 60, px(0.4), cv2.LINE_AA)
    return out


MARKS: dict[str, Callable[[Gray], Gray]] = {
    "ringed": ringed,
    "underlined": lambda page: line(page, (62, 94.5), (75, 94.2)),
    "crossed out": lambda page: line(page, (62, 93), (75, 91.5)),
    "an arrow": lambda page: line(line(page, (63, 92), (80, 92.5)), (63, 92), (66, 90)),
    "a tick in the margin": lambda page: line(line(page, (14, 91), (16, 93.5)), (16, 93.5), (20, 88)),
    "a word": lambda page: write(page, "tama", 62, 94),
}


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_beside_a_box_is_for_a_person(form: Definition, index: Index, mark: str) -> None:
    """The word circled, underlined or crossed, an arrow, a tick in the margin, a word: neither ticked nor empty."""
    assert read(MARKS[mark](printed(form)), index)["laji"].state is FieldState.UNCLEAR


@pytest.mark.parametrize("mark", MARKS)
def test_a_ticked_box_needs_no_mark_beside_it(form: Definition, index: Index, mark: str) -> None:
    """Somebody who ticks and underlines has said the same twice."""
    field = read(MARKS[mark](cross(printed(form), "kylla")), index)["laji"]

    assert (field.state, field.value) == (FieldState.FILLED, "kylla")


def test_what_is_written_elsewhere_marks_no_box(form: Definition, index: Index) -> None:
    """A name in its field with a tail, a word far from the boxes and dust are no marks beside them."""
    page = line(write(printed(form), "Yrjo Virtanen", 27, 76), (45, 70), (44, 81))
    page = write(page, "Huomio", 150, 75)
    cv2.circle(page, (px(64), px(92)), px(0.45), 50, -1)

    assert read(page, index)["laji"].state is FieldState.EMPTY
