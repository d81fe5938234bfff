"""Counts in against out, by name: every page taken in, every bundle delivered, every receipt."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from intake.base.states import State
from workers.deliver.ports import Store, object_key
from workers.ledger import Ledger, reports

GONE = {State.DELIVERED.value, State.CONFIRMED.value}


class Account(BaseModel):
    """The count of what came in and what became of it."""

    pages_in: int
    pages_by_state: dict[str, int]
    bundles_delivered: int
    bundles_at_provider: int
    receipts: int
    problems: list[str]


def reconcile(ledger: Ledger, store: Store) -> Account:
    """The account of this point; `problems` is empty if everything is where it should be. Raises Away, Denied."""
    status: Any = reports.status(ledger)
    by_state, problems = _pages(status)
    gone = [filing for filing in status["filings"] if filing["bundle"] and filing["state"] in GONE]
    sent = {str(filing["bundle"]): filing for filing in gone}
    there = 0
    for bundle, filing in sent.items():
        if store.head(object_key(filing["provider"], bundle)) is not None:
            there += 1
        elif filing["state"] == State.DELIVERED.value:
            missing = f"its bundle {bundle} is not at {filing['provider']}, and no receipt came"
            problems.append(f"filing {filing['id']}: {missing}")
    receipts = 0
    for filing in sent.values():
        if reports.receipt(ledger, filing["id"]) is not None:
            receipts += 1
        elif filing["state"] == State.CONFIRMED.value:
            problems.append(f"filing {filing['id']}: confirmed, but its receipt is not kept")
    return Account(
        pages_in=sum(scan["pages"] or 0 for scan in status["scans"]), pages_by_state=by_state,
        bundles_delivered=len(sent), bundles_at_provider=there, receipts=receipts, problems=problems,
    )  # fmt: skip


def _pages(status: Mapping[str, Any]) -> tuple[dict[str, int], list[str]]:
    """Pages by the state of their filing, and every page that is in no filing or in two."""
    by_state: dict[str, int] = {}
    owners: dict[tuple[str, int], list[str]] = {}
    for filing in status["filings"]:
        by_state[filing["state"]] = by_state.get(filing["state"], 0) + len(filing["pages"])
        for page in filing["pages"]:
            owners.setdefault((page["scan"], page["page"]), []).append(filing["id"])
    return by_state, list(_misplaced(status["scans"], owners))


def _misplaced(scans: Sequence[Mapping[str, Any]], owners: Mapping[tuple[str, int], Sequence[str]]) -> list[str]:
    problems = []
    for scan in scans:
        for page in range(1, (scan["pages"] or 0) + 1):
            held = owners.get((scan["sha256"], page), ())
            if len(held) != 1:
                problems.append(f"page {page} of scan {scan['sha256'][:12]}: in {len(held)} filings")
    return problems
