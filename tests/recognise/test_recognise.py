"""Pages are found, told apart, and put together."""

from dataclasses import replace
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest

from intake.base.filing import Kind
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition
from intake.jail.jail import Jail
from intake.jail.pixels import OpenedScan, PagePixels
from intake.recognise import DocumentRun, Index, recognise
from tests.bench.makers_page import filled_page
from tests.bench.makers_set import as_file
from tests.bench.makers_ways import WAYS
from tests.recognise.paper import DPI, Edition, define, empty, letter, printed, scan, warp, write

Forms = dict[str, Definition]


def shape(seen: tuple[DocumentRun, ...]) -> list[tuple[Kind, str | None, list[int | None]]]:
    """What was seen, in short."""
    return [(s.kind, s.definition.form if s.definition else None, [p.reading.form_page for p in s.pages]) for s in seen]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_is_found_however_it_is_turned(forms: Forms, index: Index, quarters: int) -> None:
    """A page fed sideways or upside down is known, and the turn that rights it is told."""
    page = write(printed(forms["ilmoitus 2014"]), "Aino Virtanen", 27, 67)

    seen = recognise(scan(np.ascontiguousarray(np.rot90(page, quarters))), index)

    assert shape(seen) == [(Kind.FORM, "ilmoitus", [1])]
    assert seen[0].pages[0].reading.turned == quarters * 90


@pytest.mark.parametrize(("degrees", "scale"), [(5.0, 1.0), (-5.0, 1.0), (0.5, 0.93), (0.0, 1.03)])
def test_a_skewed_or_scaled_page_is_found(forms: Forms, index: Index, degrees: float, scale: float) -> None:
    """Five degrees of skew and a printer's scaling do not matter; the skew is told."""
    seen = recognise(scan(warp(printed(forms["ilmoitus 2014"]), degrees=degrees, scale=scale)), index)

    assert shape(seen) == [(Kind.FORM, "ilmoitus", [1])]
    assert abs(seen[0].pages[0].reading.skew_degrees) == pytest.approx(abs(degrees), abs=0.4)


def test_a_fax_is_found(forms: Forms, index: Index) -> None:
    """Black or white pixels only are enough."""
    page = np.where(printed(forms["ilmoitus 2014"]) > 150, 255, 0).astype(np.uint8)

    assert shape(recognise(scan(page), index)) == [(Kind.FORM, "ilmoitus", [1])]


def test_a_wrongly_told_resolution_is_noticed(forms: Forms, index: Index) -> None:
    """A file that says 300 dpi but was scanned at 200 is looked at again at the right size."""
    opened = OpenedScan((PagePixels(printed(forms["ilmoitus 2014"]), 300.0),))

    seen = recognise(opened, index)

    assert shape(seen) == [(Kind.FORM, "ilmoitus", [1])]
    laid = seen[0].pages[0].registered
    assert laid is not None
    assert laid.to_scan(np.array([[105.0, 148.5]]))[0] == pytest.approx([105 / 25.4 * DPI, 148.5 / 25.4 * DPI], abs=3)


@pytest.mark.parametrize("edition", ["2014", "2015"])
def test_editions_are_told_apart_by_their_mark(forms: Forms, index: Index, edition: str) -> None:
    """Two editions that differ in one digit of their printed mark are not confused (C-13)."""
    seen = recognise(scan(printed(forms[f"verolomake {edition}"])), index)

    assert seen[0].definition is not None
    assert (seen[0].definition.edition, seen[0].same_face) == (edition, ())
    assert seen[0].confidence > 0.5


def test_editions_alike_to_the_eye_are_reported_as_a_tie(forms: Forms, index: Index) -> None:
    """Where the paper is the same, the newest edition is taken and the other named."""
    seen = recognise(scan(printed(forms["hakemus 2013"])), index)

    assert seen[0].definition is not None
    assert seen[0].definition.edition == "2014"
    assert [(n.form, n.edition) for n in seen[0].same_face] == [("hakemus", "2013")]


@pytest.mark.parametrize("edition", ["2014", "2015"])
def test_editions_are_told_apart_by_a_pale_word(tmp_path: Path, edition: str) -> None:
    """Two editions that differ in a link printed in blue alone were told as a tie."""
    links = {"2014": "service.example.fi/tietosuoja", "2015": "service.example.fi/lennot/tietosuoja"}
    forms = {year: define(Edition("linkki", year, link=link, pages=1), tmp_path) for year, link in links.items()}

    seen = recognise(scan(printed(forms[edition])), Index.of(list(forms.values())))

    assert seen[0].definition == forms[edition]
    assert (seen[0].same_face, seen[0].confidence > 0.5) == ((), True)


