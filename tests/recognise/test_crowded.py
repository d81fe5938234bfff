"""Several papers in one picture, or in one stack, are told apart or asked about: by `inspect`, as a person meets it."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from intake.forms.load import BUILTIN, load_catalogue, valid_on
from intake.jail.pixels import Gray
from intake.reader import Reader
from intake.recognise import apart
from intake.trial import fill, sample, scan_pdf, scanned

VIREILLE = Path(sys.executable).with_name("vireille")
DPI = 300
DAY = date(2015, 3, 2)
FORMS = valid_on(load_catalogue([BUILTIN]), DAY)
Place = tuple[Gray, float, float]
"""A sheet and where its upper left corner lies on the glass, in mm."""


def filled(form: str, seed: int) -> list[Gray]:
    """A complete form's pages as they come from the glass."""
    definition = next(one for one in FORMS if one.form == form and one.language == "fi")
    pages = fill(definition, sample(definition, seed=seed, extra=0).values, seed=seed)
    return [scanned(page, skew_degrees=0.4, seed=seed) for page in pages]


def glass(width_mm: float, height_mm: float, *sheets: Place, lid: int = 250) -> Gray:
    """One picture of a scanner's whole glass with these sheets on it."""
    picture = np.full((round(height_mm / 25.4 * DPI), round(width_mm / 25.4 * DPI)), lid, np.uint8)
    for sheet, x, y in sheets:
        left, top = round(x / 25.4 * DPI), round(y / 25.4 * DPI)
        part = picture[top : top + sheet.shape[0], left : left + sheet.shape[1]]
        part[:] = sheet[: part.shape[0], : part.shape[1]]
    return picture


