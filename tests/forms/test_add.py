"""Adding a blank: what is written, found in the text, and left alone the second time."""

from pathlib import Path

import pytest

from intake.adding.add import Adding, add_form
from intake.base.errors import WrongUse
from intake.base.filing import EditionName
from intake.forms.face import load_face_file
from intake.forms.load import load_definition
from tests.forms.blanks import APPLICATION, FIELDS, fillable


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A fillable application of two pages."""
    return fillable(tmp_path / "matka.pdf", APPLICATION, FIELDS)


def test_three_files_and_no_question(blank, tmp_path):
    """Definition, blank as given and face are written; names come from the file and the print on it."""
    added = add_form(blank, provider="kela", into=tmp_path / "forms")

    made = added.definition
    assert (made.form, made.edition, made.language) == ("matka", "2009-09", "fi")
    assert made.definition == tmp_path / "forms" / "matka" / "2009-09.fi.toml"
    assert made.blank.read_bytes() == blank.read_bytes()
    assert len(load_face_file(made.face)) == 2
    assert load_definition(made.definition) == made


def test_marks_and_title(blank, tmp_path):
    """Code, edition, page marks and title are found with their pages."""
    made, _ = Adding(tmp_path, "kela").define(blank)

    found = [(mark.kind, mark.text, mark.page) for mark in made.marks]
    assert found == [
        ("code", "SV 4", 1), ("edition", "09.09", 1), ("page", "Sivu 1 (2)", 1), ("title", "Matkakorvaushakemus", 1),
        ("code", "SV 4", 2), ("edition", "09.09", 2), ("page", "Sivu 2 (2)", 2),
    ]  # fmt: skip
    assert made.titles == {"fi": "Matkakorvaushakemus"}


def test_without_an_edition_mark_the_file_names_it(tmp_path):
    """The edition is then eight digits of the file's own hash: the same every time."""
    path = fillable(tmp_path / "a.pdf", [[(20, 20, 12, "Hakemus on tämä ja")]], FIELDS[:1])

    first, _ = Adding(tmp_path, "kela").define(path)
    second, _ = Adding(tmp_path, "kela").define(path)

    assert first == second
    assert len(first.edition) == 8
    assert int(first.edition, 16) >= 0


def test_an_unknown_language_is_said(tmp_path):
    """Nothing to tell the language by: the fallback is taken and noted."""
    path = fillable(tmp_path / "a.pdf", [[(20, 20, 12, "123 456")]], FIELDS[:1])

    made, notes = Adding(tmp_path, "kela").define(path)

    assert made.language == "fi"
    assert any("--lang" in note for note in notes)


def test_given_names_win(blank, tmp_path):
    """What the operator names is not guessed."""
    made = add_form(blank, provider="kela", form="sv-4", edition="x1", language="sv", into=tmp_path / "f").definition

    assert (made.form, made.edition, made.language) == ("sv-4", "x1", "sv")
    assert "sv" in made.field("hakija.hetu").labels


def test_adding_again_changes_nothing(blank, tmp_path):
    """The same blank twice gives the same definition, and no note of an edit."""
    first = Adding(tmp_path / "forms", "kela").add(blank)
    second = Adding(tmp_path / "forms", "kela").add(blank)

    assert second.definition == first.definition
    assert second.notes == first.notes


def test_an_edited_definition_is_left_as_it_is(blank, tmp_path):
    """A person's labels and rules are never overwritten."""
    made = Adding(tmp_path / "forms", "kela").add(blank).definition
    made.definition.write_text(made.definition.read_text().replace('"Henkilötunnus"', '"Hetu"'))

    again = Adding(tmp_path / "forms", "kela").add(blank)

    assert again.definition.field("hakija.hetu").labels == {"fi": "Hetu"}
    assert "edited" in again.notes[0]
    assert '"Hetu"' in made.definition.read_text()


def test_another_blank_under_the_same_names_is_refused(blank, tmp_path):
    """Two blanks cannot be one edition; the operator is told to name one."""
    Adding(tmp_path / "forms", "kela").add(blank)
    other = fillable(tmp_path / "other.pdf", APPLICATION, [FIELDS[0][:1], []])

    with pytest.raises(WrongUse, match="--edition"):
        Adding(tmp_path / "forms", "kela", form="matka").add(other)


def test_look_alikes_are_named(blank, tmp_path):
    """Two editions with the same look are told when the second is added; a different form is not one."""
    into = tmp_path / "forms"
    different = fillable(
        tmp_path / "b.pdf", [[(30, 100 + 9 * n, 14, f"Muu lomake rivi {n}") for n in range(15)]], [FIELDS[0]]
    )
    add_form(blank, provider="kela", edition="2009-09", into=into)
    add_form(different, provider="kela", into=into)

    notes = add_form(blank, provider="kela", edition="2010-01", into=into).notes

    assert any("matka 2009-09 (fi): a scan cannot tell them apart" in note for note in notes)


def test_the_look_alike_hook_is_asked(blank, tmp_path):
    """Whoever knows more look-alikes can say so."""
    other = EditionName(form="x", edition="1", language="fi")

    added = Adding(tmp_path / "forms", "kela", lookalikes=lambda made: [other]).add(blank)

    assert "x 1 (fi)" in added.notes[-1]
