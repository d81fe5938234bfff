"""Faces of blanks: made, kept in a file, loaded again."""

from pathlib import Path

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from intake.base.errors import BadFile
from intake.forms.face import load_face_file, make_face_file
from intake.forms.model import Definition
from intake.forms.rendered_blank import draw_blank


def test_a_face_comes_back_from_its_file(forms: dict[str, Definition]) -> None:
    """Size, picture and key points survive, at well under a megabyte a page."""
    definition = forms["ilmoitus 2014"]

    faces = load_face_file(definition.face)

    assert len(faces) == 2
    assert faces[0].width_mm == pytest.approx(210, abs=0.5)
    drawn = next(iter(draw_blank(definition.blank))).gray
    assert faces[0].gray.shape == drawn.shape
    assert np.abs(faces[0].gray.astype(int) - drawn).mean() < 5
    assert len(faces[0].features) > 300
    assert definition.face.stat().st_size < 300_000


def test_making_a_face_twice_gives_the_same_bytes(forms: dict[str, Definition]) -> None:
    """A catalogue can be made again and compared."""
    blank = forms["ilmoitus 2014"].blank

    assert make_face_file(blank) == make_face_file(blank)


@pytest.mark.parametrize("damage", [lambda b: b[:100], lambda b: b[:-50], lambda b: b"junk" + b, lambda b: b""])
def test_a_damaged_face_file_is_told(forms: dict[str, Definition], tmp_path: Path, damage) -> None:
    """Half a file or another file is an error that names it, never a wrong face."""
    path = tmp_path / "x.face"
    path.write_bytes(damage(forms["ilmoitus 2014"].face.read_bytes()))

    with pytest.raises(BadFile, match=r"x\.face"):
        load_face_file(path)


def test_what_is_no_pdf_is_told(tmp_path: Path) -> None:
    """A blank that cannot be drawn is an error that names it."""
    path = tmp_path / "x.pdf"
    path.write_bytes(b"not a pdf")

    with pytest.raises(BadFile, match=r"x\.pdf"):
        make_face_file(path)


def test_default_values_of_fields_are_not_print(tmp_path: Path) -> None:
    """A blank whose field shows a default value has the face of one that shows none."""
    faces = []
    for value in ("", "OLETUSARVO"):
        path = tmp_path / f"form{len(value)}.pdf"
        canvas = Canvas(str(path), pagesize=(595, 842), invariant=1)
        canvas.drawString(72, 770, "Hakemus")
        canvas.acroForm.textfield(name="nimi", value=value, x=72, y=600, width=300, height=30, borderStyle="solid")
        canvas.save()
        (tmp_path / f"{len(value)}.face").write_bytes(make_face_file(path))
        faces.append(load_face_file(tmp_path / f"{len(value)}.face")[0])

    assert np.array_equal(faces[0].gray, faces[1].gray)
    assert faces[0].gray[400:520].min() == 255
