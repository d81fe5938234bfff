"""The row of a filing: its changes, its sealed part, pages and blobs, and the one statement that changes a state."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, insert, select, update

from intake.base.errors import WrongUse
from intake.base.filing import Document, Kind, Verdict
from intake.base.ids import new_id
from intake.base.states import BORN, State, allowed
from intake.base.texts import Text
from workers.ledger.database import Ledger
from workers.ledger.history import Decided
from workers.ledger.scans import insert_once
from workers.ledger.schema import filing_pages, filings, kept, scans
from workers.ledger.vault import Json


@dataclass(frozen=True, slots=True)
class Changes:
    """None leaves a value as it is; `reason` alone is cleared by every change of state.

    `facts` are merged into the filing's facts by their top-level keys. Facts and documents are kept encrypted. A
    SHA-256 of a blob anywhere in the facts makes the filing stand on that blob, so that no sweep removes it.
    """

    pages: tuple[int, ...] | None = None
    """1-based page numbers; they run on through the files of a hand-over."""
    scan_pages: tuple[int, ...] | None = None
    """When a hand-over of several files is opened: how many pages each has, in order."""
    kind: Kind | None = None
    provider: str | None = None
    unit: str | None = None
    form: str | None = None
    edition: str | None = None
    language: str | None = None
    verdict: Verdict | None = None
    reason: str | None = None
    """A short code, never prose."""
    sentence: Text | None = None
    """What people shall read beside the code's sentence; kept sealed with the event."""
    bundle: str | None = None
    documents: tuple[Document, ...] | None = None
    facts: Mapping[str, object] | None = None
    receipt: bytes | None = None
    """The provider's signed receipt, as it came."""
    decided: Decided | None = None
    """Where the filing was sent and why, or why a person must choose; kept for good."""

    def columns(self) -> dict[str, str | None]:
        """The plain columns that change; with a provider its unit does, if only to none; unknown paper has no form."""
        values = {
            "kind": self.kind.value if self.kind else None,
            "provider": self.provider,
            "unit": self.unit,
            "form": self.form,
            "edition": self.edition,
            "language": self.language,
            "verdict": self.verdict.value if self.verdict else None,
            "bundle": self.bundle,
        }
        kept = {"unit"} if self.provider is not None else set()
        if self.kind is Kind.UNKNOWN:
            kept = {"provider", "unit", "form", "edition", "language"}
        return {name: value for name, value in values.items() if value is not None or name in kept}


FREE = {"worker": None, "claimed": None, "busy_until": None, "busy_boot": None}
"""The columns of a filing that nobody has in hand."""
_HASH = re.compile(r"[0-9a-f]{64}")
_PAGES = select(filing_pages.c.number).where(filing_pages.c.filing == bindparam("of")).order_by(filing_pages.c.number)
_PLACES = (
    select(filing_pages.c.number, filing_pages.c.scan)
    .where(filing_pages.c.filing == bindparam("of"))
    .order_by(filing_pages.c.number)
)
_FILES = select(scans.c.sha256, scans.c.handed_over).where(scans.c.leader == bindparam("of")).order_by(scans.c.position)


@dataclass(frozen=True, slots=True)
class Private:
    """The sealed part of a filing's row."""

    facts: Json
    documents: tuple[Json, ...]


def private_of(ledger: Ledger, row: RowMapping) -> Private:
    """The sealed part of a filing's row; empty before the first facts and after the purge. Raises Damaged."""
    if row["private"] is None:
        return Private({}, ())
    content = ledger.vault.unseal(row["private"], context=f"filing/{row['id']}")
    facts, documents = content["facts"], content["documents"]
    if not isinstance(facts, dict) or not isinstance(documents, list):
        msg = "the sealed part of a filing has another shape than this program writes"
        raise WrongUse(msg)
    return Private(facts, tuple(documents))


def values_of(connection: Connection, ledger: Ledger, filing: str, changes: Changes) -> dict[str, object]:
    """The columns that `changes` sets; notes the blobs that the new facts stand on."""
    values: dict[str, object] = {**changes.columns(), "reason": changes.reason}
    if changes.facts is None and changes.documents is None:
        return values
    row = connection.execute(select(filings.c.id, filings.c.private).where(filings.c.id == filing)).mappings().first()
    old = private_of(ledger, row) if row is not None else Private({}, ())
    values["private"] = sealed(ledger, filing, old, changes)
    for sha256 in sorted(set(_hashes(changes.facts or {}))):
        insert_once(connection, kept, {"filing": filing, "sha256": sha256})
    return values


def sealed(ledger: Ledger, filing: str, old: Private, changes: Changes) -> bytes:
    """The sealed part of a row after `changes`."""
    documents = old.documents
    if changes.documents is not None:
        documents = tuple(document.model_dump(mode="json") for document in changes.documents)
    content: Json = {"facts": {**old.facts, **(changes.facts or {})}, "documents": list(documents)}
    return ledger.vault.seal(content, context=f"filing/{filing}")


