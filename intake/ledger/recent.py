"""The newest of everything, for a page that shows what is going on: filings, refused scans, files still arriving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from intake.base.clock import parse_iso
from intake.base.errors import Damaged, NotFound
from intake.ledger import stored
from intake.ledger.database import Database
from intake.ledger.schema import arriving, events, filings, refused, scans
from intake.ledger.stored import Private


@dataclass(frozen=True, slots=True)
class Entry:
    """A filing's row, its scan's time of hand-over, its decrypted content, and its changes of state."""

    row: Mapping[str, object]
    handed_over: str
    private: Private
    moves: Sequence[tuple[str, str]] = ()
    damaged: bool = False
    """Its sealed part does not open; `private` is empty then."""
    """(when, state), oldest first; only of a single filing."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Newest first."""

    filings: tuple[Entry, ...]
    refused: tuple[Mapping[str, object], ...]
    arriving: tuple[Mapping[str, object], ...]


def recent(database: Database, limit: int) -> Recent:
    """At most `limit` filings and refused scans, and all files still arriving."""
    joined = filings.join(scans, scans.c.sha256 == filings.c.scan)
    newest = (
        select(filings, scans.c.handed_over).select_from(joined).where(scans.c.refused.is_(None))
        .order_by(filings.c.seq.desc()).limit(limit)
    )  # fmt: skip
    latest = select(refused).order_by(refused.c.id.desc()).limit(limit)
    with database.read() as connection:
        return Recent(
            tuple(_entry(database, row) for row in connection.execute(newest).mappings()),
            tuple(dict(row) for row in connection.execute(latest).mappings()),
            tuple(dict(row) for row in connection.execute(select(arriving).order_by(arriving.c.id)).mappings()),
        )


def entry(database: Database, filing: str) -> Entry:
    """One filing with its moves. Raises NotFound."""
    joined = filings.join(scans, scans.c.sha256 == filings.c.scan)
    wanted = select(filings, scans.c.handed_over).select_from(joined).where(filings.c.id == filing)
    with database.read() as connection:
        row = connection.execute(wanted).mappings().first()
        if row is None:
            raise NotFound(f"no filing {filing}")
        return _entry(database, row, _moves(connection, filing))


def judged(database: Database) -> list[str]:
    """The ids of all filings that have a verdict, oldest first."""
    wanted = select(filings.c.id).where(filings.c.verdict.is_not(None)).order_by(filings.c.seq)
    with database.read() as connection:
        return list(connection.execute(wanted).scalars())


@dataclass(frozen=True, slots=True)
class Release:
    """Who let a filing go in spite of what, and when. Personal: never log it."""

    at: datetime
    advisor: str
    identity: str
    reason: str
    contact: str


def last_release(database: Database, filing: str) -> Release | None:
    """The newest release by a person; None if the point's policy let the filing go."""
    wanted = select(events).where(events.c.filing == filing, events.c.what == "released").order_by(events.c.id.desc())
    with database.read() as connection:
        row = connection.execute(wanted.limit(1)).mappings().first()
    if row is None:
        return None
    said = database.vault.unseal(row["private"], context=f"event/{row['id']}") if row["private"] is not None else {}
    told = {name: str(said.get(name, "")) for name in ("advisor", "identity", "reason", "contact")}
    return Release(at=parse_iso(row["at"]), **told)


def _moves(connection: Connection, filing: str) -> list[tuple[str, str]]:
    wanted = select(events.c.at, events.c.state).where(events.c.filing == filing, events.c.state.is_not(None))
    return [(at, state) for at, state in connection.execute(wanted.order_by(events.c.id))]


def _entry(database: Database, row: RowMapping, moves: Sequence[tuple[str, str]] = ()) -> Entry:
    try:
        private, damaged = stored.private_of(database, row), False
    except Damaged:  # P6: one damaged row does not take the list away
        private, damaged = Private({}, ()), True
    return Entry(dict(row), row["handed_over"], private, moves, damaged=damaged)
