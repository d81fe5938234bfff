"""Ends the leases of workers that are known to be dead, so that nobody waits for them to run out."""

from collections.abc import Callable

from sqlalchemy import select

from workers.ledger.database import Ledger
from workers.ledger.schema import filings


def end_leases(ledger: Ledger, gone: Callable[[str], bool]) -> int:
    """Make the filings of all workers that `gone` is true for free to be claimed; returns how many.

    Each still counts as a crash of its worker (C-11). To be wrong about a worker does no harm: its fence is passed by
    the next claim, so its late write changes nothing (D-01).
    """
    with ledger.write() as connection:
        now = ledger.leases.now()
        leased = filings.c.worker.is_not(None) & (filings.c.busy_until > now)
        workers = connection.execute(select(filings.c.worker).where(leased).distinct()).scalars()
        dead = [worker for worker in workers if worker is not None and gone(worker)]
        if not dead:
            return 0
        ended = filings.update().where(leased, filings.c.worker.in_(dead)).values(busy_until=now)
        return connection.execute(ended).rowcount
