"""Finds the providers that a point needs for filings on their way."""

from intake.base.states import State
from workers.ledger import Ledger, reports

_ENDED = frozenset({State.CONFIRMED.value, State.JOINED.value, State.PURGED.value})


def needed_providers(ledger: Ledger) -> frozenset[str]:
    """Those of filings that are not at their end: a set without one of them would strand its filings."""
    filings = reports.status(ledger)["filings"]
    assert isinstance(filings, list)  # noqa: S101 as `status --json` is contracted
    return frozenset(str(one["provider"]) for one in filings if one["provider"] and one["state"] not in _ENDED)
