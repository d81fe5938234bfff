"""Wakes filings that only wait for their time: for a run that must do now whatever can be done."""

from workers.ledger.database import Ledger
from workers.ledger.schema import filings


def wake(ledger: Ledger, reason: str | None = None) -> int:
    """Forget the pauses of all filings that nobody has in hand (or of those waiting for `reason`); returns how many."""
    with ledger.write() as connection:
        paused = filings.c.worker.is_(None) & filings.c.busy_until.is_not(None)
        if reason is not None:
            paused &= filings.c.reason == reason
        return connection.execute(filings.update().where(paused).values(busy_until=None, busy_boot=None)).rowcount
