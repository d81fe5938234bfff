"""Fields are judged from ink as a careful clerk would judge them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from intake.base.filing import FieldReading, FieldState
from intake.forms.model import Definition, Place
from intake.jail.pixels import Gray
from intake.read import crops, read_fields, upright
from intake.recognise import Index, recognise
from tests.recognise.paper import DPI, SIGNATURE, TEXT_BOX, TICKS, Edition, define, printed, px, scan, warp, write

FILLED, EMPTY, UNCLEAR = FieldState.FILLED, FieldState.EMPTY, FieldState.UNCLEAR


def read(page: Gray, index: Index) -> dict[str, FieldReading]:
    """All fields of one scanned page."""
    opened = scan(page)
    return read_fields(opened, recognise(opened, index)[0])


def line(
    gray: Gray, start: tuple[float, float], end: tuple[float, float], *, ink: int = 60, pen_mm: float = 0.4
) -> Gray:
    """`gray` with a stroke between two points in mm."""
    out = gray.copy()
    points = [(px(x), px(y)) for x, y in (start, end)]
    cv2.line(out, points[0], points[1], ink, max(1, px(pen_mm)), cv2.LINE_AA)
    return out


def cross(gray: Gray, option: str, *, grow_mm: float = 0.0, ink: int = 60, pen_mm: float = 0.4) -> Gray:
    """`gray` with an X in a tick box."""
    x0, y0, x1, y1 = TICKS[option]
    x0, y0, x1, y1 = x0 - grow_mm, y0 - grow_mm, x1 + grow_mm, y1 + grow_mm
    once = line(gray, (x0, y0), (x1, y1), ink=ink, pen_mm=pen_mm)
    return line(once, (x0, y1), (x1, y0), ink=ink, pen_mm=pen_mm)


def test_a_blank_form_is_empty(form: Definition, index: Index) -> None:
    """Nothing written, nothing seen; fields of pages that are not in the scan are left out."""
    fields = read(printed(form), index)

    assert {key: f.state for key, f in fields.items()} == dict.fromkeys(
        ["nimi", "osoite", "laji", "allekirjoitus"], EMPTY
    )


@pytest.mark.parametrize("ink", [40, 120, 165])
@pytest.mark.parametrize("degrees", [0.0, 3.0])
def test_writing_is_seen_by_pen_and_pencil(form: Definition, index: Index, ink: int, degrees: float) -> None:
    """Dark ink and faint pencil, straight and askew; the field below stays empty."""
    page = warp(write(printed(form), "Aino Virtanen", 27, 67, ink=ink), degrees=degrees)

    fields = read(page, index)

    assert (fields["nimi"].state, fields["osoite"].state) == (FILLED, EMPTY)


def test_a_single_digit_is_writing(form: Definition, index: Index) -> None:
    """A lone `1` is filled in."""
    assert read(line(printed(form), (60, 62), (60.3, 66)), index)["nimi"].state is FILLED


def test_dust_is_no_writing(form: Definition, index: Index) -> None:
    """Specks of up to a millimetre fill nothing."""
    page = printed(form)
    for x in (40, 70, 100):
        cv2.circle(page, (px(x), px(65)), px(0.45), 50, -1)

    assert read(page, index)["nimi"].state is EMPTY


def test_a_neighbours_overflow_is_not_counted(form: Definition, index: Index) -> None:
    """A long stroke that comes down from the field above belongs above."""
    page = write(printed(form), "Yrjo", 27, 66.5, height_mm=5)
    page = line(page, (45, 62), (43, 71.5))

    fields = read(page, index)

    assert (fields["nimi"].state, fields["osoite"].state) == (FILLED, EMPTY)


def test_tails_from_the_line_above_fill_nothing(form: Definition, index: Index) -> None:
    """Three long tails reach into the empty field below."""
    page = write(printed(form), "Yrjo", 27, 66.5, height_mm=5)
    for x in (40, 55, 80):
        page = line(page, (x, 63), (x - 1, 72.5), pen_mm=0.6)

    fields = read(page, index)

    assert (fields["nimi"].state, fields["osoite"].state) == (FILLED, EMPTY)


def test_tails_that_cross_a_thick_rule_fill_nothing(tmp_path: Path) -> None:
    """A heavier line hides more of a tail before its end looks out below it."""
    form = define(Edition("ilmoitus", "2015", seed=3, mark="IL 3", rule_points=2.2), tmp_path)
    page = write(printed(form), "Yrjo", 27, 66.5, height_mm=5)
    for x in (55, 80):
        page = line(page, (x, 63), (x, 70.8), pen_mm=0.6)
        page = line(page, (x, 70.8), (x - 1.5, 70.8), pen_mm=0.6)

    fields = read(page, Index.of([form]))

    assert (fields["nimi"].state, fields["osoite"].state) == (FILLED, EMPTY)


def test_a_tail_longer_than_its_letter_fills_nothing(form: Definition, index: Index) -> None:
    """It stands alone beside its word and ends deep in the field below: empty, or for a person to say."""
    page = line(line(printed(form), (60, 65.8), (60, 72.2)), (60, 72.2), (58.6, 72.0))

    assert read(write(page, "Yrjo", 27, 66.5), index)["osoite"].state in (EMPTY, UNCLEAR)


def test_what_is_left_of_a_word_is_for_a_person(form: Definition, index: Index) -> None:
    """Of a pale word only the tail came through the copier, over the line into the empty field below."""
    page = line(line(printed(form), (60, 66.4), (60, 71.4)), (60, 71.4), (58.6, 71.2))

    assert read(page, index)["nimi"].state is not EMPTY


def test_the_end_of_a_neighbours_word_fills_nothing(form: Definition, index: Index) -> None:
    """A word that begins left of a field and ends in it may be its neighbour's; one that begins in it is its own."""
    over = read(write(printed(form), "liitteena", 8, 66), index)["nimi"]

    assert over.state is UNCLEAR
    assert read(write(printed(form), "na", 26, 66), index)["nimi"].state is FILLED


