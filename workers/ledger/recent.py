"""The filings for the counter page: all that wait for a person, the newest of the rest, files still arriving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from intake.base.clock import parse_iso
from intake.base.errors import Damaged, NotFound
from intake.base.states import STANDING, State
from workers.ledger import stored
from workers.ledger.database import Ledger
from workers.ledger.schema import arriving, events, filings, refused, scans
from workers.ledger.stored import Private
from workers.ledger.vault import Json

OPEN = tuple(state.value for state in State if STANDING[state].owner == "advisor")
"""Waiting, held and returned: a person's turn."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a filing. `private` is what a person wrote, or what a person shall read: never log it."""

    at: str
    what: str
    actor: str
    state: str | None
    code: str | None
    private: Json


@dataclass(frozen=True, slots=True)
class Entry:
    """A filing's row, its scan's time of hand-over, its decrypted content, and what happened to it."""

    row: Mapping[str, object]
    handed_over: str
    private: Private
    happened: Sequence[Happened] = ()
    """Oldest first; only of a single filing."""
    damaged: bool = False
    """Its sealed part does not open; `private` is empty then."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Newest first."""

    open: tuple[Entry, ...]
    """All that waits for a person, however old; what came to wait last is first."""
    others: tuple[Entry, ...]
    refused: tuple[Mapping[str, object], ...]
    arriving: tuple[Mapping[str, object], ...]


def recent(ledger: Ledger, limit: int) -> Recent:
    """All filings that wait for a person, at most `limit` others and refused scans, all files still arriving."""
    joined = filings.join(scans, scans.c.sha256 == filings.c.scan)
    shown = select(filings, scans.c.handed_over).select_from(joined).where(scans.c.refused.is_(None))
    waiting = shown.where(filings.c.state.in_(OPEN)).order_by(filings.c.since.desc(), filings.c.seq.desc())
    newest = shown.where(filings.c.state.not_in(OPEN)).order_by(filings.c.seq.desc()).limit(limit)
    latest = select(refused).order_by(refused.c.id.desc()).limit(limit)
    with ledger.read() as connection:
        return Recent(
            tuple(_entry(ledger, row) for row in connection.execute(waiting).mappings()),
            tuple(_entry(ledger, row) for row in connection.execute(newest).mappings()),
            tuple(dict(row) for row in connection.execute(latest).mappings()),
            tuple(dict(row) for row in connection.execute(select(arriving).order_by(arriving.c.id)).mappings()),
        )


def entry(ledger: Ledger, filing: str) -> Entry:
    """One filing with all that happened to it. Raises NotFound."""
    joined = filings.join(scans, scans.c.sha256 == filings.c.scan)
    wanted = select(filings, scans.c.handed_over).select_from(joined).where(filings.c.id == filing)
    with ledger.read() as connection:
        row = connection.execute(wanted).mappings().first()
        if row is None:
            raise NotFound(f"no filing {filing}")
        return _entry(ledger, row, _happened(connection, ledger, filing))


@dataclass(frozen=True, slots=True)
class Release:
    """A release: by whom, in spite of which gap, and when. Personal: never log it."""

    at: datetime
    advisor: str
    identity: str
    reason: str
    contact: str


def last_release(ledger: Ledger, filing: str) -> Release | None:
    """The newest release by a person; None if the point's policy let the filing go."""
    wanted = select(events).where(events.c.filing == filing, events.c.what == "released").order_by(events.c.id.desc())
    with ledger.read() as connection:
        row = connection.execute(wanted.limit(1)).mappings().first()
    if row is None:
        return None
    said = ledger.vault.unseal(row["private"], context=f"event/{row['id']}") if row["private"] is not None else {}
    told = {name: str(said.get(name, "")) for name in ("advisor", "identity", "reason", "contact")}
    return Release(at=parse_iso(row["at"]), **told)


def _happened(connection: Connection, ledger: Ledger, filing: str) -> list[Happened]:
    rows = connection.execute(select(events).where(events.c.filing == filing).order_by(events.c.id)).mappings()
    return [
        Happened(row["at"], row["what"], row["actor"], row["state"], row["code"], _said(ledger, row)) for row in rows
    ]


def _said(ledger: Ledger, row: RowMapping) -> Json:
    """An event's sealed part; {} where there is none, or it does not open any more (P6)."""
    if row["private"] is None:
        return {}
    try:
        return ledger.vault.unseal(row["private"], context=f"event/{row['id']}")
    except Damaged:
        return {}


def _entry(ledger: Ledger, row: RowMapping, happened: Sequence[Happened] = ()) -> Entry:
    try:
        private, damaged = stored.private_of(ledger, row), False
    except Damaged:  # P6: one damaged row does not take the list away
        private, damaged = Private({}, ()), True
    return Entry(dict(row), row["handed_over"], private, happened, damaged=damaged)
