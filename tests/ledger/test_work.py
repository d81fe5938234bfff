"""Retries, fairness, splits and what a stage may change: C-11, D-03, D-05, J-05, A-10."""

import itertools

import pytest
from sqlalchemy import select

from intake.base.errors import Away, WrongUse
from intake.base.filing import Kind
from intake.base.states import State
from tests.ledger.conftest import LEASE, Desk
from workers.ledger import Changes, claimed, reports, scans, verify
from workers.ledger.claim import claim
from workers.ledger.claimed import CRASHED
from workers.ledger.recent import entry
from workers.ledger.schema import filings


def test_c_11_a_filing_that_kills_its_worker_three_times_is_held(desk: Desk) -> None:
    """The count survives restarts; after the third death a person must look, and others go on."""
    bad = desk.accept().filing
    for number in range(3):
        ledger = desk.again()
        work = claim(ledger, [State.ACCEPTED], worker=f"w{number}", lease_seconds=LEASE)
        assert work is not None
        assert (work.filing, work.crashes) == (bad, number)
        ledger.close()
        desk.clock.pass_(LEASE + 1)
    good = desk.accept().filing

    assert desk.claim(State.ACCEPTED).filing == good
    shown = reports.show(desk.ledger, bad)
    assert (shown["state"], shown["reason"]) == ("held", "poison")


def test_c_11_a_stage_that_fails_unexpectedly_three_times_is_held(desk: Desk) -> None:
    """Failures for no known reason count as crashes, however long apart."""
    filing = desk.accept().filing
    for _ in range(3):
        claimed.postpone(desk.ledger, desk.claim(State.ACCEPTED), seconds=5, code=CRASHED)
        desk.clock.pass_(6)

    assert desk.state(filing) is State.HELD


def test_d_05_a_known_failure_is_tried_for_ever(desk: Desk) -> None:
    """Waiting for the outside world is no crash: the count of tries grows and nobody holds the filing."""
    filing = desk.walk(State.SEALED)
    for attempt in range(20):
        work = desk.claim(State.SEALED)
        assert (work.attempt, work.crashes) == (attempt, 0)
        claimed.postpone(desk.ledger, work, seconds=300, code="away")
        assert claim(desk.ledger, [State.SEALED], worker="w2", lease_seconds=LEASE) is None
        desk.clock.pass_(301)

    shown = reports.show(desk.ledger, filing)
    assert (shown["state"], shown["reason"]) == ("sealed", "away")
    assert [event["what"] for event in shown["events"]].count("waits") == 1


def test_waiting_is_no_try(desk: Desk) -> None:
    """A filing that waits for its receipt has no failed tries."""
    desk.walk(State.DELIVERED)
    claimed.wait(desk.ledger, desk.claim(State.DELIVERED), seconds=5, code="no_receipt_yet")
    desk.clock.pass_(6)

    assert desk.claim(State.DELIVERED).attempt == 0


def test_j_05_a_flood_from_one_scanner_leaves_the_others_their_turn(desk: Desk) -> None:
    """Scanners are served by turns, each one's oldest first."""
    flood = [desk.accept(scanner="flood").filing for _ in range(6)]
    calm = [desk.accept(scanner="calm").filing for _ in range(2)]

    order = [desk.claim(State.ACCEPTED).filing for _ in range(6)]

    assert set(order[:4]) == {*flood[:2], *calm}
    assert [filing for filing in order if filing in flood] == flood[:4]


def test_the_counter_goes_before_the_batch(desk: Desk) -> None:
    """Papers somebody waits for at the counter overtake those of a batch."""
    batch = desk.accept(scanner="big", batch=True).filing
    desk.accept(scanner="big", batch=True)
    counter = desk.accept(scanner="big").filing

    assert [desk.claim(State.ACCEPTED).filing for _ in range(2)] == [counter, batch]


def test_a_scan_with_several_filings_is_split_and_every_page_is_in_one(desk: Desk) -> None:
    """The first part keeps the filing, the others become filings of their own that are worked on by themselves."""
    accepted = desk.accept()
    claimed.advance(desk.ledger, desk.claim(State.ACCEPTED), State.OPENED, changes=Changes(pages=(1, 2, 3, 4)))
    parts = (
        Changes(pages=(1, 3), kind=Kind.FORM, form="vero-14a", facts={"a": 1}),
        Changes(pages=(2,), kind=Kind.FORM, form="kela-sv4"),
        Changes(pages=(4,), kind=Kind.UNKNOWN),
    )

    ids = claimed.split(desk.ledger, desk.claim(State.OPENED), State.RECOGNISED, parts)

    assert ids[0] == accepted.filing
    shown = {str(one["id"]): one for one in reports.status(desk.ledger)["filings"]}
    assert [[page["page"] for page in shown[one]["pages"]] for one in ids] == [[1, 3], [2], [4]]
    assert [shown[one]["form"] for one in ids] == ["vero-14a", "kela-sv4", None]
    assert reports.status(desk.ledger)["scans"][0]["filings"] == ids
    assert [desk.claim(State.RECOGNISED).pages for _ in range(3)] == [(1, 3), (2,), (4,)]
    assert verify.verify(desk.ledger, desk.blobs) == []


