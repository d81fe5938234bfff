"""The recorded eyes keep the contract of the real ones: one suite, run on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.base.errors import Refused
from intake.base.filing import FieldState, Kind, Verdict
from intake.check.asked import asked_values
from intake.reader import Eyes
from intake.trial import fill, sample, scan_pdf, scanned
from tests.faults import points, recorded
from workers.ledger.recent import entry
from workers.run.new_point import DEMO_DAY


@pytest.fixture(scope="module", params=["recorded", "real"])
def seeing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Eyes, Path]]:
    """Eyes, and a complete form in a file that they can see."""
    definition = recorded.form(*recorded.COMPLETE)
    place = tmp_path_factory.mktemp("seen") / "paper"
    if request.param == "recorded":
        place.write_bytes(recorded.paper("complete", 1))
        with recorded.RecordedEyes(recorded.catalogue(), on=DEMO_DAY) as eyes:
            yield eyes, place
        return
    values = sample(definition, seed=3, extra=0).values
    place.write_bytes(scan_pdf([scanned(page, skew_degrees=0.4, seed=3) for page in fill(definition, values, seed=3)]))
    with Eyes([definition], on=DEMO_DAY) as eyes:
        yield eyes, place


def test_a_complete_form_is_seen_read_and_judged(seeing: tuple[Eyes, Path]) -> None:
    """Every page in one run in page order; ink first, then the values asked for; the verdict is complete."""
    eyes, place = seeing
    opened = eyes.open(place)
    runs = eyes.recognise(opened)
    fields = eyes.read(opened, runs[0])
    asked = asked_values(recorded.form(*recorded.COMPLETE))
    valued = eyes.read_values(opened, runs[0], fields, only=asked)

    assert [page.reading.source_page for seen in runs for page in seen.pages] == list(range(1, len(opened.pages) + 1))
    assert (runs[0].kind, runs[0].definition) == (Kind.FORM, recorded.form(*recorded.COMPLETE))
    assert fields.keys() == recorded.form(*recorded.COMPLETE).keys
    assert all(one.value is None for one in fields.values() if one.kind == "text")
    assert {key for key, one in valued.items() if one.value is not None and fields[key].value is None} <= set(asked)
    written = recorded.written(*recorded.COMPLETE)
    assert {key for key, one in fields.items() if one.state is FieldState.FILLED} == {
        key for key, one in written.items() if one.state is FieldState.FILLED
    }
    assert eyes.judge(runs[0], valued).verdict is Verdict.COMPLETE


def test_what_is_no_paper_is_refused(seeing: tuple[Eyes, Path], tmp_path: Path) -> None:
    """With a code of the list."""
    (tmp_path / "paper").write_bytes(b"%PDF-1.4\nno more than that")

    with pytest.raises(Refused) as refused:
        seeing[0].open(tmp_path / "paper")

    assert refused.value.code == "damaged"


def test_b_14_a_page_that_went_through_with_another_is_missed(memory_path: Path) -> None:
    """B-14: a double feed: the form waits for the advisor, who is told of the missing page; nothing is sent."""
    point = points.fault_point(memory_path / "point")
    point.scan("half", 1)

    assert points.once(point) == 0
    with points.main.open_ledger(point.settings) as ledger:
        filing = ledger.status()["filings"][0]
        document = entry(ledger.database, filing["id"]).private.documents[0]

    assert (filing["state"], filing["reason"], len(filing["pages"])) == ("waiting", "incomplete", 1)
    assert "missing_page" in {finding["code"] for finding in document["findings"]}
    assert point.sent() == []
