"""What outlives the content: how filings were judged and where they went, in rows without anything personal."""

from datetime import date

import pytest
from sqlalchemy import insert, select

from intake.base.errors import NotFound, Stale
from intake.base.filing import Document, EService, FieldReading, FieldState, Finding, Kind, PageReading, Verdict
from intake.base.states import State
from intake.base.texts import Text
from tests.ledger.conftest import START, Desk
from workers.ledger import Changes, Person, claimed, people, reports
from workers.ledger.claimed import Work
from workers.ledger.history import Decided, Gap, all_known, known
from workers.ledger.schema import decisions, filings, judgements, scans

CANARY = "Kanarialintu 010594Y9032"
WORDS = Text(fi="Suomeksi", sv="På finska", en="Finnish papers")
SENT = Decided(date(2015, 3, 2), "vero", "jyvaskyla", "vero-finnish", WORDS, "abc123", "normal")


def paper(verdict: Verdict) -> tuple[Document, ...]:
    """A form with a name on it and an attachment; incomplete, it has a gap that speaks of the name."""
    gap = Finding(code="missing", field="allekirjoitus", text=Text(fi=CANARY, sv=CANARY, en=CANARY))
    form = Document(
        kind=Kind.FORM, provider="vero", form="vero-14a", edition="2015-01", language="fi",
        pages=(PageReading(source_page=1),), verdict=verdict,
        fields={"nimi": FieldReading(kind="text", state=FieldState.FILLED, value=CANARY)},
        findings=(gap,) if verdict is Verdict.INCOMPLETE else (),
        eservice=EService(name="OmaVero", url="https://www.vero.fi"),
    )  # fmt: skip
    return form, Document(kind=Kind.ATTACHMENT, attached_to=0, pages=(PageReading(source_page=2),))


def judged(verdict: Verdict) -> Changes:
    """What the check leaves."""
    return Changes(documents=paper(verdict), verdict=verdict)


def test_each_judgement_and_each_decision_is_kept(desk: Desk) -> None:
    """The newest counts for rules; the first verdict and an earlier decision stay beside it."""
    filing = desk.walk(State.HELD, {State.CHECKED: judged(Verdict.INCOMPLETE)})
    assert known(desk.ledger, filing).decided is None
    with desk.ledger.write() as connection:
        back = filings.update().where(filings.c.id == filing).values(held_from=State.READ.value)
        connection.execute(back)
    people.release(desk.ledger, filing, Person("Maija"))
    claimed.advance(desk.ledger, desk.claim(State.READ), State.CHECKED, changes=judged(Verdict.COMPLETE))
    claimed.advance(desk.ledger, desk.claim(State.CHECKED), State.READY)
    nobody = Decided(SENT.day, None, None, "ask", WORDS, "abc123")
    claimed.hold(desk.ledger, desk.claim(State.READY), reason="no_route", decided=nobody)
    people.release(desk.ledger, filing, Person("Maija"))
    claimed.advance(desk.ledger, desk.claim(State.READY), State.ROUTED, changes=Changes(provider="vero", decided=SENT))

    last = known(desk.ledger, filing)

    assert (last.judged.verdict, last.judged.findings, last.judged.pages) == ("complete", (), 2)
    assert (last.judged.attachments, last.judged.eservice, last.judged.day) == (1, True, date(2015, 3, 2))
    assert last.decided is not None
    assert (last.decided.unit, last.decided.rule, last.decided.words) == ("jyvaskyla", "vero-finnish", WORDS)
    with desk.ledger.read() as connection:
        verdicts = connection.execute(select(judgements.c.verdict).order_by(judgements.c.number)).scalars().all()
        rules = connection.execute(select(decisions.c.rule).order_by(decisions.c.number)).scalars().all()
    assert (verdicts, rules) == (["incomplete", "complete"], ["ask", "vero-finnish"])


def test_a_gap_is_kept_by_its_code_and_field(desk: Desk) -> None:
    """What rules and figures may ask: which field, and whether it kept the filing from going."""
    filing = desk.walk(State.WAITING, {State.CHECKED: judged(Verdict.INCOMPLETE)})

    assert known(desk.ledger, filing).judged.findings == (Gap("missing", "allekirjoitus", blocks=True),)


def test_h_06_nothing_personal_is_in_what_is_kept(desk: Desk) -> None:
    """No value, no sentence of a finding, no name of a file, no hash of the scan."""
    filing = desk.accept(label=f"{CANARY}.pdf").filing
    desk.go_on(filing, State.ROUTED, {State.CHECKED: judged(Verdict.INCOMPLETE), State.ROUTED: Changes(decided=SENT)})
    scan = str(reports.show(desk.ledger, filing)["pages"][0]["scan"])

    with desk.ledger.read() as connection:
        rows = [str(row) for table in (judgements, decisions) for row in connection.execute(select(table)).all()]

    assert len(rows) == 2
    assert not [word for word in (*CANARY.split(), scan) if word in "".join(rows)]


def test_a_change_that_is_not_made_keeps_nothing(desk: Desk) -> None:
    """A worker that was overtaken writes no judgement: the row stands or falls with the change of state."""
    desk.walk(State.READ)
    late: Work = desk.claim(State.READ)
    desk.clock.pass_(100)
    claimed.advance(desk.ledger, desk.claim(State.READ, worker="w2"), State.CHECKED, changes=judged(Verdict.COMPLETE))

    with pytest.raises(Stale):
        claimed.advance(desk.ledger, late, State.CHECKED, changes=judged(Verdict.INCOMPLETE))
    assert [one.judged.verdict for one in all_known(desk.ledger)] == ["complete"]


def test_what_was_not_judged_is_told_apart_from_what_is_not_there(desk: Desk) -> None:
    """Each in its sentence."""
    filing = desk.accept().filing

    with pytest.raises(NotFound, match="not been judged yet"):
        known(desk.ledger, filing)
    with pytest.raises(NotFound, match="no filing nosuch"):
        known(desk.ledger, "nosuch")


def test_ten_times_the_filings_cost_ten_times_the_steps(embedded: Desk) -> None:
    """The past is read by keys: a hundred thousand filings once took the embedded ledger seven minutes."""
    steps = []
    for number in (200, 2000):
        _add_past(embedded, number)
        steps.append(_steps(embedded))

    assert steps[1] < 13 * steps[0]


def _add_past(desk: Desk, until: int) -> None:
    """Rows of filings that were judged and sent, up to this many."""
    with desk.ledger.write() as connection:
        there = len(connection.execute(select(filings.c.seq)).all())
        day, now = START.date().isoformat(), "2015-03-02T09:00:00.000Z"
        for number in range(there, until):
            scan, filing = f"{number:064x}", f"f{number}"
            connection.execute(
                insert(scans).values(
                    sha256=scan, leader=scan, position=0, scanner="s", bytes=1, handed_over=now, accepted_at=now
                )
            )
            connection.execute(insert(filings).values(id=filing, scan=scan, scanner="s", state="accepted", since=now))
            same = {"filing": filing, "number": 1, "at": now, "day": day}
            connection.execute(insert(judgements).values(**same, kind="form", verdict="complete", pages=1))
            connection.execute(insert(decisions).values(**same, provider="vero", by_hand=False))


def _steps(desk: Desk) -> int:
    """How many thousands of SQLite's own steps it takes to read the past."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    with desk.ledger.read() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(step, 100)
    assert all_known(desk.ledger)
    driver.set_progress_handler(None, 0)
    return count
