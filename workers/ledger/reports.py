"""The ledger's reports: status, one filing, changes since an event, papers past their age limit."""

import base64
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, func, select

from intake.base.clock import iso, parse_iso
from intake.base.errors import REFUSALS, NotFound
from intake.base.states import STANDING, State
from intake.base.texts import Text
from workers.ledger.database import Ledger
from workers.ledger.looks import VIEWED
from workers.ledger.schema import arrivals, arriving, events, filing_pages, filings, receipts, refused, scans
from workers.ledger.vault import Json


@dataclass(frozen=True, slots=True)
class Change:
    """A filing that changed, for a page that follows along."""

    event: int
    filing: str
    what: str
    state: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """A filing that has been in its state for longer than it should (D-10)."""

    filing: str
    state: State
    since: str
    owner: str


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Filings on their way that are in the same state for the same reason."""

    state: State
    reason: str | None
    provider: str | None
    count: int
    late: int
    """So many are older than the state allows."""
    since: str
    """Since when the oldest of them is in that state."""


ENDED = frozenset({State.CONFIRMED, State.JOINED, State.PURGED})
"""A filing in one of these needs nobody any more."""


def status(ledger: Ledger) -> Json:
    """Everything there is, as `status --json` prints it."""
    with ledger.read() as connection:
        there = _filings(connection)
        return {
            "counts": dict(sorted(Counter(str(filing["state"]) for filing in there).items())),
            "filings": there,
            "scans": _scans(connection),
            "refused": [_refused(row) for row in connection.execute(select(refused).order_by(refused.c.id)).mappings()],
            "arriving": [
                {"scanner": row["scanner"], "bytes": row["bytes"], "since": row["since"]}
                for row in connection.execute(select(arriving).order_by(arriving.c.id)).mappings()
            ],
        }


def providers_but_in(ledger: Ledger, ended: Collection[State]) -> frozenset[str]:
    """The providers of filings that are in none of these states."""
    named = select(filings.c.provider).where(
        filings.c.provider.is_not(None), filings.c.state.not_in([state.value for state in ended])
    )
    with ledger.read() as connection:
        return frozenset(connection.execute(named.distinct()).scalars())


_SHOWN = ("id", "state", "since", "reason", "kind", "form", "edition", "provider", "unit", "bundle")
_MORE = ("version", "language", "verdict", "scanner", "joined_to", "attempt")


def _filings(connection: Connection) -> list[Json]:
    """All filings but those of scans that count as refused."""
    pages: dict[str, list[Json]] = {}
    for row in connection.execute(select(filing_pages).order_by(filing_pages.c.number)).mappings():
        pages.setdefault(row["filing"], []).append({"scan": row["scan"], "page": row["page"]})
    found = (select(filings).join(scans, scans.c.sha256 == filings.c.scan).where(scans.c.refused.is_(None))).order_by(
        filings.c.seq
    )
    return [
        {**{name: row[name] for name in _SHOWN}, "pages": pages.get(row["id"], [])}
        for row in connection.execute(found).mappings()
    ]


def _scans(connection: Connection) -> list[Json]:
    counted = select(arrivals.c.sha256, func.count().label("count")).group_by(arrivals.c.sha256)
    counts: dict[str, int] = {row.sha256: row.count for row in connection.execute(counted)}  # type: ignore[misc]  # row.count
    ids: dict[str, list[str]] = {}
    of_hand_over = select(filings.c.id, scans.c.sha256).join(scans, scans.c.leader == filings.c.scan)
    for filing, scan in connection.execute(of_hand_over.order_by(filings.c.seq)):
        ids.setdefault(scan, []).append(filing)
    found = select(scans).where(scans.c.refused.is_(None)).order_by(scans.c.accepted_at, scans.c.sha256)
    return [
        {
            "sha256": row["sha256"], "scanner": row["scanner"], "bytes": row["bytes"], "pages": row["pages"],
            "arrivals": counts.get(row["sha256"], 0), "filings": ids.get(row["sha256"], []),
        }
        for row in connection.execute(found).mappings()
    ]  # fmt: skip


def _refused(row: RowMapping) -> Json:
    code = str(row["code"])
    text = REFUSALS.get(code) or Text(fi=code, sv=code, en=code)
    return {
        "sha256": row["sha256"], "scanner": row["scanner"], "bytes": row["bytes"], "code": code,
        "text": text.model_dump(),
    }  # fmt: skip


def show(ledger: Ledger, filing: str) -> Json:
    """One filing with its scan and all that happened to it. Raises NotFound."""
    with ledger.read() as connection:
        row = connection.execute(select(filings).where(filings.c.id == filing)).mappings().first()
        if row is None:
            raise NotFound(f"no filing {filing}")
        scan = connection.execute(select(scans).where(scans.c.sha256 == row["scan"])).mappings().one()
        happened = connection.execute(select(events).where(events.c.filing == filing).order_by(events.c.id)).mappings()
        return {
            **{name: row[name] for name in (*_SHOWN, *_MORE)},
            "handed_over": scan["handed_over"],
            "label": _label(ledger, scan),
            "owner": STANDING[State(row["state"])].owner,
            "pages": _pages_of(connection, filing),
            "events": [_event(ledger, event) for event in happened],
        }


def _pages_of(connection: Connection, filing: str) -> list[Json]:
    found = select(filing_pages.c.scan, filing_pages.c.page).where(filing_pages.c.filing == filing)
    return [{"scan": scan, "page": page} for scan, page in connection.execute(found.order_by(filing_pages.c.number))]


def _label(ledger: Ledger, scan: RowMapping) -> object:
    if scan["private"] is None:
        return None
    return ledger.vault.unseal(scan["private"], context=f"scan/{scan['sha256']}")["label"]


def _event(ledger: Ledger, row: RowMapping) -> Json:
    private: Mapping[str, object] = {}
    if row["private"] is not None:
        private = ledger.vault.unseal(row["private"], context=f"event/{row['id']}")
    shown = {name: row[name] for name in ("id", "at", "what", "actor", "code")}
    return {**shown, "from": row["start"], "to": row["state"], **private}


def receipt(ledger: Ledger, filing: str) -> bytes | None:
    """The newest signed receipt of a filing."""
    found = select(receipts).where(receipts.c.filing == filing).order_by(receipts.c.at.desc()).limit(1)
    with ledger.read() as connection:
        row = connection.execute(found).mappings().first()
    if row is None:
        return None
    return base64.b64decode(str(ledger.vault.unseal(row["signed"], context=f"receipt/{row['bundle']}")["signed"]))


def changes_since(ledger: Ledger, event: int, most: int = 500) -> list[Change]:
    """At most `most` changes with an event id above `event`, oldest first. Ids follow the order of commits."""
    new = (events.c.id > event) & events.c.filing.is_not(None) & (events.c.what != VIEWED)
    found = select(events).where(new).order_by(events.c.id).limit(most)
    with ledger.read() as connection:
        return [
            Change(row["id"], row["filing"], row["what"], row["state"], row["code"])
            for row in connection.execute(found).mappings()
        ]


def last_event(ledger: Ledger) -> int:
    """The newest event's id, looks left out; 0 for an empty ledger."""
    newest = select(events.c.id).where(events.c.what != VIEWED).order_by(events.c.id.desc()).limit(1)
    with ledger.read() as connection:
        return int(connection.execute(newest).scalar() or 0)


