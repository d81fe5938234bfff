"""Whole-page reading and the document: faulty engines are survived (C-12), bytes repeat, words are found."""

import io
import shutil
import stat
import time
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from intake.base.errors import NotFound
from intake.engines.document import build_document, is_bilevel
from intake.engines.tesseract import page_text, tesseract_ready
from intake.engines.text import PageText, Word, clean_word
from tests.bench.values_crops import font

WHITE = np.full((120, 400), 255, np.uint8)


def engine(folder: Path, script: str) -> str:
    """A program that stands in for Tesseract."""
    path = folder / "engine"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def page() -> np.ndarray:
    """A black-and-white page with two lines."""
    image = Image.new("L", (900, 400), 255)
    pen = ImageDraw.Draw(image)
    pen.text((60, 60), "Hakemus asumistuki", font=font("Vera.ttf", 40), fill=0)
    pen.text((60, 200), "Åkerblom Mäkelä", font=font("Vera.ttf", 40), fill=0)
    return np.asarray(image)


def test_an_engine_that_never_returns_is_ended_with_its_grandchild(tmp_path: Path) -> None:
    """C-12: after the timeout no process of the group is alive."""
    noted = tmp_path / "pid"
    program = engine(tmp_path, f"sleep 300 & echo $! > {noted}; wait\n")

    found = page_text(WHITE, 200, timeout_seconds=0.5, program=program)

    assert found.failed == "timeout" and found.words == ()
    deadline = time.monotonic() + 5
    while _alive(int(noted.read_text())) and time.monotonic() < deadline:
        pass
    assert not _alive(int(noted.read_text()))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    ("script", "failed"),
    [
        ("exit 3\n", "engine"),
        ("yes rubbish\n", "too_much"),
        ("exit 0\n", None),
        ("printf '\\377\\376\\n5\\t1'\n", None),
    ],
)
def test_a_faulty_engine_gives_no_words(tmp_path: Path, script: str, failed: str | None) -> None:
    """C-12: failing, flooding, silent and rubbish engines end in an empty page that says why."""
    found = page_text(WHITE, 200, timeout_seconds=20, program=engine(tmp_path, script))

    assert found.words == () and found.failed == failed


def test_words_are_cleaned_and_bounded() -> None:
    """Control characters go, accents are composed, length is bounded."""
    assert clean_word("A\u0000\u202eka\u0308\ufffd") == "Akä" and len(clean_word("x" * 10_000)) <= 80


def test_a_missing_engine_is_told() -> None:
    """Doctor learns that there is no Tesseract."""
    with pytest.raises(NotFound):
        tesseract_ready(program="/nowhere/tesseract")


def test_finnish_and_swedish_words_are_found_and_searchable() -> None:
    """The page's words come back from the engine and from the document made with them."""
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed")
    text = page_text(page(), 200)

    document = build_document([(page(), 200.0)], [text])

    assert "Åkerblom" in text.text and "Mäkelä" in text.text
    with pypdfium2.PdfDocument(io.BytesIO(document)) as opened:
        assert "Åkerblom" in opened[0].get_textpage().get_text_range()


def test_a_document_repeats_and_shows_its_pages() -> None:
    """The same pages give the same bytes, black on white, whether packed in group 4 or JPEG."""
    sharp = np.where(page() < 128, 0, 255).astype(np.uint8)
    gray = np.minimum(sharp, np.linspace(120, 255, 900).astype(np.uint8)[np.newaxis])
    words = PageText((Word("Hakemus", (60, 60, 300, 100), 0.9, 0),), 900, 400)

    document = build_document([(sharp, 200.0), (gray, 200.0)], [words, words])

    assert is_bilevel(sharp) and not is_bilevel(gray)
    assert document == build_document([(sharp, 200.0), (gray, 200.0)], [words, words])
    with pypdfium2.PdfDocument(io.BytesIO(document)) as opened:
        for number, source in enumerate((sharp, gray)):
            shown = np.asarray(opened[number].render(scale=200 / 72, grayscale=True).to_pil())[:400, :900]
            assert np.abs(shown.astype(int) - source).mean() < 8
