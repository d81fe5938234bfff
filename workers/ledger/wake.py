"""Wakes filings that only wait for their time: for a run that must do now whatever can be done."""

from collections.abc import Collection

from sqlalchemy import select

from workers.ledger.database import Ledger
from workers.ledger.schema import filings


def wake(ledger: Ledger, reason: str | None = None) -> int:
    """Forget the pauses of all filings that nobody has in hand (or of those waiting for `reason`); returns how many."""
    with ledger.write() as connection:
        paused = filings.c.worker.is_(None) & filings.c.busy_until.is_not(None)
        if reason is not None:
            paused &= filings.c.reason == reason
        return connection.execute(filings.update().where(paused).values(busy_until=None, busy_boot=None)).rowcount


def paused_in(ledger: Ledger, state: str, most: int, *, but: str) -> list[tuple[str, str, str]]:
    """The newest `most` sealed filings in `state` that wait for their time: id, provider, bundle; not for `but`."""
    chosen = select(filings.c.id, filings.c.provider, filings.c.bundle).where(
        filings.c.state == state, filings.c.worker.is_(None), filings.c.busy_until.is_not(None),
        filings.c.bundle.is_not(None), filings.c.reason.is_distinct_from(but),
    )  # fmt: skip
    with ledger.read() as connection:
        rows = connection.execute(chosen.order_by(filings.c.seq.desc()).limit(most))
        return [(str(filing), str(provider), str(bundle)) for filing, provider, bundle in rows]


def wake_those(ledger: Ledger, wanted: Collection[str]) -> int:
    """Forget the pauses of these filings; returns how many had one."""
    with ledger.write() as connection:
        paused = filings.c.id.in_(wanted) & filings.c.worker.is_(None) & filings.c.busy_until.is_not(None)
        return connection.execute(filings.update().where(paused).values(busy_until=None, busy_boot=None)).rowcount