def overdue(ledger: Ledger) -> list[Overdue]:
    """Every filing that is older in its state than the state's limit, oldest first."""
    now, late = ledger.clock.now(), []
    with ledger.read() as connection:
        for state in State:
            limit: timedelta | None = STANDING[state].age_limit
            if limit is None:
                continue
            found = select(filings.c.id, filings.c.since).where(
                filings.c.state == state.value, filings.c.since < iso(now - limit)
            )
            late += [Overdue(row[0], state, row[1], STANDING[state].owner) for row in connection.execute(found)]
    return sorted(late, key=lambda filing: parse_iso(filing.since))


def open_work(ledger: Ledger) -> list[OpenWork]:
    """All filings that have not come to their end, by state, reason and provider; the oldest first."""
    now = ledger.clock.now()
    wanted = select(filings.c.state, filings.c.reason, filings.c.provider, filings.c.since)
    groups: dict[tuple[State, str | None, str | None], list[str]] = {}
    with ledger.read() as connection:
        for row in connection.execute(wanted.where(filings.c.state.not_in([state.value for state in ENDED]))):
            groups.setdefault((State(row[0]), row[1], row[2]), []).append(row[3])
    found = []
    for (state, reason, provider), since in groups.items():
        limit = STANDING[state].age_limit
        late = sum(limit is not None and parse_iso(moment) < now - limit for moment in since)
        found.append(OpenWork(state, reason, provider, len(since), late, min(since)))
    return sorted(found, key=lambda work: work.since)


def last_papers(ledger: Ledger) -> dict[str, str]:
    """When each scanner's newest paper was taken over."""
    newest = select(scans.c.scanner, func.max(scans.c.accepted_at)).group_by(scans.c.scanner)
    with ledger.read() as connection:
        return {scanner: at for scanner, at in connection.execute(newest)}