@pytest.mark.parametrize("lean", [0.0, 1.0])
def test_a_line_through_the_page_fills_nothing_and_hides_nothing(form: Definition, index: Index, lean: float) -> None:
    """A fax's lost row through an empty field and through a written one."""
    page = write(printed(form), "Aino Virtanen", 27, 67)
    for y in (65.5, 74.0):
        page = line(page, (5, y), (205, y + lean), pen_mm=0.2)

    fields = read(page, index)

    assert (fields["nimi"].state, fields["osoite"].state) == (FILLED, EMPTY)


@pytest.mark.parametrize("ends", [((0, 92), (210, 92.6)), ((57, 0), (57.5, 297))], ids=["lost row", "dirty glass"])
def test_a_line_through_the_page_ticks_nothing(
    form: Definition, index: Index, ends: tuple[tuple[float, float], tuple[float, float]]
) -> None:
    """A fax's lost row or a feeder's streak goes through tick boxes: only the cross that somebody made counts."""
    streaked = line(printed(form), *ends, pen_mm=0.2)

    assert read(streaked, index)["laji"].state is EMPTY
    assert read(cross(streaked, "kylla"), index)["laji"].value == "kylla"


def test_a_printed_line_that_lies_askew_is_no_writing(form: Definition, index: Index) -> None:
    """Where a sheet is pulled, the edge of a printed line looks out beside where it should be."""
    page = line(printed(form), (70, 77.55), (119, 77.35), pen_mm=0.25, ink=90)

    assert read(page, index)["osoite"].state is EMPTY


def test_a_dash_is_writing(form: Definition, index: Index) -> None:
    """Somebody said that there is nothing to say."""
    assert read(line(printed(form), (40, 65), (46, 65.2)), index)["nimi"].state is FILLED


@pytest.mark.parametrize("top", [68.0, 69.5])
def test_a_lone_digit_on_the_line_is_not_lost(form: Definition, index: Index, top: float) -> None:
    """A `1` that touches or crosses the field's upper edge is still written in it."""
    assert read(line(printed(form), (60, top), (60, 75.5)), index)["osoite"].state is FILLED