def smaller(sheet: Gray, share: float = 0.707) -> Gray:
    """A sheet as a copier reduces it."""
    return np.asarray(cv2.resize(sheet, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)


def seen(folder: Path, pictures: dict[str, list[Gray]]) -> dict[str, list[dict[str, Any]]]:
    """The documents that `inspect --json` finds in a scan of each name's pictures."""
    paths = []
    for name, pages in pictures.items():
        path = folder / f"{name}.pdf"
        path.write_bytes(scan_pdf(pages))
        paths.append(path)
    words = [VIREILLE, "inspect", "--json", "--as-of", DAY.isoformat(), *paths]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    return {Path(one["file"]).stem: one["documents"] for one in json.loads(done.stdout)}


@pytest.mark.timeout(600)
def test_sheets_in_one_picture_become_papers_of_their_own(tmp_path: Path) -> None:
    """Two people's copies in any arrangement are two complete papers, each with its own values; a booklet is one."""
    (mine,), (yours,) = filled("kela-y121", 3), filled("kela-y121", 4)
    (other,) = filled("vero-1a", 5)
    first, second = filled("vero-7h", 3)
    turned = np.ascontiguousarray(np.rot90(yours, 2))
    lying = [np.ascontiguousarray(np.rot90(smaller(sheet))) for sheet in (mine, yours)]
    pictures = {
        "alone": [mine, yours],
        "beside": [glass(420, 297, (mine, 0, 0), (yours, 210, 0))],
        "upside-down": [glass(425, 305, (mine, 2, 5), (turned, 213, 1), lid=30)],
        "reduced": [glass(297, 210, (smaller(mine), 0, 0), (smaller(yours), 148.5, 0))],
        "reduced-lying": [glass(210, 297, (lying[0], 0, 0), (lying[1], 0, 148.5))],
        "four": [glass(297, 420, (smaller(mine), 0, 0), (smaller(other), 0, 210), (smaller(yours), 148.5, 210))],
        "booklet": [glass(420, 297, (second, 0, 0), (first, 210, 0))],
        "strip": [glass(214, 900, (mine, 2, 2), (other, 1, 301), (turned, 3, 602), lid=15)],
        "strip-of-booklets": [glass(420, 594, (mine, 0, 0), (first, 210, 0), (yours, 0, 297), (second, 210, 297))],
    }

    found = seen(tmp_path, pictures)

    assert {one["verdict"] for documents in found.values() for one in documents} == {"complete"}
    assert [len(found[name]) for name in ("four", "booklet", "strip", "strip-of-booklets")] == [3, 1, 3, 3]
    assert len(found.pop("booklet")[0]["pages"]) == 2
    whose = {
        name: [one["fields"]["hetu"]["value"] for one in documents if one["form"] == "kela-y121"]
        for name, documents in found.items()
    }
    assert len(set(whose["alone"])) == 2 and None not in whose["alone"]
    assert all(values == whose["alone"] for values in whose.values())


@pytest.mark.timeout(600)
def test_a_picture_with_a_paper_left_over_is_never_complete(tmp_path: Path) -> None:
    """Print of no known form, an A3 half empty: unsure, with the sentence why; of two, the cut one only is."""
    (mine,), (yours,) = filled("kela-y121", 3), filled("kela-y121", 4)
    strange = glass(200, 290, (mine[1400:2000, 200:2300], 10, 40), (mine[600:1400, 200:2300], 10, 150))
    four = ((mine, 0, 0), (yours, 148.5, 0), (strange, 10, 210))
    pictures = {
        "cut-off": [glass(210, 420, (mine, 0, 0), (yours, 0, 297))],
        "sliver": [glass(250, 297, (mine, 0, 0), (yours, 210, 0))],
        "and-a-stranger": [glass(297, 420, *((smaller(own), x, y) for own, x, y in four))],
        "half-empty": [glass(420, 297, (mine, 0, 0))],
        "strip-with-a-note": [glass(210, 700, (mine, 0, 0), (yours, 0, 297), (smaller(strange), 20, 600))],
    }

    found = seen(tmp_path, pictures)

    for name in ("cut-off", "sliver"):
        assert [one["verdict"] for one in found.pop(name)] == ["complete", "unsure"], name
    for name, documents in found.items():
        forms = [one for one in documents if one["kind"] == "form"]
        assert forms, name
        assert not [one for one in documents if one["verdict"] == "complete"], name
        said = [finding["text"]["en"] for one in forms for finding in one["findings"] if finding["code"] == "unclear"]
        assert any("Scan each page by itself." in text for text in said), name


@pytest.mark.timeout(600)
def test_a_larger_bed_is_no_second_paper(tmp_path: Path) -> None:
    """An A4 on a legal bed, white or dark, and the edge of an empty sheet beside it change nothing."""
    (mine,) = filled("kela-y121", 3)
    blank = np.full_like(mine, 245)
    pictures = {
        "plain": [mine],
        "legal": [glass(216, 356, (mine, 3, 2))],
        "dark": [glass(216, 356, (mine, 3, 2), lid=20)],
        "beside": [glass(260, 310, (blank, 215, 3), (mine, 2, 3), lid=120)],
    }

    found = seen(tmp_path, pictures)

    assert {name: [one["verdict"] for one in documents] for name, documents in found.items()} == {
        name: ["complete"] for name in pictures
    }


@pytest.mark.timeout(600)
def test_copies_of_two_people_in_one_stack_never_become_one_complete_filing(tmp_path: Path) -> None:
    """1, 2, 1, 2 is two filings; in 1, 1, 2, 2 and 2, 1, 2 nobody can tell whose page it is, so a person looks.

    No page is told as missing that lies in the stack.
    """
    mine, yours = filled("vero-7h", 3), filled("vero-7h", 4)

    found = seen(
        tmp_path,
        {
            "in-turn": [*mine, *yours],
            "sorted": [mine[0], yours[0], mine[1], yours[1]],
            "without-first": [mine[1], *yours],
            "one-page": [*filled("kela-y121", 3), *filled("kela-y121", 4)],
        },
    )

    assert [one["verdict"] for one in found["in-turn"]] == ["complete", "complete"]
    assert [one["verdict"] for one in found["one-page"]] == ["complete", "complete"]
    for name in ("sorted", "without-first"):
        codes = [finding["code"] for one in found[name] for finding in one["findings"]]
        assert ([one["verdict"] for one in found[name]], "missing_page" in codes) == (["unsure", "unsure"], False), name
        assert any("several copies" in finding["text"]["en"] for one in found[name] for finding in one["findings"])


@pytest.mark.timeout(600)
def test_a_strip_that_lies_turned_is_read_from_both_ends(tmp_path: Path) -> None:
    """Of one person it is complete either way; of two, whose second page it is nobody can tell."""
    mine, (yours, _) = filled("vero-7h", 3), filled("vero-7h", 4)
    three = [(sheet, 2, 2 + 301 * place) for place, sheet in enumerate([*mine, yours])]
    strip = glass(214, 905, *three)
    pictures = {
        "upright": [strip],
        "turned-over": [np.ascontiguousarray(strip[::-1, ::-1])],
        "on-its-side": [np.ascontiguousarray(np.rot90(strip, 3))],
        "of-one": [np.ascontiguousarray(glass(214, 604, *three[:2])[::-1, ::-1])],
    }

    found = seen(tmp_path, pictures)

    assert [one["verdict"] for one in found.pop("upright")] == ["complete", "incomplete"]
    assert [one["verdict"] for one in found.pop("of-one")] == ["complete"]
    for name, documents in found.items():
        codes = [finding["code"] for one in documents for finding in one["findings"]]
        assert ([one["verdict"] for one in documents], set(codes)) == (["unsure", "unsure"], {"unclear"}), name


def test_a_page_of_another_size_than_told_is_the_same_when_it_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An A4 of 300 dpi that is labelled 600 keeps its form; an A4 of no form is looked at once, a narrow one twice."""
    (mine,) = filled("kela-y121", 3)
    letter = np.full((4677, 3307), 255, np.uint8)
    for line in range(500, 4000, 90):
        cv2.putText(letter, "KELAN JA VERON VALISSA", (300, line), cv2.FONT_HERSHEY_SIMPLEX, 2, 40, 6)
    looks: list[float] = []
    match_page = apart.match_page

    def counted(prepared: Any, index: Any) -> Any:
        looks.append(prepared.dpi)
        return match_page(prepared, index)

    with Reader(FORMS, on=DAY, values=False) as reader:
        path = tmp_path / "labelled.png"
        Image.fromarray(mine).save(path, dpi=(600, 600))
        first, again = reader.open(path), reader.open(path, pages=1)
        forms = [run.definition and run.definition.form for scan in (first, again) for run in reader.recognise(scan)]
        assert forms == ["kela-y121"] * 2
        monkeypatch.setattr(apart, "match_page", counted)
        for dpi in (400, 800):
            Image.fromarray(letter).save(path, dpi=(dpi, dpi))
            reader.open(path)

    assert looks == [pytest.approx(400, abs=1), pytest.approx(800, abs=1), pytest.approx(400, abs=1)]
