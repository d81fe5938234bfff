"""Reads back for the auditor who has looked at which filing, and when (G-09): rows of the event log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select

from intake.base.clock import parse_iso
from intake.base.errors import Damaged
from workers.ledger.audit import READER, Event, record
from workers.ledger.database import Ledger
from workers.ledger.people import Person, row_of
from workers.ledger.schema import events

VIEWED = "viewed"
BY_ITSELF = "by_itself"


@dataclass(frozen=True, slots=True)
class Look:
    """One person's look at one filing. `who` is an employee's name: never log it."""

    event: int
    at: datetime
    filing: str
    who: str
    by_itself: bool
    """The page showed it without the person."""


def note(ledger: Ledger, filing: str, person: Person, *, by_itself: bool = False) -> None:
    """A person looks at the filing, or the person's page shows it by itself. Raises NotFound."""
    code = BY_ITSELF if by_itself else None
    with ledger.write() as connection:
        row_of(connection, filing)
        record(connection, ledger, Event(VIEWED, READER, filing, code=code, private=person.private()))


def looks(ledger: Ledger, most: int, *, before: int | None = None, filing: str | None = None) -> list[Look]:
    """At most `most` looks, newest first: those before an event's number, those at one filing."""
    wanted = select(events).where(events.c.what == VIEWED).order_by(events.c.id.desc()).limit(most)
    if before is not None:
        wanted = wanted.where(events.c.id < before)
    if filing is not None:
        wanted = wanted.where(events.c.filing == filing)
    with ledger.read() as connection:
        rows = connection.execute(wanted).mappings().all()
    return [
        Look(row["id"], parse_iso(row["at"]), row["filing"], _who(ledger, row), row["code"] == BY_ITSELF)
        for row in rows
    ]


def _who(ledger: Ledger, row: RowMapping) -> str:
    if row["private"] is None:
        return ""
    try:
        return str(ledger.vault.unseal(row["private"], context=f"event/{row['id']}").get("advisor", ""))
    except Damaged:  # P6: one damaged row does not take the list away
        return "?"
