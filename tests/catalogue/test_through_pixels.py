"""Truth tables through pixels: filled by the product's filler, scanned in software, seen by the product's eyes."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from intake.filing import Document, Verdict
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition
from intake.forms.trial import fill, sample, scan_pdf, scanned
from intake.look import Eyes

ON = date(2015, 3, 2)
CATALOGUE = [one for one in load_catalogue([BUILTIN]) if one.valid_on(ON)]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def eyes() -> Iterator[Eyes]:
    """Eyes that know every form of the day."""
    with Eyes(CATALOGUE, on=ON) as opened:
        yield opened


def seen(eyes: Eyes, form: Definition, values: dict[str, str], folder: Path) -> Document:
    """The form filled with `values`, scanned a little askew, as the product sees it."""
    pages = [scanned(page, skew_degrees=0.7, seed=3) for page in fill(form, values, seed=3)]
    scan = folder / "scan.pdf"
    scan.write_bytes(scan_pdf(pages))
    (document,) = eyes.look(scan, "scan").documents
    assert (document.form, document.edition, document.language) == (form.form, form.edition, form.language)
    return document


def form_of(name: str, language: str) -> Definition:
    """The form's edition of the day."""
    return next(one for one in CATALOGUE if (one.form, one.language) == (name, language))


Broken = tuple[str, str, str, dict[str, str], tuple[str, str | None]]
BROKEN: list[Broken] = [
    # form, language, left out, added, code and field that must be told
    ("kela-y121", "fi", "allekirjoitus", {}, ("missing", "allekirjoitus")),
    ("kela-y121", "sv", "hetu", {}, ("missing", "hetu")),
    ("kela-sv4", "fi", "", {"vahinko": "X"}, ("missing_attachment", None)),
    ("kela-wh12", "sv", "m_tulot_alkaen", {"m_tulot": "X"}, ("missing", "m_tulot_alkaen")),
    ("dvv-muutto", "fi", "tilap_loppu", {"laatu": "tilapainen"}, ("missing", "tilap_loppu")),
    ("vero-14a", "fi", "", {"oma_osuus": "300", "vahkelvoton": "100", "tyon_osuus": "250", "oma_osuus_snt": "00",
                            "vahkelvoton_snt": "00", "tyon_osuus_snt": "00"}, ("contradiction", "tyon_osuus")),
    ("pol-ajokortti", "fi", "selvitys", {"laji": "kaksoiskappale", "syy": "anastettu"}, ("missing", "selvitys")),
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=[f"{row[0]}-{row[4][0]}" for row in BROKEN])
def test_gap_is_told_and_blocks(eyes: Eyes, tmp_path: Path, broken: Broken) -> None:
    """What is missing or wrong on the paper is told at its field, and the filing is incomplete."""
    name, language, left_out, added, expected = broken
    form = form_of(name, language)
    values = dict(sample(form, seed=2, extra=0).values) | added
    values.pop(left_out, None)

    document = seen(eyes, form, values, tmp_path)

    assert expected in [(finding.code, finding.field) for finding in document.findings if finding.blocks]
    assert document.verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize("name", ["kela-y121", "dvv-nimi", "pol-yleiso", "vero-14a"])
def test_complete_form_is_complete(eyes: Eyes, tmp_path: Path, name: str) -> None:
    """A form with everything on it is complete, in Swedish too."""
    form = form_of(name, "sv")

    document = seen(eyes, form, dict(sample(form, seed=4, extra=0).values), tmp_path)

    assert [finding for finding in document.findings if finding.blocks] == []
    assert document.verdict is Verdict.COMPLETE
