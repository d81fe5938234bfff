"""The filings for the counter page: all that wait for a person, the newest of the rest, files still arriving."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, or_, select

from intake.base.clock import iso, parse_iso
from intake.base.errors import Damaged, NotFound
from intake.base.states import STANDING, State
from workers.ledger import stored
from workers.ledger.database import Ledger
from workers.ledger.schema import arrivals, arriving, events, filing_pages, filings, refused, scans, turns
from workers.ledger.stored import Private
from workers.ledger.vault import Json

OPEN = tuple(state.value for state in State if STANDING[state].owner == "advisor")
"""Waiting, held and returned: a person's turn."""
DECISIONS = ("released", "held", "joined", "parted", "corrected", "arranged", "taken out", "destroyed")
"""What a person does to a filing; to look at it, or to note why it came on paper, is none."""
UNDO_SECONDS = 60
"""For so long a refused file that was dismissed still stands in the list, to be taken back."""
SEARCHED = 5_000
"""The most filings that are opened for one search, newest first; days narrow it."""


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
    part: tuple[int, int] = (1, 1)
    """Which one it is of how many filings of the same hand-over."""
    again: str | None = None
    """When the same bytes came in once more; ISO 8601 UTC."""
    placed: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    """By page number its file and its place there; only of a single filing."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Newest first."""

    open: tuple[Entry, ...]
    """All that waits for a person, however old; what came to wait last is first."""
    others: tuple[Entry, ...]
    refused: tuple[Mapping[str, object], ...]
    arriving: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The wishes that narrow a list of filings; an empty one does not narrow it."""

    scanner: str = ""
    states: tuple[str, ...] = ()
    since: str = ""
    """Handed over at or after this moment, ISO 8601 UTC."""
    until: str = ""
    """Handed over before it."""
    advisor: str = ""
    """Decided by this person."""
    fits: Callable[[Entry], bool] | None = None
    """A test of the opened content, for what no index may know."""

    def where(self) -> list[ColumnElement[bool]]:
        """Put the wishes into words for the database, as far as it can tell without opening anything."""
        found: list[ColumnElement[bool]] = []
        if self.scanner:
            found.append(filings.c.scanner == self.scanner)
        if self.states:
            found.append(filings.c.state.in_(self.states))
        if self.since:
            found.append(scans.c.handed_over >= self.since)
        if self.until:
            found.append(scans.c.handed_over < self.until)
        if self.advisor:
            decided = select(events.c.filing).where(events.c.actor == "advisor", events.c.what.in_(DECISIONS))
            found.append(filings.c.id.in_(decided))
        return found


EVERYTHING = Wanted()


def recent(ledger: Ledger, limit: int, wanted: Wanted = EVERYTHING) -> Recent:
    """All filings that wait for a person, at most `limit` others and refused scans, all files still arriving."""
    joined = filings.join(scans, scans.c.sha256 == filings.c.scan)
    shown = select(filings, scans.c.handed_over).select_from(joined).where(scans.c.refused.is_(None), *wanted.where())
    waiting = shown.where(filings.c.state.in_(OPEN)).order_by(filings.c.since.desc(), filings.c.seq.desc())
    newest = shown.where(filings.c.state.not_in(OPEN)).order_by(filings.c.seq.desc())
    since = iso(ledger.clock.now() - timedelta(seconds=UNDO_SECONDS))
    shows = or_(refused.c.dismissed.is_(None), refused.c.dismissed > since)
    latest = select(refused).where(shows).order_by(refused.c.id.desc()).limit(limit)
    coming = select(arriving).order_by(arriving.c.id)
    if wanted.scanner:
        latest = latest.where(refused.c.scanner == wanted.scanner)
        coming = coming.where(arriving.c.scanner == wanted.scanner)
    with ledger.read() as connection:
        return Recent(
            _entries(connection, ledger, waiting, wanted, SEARCHED),
            _entries(connection, ledger, newest, wanted, limit),
            tuple(dict(row) for row in connection.execute(latest).mappings()),
            tuple(dict(row) for row in connection.execute(coming).mappings()),
        )


def scanners(ledger: Ledger) -> list[str]:
    """Ids of all scanners that a paper has come from."""
    with ledger.read() as connection:
        return sorted(connection.execute(select(turns.c.scanner).distinct()).scalars())


def _entries(
    connection: Connection, ledger: Ledger, rows: Select[tuple[object, ...]], wanted: Wanted, most: int
) -> tuple[Entry, ...]:
    """At most `most` entries that fit, each with its part of its hand-over."""
    opened = wanted.fits is not None or bool(wanted.advisor)
    found: list[Entry] = []
    for row in connection.execute(rows.limit(SEARCHED if opened else most)).mappings():
        happened = _happened(connection, ledger, row["id"]) if wanted.advisor else ()
        decided = (event for event in happened if event.actor == "advisor" and event.what in DECISIONS)
        deciders = {event.private.get("advisor") for event in decided}
        if wanted.advisor and wanted.advisor not in deciders:
            continue
        entry = _entry(ledger, row, happened)
        if wanted.fits is None or wanted.fits(entry):
            found.append(entry)
        if len(found) == most:
            break
    leaders = {str(entry.row["scan"]) for entry in found}
    parts, again = _parts(connection, leaders), _again(connection, leaders)
    return tuple(
        replace(entry, part=parts.get(str(entry.row["id"]), (1, 1)), again=again.get(str(entry.row["scan"])))
        for entry in found
    )


def _again(connection: Connection, scanned: set[str]) -> dict[str, str]:
    """By scan when its bytes came in last, where they came more than once."""
    rows = select(arrivals.c.sha256, func.max(arrivals.c.at)).where(arrivals.c.sha256.in_(scanned))
    several = rows.group_by(arrivals.c.sha256).having(func.count() > 1)
    return {sha256: at for sha256, at in connection.execute(several)}


def _parts(connection: Connection, leaders: set[str]) -> dict[str, tuple[int, int]]:
    """By filing which one it is of how many of its hand-over, where there are several."""
    together = func.count().over(partition_by=filings.c.scan)
    place = func.row_number().over(partition_by=filings.c.scan, order_by=filings.c.seq)
    rows = select(filings.c.id, place, together).where(filings.c.scan.in_(leaders))
    return {filing: (number, of) for filing, number, of in connection.execute(rows) if of > 1}


def entry(ledger: Ledger, filing: str) -> Entry:
    """One filing with all that happened to it. Raises NotFound."""
    joined = filings.join(scans, scans.c.sha256 == filings.c.scan)
    wanted = select(filings, scans.c.handed_over).select_from(joined).where(filings.c.id == filing)
    with ledger.read() as connection:
        row = connection.execute(wanted).mappings().first()
        if row is None:
            raise NotFound(f"no filing {filing}")
        parts, again = _parts(connection, {row["scan"]}), _again(connection, {row["scan"]})
        entry = _entry(ledger, row, _happened(connection, ledger, filing))
        pages = select(filing_pages).where(filing_pages.c.filing == filing).order_by(filing_pages.c.number)
        placed = {page.number: (page.scan, page.page) for page in connection.execute(pages)}
        return replace(entry, part=parts.get(filing, (1, 1)), again=again.get(row["scan"]), placed=placed)


@dataclass(frozen=True, slots=True)
class Release:
    """A person's release: who, why and when. Personal: never log it."""

    at: datetime
    advisor: str
    identity: str
    reason: str
    contact: str
    message: str


def last_release(ledger: Ledger, filing: str) -> Release | None:
    """The newest release by a person; None if the point's policy let the filing go."""
    with ledger.read() as connection:
        return release_in(connection, ledger, filing)


def release_in(connection: Connection, ledger: Ledger, filing: str) -> Release | None:
    """`last_release` within a transaction."""
    wanted = select(events).where(events.c.filing == filing, events.c.what == "released").order_by(events.c.id.desc())
    row = connection.execute(wanted.limit(1)).mappings().first()
    if row is None:
        return None
    said = ledger.vault.unseal(row["private"], context=f"event/{row['id']}") if row["private"] is not None else {}
    named = {name: str(said.get(name, "")) for name in ("advisor", "identity", "reason", "contact", "message")}
    return Release(at=parse_iso(row["at"]), **named)


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
