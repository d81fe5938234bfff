"""The recorded reader keeps the contract of the real one: one suite, run on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.base.errors import Refused
from intake.base.filing import FieldState, Kind, Verdict
from intake.check.conditions import asked_values
from intake.reader import Reader
from intake.trial import fill, sample, scan_pdf, scanned
from tests.faults import points, recorded
from workers.ledger import opening, reports
from workers.ledger.recent import entry
from workers.run.new_point import DEMO_DAY


@pytest.fixture(scope="module", params=["recorded", "real"])
def reading(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, Path]]:
    """A reader, and a complete form in a file that it can read."""
    definition = recorded.form(*recorded.COMPLETE)
    place = tmp_path_factory.mktemp("seen") / "paper"
    if request.param == "recorded":
        place.write_bytes(recorded.paper("complete", 1))
        with recorded.RecordedReader(recorded.catalogue(), on=DEMO_DAY) as reader:
            yield reader, place
        return
    values = sample(definition, seed=3, extra=0).values
    place.write_bytes(scan_pdf([scanned(page, skew_degrees=0.4, seed=3) for page in fill(definition, values, seed=3)]))
    with Reader([definition], on=DEMO_DAY) as reader:
        yield reader, place


def test_a_complete_form_is_recognised_read_and_checked(reading: tuple[Reader, Path]) -> None:
    """Every page in one run in page order; the values asked for first, then the others; the verdict is complete."""
    reader, place = reading
    opened = reader.open(place)
    runs = reader.recognise(opened)
    fields = reader.read(opened, runs[0])
    asked = asked_values(recorded.form(*recorded.COMPLETE))
    completed = reader.complete(opened, runs[0], fields)

    assert [page.reading.source_page for seen in runs for page in seen.pages] == list(range(1, len(opened.pages) + 1))
    assert (runs[0].kind, runs[0].definition) == (Kind.FORM, recorded.form(*recorded.COMPLETE))
    assert fields.keys() == recorded.form(*recorded.COMPLETE).keys
    texts = {key for key, field in fields.items() if field.kind == "text"}
    assert {key for key in texts if fields[key].value is not None} <= asked
    assert {key for key in texts if completed[key].value is not None} - asked
    assert reader.complete(opened, runs[0], completed) == completed
    written = recorded.written(*recorded.COMPLETE)
    assert {key for key, one in fields.items() if one.state is FieldState.FILLED} == {
        key for key, one in written.items() if one.state is FieldState.FILLED
    }
    assert reader.check(runs[0], fields).verdict is Verdict.COMPLETE


def test_what_is_no_paper_is_refused(reading: tuple[Reader, Path], tmp_path: Path) -> None:
    """With a code of the list."""
    (tmp_path / "paper").write_bytes(b"%PDF-1.4\nno more than that")

    with pytest.raises(Refused) as refused:
        reading[0].open(tmp_path / "paper")

    assert refused.value.code == "damaged"


def test_b_14_a_page_that_went_through_with_another_is_missed(memory_path: Path) -> None:
    """B-14: a double feed: the form waits for the advisor, who is told of the missing page; nothing is sent."""
    point = points.fault_point(memory_path / "point")
    point.scan("half", 1)

    assert points.once(point) == 0
    with opening.open_ledger(point.settings) as ledger:
        filing = reports.status(ledger)["filings"][0]
        document = entry(ledger, filing["id"]).private.documents[0]

    assert (filing["state"], filing["reason"], len(filing["pages"])) == ("waiting", "incomplete", 1)
    assert "missing_page" in {finding["code"] for finding in document["findings"]}
    assert point.sent() == []
