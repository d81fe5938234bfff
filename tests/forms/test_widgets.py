"""A blank with a form of its own becomes a definition."""

from pathlib import Path

import pytest
from pypdf.generic import NameObject, RectangleObject

from intake.adding.add import Adding
from intake.base.errors import UnusableBlank
from intake.forms.model import Definition
from tests.forms.blanks import APPLICATION, FIELDS, Widget, changed, fillable


def define(path: Path, **names: str) -> Definition:
    """What a blank becomes."""
    return Adding(path.parent / "forms", "kela", **names).define(path)[0]


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A fillable application of two pages."""
    return fillable(tmp_path / "sv4.pdf", APPLICATION, FIELDS)


def test_keys_are_full_names_and_a_name_on_several_places_is_one_field(blank):
    """`hakija.hetu` stands on both pages and is one field with two places; push buttons are no fields."""
    made = define(blank)

    assert made.keys == {"hakija.hetu", "hakija.nimi", "aihe", "saattaja", "allekirjoitus"}
    assert [place.page for place in made.field("hakija.hetu").places] == [1, 2]


def test_kinds_come_from_the_form(blank):
    """Comb, text, choice, tick box and signature are told apart; a lone tick box stands for nothing but itself."""
    made = define(blank)

    kinds = {field.key: field.kind for field in made.fields}
    assert kinds == {
        "hakija.hetu": "comb",
        "hakija.nimi": "text",
        "aihe": "radio",
        "saattaja": "check",
        "allekirjoitus": "signature",
    }
    assert [place.cells for place in made.field("hakija.hetu").places] == [11, 11]
    assert [place.option for place in made.field("aihe").places] == ["sairaus", "kuntoutus"]
    assert made.field("saattaja").places[0].option is None


def test_tick_boxes_of_one_name_with_different_values_are_a_choice(tmp_path):
    """A group made of tick boxes instead of radio buttons is one choice; with one value it is one tick box."""
    boxes = [
        Widget("kieli", (20, 70, 24, 74), "/Btn", on="fi"),
        Widget("kieli", (40, 70, 44, 74), "/Btn", on="sv"),
        Widget("kopio", (20, 80, 24, 84), "/Btn", on="1"),
        Widget("kopio", (40, 80, 44, 84), "/Btn", on="1"),
    ]
    made = define(fillable(tmp_path / "a.pdf", APPLICATION[:1], [boxes]))

    assert (made.field("kieli").kind, len(made.field("kieli").places)) == ("radio", 2)
    assert (made.field("kopio").kind, len(made.field("kopio").places)) == ("check", 2)


def test_what_nobody_sees_is_left_out(tmp_path):
    """Hidden, not viewed, without size or off the page: none can be filled in on paper; a note counts them."""
    odd = [
        Widget("seen", (20, 20, 60, 30)),
        Widget("hidden", (20, 40, 60, 50), shown=2),
        Widget("no_view", (20, 60, 60, 70), shown=32),
        Widget("flat", (20, 80, 60, 80)),
        Widget("outside", (400, 20, 460, 30)),
    ]
    path = fillable(tmp_path / "a.pdf", APPLICATION[:1], [odd])

    made, notes = Adding(tmp_path / "forms", "kela").define(path)

    assert made.keys == {"seen"}
    assert any(note.startswith("4 widgets") for note in notes)


def test_boxes_are_millimetres_from_the_top_left(blank):
    """A box lies where it was drawn."""
    assert define(blank).field("hakija.nimi").places[0].box_mm == pytest.approx((20, 57, 120, 64), abs=0.02)


@pytest.mark.parametrize(
    ("turn", "box", "size"),
    [
        (90, (297 - 64, 20, 297 - 57, 120), (297, 210)),
        (180, (210 - 120, 297 - 64, 210 - 20, 297 - 57), (210, 297)),
        (270, (57, 210 - 120, 64, 210 - 20), (297, 210)),
    ],
)
def test_a_turned_page_is_measured_as_a_person_sees_it(blank, turn, box, size):
    """A page turned by its viewer has turned boxes and a turned size."""
    made = define(changed(blank, lambda writer: [page.rotate(turn) for page in writer.pages]))

    assert made.field("hakija.nimi").places[0].box_mm == pytest.approx(box, abs=0.05)
    assert (made.pages[0].width_mm, made.pages[0].height_mm) == pytest.approx(size, abs=0.05)


def test_a_cropped_page_is_measured_from_its_visible_corner(blank):
    """The crop box moves the origin; a field outside it is left out."""

    def crop(writer):
        page = writer.pages[0]
        page[NameObject("/CropBox")] = RectangleObject((10 * 72 / 25.4, 0, 595.276, 841.89 - 45 * 72 / 25.4))

    made = define(changed(blank, crop))

    assert made.field("hakija.nimi").places[0].box_mm == pytest.approx((10, 12, 110, 19), abs=0.05)
    assert [place.page for place in made.field("hakija.hetu").places] == [2]


def test_a_crop_box_that_makes_no_sense_counts_as_absent(blank):
    """A crop box beside the page would leave nothing to see; viewers show the whole page, and so do we."""

    def crop(writer):
        writer.pages[0][NameObject("/CropBox")] = RectangleObject((5000, 5000, 5100, 5100))

    assert define(changed(blank, crop)).field("hakija.nimi").places[0].box_mm[0] == pytest.approx(20, abs=0.05)


def test_labels_and_values_and_demands(blank):
    """A tooltip is the label; without one the print nearby is; `required` is the form's."""
    made = define(blank)

    hetu, name = made.field("hakija.hetu"), made.field("hakija.nimi")
    assert (hetu.labels, hetu.value) == ({"fi": "Henkilötunnus"}, "hetu")
    assert name.labels == {"fi": "Hakijan nimi ja osoite, jos se on muuttunut"}
    assert (name.required, name.basis) == (True, "source")
    assert not hetu.required


def test_an_empty_password_opens(blank, tmp_path):
    """Official blanks are often encrypted with an empty password."""
    changed(blank, lambda writer: writer.encrypt("", "owner-only", algorithm="AES-256"))

    assert "hakija.hetu" in define(blank).keys


def test_a_real_password_is_refused_with_what_to_do(blank):
    """Nobody here has the password."""
    changed(blank, lambda writer: writer.encrypt("secret", "owner-only", algorithm="AES-256"))

    with pytest.raises(UnusableBlank, match="needs a password") as caught:
        define(blank)
    assert caught.value.code == "locked"


def test_a_parent_that_points_to_its_child_ends(tmp_path):
    """A loop in a broken form's tree does not hang the reading."""
    path = fillable(tmp_path / "a.pdf", APPLICATION[:1], [[Widget("name", (20, 20, 60, 30))]])

    def loop(writer):
        annotation = writer.pages[0]["/Annots"][0].get_object()
        annotation["/Parent"][NameObject("/Parent")] = annotation.indirect_reference

    assert len(define(changed(path, loop)).fields) == 1
