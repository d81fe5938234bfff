"""Bad input: each file gets its clear refusal, nothing is lost, and the others go on."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from tests.journeys.conftest import Pages, Point, pdf


def many_pages(count: int) -> bytes:
    """A PDF of so many empty pages."""
    writer = PdfWriter()
    for _ in range(count):
        writer.add_blank_page(595, 842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def locked(content: bytes) -> bytes:
    """The same PDF behind a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def bad_files() -> dict[str, tuple[str, bytes]]:
    """Expected code, and content, by name."""
    page = pdf(np.full((1200, 900), 200, np.uint8))
    return {
        "locked.pdf": ("locked", locked(page)),
        "text.pdf": ("not_supported", b"This is no PDF.\n" * 40),
        "long.pdf": ("too_large", many_pages(300)),
    }


def test_every_bad_file_is_told_and_the_good_one_goes_on(point: Point, filled: Pages) -> None:
    """Locked, not a PDF, far too long: each is refused with its code and sentence, and the form beside them goes on."""
    expected = bad_files()
    for name, (_, content) in expected.items():
        point.drop(name, content)
    point.drop("good.pdf", pdf(*filled("dvv-nimi", "sv")))

    point.work()
    status = point.status()
    sizes = {len(content): code for code, content in expected.values()}

    assert {row["bytes"]: row["code"] for row in status["refused"]} == sizes
    assert all(row["text"]["fi"] and row["text"]["sv"] for row in status["refused"])
    assert [filing["state"] for filing in status["filings"]] == ["delivered"]
    assert status["arriving"] == []


def test_a_picture_of_every_common_kind_is_taken(point: Point) -> None:
    """TIFF of several pages, JPEG and PNG are opened and wait for the advisor."""
    sheet = Image.fromarray(np.tile(np.linspace(120, 255, 1240, dtype=np.uint8), (1754, 1)))
    for name, options in (
        ("a.tif", {"save_all": True, "append_images": [sheet.rotate(90)]}),
        ("b.jpg", {"dpi": (150, 150)}),
        ("c.png", {}),
    ):
        sheet.save(point.scans / name, **options)

    point.work()
    status = point.status()

    assert sorted(scan["pages"] for scan in status["scans"]) == [1, 1, 2]
    assert {filing["state"] for filing in status["filings"]} == {"waiting"}


@pytest.mark.parametrize("words", [["inspect"], ["inspect", "nothing.pdf", "--as-of", "yesterday"], ["forms", "show"]])
def test_wrong_use_is_told_in_one_line_with_exit_2(words: list[str], tmp_path: Path) -> None:
    """Exit 2 and no traceback for a call that cannot be."""
    import subprocess

    from tests.journeys.conftest import VIREILLE

    done = subprocess.run([VIREILLE, *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_inspect_answers_for_every_file_and_exits_3_when_one_is_refused(tmp_path: Path) -> None:
    """The refused file has its code, the other its page; nothing else is on stdout."""
    import json
    import subprocess

    from tests.journeys.conftest import VIREILLE

    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "page.pdf").write_bytes(pdf(np.full((1200, 900), 255, np.uint8)))

    done = subprocess.run(
        [VIREILLE, "inspect", "empty.pdf", "page.pdf", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    answers = json.loads(done.stdout)

    assert done.returncode == 3
    assert answers[0]["error"]["code"] == "empty"
    assert answers[1]["error"] is None
    assert [page["source_page"] for page in answers[1]["documents"][0]["pages"]] == [1]
