"""Proves that nothing is lost: every blob hashed again, every page in one filing, the log unbroken; sweeps orphans.

A blob that no row points to is what a crash between the blob and its row leaves behind; it is removed once it is older
than any writer can be (A-15: a writer's limit is 24 h, the sweep's age 36 h).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from sqlalchemy import Connection, func, select, text

from intake.base import durable
from intake.base.errors import Damaged
from intake.base.states import State
from workers.ledger import stored
from workers.ledger.audit import check_chain
from workers.ledger.blobs import Blobs
from workers.ledger.database import Ledger
from workers.ledger.schema import filing_pages, filings, kept, refused, scans

ORPHAN_SECONDS = 36 * 3600.0
_AT_ONCE = 500


def verify(ledger: Ledger, blobs: Blobs) -> list[str]:
    """All faults, one sentence each; empty if everything holds."""
    with ledger.read() as connection:
        wanted = referenced(connection, here=None if ledger.file else ledger.here.place)
        problems = [
            *_database(connection),
            *check_chain(connection, ledger),
            *_pages(connection),
            *_stranded(connection),
            *_sealed(connection, ledger),
        ]
    for sha256 in sorted(wanted):
        if not blobs.has(sha256):
            problems.append(f"blob {sha256} is missing")
        elif not blobs.intact(sha256):
            problems.append(f"blob {sha256} is damaged")
    return problems


def referenced(connection: Connection, among: Sequence[str] | None = None, *, here: str | None = None) -> set[str]:
    """The blobs (of those `among`) that some row stands on: scans and kept blobs of filings that are not purged.

    `here`: only of filings whose bytes lie in that place; other machines answer for theirs.
    """
    alive = select(filings.c.id).where(filings.c.state != State.PURGED.value)
    of_scans = select(scans.c.sha256).where(scans.c.purged_at.is_(None))
    if here is not None:
        alive = alive.where(filings.c.place == here)
        of_scans = of_scans.where(scans.c.leader.in_(select(filings.c.scan).where(filings.c.place == here)))
    of_filings = select(kept.c.sha256).where(kept.c.filing.in_(alive))
    if among is not None:
        of_scans, of_filings = of_scans.where(scans.c.sha256.in_(among)), of_filings.where(kept.c.sha256.in_(among))
    return {*connection.execute(of_scans).scalars(), *connection.execute(of_filings).scalars()}


def _database(connection: Connection) -> Iterator[str]:
    """The database's own checks (SQLite has them as statements; PostgreSQL keeps its keys by itself)."""
    if connection.dialect.name != "sqlite":
        return
    for (line,) in connection.execute(text("PRAGMA integrity_check")):
        if line != "ok":
            yield f"database: {line}"
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        yield f"database: a row of {row[0]} points to nothing"


def _pages(connection: Connection) -> Iterator[str]:
    """Every page of every opened scan is in exactly one filing: of that scan, or one that a person joined it to."""
    shared = (
        select(scans.c.sha256, scans.c.pages, func.count(filing_pages.c.page), func.max(filing_pages.c.page))
        .outerjoin(filing_pages, filing_pages.c.scan == scans.c.sha256)
        .where(scans.c.pages.is_not(None))
        .group_by(scans.c.sha256, scans.c.pages)
    )
    for sha256, pages, count, last in connection.execute(shared):
        if not pages == count == last:
            yield f"scan {sha256}: {count} of {pages} pages are in a filing"
    lent = select(filings.c.scan).where(filings.c.joined_to.is_not(None))
    astray = (
        select(filing_pages.c.filing)
        .join(filings, filings.c.id == filing_pages.c.filing)
        .join(scans, scans.c.sha256 == filing_pages.c.scan)
        .where(filings.c.scan != scans.c.leader, scans.c.leader.not_in(lent))
    )
    for filing in connection.execute(astray).scalars():
        yield f"filing {filing} has a page of another hand-over"


def _sealed(connection: Connection, ledger: Ledger) -> Iterator[str]:
    """Every filing's sealed part opens with this vault key (A-10)."""
    rows = connection.execute(select(filings).where(filings.c.private.is_not(None)).execution_options(yield_per=200))
    for row in rows.mappings():
        try:
            stored.private_of(ledger, row)
        except Damaged:
            yield f"filing {row['id']}: its sealed part is damaged"


def _stranded(connection: Connection) -> Iterator[str]:
    """Every scan has a filing; every joined filing leads to one that is still there."""
    lonely = select(scans.c.sha256).where(scans.c.leader.not_in(select(filings.c.scan)))
    for sha256 in connection.execute(lonely).scalars():
        yield f"scan {sha256} has no filing"
    lost = select(filings.c.id).where(filings.c.state == State.JOINED.value, filings.c.joined_to.is_(None))
    for filing in connection.execute(lost).scalars():
        yield f"filing {filing} is joined to nothing"


def sweep_orphans(ledger: Ledger, blobs: Blobs) -> int:
    """Remove blobs and scratch files that nothing points to and that are too old for any live writer; returns how many.

    Names are listed before the ledger is asked for them, so a blob that gets its row meanwhile is seen to have it.
    """
    now = ledger.clock.now().timestamp()
    gone = remove_unreferenced(ledger, blobs, blobs.names())
    for folder in blobs.folders():
        gone += durable.sweep_temps(folder, older_than_seconds=ORPHAN_SECONDS, now=now)
    return gone


def remove_unreferenced(ledger: Ledger, blobs: Blobs, names: Iterable[str]) -> int:
    """Remove those of `names` that nothing points to and that are old enough; returns how many.

    Some at a time: a point may keep a hundred thousand, and memory stays as it is (J-01).
    """
    now, rest, gone = ledger.clock.now().timestamp(), iter(names), 0
    while some := list(islice(rest, _AT_ONCE)):
        with ledger.read() as connection:
            of_refused = connection.execute(select(refused.c.sha256).where(refused.c.sha256.in_(some))).scalars()
            wanted = referenced(connection, some) | set(of_refused)
        orphans = (name for name in some if name not in wanted)
        gone += sum(blobs.remove_old(name, now=now, older_than=ORPHAN_SECONDS) for name in orphans)
    return gone