def _hashes(value: object) -> Iterator[str]:
    """Everything in `value` that looks like a SHA-256; too many do no harm, one missed would be a lost blob."""
    if isinstance(value, str) and _HASH.fullmatch(value):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _hashes(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _hashes(part)


def change_state(
    connection: Connection, ledger: Ledger, where: ColumnElement[bool], to: State,
    values: Mapping[str, object], *, start: State | None = None,
) -> int:  # fmt: skip
    """The guarded update: state, age, version; the lease is given back unless `values` say otherwise.

    Returns how many rows matched (0 or 1).

    Raises WrongUse if `start` is given and the change is not allowed; the database's trigger stands behind it (D-04).
    """
    if start is not None and not allowed(start, to):
        msg = f"a filing cannot go from {start.value} to {to.value}"
        raise WrongUse(msg, code="illegal_change")
    changed = connection.execute(
        update(filings)
        .where(where)
        .values({
            "state": to.value, "since": ledger.now(), "version": filings.c.version + 1, **FREE, **values,
        })
    )  # fmt: skip
    return changed.rowcount


def pages_of(connection: Connection, filing: str) -> tuple[int, ...]:
    """The filing's page numbers, 1-based, in order; they run on through the files of its hand-over."""
    return tuple(connection.execute(_PAGES, {"of": filing}).scalars())


def placed_in(connection: Connection, filing: str) -> dict[int, str]:
    """The filing's page numbers in order, each with its file; pages added from another hand-over come last."""
    return {number: scan for number, scan in connection.execute(_PLACES, {"of": filing})}


def scans_of(connection: Connection, leader: str) -> tuple[str, ...]:
    """The files of a hand-over, in page order."""
    return tuple(files_of(connection, leader))


def files_of(connection: Connection, leader: str) -> dict[str, str]:
    """The files of a hand-over, in page order, with when each was handed over."""
    return {sha256: handed_over for sha256, handed_over in connection.execute(_FILES, {"of": leader})}


def set_pages(connection: Connection, filing: str, leader: str, changes: Changes) -> None:
    """Give the filing its pages: all of its hand-over's when it is opened, unchanged afterwards. Raises WrongUse."""
    pages, have = changes.pages or (), pages_of(connection, filing)
    if have:
        if have != tuple(sorted(pages)):
            raise WrongUse("a filing's pages change only by a split", code="illegal_pages")
        return
    files = scans_of(connection, leader)
    counts = changes.scan_pages or (len(pages),)
    if not pages or pages != tuple(range(1, sum(counts) + 1)) or len(counts) != len(files) or 0 in counts:
        raise WrongUse("the pages of an opened scan must run from 1, some in every file", code="illegal_pages")
    places = [(sha256, page) for sha256, count in zip(files, counts, strict=True) for page in range(1, count + 1)]
    rows = [
        {"scan": sha256, "page": page, "number": number, "filing": filing}
        for number, (sha256, page) in enumerate(places, start=1)
    ]
    connection.execute(insert(filing_pages), rows)
    for sha256, count in zip(files, counts, strict=True):
        connection.execute(update(scans).where(scans.c.sha256 == sha256).values(pages=count))


def must_share_out(pages: Sequence[int], parts: Sequence[Changes]) -> None:
    """Raise WrongUse unless every page is in exactly one part and no part is empty."""
    shared = sorted(page for part in parts for page in part.pages or ())
    if len(parts) < 2 or shared != sorted(pages) or not all(part.pages for part in parts):
        raise WrongUse("the parts must share out all pages of the filing", code="illegal_pages")


def sibling(connection: Connection, ledger: Ledger, first: str, state: State, part: Changes) -> str:
    """A new filing split off from `first` with the pages of `part`; returns its id."""
    if state not in BORN:
        msg = f"no filing is split off in state {state.value}"
        raise WrongUse(msg, code="illegal_change")
    row = connection.execute(
        select(filings.c.scan, filings.c.scanner, filings.c.place, filings.c.lane).where(filings.c.id == first)
    ).one()
    filing = new_id()
    connection.execute(
        insert(filings).values(
            id=filing, scan=row.scan, scanner=row.scanner, place=row.place, lane=row.lane, state=state.value,
            since=ledger.now(),
        )
    )  # fmt: skip
    values = values_of(connection, ledger, filing, part)
    connection.execute(update(filings).where(filings.c.id == filing).values(**values))
    connection.execute(
        update(filing_pages)
        .where(filing_pages.c.filing == first, filing_pages.c.number.in_(part.pages or ()))
        .values(filing=filing)
    )
    return filing
