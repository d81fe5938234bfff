"""`forms add` and after, by the command line: a form is never complete before somebody has said what it needs."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from intake.forms.load import load_definition
from intake.trial import fill, scan_pdf, scanned
from tests.forms.blanks import A4, APPLICATION, FIELDS, MM, Widget, fillable, printed

VIREILLE = Path(sys.executable).with_name("vireille")
NAME, LINE = "hakija.nimi", "viiva"


def vireille(*words: object, at: Path, expect: int = 0) -> str:
    """Run a verb in the folder `at`; its exit code must be as expected."""
    done = subprocess.run(
        [VIREILLE, *map(str, words)], cwd=at, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout


def verdict(*words: object, at: Path) -> tuple[str, list[tuple[str, str | None, bool]]]:
    """What `inspect --json` says of one paper: the verdict and each finding's code, field and whether it blocks."""
    (seen,) = json.loads(vireille("inspect", "--json", *words, at=at))
    (document,) = seen["documents"]
    return document["verdict"], [(one["code"], one["field"], one["blocks"]) for one in document["findings"]]


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A form whose PDF demands nothing; its signature line is an ordinary text field."""
    fields = [Widget(NAME, (20, 57, 120, 64)), Widget(LINE, (20, 100, 120, 112), more={"/TU": "Allekirjoitus"})]
    return fillable(tmp_path / "silent.pdf", APPLICATION[:1], [fields])


def write_paper(definition: Path, values: Mapping[str, str], path: Path) -> Path:
    """A scan of the form with these values written by hand; with none it is a blank paper."""
    pages = fill(load_definition(definition), values, seed=4)
    path.write_bytes(scan_pdf([scanned(page, skew_degrees=0.7, seed=4) for page in pages]))
    return path


def test_an_added_form_waits_until_somebody_has_said_what_it_needs(blank: Path, tmp_path: Path) -> None:
    """Added: unsure, and add, lint and test say so. After `required` and `basis`: blank incomplete, filled complete."""
    said = vireille("forms", "add", blank, "--provider", "kela", at=tmp_path)
    definition = tmp_path / "forms" / "silent" / "2009-09.fi.toml"
    forms = ("--forms", "forms", "--only-forms")
    empty = write_paper(definition, {}, tmp_path / "empty.pdf")
    filled = write_paper(definition, {NAME: "Aino Virtanen", LINE: "Aino Virtanen"}, tmp_path / "filled.pdf")

    assert 'basis = "source"' in said
    assert str(definition) in said.splitlines()[-1]
    assert verdict(empty, *forms, at=tmp_path) == ("unsure", [("no_demands", None, False), ("missing", None, False)])
    assert verdict(filled, *forms, at=tmp_path) == ("unsure", [("no_demands", None, False)])
    assert "warning: " in vireille("forms", "lint", "--forms", "forms", at=tmp_path)
    tested = vireille("forms", "test", "silent", "--forms", "forms", at=tmp_path)
    assert "nothing is demanded of silent 2009-09 fi" in tested
    assert "findings right: none" in tested

    text = definition.read_text()
    definition.write_text(text.replace('value = "name"', 'value = "name"\nrequired = true\nbasis = "source"'))

    assert verdict(empty, *forms, at=tmp_path) == ("incomplete", [("missing", NAME, True)])
    assert verdict(filled, *forms, at=tmp_path) == ("complete", [])
    assert vireille("forms", "lint", "--forms", "forms", at=tmp_path) == "the catalogue is in order\n"


def test_what_add_says_is_there_as_json_too(blank: Path, tmp_path: Path) -> None:
    """`forms add --json` tells whether anything is demanded; a demand of the PDF's own form is one."""
    asking = fillable(tmp_path / "asking.pdf", APPLICATION, FIELDS)

    added = [
        json.loads(vireille("forms", "add", path, "--provider", "kela", "--json", at=tmp_path))[0]
        for path in (blank, asking)
    ]

    assert [one["demands"] for one in added] == [False, True]
    assert any("nobody has said" in note for note in added[0]["notes"])
    assert not any("nobody has said" in note for note in added[1]["notes"])


def test_a_signature_line_is_proposed_as_a_signature(blank: Path, tmp_path: Path) -> None:
    """A drawn line labelled allekirjoitus is a signature; a text field of the PDF's own form, for typing, is not."""

    def draw_lines(canvas: Canvas, page: int) -> None:
        for y in (60, 80, 100):
            canvas.line(70 * MM, A4[1] - y * MM, 160 * MM, A4[1] - y * MM)

    words = [(20, 59, 9, "Hakijan nimi"), (20, 79, 9, "Hakijan osoite"), (20, 99, 9, "Allekirjoitus ja nimenselvennys")]
    drawn = printed(tmp_path / "drawn.pdf", [[*APPLICATION[0], *words]], draw=draw_lines)
    for path in (blank, drawn):
        vireille("forms", "add", path, "--provider", "kela", at=tmp_path)

    by_name = {
        name: load_definition(tmp_path / "forms" / name / "2009-09.fi.toml").fields for name in ("silent", "drawn")
    }

    kinds = {name: [(one.kind, one.value) for one in fields] for name, fields in by_name.items()}
    assert ("signature", None) in kinds["drawn"]
    assert kinds["drawn"].count(("signature", None)) == 1
    assert {kind for kind, _ in kinds["silent"]} == {"text"}
