"""The makers themselves: repeatable, of the right size, and really dirty."""

import io

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from intake.base.identifiers import is_valid
from intake.forms.load import BUILTIN, load_definition
from intake.jail.pixels import Gray
from tests.makers.dirty import SPOILERS, dirty, hard, mixed, turned
from tests.makers.fill import TICKS, hand, handwriting, paper
from tests.makers.people import family, person, reference
from tests.makers.scan import ENDINGS, scan_file

FORM = load_definition(BUILTIN / "kela" / "kela-y121" / "2013-05.fi.toml")


@pytest.fixture(scope="module")
def page() -> Gray:
    """A small page with writing on it."""
    return np.ascontiguousarray(paper(FORM, 1, typed=True).pages[0][::3, ::3])


def test_people_pass_every_check_and_were_never_issued() -> None:
    """Codes are right, and individual numbers lie in 900-999."""
    for seed in range(30):
        who = person(seed)
        assert is_valid("hetu", who.hetu)
        assert 900 <= int(who.hetu[7:10]) <= 999
        assert is_valid("iban", who.iban)
        assert is_valid("ytunnus", who.ytunnus)
        assert is_valid("reference", reference(1234 + seed))


def test_family_has_children() -> None:
    """Two grown-ups, then children born after 2000."""
    assert [who.hetu[6] for who in family(3)][2:] == ["A", "A"]


def test_paper_tells_the_truth_about_itself() -> None:
    """What is in the truth is on the paper: leaving a field out removes ink from its place."""
    whole, gap = paper(FORM, 4, typed=True), paper(FORM, 4, typed=True, leave_out=("allekirjoitus",))

    assert whole.truth["allekirjoitus"].filled
    assert not gap.truth["allekirjoitus"].filled
    x0, y0, x1, y1 = (round(value / 25.4 * 300) for value in FORM.field("allekirjoitus").places[0].box_mm)
    assert whole.pages[0][y0:y1, x0:x1].mean() < gap.pages[0][y0:y1, x0:x1].mean()


def test_same_seed_same_pixels() -> None:
    """A maker repeats itself."""
    assert all(np.array_equal(a, b) for a, b in zip(paper(FORM, 7).pages, paper(FORM, 7).pages, strict=True))
    assert len({hand(seed).tick for seed in range(40)}) == len(TICKS)


@pytest.mark.skipif(not handwriting(), reason="no handwriting font installed (fonts-breip and others)")
def test_handwriting_is_used_where_installed() -> None:
    """Hands write with handwriting fonts unless asked to type."""
    assert hand(1).font in handwriting()
    assert hand(1, typed=True).font not in handwriting()


@pytest.mark.parametrize("kind", SPOILERS)
def test_spoiler_changes_the_page_and_keeps_its_size(kind: str, page: Gray) -> None:
    """Each kind of damage shows, and repeats with its seed."""
    spoiled = dirty(page, kind, 0.8, seed=5)

    assert spoiled.shape == page.shape
    assert spoiled.dtype == np.uint8
    assert not np.array_equal(spoiled, page)
    assert np.array_equal(spoiled, dirty(page, kind, 0.8, seed=5))


def test_mixed_damage_repeats(page: Gray) -> None:
    """Several kinds at once, the same ones for the same seed."""
    for wear in (mixed, hard):
        assert np.array_equal(wear(page, seed=9, strength=0.5), wear(page, seed=9, strength=0.5))
    assert turned(page, 90).shape == page.shape[::-1]


@pytest.mark.parametrize("kind", ENDINGS)
def test_scan_files_open_with_their_pages(kind: str, page: Gray) -> None:
    """Every kind of file holds the pages it was given."""
    pages = [page] if kind in ("jpg", "png") else [page, page]

    data = scan_file(pages, kind, dpi=100)  # type: ignore[arg-type]  # parametrised over the literal's values

    if kind.startswith("pdf"):
        assert len(PdfReader(io.BytesIO(data)).pages) == len(pages)
    else:
        with Image.open(io.BytesIO(data)) as image:
            assert getattr(image, "n_frames", 1) == len(pages)
