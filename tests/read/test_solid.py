"""A solid area is not writing, in grey, in black and white and as a pattern of dots."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image

from intake.base.filing import FieldState
from intake.forms.model import Definition
from intake.jail.pixels import Gray
from intake.recognise import Index
from tests.read.test_read import cross, read
from tests.recognise.paper import TICKS, printed, px, write

FILLED, EMPTY, UNCLEAR = FieldState.FILLED, FieldState.EMPTY, FieldState.UNCLEAR
Box = tuple[float, float, float, float]
PLACES: dict[str, Box] = {
    "inside": (27, 62, 118, 67),
    "over all of it": (20, 59, 125, 70),
    "half of it": (26, 61, 70, 68),
}


def marked(page: Gray, box: Box, grey: int) -> Gray:
    """`page` with a highlighter's stroke: its edges waver, and ink under it stays visible."""
    x0, y0, x1, y1 = box
    across = np.linspace(x0, x1, 60)
    top = [(px(x), px(y0 + 0.2 * np.sin(0.7 * x))) for x in across]
    bottom = [(px(x), px(y1 + 0.2 * np.cos(0.5 * x))) for x in across[::-1]]
    area = np.zeros(page.shape, np.float32)
    cv2.fillPoly(area, [np.array(top + bottom)], 1.0)
    return (page * (1 - cv2.GaussianBlur(area, (0, 0), 1.2) * (1 - grey / 255))).astype(np.uint8)


def in_dots(page: Gray) -> Gray:
    """`page` in black and white, its greys by error diffusion."""
    return np.asarray(Image.fromarray(page).convert("1").convert("L"))


def black_and_white(page: Gray) -> Gray:
    """`page` in black and white."""
    return np.where(page < 128, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("scanned", [lambda page: page, black_and_white, in_dots], ids=["grey", "1 bit", "dots"])
@pytest.mark.parametrize("grey", [200, 100, 20])
@pytest.mark.parametrize("place", PLACES)
def test_a_highlighter_over_an_empty_field_fills_nothing(
    form: Definition, index: Index, place: str, grey: int, scanned: Callable[[Gray], Gray]
) -> None:
    """Empty, or a person is asked; the next field stays empty where the stroke ends before it."""
    page = scanned(marked(printed(form), PLACES[place], grey))

    assert read(page, index)["nimi"].state in (EMPTY, UNCLEAR)


@pytest.mark.parametrize("grey", [190, 100])
def test_a_second_stroke_over_the_first_fills_nothing(form: Definition, index: Index, grey: int) -> None:
    """Where two strokes of a marker lie over each other it is darker, and nothing is written all the same."""
    page = marked(marked(printed(form), (27, 62, 118, 67), grey), (35, 63, 98, 66.5), grey)

    assert read(page, index)["nimi"].state in (EMPTY, UNCLEAR)


@pytest.mark.parametrize("grey", [190, 100])
def test_two_strokes_of_a_highlighter_that_overlap_fill_nothing(form: Definition, index: Index, grey: int) -> None:
    """Drawn one below the other, they leave a darker strip as narrow as a pen's stroke."""
    page = marked(marked(printed(form), (27, 61, 118, 65.2), grey), (27, 64, 118, 68), grey)

    assert read(page, index)["nimi"].state in (EMPTY, UNCLEAR)


@pytest.mark.parametrize("place", ["inside", "half of it"])
def test_writing_under_a_highlighter_is_writing(form: Definition, index: Index, place: str) -> None:
    """A name that somebody marked yellow is filled in."""
    page = marked(write(printed(form), "Aino Virtanen", 27, 67), PLACES[place], 215)

    assert read(page, index)["nimi"].state is FILLED


@pytest.mark.parametrize("blur", [0.5, 2.5])
def test_dense_writing_is_writing(form: Definition, index: Index, blur: float) -> None:
    """A felt pen's letters, with hardly any paper between them, in focus and out of it."""
    page = printed(form)
    cv2.putText(page, "Selvitys", (px(27), px(67.2)), cv2.FONT_HERSHEY_DUPLEX, px(4) / 22, 50, px(1.0), cv2.LINE_AA)

    assert read(np.asarray(cv2.GaussianBlur(page, (0, 0), blur), np.uint8), index)["nimi"].state is FILLED


def test_writing_beside_a_black_area_is_writing(form: Definition, index: Index) -> None:
    """What was blacked out hides itself, not the word after it."""
    page = marked(write(printed(form), "Virtanen", 75, 67), (27, 62, 66, 67), 20)

    assert read(page, index)["nimi"].state is FILLED


def test_a_marker_over_tick_boxes_ticks_none(form: Definition, index: Index) -> None:
    """A black bar over a whole row of boxes is for a person; a box that somebody blackened is ticked."""
    x0, y0, x1, y1 = TICKS["ei"]
    barred = black_and_white(marked(printed(form), (20, y0 - 0.5, 100, y1 + 0.5), 100))
    blackened = marked(printed(form), (x0 - 0.3, y0 - 0.3, x1 + 0.3, y1 + 0.3), 40)
    yellow = marked(cross(printed(form), "ei"), (20, y0 - 0.5, 100, y1 + 0.5), 215)

    assert read(barred, index)["laji"].state is UNCLEAR
    assert read(blackened, index)["laji"].value == "ei"
    assert read(yellow, index)["laji"].value == "ei"