@pytest.mark.parametrize("pages", [((1,), (2,)), ((1, 2), (2, 3)), ((1, 2, 3), ()), ((1, 2), (3, 4))])
def test_a_split_that_loses_or_doubles_a_page_is_refused(desk: Desk, pages: tuple[tuple[int, ...], ...]) -> None:
    """The parts must share out exactly the filing's pages, and nothing is written otherwise."""
    desk.accept()
    claimed.advance(desk.ledger, desk.claim(State.ACCEPTED), State.OPENED, changes=Changes(pages=(1, 2, 3)))
    work = desk.claim(State.OPENED)

    with pytest.raises(WrongUse):
        claimed.split(desk.ledger, work, State.RECOGNISED, [Changes(pages=part) for part in pages])

    assert desk.state(work.filing) is State.OPENED
    assert len(reports.status(desk.ledger)["filings"]) == 1


@pytest.mark.parametrize("pages", [(), (2, 3), (1, 1), (1, 3)])
def test_pages_that_do_not_run_from_one_are_refused(desk: Desk, pages: tuple[int, ...]) -> None:
    """An opened scan has all its pages, from the first on."""
    desk.accept()
    work = desk.claim(State.ACCEPTED)

    with pytest.raises(WrongUse):
        claimed.advance(desk.ledger, work, State.OPENED, changes=Changes(pages=pages))

    assert desk.state(work.filing) is State.ACCEPTED


def test_facts_are_merged_and_the_reason_is_cleared(desk: Desk) -> None:
    """Each stage adds its facts; the reason of a delay is gone when the filing moves on."""
    facts = {State.OPENED: Changes(pages=(1, 2), facts={"a": {"x": 1}, "b": 1}), State.READ: Changes(facts={"b": 2})}
    desk.walk(State.READ, facts)
    claimed.postpone(desk.ledger, desk.claim(State.READ), seconds=1, code="away")
    desk.clock.pass_(2)
    work = desk.claim(State.READ)
    assert work.facts == {"a": {"x": 1}, "b": 2}
    claimed.advance(desk.ledger, work, State.CHECKED)

    shown = reports.show(desk.ledger, work.filing)
    assert shown["reason"] is None
    assert entry(desk.ledger, work.filing).private.facts == {"a": {"x": 1}, "b": 2}


def test_d_03_a_locked_ledger_is_a_passing_trouble(embedded: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another writer holds the database, a write waits a bounded time and then says to try again."""
    monkeypatch.setattr("workers.ledger.database.BUSY_SECONDS", 0.05)
    hurried = embedded.again()
    scan = embedded.new_scan()

    with embedded.ledger.write(), pytest.raises(Away) as raised:
        scans.accept(hurried, (scan,))

    assert raised.value.transient
    assert scans.accept(hurried, (scan,)).repeat is False
    hurried.close()


def test_changes_can_be_followed_by_event_number(desk: Desk) -> None:
    """A page that polls by the last event it saw misses nothing and sees nothing twice."""
    desk.walk(State.READ)
    start = reports.last_event(desk.ledger)
    filing = desk.walk(State.OPENED)

    changes = reports.changes_since(desk.ledger, start)

    assert [(change.filing, change.state) for change in changes] == [(filing, "accepted"), (filing, "opened")]
    assert [change.event for change in changes] == [start + 1, start + 2]
    assert [one.event for one in reports.changes_since(desk.ledger, 0, most=2)] == [1, 2]
    numbers = [change.event for change in reports.changes_since(desk.ledger, 0)]
    assert all(then == now + 1 for now, then in itertools.pairwise(numbers))


def test_a_10_a_filing_whose_sealed_part_is_damaged_is_held_and_the_others_go_on(desk: Desk) -> None:
    """P6: one damaged row neither stops a worker nor is skipped silently: a person must look."""
    first = desk.accept().filing
    work = desk.claim(State.ACCEPTED)
    claimed.advance(desk.ledger, work, State.OPENED, changes=Changes(pages=(1, 2), facts={"seen": "x"}))
    second = desk.accept().filing
    claimed.advance(desk.ledger, desk.claim(State.ACCEPTED), State.OPENED, changes=Changes(pages=(1, 2)))
    with desk.ledger.write() as connection:
        sealed = bytes(connection.execute(select(filings.c.private).where(filings.c.id == first)).scalar_one())
        bad = sealed[:-1] + bytes([sealed[-1] ^ 0xFF])
        connection.execute(filings.update().where(filings.c.id == first).values(private=bad))

    taken = desk.claim(State.OPENED)

    assert taken.filing == second
    assert desk.state(first) is State.HELD
    assert reports.show(desk.ledger, first)["reason"] == "damaged_store"
    assert any(first in problem for problem in verify.verify(desk.ledger, desk.blobs))
