"""Whole-page reading and the document: faulty engines are survived (C-12), bytes repeat, words are found."""

import io
import os
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from intake.base.errors import NotFound
from intake.text import tesseract
from intake.text.searchable_pdf import build_document, is_bilevel
from intake.text.tesseract import PageText, Word, clean_word, page_text
from tests.bench.values_crops import font

WHITE = np.full((120, 400), 255, np.uint8)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a script in Tesseract's place."""
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed")

    def stand_in(script: str) -> None:
        path = tmp_path / "engine"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(tesseract, "COMMAND", str(path))

    return stand_in


def page() -> np.ndarray:
    """A black-and-white page with two lines."""
    image = Image.new("L", (900, 400), 255)
    pen = ImageDraw.Draw(image)
    pen.text((60, 60), "Hakemus asumistuki", font=font("Vera.ttf", 40), fill=0)
    pen.text((60, 200), "Åkerblom Mäkelä", font=font("Vera.ttf", 40), fill=0)
    return np.asarray(image)


def test_C_12_an_engine_that_never_returns_is_ended(tmp_path: Path, engine: Callable[[str], None]) -> None:
    """C-12: one that hangs without working is ended in the end; it is dead then and the page has no words."""
    noted = tmp_path / "pid"
    engine(f"echo $$ > {noted}; exec sleep 300\n")

    found = page_text(WHITE, 200, wall_seconds=0.5)

    assert found.failed == "timeout" and found.words == ()
    deadline = time.monotonic() + 120
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
        ("exit 0\n", "engine"),
        ("printf 'rubbish'\n", "engine"),
        ("printf '\\377\\376\\n5\\t1'\n", "engine"),
        ("while :; do :; done\n", "timeout"),
    ],
)
def test_C_12_a_faulty_engine_gives_no_words(engine: Callable[[str], None], script: str, failed: str) -> None:
    """C-12: failing, silent, rubbish and endlessly working engines end in an empty page that says why."""
    engine(script)

    found = page_text(WHITE, 200, cpu_seconds=1)

    assert found.words == () and found.failed == failed


def test_time_on_the_wall_does_not_count(engine: Callable[[str], None]) -> None:
    """A busy machine makes the engine slow, not its words fewer: only its own processor time is bounded."""
    engine(f'sleep 2.5; exec {shutil.which("tesseract")} "$@"\n')

    found = page_text(page(), 200, cpu_seconds=2)

    assert found.failed is None and "Hakemus" in found.text


def test_words_are_cleaned_and_bounded() -> None:
    """Control characters go, accents are composed, length is bounded."""
    assert clean_word("A\u0000\u202eka\u0308\ufffd") == "Akä" and len(clean_word("x" * 10_000)) <= 80


def test_a_missing_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for text learns that there is no Tesseract."""
    monkeypatch.setattr(tesseract, "COMMAND", "/nowhere/tesseract")

    with pytest.raises(NotFound):
        page_text(WHITE, 200)


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


def test_one_thread_for_each_page() -> None:
    """F3: the engine's children are told to use one thread."""
    assert os.environ["OMP_THREAD_LIMIT"] == "1"