def test_a_stain_is_no_writing_and_hides_none(form: Definition, index: Index) -> None:
    """A coffee ring through two fields: the empty one stays empty, the written one is filled."""
    page = write(printed(form), "Aino Virtanen", 27, 67).astype(np.float32)
    stain = np.zeros(page.shape, np.float32)
    cv2.circle(stain, (px(75), px(80)), px(18), 0.35, px(2.6))
    stained = (page * (1 - cv2.GaussianBlur(stain, (0, 0), 6))).astype(np.uint8)

    fields = read(stained, index)

    assert (fields["nimi"].state, fields["osoite"].state) == (FILLED, EMPTY)


@pytest.mark.parametrize(
    "mark",
    [
        lambda page: cross(page, "ei"),
        lambda page: cross(page, "ei", pen_mm=1.0),
        lambda page: cross(page, "ei", grow_mm=2.0),
        lambda page: cross(page, "ei", ink=150, pen_mm=0.3),
        lambda page: line(line(page, (55.5, 92), (57, 93.5)), (57, 93.5), (61, 87)),
        lambda page: cv2.circle(page.copy(), (px(57), px(92)), px(3.6), 60, 3),
    ],
    ids=["thin", "thick", "overflowing", "faint", "tick", "circled"],
)
def test_a_tick_is_seen_whatever_it_looks_like(form: Definition, index: Index, mark: Callable[[Gray], Gray]) -> None:
    """The option ticked is the value."""
    field = read(mark(printed(form)), index)["laji"]

    assert (field.state, field.value) == (FILLED, "ei")


def test_two_ticked_options_have_no_value(form: Definition, index: Index) -> None:
    """Filled, but what was meant is for a person to say."""
    field = read(cross(cross(printed(form), "ei"), "kylla"), index)["laji"]

    assert (field.state, field.value) == (FILLED, None)


def test_a_field_off_the_scan_is_unclear(form: Definition, index: Index) -> None:
    """What the scanner cut off cannot be told empty."""
    page = np.ascontiguousarray(printed(form)[:, px(80) :])

    fields = read(page, index)

    assert fields["laji"].state is UNCLEAR


def _signed(page: Gray, ink: int = 70) -> Gray:
    out = page.copy()
    steps = np.linspace(0, 1, 200)
    x, y = 35 + 50 * steps + 3 * np.sin(37 * steps), 266 + 3.5 * np.sin(53 * steps) * (1 - steps)
    points = np.stack([x, y], axis=-1) / 25.4 * DPI
    cv2.polylines(out, [points.astype(np.int32)], False, ink, 3, cv2.LINE_AA)
    return out


def _smudge(page: Gray) -> Gray:
    out = page.copy()
    cv2.ellipse(out, (px(60), px(266)), (px(7), px(3)), 20, 0, 360, 90, -1)
    return out


def _typed(page: Gray) -> Gray:
    image = Image.fromarray(page)
    letters = ImageFont.load_default(px(4.2))
    ImageDraw.Draw(image).text((px(40), px(263)), "Aino Virtanen", font=letters, fill=50)
    return np.asarray(image)


def _stamp(page: Gray) -> Gray:
    out, letters = page.copy(), ImageFont.load_default(px(3.2))
    for radius in (13.0, 9.0):
        cv2.circle(out, (px(60), px(266)), px(radius), 80, px(0.5), cv2.LINE_AA)
    image = Image.fromarray(out)
    for number, letter in enumerate("MAISTRAATTI * SAAPUNUT *"):
        x, y = 60 + 11 * np.cos(number * 0.262), 266 + 11 * np.sin(number * 0.262)
        ImageDraw.Draw(image).text((px(x), px(y)), letter, font=letters, fill=80, anchor="mm")
    ImageDraw.Draw(image).text((px(60), px(266)), "2.3.2015", font=letters, fill=80, anchor="mm")
    return np.asarray(image)