def test_what_is_not_ours_is_not_taken_for_ours(index: Index) -> None:
    """A letter before any form is unknown, whatever its text."""
    assert shape(recognise(scan(letter()), index)) == [(Kind.UNKNOWN, None, [None])]


def test_another_form_of_the_same_house_is_not_taken(forms: Forms) -> None:
    """A form that is not in the catalogue is not taken for one that is (C-14)."""
    known = Index.of([forms["hakemus 2014"], forms["verolomake 2015"]])

    assert shape(recognise(scan(printed(forms["ilmoitus 2014"])), known)) == [(Kind.UNKNOWN, None, [None])]


def test_an_empty_catalogue_knows_nothing(forms: Forms) -> None:
    """Without forms every page is unknown."""
    seen = recognise(scan(printed(forms["ilmoitus 2014"])), Index.of([]))

    assert [s.kind for s in seen] == [Kind.UNKNOWN]


def test_pages_join_in_any_order_and_attachments_follow_their_form(forms: Forms, index: Index) -> None:
    """B-14: page 2 before page 1 is one form; a letter is its attachment; the empty back side stays with it."""
    form = forms["ilmoitus 2014"]

    seen = recognise(scan(printed(form, 2), printed(form, 1), empty(), letter()), index)

    assert shape(seen) == [(Kind.FORM, "ilmoitus", [2, 1, None]), (Kind.ATTACHMENT, None, [None])]
    assert seen[0].pages[2].reading.blank
    assert seen[1].attached_to == 0


def test_a_repeated_page_begins_the_next_persons_form(forms: Forms, index: Index) -> None:
    """B-14: two people's forms in one scan never mix."""
    form = forms["ilmoitus 2014"]

    seen = recognise(scan(printed(form, 1), printed(form, 2), printed(form, 1), printed(form, 2)), index)

    assert shape(seen) == [(Kind.FORM, "ilmoitus", [1, 2]), (Kind.FORM, "ilmoitus", [1, 2])]
    assert [p.reading.source_page for s in seen for p in s.pages] == [1, 2, 3, 4]


def test_two_forms_in_one_scan_are_two_documents(forms: Forms, index: Index) -> None:
    """B-14: forms of two kinds become two documents, and each has its own attachment."""
    first, second = forms["ilmoitus 2014"], forms["verolomake 2015"]

    seen = recognise(scan(printed(first), letter(), printed(second), letter()), index)

    assert [(s.kind, s.attached_to) for s in seen] == [
        (Kind.FORM, None),
        (Kind.ATTACHMENT, 0),
        (Kind.FORM, None),
        (Kind.ATTACHMENT, 2),
    ]


def test_every_page_is_in_exactly_one_run(forms: Forms, index: Index) -> None:
    """Nothing is lost and nothing is twice."""
    pages = [empty(), letter(), printed(forms["ilmoitus 2014"]), letter(), printed(forms["ilmoitus 2014"])]

    seen = recognise(scan(*pages), index)

    assert sorted(p.reading.source_page for s in seen for p in s.pages) == [1, 2, 3, 4, 5]
    assert seen[0].kind is Kind.UNKNOWN


def test_one_word_on_a_page_is_not_blank(index: Index) -> None:
    """An attachment may be a single line."""
    page = np.full_like(letter(), 245)
    cv2.putText(page, "Todistus", (300, 400), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 3, cv2.LINE_AA)

    blank, written = (recognise(scan(gray), index)[0].pages[0].reading.blank for gray in (empty(), page))

    assert (blank, written) == (True, False)


def test_the_same_scan_gives_the_same_answer(forms: Forms, index: Index) -> None:
    """Nothing depends on chance."""
    opened = scan(warp(printed(forms["verolomake 2014"]), degrees=1.0))

    first, second = recognise(opened, index), recognise(replace(opened), index)

    assert first[0].confidence == second[0].confidence
    assert np.array_equal(first[0].pages[0].registered.flat, second[0].pages[0].registered.flat)  # type: ignore[union-attr]


def test_another_edition_is_looked_at_though_few_of_its_points_are_seen(tmp_path: Path) -> None:
    """A telephone's picture in shadow of the 2014 edition's second page was taken for the 2013 one's, and surely."""
    forms = load_catalogue([BUILTIN])
    form = next(one for one in forms if (one.form, one.edition, one.language) == ("vero-14a", "2014", "fi"))
    seed = 278505304
    filled = filled_page(form, Random(seed), pencil=False, handled=True)
    path = as_file(filled, WAYS["photo hard"], tmp_path / "photo", seed)

    with Jail() as jail:
        (seen,) = recognise(jail.open_scan(path), Index.of(forms))

    assert seen.definition == form and not seen.same_face
