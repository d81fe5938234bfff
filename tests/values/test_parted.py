"""A line parted into its characters: each one's ink is found where it was read, joined ones are left together."""

import cv2
import numpy as np

from intake.jail.pixels import Gray
from intake.values.ink import lines_of
from intake.values.looks import look
from intake.values.parted import Sight, parted
from intake.values.recogniser import LineRecogniser
from tests.bench import values_crops as crops

RECOGNISER = LineRecogniser()


def drawn(text: str) -> Gray:
    """`text` in print as one clean line at 200 dpi."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (900, 70), 255)
    ImageDraw.Draw(image).text((20, 10), text, font=crops.font("Vera.ttf", 34), fill=0)
    (line,) = lines_of(np.asarray(image), 200.0)
    return line


def seen(line: Gray, *, stretch: float) -> Sight:
    """The line and what the recogniser saw along it."""
    return Sight(line, RECOGNISER.steps([line], stretch=stretch)[0], stretch)


def test_every_character_has_its_own_ink() -> None:
    """Dots and rings go with their letters; spaces have no cell; the width of the look makes no difference."""
    line = drawn("Väinö Åberg 15")

    for stretch in (0.75, 1.0, 1.3):
        found = parted(seen(line, stretch=stretch), "Väinö Åberg 15")

        assert found is not None and found.text == "VäinöÅberg15" and all(found.cells)
        heights = [cell.gray.shape[0] for cell in found.cells if cell is not None]
        assert heights[5] == max(heights[:6]) and heights[1] > heights[3] and heights[4] > heights[3]


def test_joined_characters_are_not_cut() -> None:
    """Three letters under one stroke stay with the line recogniser; their neighbours are looked at."""
    line = drawn("18 346 97").copy()
    sight = seen(line, stretch=1.0)
    lone = parted(sight, "1834697")
    assert lone is not None and all(lone.cells)
    columns = np.flatnonzero((line < 128).any(axis=0))
    third = len(columns) // 3
    bar = np.s_[line.shape[0] // 2 - 2 : line.shape[0] // 2 + 2, columns[third] : columns[2 * third]]
    line[bar] = 0

    found = parted(Sight(line, sight.steps, 1.0), "1834697")

    assert found is not None and found.cells[3] is None and found.cells[0] is not None and found.cells[6] is not None


def test_a_text_longer_than_its_ink_is_not_parted() -> None:
    """More characters than time steps fit nowhere; nor does nothing."""
    sight = seen(drawn("1"), stretch=1.0)

    assert parted(sight, "1234567890" * 5) is None and parted(sight, "") is None and parted(sight, "  ") is None


def test_the_first_look_and_the_parts_agree() -> None:
    """The spans of the characters cover the time steps in order, without gaps."""
    line = drawn("2056124-3")
    sight = seen(np.asarray(cv2.GaussianBlur(line, (0, 0), 0.6), np.uint8), stretch=0.75)

    found = parted(sight, look("ytunnus", sight.steps).candidates[0].text)

    assert found is not None and found.text == "2056124-3"
    assert found.spans[0][0] == 0 and found.spans[-1][1] == len(sight.steps)
    assert all(before[1] == after[0] for before, after in zip(found.spans, found.spans[1:], strict=False))
