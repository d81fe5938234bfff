"""The state table: D-04, D-10, and the document that explains it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import intake
from intake.base.errors import WrongUse
from intake.base.states import BORN, STANDING, TRANSITIONS, State, allowed
from tests.ledger.conftest import Desk
from workers.journey import COUNTER, POST, RECEIPTS
from workers.ledger import Changes, claimed, reports, verify

STATES = some.sampled_from(list(State))


def put_in(desk: Desk, state: State) -> None:
    """Put the only filing into `state` by the database's own means, its trigger off."""
    disable, enable = {
        "sqlite": ("DROP TRIGGER filings_states", _sqlite_trigger(desk)),
        "postgresql": (
            "ALTER TABLE filings DISABLE TRIGGER filings_states", "ALTER TABLE filings ENABLE TRIGGER filings_states"
        ),
    }[desk.ledger.engine.dialect.name]  # fmt: skip
    with desk.ledger.write() as connection:
        connection.execute(text(disable))
        connection.execute(
            text("UPDATE filings SET state = :state, worker = NULL, busy_until = NULL"), {"state": state}
        )
        connection.execute(text(enable))


def _sqlite_trigger(desk: Desk) -> str:
    if desk.ledger.engine.dialect.name != "sqlite":
        return ""
    with desk.ledger.read() as connection:
        found = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'filings_states'"))
        return str(found.scalar_one())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=STATES, end=STATES)
def test_d_04_the_database_itself_refuses_an_illegal_change(desk: Desk, start: State, end: State) -> None:
    """Whatever code does, only the changes of the table pass the trigger."""
    if not reports.status(desk.ledger)["filings"]:
        desk.accept()
    put_in(desk, start)

    def change() -> None:
        with desk.ledger.engine.begin() as connection:
            connection.execute(text("UPDATE filings SET state = :state"), {"state": end.value})

    if start is end or (start, end) in TRANSITIONS:
        change()
    else:
        with pytest.raises(DBAPIError, match="illegal state change"):
            change()


@pytest.mark.parametrize("start", [*COUNTER, *POST, *RECEIPTS])
def test_d_04_a_worker_cannot_make_an_illegal_change(desk: Desk, start: State) -> None:
    """Advancing refuses every pair that is not in the table and leaves the filing as it was."""
    desk.accept()
    put_in(desk, start)
    work = desk.claim(start)

    for end in State:
        if not allowed(start, end):
            with pytest.raises(WrongUse):
                claimed.advance(desk.ledger, work, end)
    assert desk.state(work.filing) is start
    assert verify.verify(desk.ledger, desk.blobs) == []


def test_d_04_a_filing_is_born_accepted_or_split_off(desk: Desk) -> None:
    """No code can bring a filing into being anywhere else on the walk."""
    desk.walk(State.OPENED)
    copied = text(
        "INSERT INTO filings (id, scan, scanner, state, since)"
        " SELECT :id, scan, scanner, :state, since FROM filings WHERE scanner = 'tiski-1' LIMIT 1"
    )
    for state in State:
        if state in BORN:
            continue
        with pytest.raises(DBAPIError, match="illegal state change"), desk.ledger.engine.begin() as connection:
            connection.execute(copied, {"id": state.value, "state": state.value})


def test_filings_and_events_cannot_be_deleted_or_edited(desk: Desk) -> None:
    """The database refuses to forget a filing and to change the log."""
    desk.walk(State.OPENED)
    for statement in (
        "DELETE FROM filings",
        "DELETE FROM events",
        "UPDATE events SET code = 'x'",
        "UPDATE events SET at = 'x'",
        "UPDATE events SET digest = 'x'",
    ):
        with pytest.raises(DBAPIError), desk.ledger.engine.begin() as connection:
            connection.execute(text(statement))
    assert verify.verify(desk.ledger, desk.blobs) == []


def test_d_10_every_state_has_an_owner_and_an_age_limit() -> None:
    """Nothing but what has been purged may wait without end, and every state can be named to a person."""
    assert set(STANDING) == set(State)
    assert [state for state in State if STANDING[state].age_limit is None] == [State.PURGED]
    assert all(STANDING[state].owner != "nobody" for state in State if state is not State.PURGED)


def test_d_10_what_is_too_old_is_listed_in_every_state(desk: Desk) -> None:
    """No filing can be forgotten: past its limit it is on the list, whatever its state."""
    desk.accept()
    for state in State:
        put_in(desk, state)
        with desk.ledger.write() as connection:
            connection.execute(text("UPDATE filings SET since = :at"), {"at": "2015-03-02T09:00:00.000Z"})
        assert reports.overdue(desk.ledger) == []
        limit = STANDING[state].age_limit
        if limit is None:
            continue
        desk.clock.pass_(limit.total_seconds() + 1)
        assert [(one.state, one.owner) for one in reports.overdue(desk.ledger)] == [(state, STANDING[state].owner)]
        desk.clock.pass_(-limit.total_seconds() - 1)


def test_every_state_can_be_left_or_is_final() -> None:
    """From every state the walk ends in one that needs nobody any more."""
    for state in State:
        reached, fresh = {state}, {state}
        while fresh:
            fresh = {end for start, end in TRANSITIONS if start in fresh} - reached
            reached |= fresh
        assert State.PURGED in reached


def test_the_document_names_every_state() -> None:
    """STATES.md has a row for each state, with its owner and its age limit."""
    rows = {
        cells[1].strip(" `"): cells
        for line in (Path(intake.__file__).parent / "base" / "STATES.md").read_text("utf-8").splitlines()
        if len(cells := line.split("|")) > 5
    }
    for state in State:
        assert STANDING[state].owner in rows[state.value][2]
        limit = STANDING[state].age_limit
        words = "none" if limit is None else f"{limit.days} d" if limit.days else f"{limit.seconds // 60} min"
        assert words in rows[state.value][3], state


def test_a_filing_walks_all_the_way(desk: Desk) -> None:
    """The whole walk can be gone, and each step leaves its event."""
    filing = desk.walk(State.CONFIRMED, {State.SEALED: Changes(bundle="b1"), State.CONFIRMED: Changes(receipt=b"r")})

    moves = [event["to"] for event in reports.show(desk.ledger, filing)["events"]]
    assert moves == [
        "accepted", "opened", "recognised", "read", "checked", "ready", "routed", "sealed", "delivered", "confirmed",
    ]  # fmt: skip
    assert reports.receipt(desk.ledger, filing) == b"r"
