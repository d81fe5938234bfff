"""Official blanks that nobody here made."""

import logging
import time
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from intake.adding.add import Added, Adding, NotAdded, add_batch
from intake.check.definition_lint import lint
from intake.forms.load import load_catalogue


@pytest.fixture(autouse=True)
def quiet() -> None:
    """The parser tells of every flaw it mends."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def official_names(path: Path) -> set[str]:
    """The names of terminal fields, as the PDF library itself lists them."""
    try:
        return {name for name, field in (PdfReader(path).get_fields() or {}).items() if field.get("/FT")}
    except PyPdfError:
        return set()


def test_keys_are_the_names_in_the_pdf(corpus, tmp_path):
    """One blank of each kind, against the PDF library's own list of fields."""
    for folder in sorted(path for path in (corpus / "blank-forms").iterdir() if path.is_dir()):
        blank = next(path for path in sorted(folder.glob("*.pdf")) if official_names(path))
        made, _ = Adding(tmp_path, folder.name).define(blank)

        assert made.keys == official_names(blank)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_usable_blank_is_added(corpus, tmp_path):
    """All blanks: those with fields on their pages are added with exactly those fields; the rest is told why."""
    seconds, pages = time.process_time(), 0
    for folder in sorted(path for path in (corpus / "blank-forms").iterdir() if path.is_dir()):
        for result in add_batch(folder, provider=folder.name, into=tmp_path / folder.name):
            if isinstance(result, NotAdded):
                assert result.code in ("empty", "not_a_form")
                assert not any("/Annots" in page for page in _pages(result.blank) if _has_widgets(page))
            elif isinstance(result, Added):
                assert result.definition.keys == official_names(result.definition.blank)
                pages += len(result.definition.pages)

    assert pages > 100
    assert (time.process_time() - seconds) / pages < 2
    assert lint(load_catalogue([tmp_path])) == []


def _pages(path: Path):
    try:
        return list(PdfReader(path).pages)
    except PyPdfError:
        return []


def _has_widgets(page) -> bool:
    return any(note.get_object().get("/Subtype") == "/Widget" for note in page.get("/Annots", []))
