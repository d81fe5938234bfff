"""K-05, K-06, K-19: papers that viewers show in part, or that unfold, as somebody meets them: by `vireille inspect`."""

import json
import resource
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.jail import papers
from tests.jail.test_pixels_whole import group4, png
from tests.journeys.conftest import VIREILLE

MOST_MORE_MB = 300


def inspect(folder: Path, data: bytes, name: str = "scan") -> dict[str, object]:
    """What `vireille inspect --json` answers for one file."""
    (folder / name).write_bytes(data)
    done = subprocess.run(
        [VIREILLE, "inspect", name, "--json", "--no-values"], cwd=folder, capture_output=True, text=True, check=False
    )
    (answer,) = json.loads(done.stdout)
    assert done.returncode == (3 if answer["error"] else 0), done.stderr
    return answer


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "G4"])
def test_k05_a_picture_that_is_not_all_there_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    """Rows are missing, the marks around them are right: scan it again, says the sentence."""
    page = papers.sheet()
    if kind == "PNG":
        rows = b"".join(b"\0" + page.crop((0, top, page.width, top + 1)).tobytes() for top in range(page.height))
        data = png(rows[: len(rows) // 2], page.size)
    elif kind == "JPEG":
        whole = papers.image_bytes(page, "JPEG")
        data = whole[: len(whole) // 2] + b"\xff\xd9"
    else:
        data = group4(400, 850)

    error = inspect(tmp_path, data)["error"]

    assert isinstance(error, dict)
    assert error["code"] == "damaged"
    assert "scan" in error["text"]["en"].lower()


def test_k06_a_value_in_a_widget_without_a_form_is_seen(tmp_path: Path) -> None:
    """The page of a form that was taken out of its file: its pixels hold the value, so it is no blank page."""
    look = papers.stream(b"0 0 200 20 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 200 20]")
    widget = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/Rect[100 400 300 420]/F 4/AP<</N 6 0 R>>>>"
    filled = papers.one_page_pdf(page=b"/Annots[5 0 R]", more=[widget, look])

    seen = [inspect(tmp_path, data)["documents"] for data in (filled, papers.one_page_pdf())]

    assert [one[0]["pages"][0]["blank"] for one in seen] == [False, True]  # type: ignore[index]


def test_k19_two_hundred_pages_of_a_small_file_stay_small(tmp_path: Path) -> None:
    """White A4 pages of a fax: some kilobytes each, two gigabytes if they were all kept as they are drawn."""
    first = Image.new("1", (1240, 1754), 1)
    few, many = (
        papers.image_bytes(first, "TIFF", save_all=True, append_images=[first] * (count - 1), compression="group4")
        for count in (1, 200)
    )
    assert len(many) < 300_000

    answers, peaks = [], []
    for data in (few, many):  # the peak of all children so far only rises
        answers.append(inspect(tmp_path, data))
        peaks.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)

    assert [one["error"] for one in answers] == [None, None]
    assert peaks[1] - peaks[0] < MOST_MORE_MB
