"""Pages that a feeder did not pull in one piece: it skipped, stood still or ran unevenly."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from intake.base.filing import FieldState, Verdict
from intake.forms.model import Definition
from intake.jail.pixels import Gray
from intake.read import crops, read_fields
from intake.reader import around, described, judge
from intake.recognise import Index, recognise
from tests.recognise.paper import Edition, define, printed, px, scan, write

FILLED, EMPTY, UNCLEAR = FieldState.FILLED, FieldState.EMPTY, FieldState.UNCLEAR


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Definition:
    """A form of two pages."""
    return define(Edition("syotto", "2014", seed=5, mark="SY 5"), tmp_path_factory.mktemp("fed"))


@pytest.fixture(scope="module")
def index(form: Definition) -> Index:
    """A catalogue of that form."""
    return Index.of([form])


def fed(page: Gray, *breaks: tuple[float, float]) -> Gray:
    """`page` as a feeder gives it: at each place (mm) it skips so many mm, or below 0 sees the last line again."""
    parts, begun = [], 0
    for at, by in breaks:
        row, lines = px(at), px(abs(by))
        parts.append(page[begun:row])
        if by < 0:
            parts.append(np.repeat(page[row - 1 : row], lines, axis=0))
        begun = row + (lines if by > 0 else 0)
    return np.concatenate([*parts, page[begun:]])


def uneven(page: Gray, share: float) -> Gray:
    """`page` whose lower half went through faster or slower."""
    rows, middle = page.shape[0], page.shape[0] // 2
    at = np.concatenate([np.arange(middle), middle + np.arange(int((rows - middle) / share)) * share])
    return page[np.minimum(at, rows - 1).astype(int)]


BREAKS: dict[str, tuple[tuple[float, float], ...]] = {
    "skips 0.5 mm": ((130.0, 0.5),),
    "skips 1 mm": ((50.0, 1.0),),
    "skips 1 mm below": ((200.0, 1.0),),
    "skips 3 mm": ((96.5, 3.0),),
    "stands still": ((140.0, -2.0),),
    "skips and stands still": ((80.0, 1.0), (190.0, -1.5)),
}


@pytest.mark.parametrize("turned", [0, 1], ids=["upright", "from the side"])
@pytest.mark.parametrize("way", BREAKS)
def test_a_broken_feed_is_put_together_again(form: Definition, index: Index, way: str, turned: int) -> None:
    """The form is found, and its fields are right or for a person to say."""
    page = fed(write(printed(form), "Aino Virtanen", 27, 67), *BREAKS[way])

    run = recognise(scan(np.ascontiguousarray(np.rot90(page, turned))), index)[0]
    fields = read_fields(scan(np.ascontiguousarray(np.rot90(page, turned))), run)

    assert run.definition == form
    assert fields["nimi"].state in (FILLED, UNCLEAR)
    assert fields["osoite"].state in (EMPTY, UNCLEAR) and fields["laji"].state in (EMPTY, UNCLEAR)


@pytest.mark.parametrize("by", [0.7, 1.0, 2.0])
def test_a_tick_box_at_a_break_is_for_a_person_to_say(form: Definition, index: Index, by: float) -> None:
    """Empty boxes through which the feeder skipped were told as ticked: a part of their own outline lay inside."""
    opened = scan(fed(write(printed(form), "Aino Virtanen", 27, 67), (91.0, by)))

    fields = read_fields(opened, recognise(opened, index)[0])

    assert fields["laji"].state is UNCLEAR
    assert fields["nimi"].state is FILLED and fields["osoite"].state in (EMPTY, UNCLEAR)


@pytest.mark.parametrize("share", [0.98, 0.99, 1.01, 1.02])
def test_an_uneven_feed_is_followed(form: Definition, index: Index, share: float) -> None:
    """A page whose lower half went through a little faster is the form's all the same."""
    opened = scan(uneven(write(printed(form), "Aino Virtanen", 27, 67), share))

    run = recognise(opened, index)[0]

    assert run.definition == form and read_fields(opened, run)["nimi"].state is FILLED


def test_the_crop_of_a_field_below_a_break_holds_its_writing(form: Definition, index: Index) -> None:
    """What is found on the page put together again leads back to the place on the scan."""
    whole = write(printed(form), "Aino Virtanen", 27, 67)
    opened = scan(fed(whole, (40.0, 3.0)))

    run = recognise(opened, index)[0]
    crop = next(own for own in crops(opened, run, read_fields(opened, run)) if own.key == "nimi")

    ink = np.flatnonzero((crop.gray < 128).any(axis=1)) / crop.dpi * 25.4
    assert ink.size and ink[0] > 0.5 and ink[-1] < 8.5


def test_another_page_does_not_become_the_form(form: Definition, index: Index, tmp_path: Path) -> None:
    """A page of an unknown form stays unknown, however it was fed."""
    other = define(Edition("muu", "2014", seed=9, mark="MU 9"), tmp_path)

    run = recognise(scan(fed(printed(other), (100.0, 1.0))), index)[0]

    assert run.definition is None


def test_a_person_is_asked_whether_a_strip_is_missing(form: Definition, index: Index) -> None:
    """What lay under the break may be gone, and an edition with other spacing might look like it: never firm."""
    opened = scan(fed(write(printed(form), "Aino Virtanen", 27, 67), (130.0, 2.0)), printed(form, 2))
    run = recognise(opened, index)[0]

    document = judge(described(run, read_fields(opened, run)), form, around(run, ()), on=date(2015, 3, 2))

    assert document.verdict is Verdict.UNSURE
    assert [finding.text.en for finding in document.findings if "jerked on page 1" in finding.text.en]