@pytest.mark.parametrize(
    ("mark", "states"),
    [
        (_signed, {FILLED}),
        (lambda page: _signed(page, ink=205), {UNCLEAR, FILLED}),
        (lambda page: _signed(_stamp(page)), {FILLED}),
        (_typed, {EMPTY}),
        (_stamp, {EMPTY, UNCLEAR}),
        (lambda page: page, {EMPTY}),
        (lambda page: line(page, (30, 268), (100, 268.3)), {EMPTY}),
        (_smudge, {UNCLEAR, EMPTY}),
        (lambda page: write(page, "Aino", 120, 268), {EMPTY}),
    ],
    ids=["signed", "palely", "across a stamp", "a typed name", "a stamp", "nothing", "a line", "a smudge", "beside it"],
)
def test_a_signature_is_handwriting_in_its_place(
    form: Definition, index: Index, mark: Callable[[Gray], Gray], states: set[FieldState]
) -> None:
    """A line, a smudge or a name elsewhere is none."""
    assert read(mark(printed(form)), index)["allekirjoitus"].state in states


def test_crops_hold_the_writing_without_the_print(form: Definition, index: Index) -> None:
    """The crop of a filled field is upright, shows the ink, and the box's frame is gone."""
    opened = scan(np.ascontiguousarray(np.rot90(write(printed(form), "Aino Virtanen", 27, 67))))
    seen = recognise(opened, index)[0]

    found = crops(opened, seen, read_fields(opened, seen))

    assert [(c.key, c.value) for c in found] == [("nimi", "name")]
    gray = found[0].gray
    assert gray.shape[1] > 5 * gray.shape[0]
    inked = np.flatnonzero((gray < 128).any(axis=0)) / gray.shape[1]
    assert 0.0 < inked.min() < 0.1
    assert inked.max() < 0.7
    assert (gray < 128).mean(axis=1).max() < 0.5


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_is_turned_upright_and_straight(form: Definition, index: Index, quarters: int) -> None:
    """Whatever way it lay, the print runs level afterwards and nothing is cut off."""
    opened = scan(np.ascontiguousarray(np.rot90(warp(printed(form), degrees=2.0), quarters)))

    straight = upright(opened, recognise(opened, index)[0].pages[0])

    again = recognise(scan(straight), index)[0].pages[0].reading
    assert (again.turned, again.skew_degrees) == (0, pytest.approx(0, abs=0.25))


def test_the_boxes_told_are_those_of_the_form(form: Definition, index: Index) -> None:
    """Places are given in millimetres of the upright form page, with the page of the scan."""
    field = read(printed(form), index)["allekirjoitus"]

    assert [(p.page, p.box_mm) for p in field.places] == [(1, SIGNATURE)]
    assert read(printed(form), index)["nimi"].places[0].box_mm == TEXT_BOX


def test_a_pale_pen_is_seen_and_what_shines_through_is_not(form: Definition, index: Index) -> None:
    """Out of focus a pale pen is hardly darker than paper; as dark, but with soft edges, is the sheet's back."""
    back = cv2.GaussianBlur(255 - write(np.full_like(printed(form), 255), "Aino", 60, 76, ink=0), (0, 0), 8)
    page = cv2.GaussianBlur(write(printed(form), "Eero Niemi", 27, 67, ink=203), (0, 0), 2.0)

    fields = read(np.asarray(page - (back * 0.36).astype(np.uint8), np.uint8), index)

    assert fields["nimi"].state is FILLED
    assert fields["osoite"].state in (EMPTY, UNCLEAR)


def test_a_stamp_over_a_place_without_a_box_leaves_it_to_a_person(form: Definition, index: Index) -> None:
    """The stamp's ring lies mostly beside the place, and hides what may be written there."""
    page = printed(form)
    cv2.ellipse(page, (px(150), px(75)), (px(17), px(7)), 0, 0, 360, 60, px(1.2), cv2.LINE_AA)
    bare = form.fields[1].model_copy(update={"places": (Place(page=1, box_mm=(136, 77.5, 164, 83.5)),)})
    opened = scan(page)
    seen = replace(recognise(opened, index)[0], definition=form.model_copy(update={"fields": (bare,)}))

    assert read_fields(opened, seen)["osoite"].state is UNCLEAR
