"""Stats and likeness: the pilot's missing figures, and B-13."""

import pytest

from intake.base.filing import Document, FieldReading, FieldState, Finding, Kind, PageReading, Verdict
from intake.base.settings import Point
from intake.base.states import State
from intake.base.texts import Text
from tests.ledger.conftest import Desk
from workers.figures.counting import figures_at
from workers.ledger import Changes, Person, claimed, joins, likeness, people, retention, stats
from workers.ledger.claimed import Keep

ONE, OTHER = "010594Y9032", "020594X903P"


def document(values: dict[str, str], *, missing: tuple[str, ...] = (), form: str = "kela-sv4") -> Document:
    """A form as it was read."""
    text = Text(fi="a", sv="b", en="c")
    return Document(
        kind=Kind.FORM,
        form=form,
        pages=(PageReading(source_page=1),),
        fields={key: FieldReading(kind="text", state=FieldState.FILLED, value=value) for key, value in values.items()},
        findings=tuple(Finding(code="missing", field=field, text=text) for field in missing),
        verdict=Verdict.INCOMPLETE if missing else Verdict.COMPLETE,
    )


def checked(desk: Desk, paper: Document, to: State = State.CHECKED) -> str:
    """A filing with `paper` as its content."""
    changes = {
        State.RECOGNISED: Changes(kind=Kind.FORM, provider="kela", form=paper.form),
        State.CHECKED: Changes(documents=(paper,), verdict=paper.verdict),
    }
    return desk.walk(to, changes)


def test_b_13_a_rescan_of_the_same_paper_is_told(desk: Desk) -> None:
    """Same form, same person, nearly the same words: a person is asked."""
    values = {"hetu": ONE, "nimi": "Aino  Esimerkki", "iban": "FI21", "pvm": "1.3.2015", "km": "12", "syy": "x"}
    first = checked(desk, document(values))
    second = checked(desk, document({**values, "nimi": "aino esimerkki", "syy": "y"}))

    assert likeness.likely_same(desk.ledger, second) == [first]
    assert likeness.likely_same(desk.ledger, first) == [second]
    people.hold(desk.ledger, first, Person("M"))
    joins.join(desk.ledger, second, first, Person("M"))
    assert likeness.likely_same(desk.ledger, first) == []


@pytest.mark.parametrize(
    "other",
    [
        {"hetu": OTHER, "nimi": "Aino Esimerkki", "iban": "FI21", "pvm": "1.3.2015"},
        {"hetu": OTHER, "puoliso": ONE, "iban": "FI21", "pvm": "1.3.2015"},
        {"hetu": ONE, "nimi": "Aino Esimerkki", "iban": "FI99", "pvm": "1.9.2015"},
        {"hetu": ONE},
        {"nimi": "Aino Esimerkki", "iban": "FI21", "pvm": "1.3.2015"},
    ],
)
def test_b_13_two_matters_are_never_taken_for_one(desk: Desk, other: dict[str, str]) -> None:
    """Another person, spouses on each other's forms, another matter of the same person, or too little to tell."""
    checked(
        desk, document({"hetu": ONE, "puoliso": OTHER, "nimi": "Aino Esimerkki", "iban": "FI21", "pvm": "1.3.2015"})
    )
    second = checked(desk, document(other))
    third = checked(desk, document({"hetu": ONE, "iban": "FI21", "pvm": "1.3.2015"}, form="kela-at1"))

    assert likeness.likely_same(desk.ledger, second) == []
    assert likeness.likely_same(desk.ledger, third) == []


def test_the_figures_the_pilot_lacked(desk: Desk) -> None:
    """Papers by month, scanner, provider and form; completeness at first scan; missed fields; waiting times."""
    gone = checked(desk, document({"hetu": ONE}))
    desk.clock.pass_(100)
    desk.go_on(gone, State.CONFIRMED, {State.SEALED: Changes(bundle="b1")})
    for missing in (("iban",), ("iban", "pvm")):
        checked(desk, document({"hetu": OTHER}, missing=missing))

    figures = stats.stats(desk.ledger)

    assert figures["papers"] == [
        {"month": "2015-03", "scanner": "tiski-1", "provider": "kela", "form": "kela-sv4", "papers": 3}
    ]
    verdicts = {"complete": 1, "incomplete": 2}
    assert figures["complete_at_first_scan"] == {"verdicts": verdicts, "share": 0.3333, "repaired_at_counter": 0}
    assert figures["most_missed"] == [
        {"form": "kela-sv4", "field": "iban", "times": 2},
        {"form": "kela-sv4", "field": "pvm", "times": 1},
    ]
    times = figures["seconds_from_hand_over"]
    assert times["verdict"] == {"count": 3, "median": 0.0, "p95": 0.0, "worst": 0.0}
    assert times["delivery"] == {"count": 1, "median": 100.0, "p95": 100.0, "worst": 100.0}
    assert times["receipt"]["count"] == 1


def test_a_paper_that_ended_with_its_earlier_scan_is_still_one(desk: Desk) -> None:
    """Scanned with a gap, scanned again whole, joined, then done online instead: one paper, mended, its gap known."""
    first = checked(desk, document({"hetu": ONE}, missing=("iban",)))
    people.hold(desk.ledger, first, Person("M"))
    desk.clock.pass_(300)
    again = checked(desk, document({"hetu": ONE, "iban": "FI21"}))
    people.hold(desk.ledger, again, Person("M"))
    joins.join(desk.ledger, first, again, Person("M"))

    retention.destroy(desk.ledger, again, desk.blobs, Person("M"), "done_online")

    here = Point(id="saarijarvi", name="Saarijärvi", data=desk.folder)
    counts = {
        (cell.what, cell.of): count for cell, count in figures_at(desk.ledger, here, None, None, None).cells.items()
    }
    assert counts["papers", ""] == counts["quality", "repaired"] == counts["outcome", "done_online"] == 1
    assert counts["gap", "missing iban"] == counts["decision_seconds", "300"] == counts["visits", "one_paper"] == 1
    assert desk.state(first) == desk.state(again) == State.PURGED
    assert stats.stats(desk.ledger)["complete_at_first_scan"]["repaired_at_counter"] == 1


def test_an_unknown_paper_beside_a_form_is_for_no_second_authority(desk: Desk) -> None:
    """A hand-over of a form and an unknown paper has several papers, for one authority as far as is known."""
    desk.accept()
    opened = claimed.advance(
        desk.ledger, desk.claim(State.ACCEPTED), State.OPENED, Changes(pages=(1, 2)), Keep("w", 60)
    )
    assert opened is not None
    form = Changes(pages=(1,), kind=Kind.FORM, provider="kela", form="kela-sv4")
    claimed.split(desk.ledger, opened, State.RECOGNISED, [form, Changes(pages=(2,), kind=Kind.UNKNOWN)])

    here = Point(id="saarijarvi", name="Saarijärvi", data=desk.folder)
    visits = figures_at(desk.ledger, here, None, None, None).count("visits", "of")

    assert visits == {("several_papers",): 1}


def test_figures_of_an_empty_ledger(desk: Desk) -> None:
    """Nothing to count is no error."""
    figures = stats.stats(desk.ledger)

    assert figures["papers"] == []
    assert figures["complete_at_first_scan"]["share"] is None
    assert figures["seconds_from_hand_over"]["verdict"]["median"] is None
