"""A blank that cannot be used is told with what is wrong and what to do."""

from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import TextStringObject

from intake.adding.add import Adding, NotAdded, add_batch, safe_name
from intake.base.errors import UnusableBlank, WrongUse
from tests.forms.blanks import APPLICATION, FIELDS, fillable, printed


def refusal(path: Path) -> UnusableBlank:
    """Why the blank is refused."""
    with pytest.raises(UnusableBlank) as caught:
        Adding(path.parent / "forms", "kela").define(path)
    return caught.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"<html>not found</html>", "not_supported"),
        (b"%PDF-1.7\nnothing of a PDF follows", "damaged"),
    ],
)
def test_content_that_is_no_pdf(tmp_path, content, code):
    """Empty, something else, or broken beyond reading."""
    path = tmp_path / "a.pdf"
    path.write_bytes(content)

    error = refusal(path)

    assert error.code == code
    assert "a.pdf" in error.message


def test_a_missing_file(tmp_path):
    """The path is wrong."""
    assert refusal(tmp_path / "nowhere.pdf").code == "unreadable"


def test_no_pages(tmp_path):
    """A PDF without pages."""
    path = tmp_path / "a.pdf"
    PdfWriter().write(path)

    assert refusal(path).code == "empty"


def test_half_a_file(tmp_path):
    """A download cut short is damaged, or has nothing left to fill in; never another error."""
    whole = fillable(tmp_path / "whole.pdf", APPLICATION, FIELDS).read_bytes()
    for part in (0.3, 0.6, 0.9):
        path = tmp_path / f"part{part}.pdf"
        path.write_bytes(whole[: int(len(whole) * part)])

        assert refusal(path).code in ("damaged", "empty", "not_a_form")


def test_a_letter_is_no_form(tmp_path):
    """Text alone has nothing to fill in."""
    lines = [(20, 30 + 6 * n, 11, "Tämä on kirje, jossa kerrotaan asioista eikä kysytä mitään.") for n in range(30)]

    assert refusal(printed(tmp_path / "a.pdf", [lines])).code == "not_a_form"


def test_a_dynamic_xfa_form_is_refused_plainly(tmp_path):
    """Its only page asks to wait; the form exists inside one reader only."""
    wait = [[(20, 40, 11, "Please wait... If this message is not eventually replaced, your viewer may not show it.")]]
    path = fillable(tmp_path / "a.pdf", wait, [[]], extra={"/XFA": TextStringObject("<xdp/>")})

    error = refusal(path)

    assert error.code == "dynamic_xfa"
    assert "print it to a plain PDF" in error.message


def test_a_static_xfa_form_is_fine(tmp_path):
    """With widgets on its pages the other description does not matter."""
    path = fillable(tmp_path / "a.pdf", APPLICATION, FIELDS, extra={"/XFA": TextStringObject("<xdp/>")})

    made, _ = Adding(tmp_path / "forms", "kela").define(path)

    assert len(made.fields) == 5


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a\0b", " a", "x" * 400])
def test_names_that_cannot_be_files(name):
    """A form id becomes a folder; it must not leave its place."""
    with pytest.raises(WrongUse):
        safe_name(name)


def test_a_batch_skips_what_cannot_be_used(tmp_path):
    """Good blanks are added under their files' names, verbatim; a bad one is reported and hurts nobody."""
    blanks, into = tmp_path / "blanks", tmp_path / "forms"
    blanks.mkdir()
    fillable(blanks / "Lomake 1__2015.pdf", APPLICATION, FIELDS)
    (blanks / "bad.pdf").write_bytes(b"no")
    (blanks / "readme.md").write_text("not a blank")
    told = []

    results = add_batch(blanks, provider="kela", into=into, told=told.append)

    assert [type(one).__name__ for one in results] == ["Added", "NotAdded"]
    assert results[0].definition.form == "Lomake 1__2015"
    assert isinstance(results[1], NotAdded)
    assert results[1].code == "not_supported"
    assert len(told) == 2


def test_a_batch_of_no_folder(tmp_path):
    """A folder that is not there is the caller's mistake."""
    with pytest.raises(WrongUse, match="no such folder"):
        add_batch(tmp_path / "nowhere", provider="kela", into=tmp_path)


def test_a_batch_of_a_folder_without_a_pdf_is_told(tmp_path: Path) -> None:
    """Blanks sorted into folders of their own are not silently none."""
    (tmp_path / "kela").mkdir()
    (tmp_path / "kela" / "sv4.pdf").write_bytes(b"%PDF")

    with pytest.raises(WrongUse, match="no PDF in this folder"):
        add_batch(tmp_path, provider="kela", into=tmp_path / "forms")
