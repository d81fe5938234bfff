"""A blank without a form of its own: what is drawn on it is found."""

from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from intake.adding.add import Adding
from intake.adding.drawn import find_drawn
from intake.forms.model import Definition
from tests.forms.blanks import A4, MM, printed

WORDS = [
    (21, 43, 7, "Sukunimi"),
    (20, 67, 9, "Henkilötunnus"),
    (26, 83, 9, "Kyllä"),
    (46, 83, 9, "Ei"),
    (20, 118, 8, "Hakijan allekirjoitus ja nimi on ja"),
]


def drawing(canvas, number):
    """One of each thing that can be written in."""

    def box(x0, y0, x1, y1):
        canvas.rect(x0 * MM, A4[1] - y1 * MM, (x1 - x0) * MM, (y1 - y0) * MM)

    canvas.setLineWidth(0.7)
    box(20, 40, 120, 52)
    for cell in range(11):
        box(50 + 5 * cell, 62, 55 + 5 * cell, 69)
    box(20, 79.5, 24, 83.5)
    canvas.circle(42 * MM, A4[1] - 81.5 * MM, 2 * MM)
    canvas.line(20 * MM, A4[1] - 114 * MM, 110 * MM, A4[1] - 114 * MM)


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A drawn form without a form of its own, and a page of instructions."""
    return printed(
        tmp_path / "a.pdf",
        [WORDS, [(20, 40, 9, "Ohje: täytä etusivu")]],
        draw=lambda c, n: drawing(c, n) if n == 1 else None,
    )


def define(path: Path) -> tuple[Definition, tuple[str, ...]]:
    """What a blank becomes, and the notes."""
    return Adding(path.parent / "forms", "kunta").define(path)


def test_cells_combs_tick_boxes_and_lines_are_found(blank):
    """Each kind of drawn field once, with stable keys in reading order."""
    made, _ = define(blank)

    assert [(field.key, field.kind) for field in made.fields] == [
        ("p1_f01", "text"), ("p1_f02", "comb"), ("p1_f03", "check"), ("p1_f04", "check"), ("p1_f05", "text"),
    ]  # fmt: skip
    assert made.field("p1_f02").places[0].cells == 11


def test_places_are_where_they_were_drawn(blank):
    """The place to write in leaves out the label printed in the cell."""
    made, _ = define(blank)

    x0, _, x1, y1 = made.field("p1_f01").places[0].box_mm
    assert (x0, x1, y1) == pytest.approx((20, 120, 52), abs=0.8) or (x0 > 30 and x1 == pytest.approx(120, abs=0.8))
    assert made.field("p1_f02").places[0].box_mm == pytest.approx((50, 62, 105, 69), abs=0.5)
    assert made.field("p1_f04").places[0].box_mm == pytest.approx((40, 79.5, 44, 83.5), abs=0.5)
    line = made.field("p1_f05").places[0].box_mm
    assert (line[0], line[2], line[3]) == pytest.approx((20, 110, 114), abs=0.5)


def test_labels_come_from_the_print(blank):
    """In the cell, left of the comb, right of the tick box."""
    made, _ = define(blank)

    assert [made.field(f"p1_f0{n}").labels.get("fi") for n in (1, 2, 3, 4)] == [
        "Sukunimi",
        "Henkilötunnus",
        "Kyllä",
        "Ei",
    ]
    assert made.field("p1_f02").value == "hetu"


def test_the_notes_are_open_about_it(blank):
    """How it was found, what is not known, and the page without a field."""
    _, notes = define(blank)

    assert any("no form of its own; 5 fields" in note for note in notes)
    assert any("on page 2" in note for note in notes)


def test_a_picture_of_the_page_does_as_well(blank, tmp_path):
    """A blank that exists on paper only is scanned: the same fields, their labels read from the picture if at all."""
    image = pypdfium2.PdfDocument(blank)[0].render(scale=200 / 72).to_pil().convert("L")
    picture = tmp_path / "picture.pdf"
    image.save(picture, resolution=200)

    made, notes = define(picture)

    assert [field.kind for field in made.fields] == ["text", "comb", "check", "check", "text"]
    assert any("no text of its own" in note for note in notes)


def test_ordinary_print_draws_nothing():
    """Noise and solid blocks hold no place to write in."""
    gray = np.full((2339, 1654), 255, np.uint8)
    gray[300:340, 200:900] = 0
    gray[np.random.default_rng(1).integers(0, 2339, 400), np.random.default_rng(2).integers(0, 1654, 400)] = 0

    assert find_drawn(gray, 200 / 25.4) == []
