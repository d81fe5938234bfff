"""Changes claimed filings: keeps the lease, advances, splits, waits, stays, postpones, holds.

Promises: of two workers with one filing, only the one with the newest fencing number can write (D-01); a change of
state, its event and its outcome are one transaction; what fails for no known reason three times is held (C-11).
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select

from intake.base.errors import Stale
from intake.base.states import State
from intake.base.texts import Text
from workers.ledger import stored
from workers.ledger.audit import Event, record
from workers.ledger.database import Ledger
from workers.ledger.history import Decided, judged_of, note_decided, note_judged
from workers.ledger.likeness import note_tokens
from workers.ledger.scans import insert_once
from workers.ledger.schema import filings, receipts, refused, scans
from workers.ledger.stats import tally
from workers.ledger.stored import Changes
from workers.ledger.vault import Json

MOST_CRASHES = 3
LONGEST_LEASE_SECONDS = 900.0
"""D-02: a worker that is alive may renew its lease up to this age; then the filing is taken from it."""
NO_CHANGES = Changes()
CRASHED = "unexpected"
_AGES = 1e9
"""Seconds; longer than any filing waits."""


@dataclass(frozen=True, slots=True)
class Work:
    """A filing in a worker's hands. `facts` and `documents` are decrypted: never log them."""

    filing: str
    state: State
    fence: int
    attempt: int
    crashes: int
    worker: str
    version: int
    lane: int
    """0: somebody waits for it at the counter."""
    scan: str
    """SHA-256 of the scanner's bytes; of the first file, if the hand-over has several."""
    scans: tuple[str, ...]
    """All files of the hand-over, in page order, then those whose pages a person added."""
    scanner: str
    handed_over: str
    """ISO 8601 UTC."""
    pages: tuple[int, ...]
    kind: str | None
    provider: str | None
    unit: str | None
    form: str | None
    edition: str | None
    language: str | None
    verdict: str | None
    bundle: str | None
    sealing: int
    """How many times the filing has been readied for sealing; part of the bundle's name."""
    facts: Json
    documents: tuple[Json, ...]

    def __repr__(self) -> str:  # H-03
        return f"Work({self.filing}, {self.state}, fence {self.fence})"


def leased(ledger: Ledger, seconds: float) -> dict[str, Any]:
    """The columns of a filing that a worker has in hand from now on."""
    now = ledger.leases.now()
    return {"claimed": now, "busy_until": now + seconds, "busy_boot": ledger.leases.boot()}


def work_of(connection: Connection, ledger: Ledger, row: RowMapping, lease: Mapping[str, Any]) -> Work:
    """The filing of `row` under its new lease, with its pages and its decrypted facts. Raises Damaged."""
    private = stored.private_of(ledger, row)
    files = stored.files_of(connection, row["scan"])
    placed = stored.placed_in(connection, row["id"])
    every = tuple(dict.fromkeys((*files, *placed.values())))
    return Work(
        filing=row["id"], state=State(row["state"]), version=row["version"], lane=row["lane"], **lease,
        scan=row["scan"], scans=every, scanner=row["scanner"], handed_over=files[row["scan"]],
        pages=tuple(placed),
        kind=row["kind"], provider=row["provider"], unit=row["unit"], form=row["form"], edition=row["edition"],
        language=row["language"], verdict=row["verdict"], bundle=row["bundle"], sealing=row["sealing"],
        facts=private.facts, documents=private.documents,
    )  # fmt: skip


def mine(work: Work) -> ColumnElement[bool]:
    """D-01: true only for the filing as this worker claimed it; a later claim has a higher fence."""
    return and_(
        filings.c.id == work.filing,
        filings.c.fence == work.fence,
        filings.c.state == work.state.value,
        filings.c.worker.is_not(None),
    )


def heartbeat(ledger: Ledger, work: Work, lease_seconds: float) -> None:
    """Keep the lease for another `lease_seconds`. Raises Stale: lost, or older than `LONGEST_LEASE_SECONDS`."""
    with ledger.write() as connection:
        now = ledger.leases.now()
        fresh = filings.c.claimed > now - LONGEST_LEASE_SECONDS
        boot = filings.c.busy_boot == ledger.leases.boot()
        changed = connection.execute(
            filings.update().where(mine(work), fresh, boot).values(busy_until=now + lease_seconds)
        )
        _must_be_mine(changed.rowcount)


@dataclass(frozen=True, slots=True)
class Keep:
    """The worker who goes on with a filing after this change, and the length of the lease."""

    worker: str
    seconds: float


def advance(
    ledger: Ledger, work: Work, to: State, changes: Changes = NO_CHANGES, keep: Keep | None = None
) -> Work | None:
    """Write down what a stage found and move on. Raises Stale, or WrongUse for a change that is not allowed.

    With `keep` the filing stays in hand under a new lease and fence: returned as it is now.
    """
    kept: dict[str, Any] = {}
    if keep is not None:
        kept = {"fence": work.fence + 1, "worker": keep.worker, **leased(ledger, keep.seconds)}
    with ledger.write() as connection:
        values = stored.values_of(connection, ledger, work.filing, changes) | kept
        values |= {"attempt": 0, "crashes": 0, "held_from": work.state.value if to is State.HELD else None}
        _must_be_mine(stored.change_state(connection, ledger, mine(work), to, values, start=work.state))
        if changes.pages is not None:
            stored.set_pages(connection, work.filing, work.scan, changes)
        if changes.receipt is not None and work.bundle is not None:
            signed = ledger.vault.seal(
                {"signed": base64.b64encode(changes.receipt).decode()}, context=f"receipt/{work.bundle}"
            )  # the provider's note in it may speak of a person
            receipt = {"bundle": work.bundle, "filing": work.filing, "at": ledger.now(), "signed": signed}
            insert_once(connection, receipts, receipt)
        if to is State.CHECKED and changes.documents:
            note_tokens(connection, ledger, work.filing, changes.documents)
            tally(connection, work.handed_over[:7], changes.documents)
            note_judged(connection, judged_of(ledger, work.filing, changes.documents, work.handed_over))
        if changes.decided is not None:
            note_decided(connection, ledger, work.filing, changes.decided)
        code = changes.verdict.value if to is State.CHECKED and changes.verdict else changes.reason
        private: Json | None = {"sentence": changes.sentence.model_dump()} if changes.sentence else None
        event = Event("moved on", work.worker, work.filing, work.state.value, to.value, code, private)
        now = _still(connection, ledger, work) if kept else None
        record(connection, ledger, event)
        return now


def _still(connection: Connection, ledger: Ledger, work: Work) -> Work:
    """The filing that the worker goes on with."""
    row = connection.execute(select(filings).where(filings.c.id == work.filing)).mappings().one()
    lease = {name: row[name] for name in ("fence", "worker", "attempt", "crashes")}
    return work_of(connection, ledger, row, lease)


def put_back(ledger: Ledger, work: Work) -> None:
    """Give a filing back that nothing was done with. Raises Stale."""
    with ledger.write() as connection:
        _must_be_mine(connection.execute(filings.update().where(mine(work)).values(**stored.FREE)).rowcount)


def split(ledger: Ledger, work: Work, to: State, parts: Sequence[Changes]) -> list[str]:
    """One scan, several filings: the first part stays this filing, the others become filings of their own.

    Returns all ids, this filing's first. Raises Stale, or WrongUse unless the parts share out the filing's pages.
    """
    stored.must_share_out(work.pages, parts)
    with ledger.write() as connection:
        values = stored.values_of(connection, ledger, work.filing, parts[0])
        values |= {"attempt": 0, "crashes": 0}
        _must_be_mine(stored.change_state(connection, ledger, mine(work), to, values, start=work.state))
        event = Event("moved on", work.worker, work.filing, start=work.state.value, state=to.value, code="split")
        record(connection, ledger, event)
        ids = [work.filing]
        for part in parts[1:]:
            ids.append(stored.sibling(connection, ledger, work.filing, to, part))
            record(connection, ledger, Event("split off", work.worker, ids[-1], state=to.value, code=work.filing))
        return ids


def wait(ledger: Ledger, work: Work, seconds: float, code: str) -> None:
    """Nothing to do now, and no failure: look again after `seconds`."""
    _put_down(ledger, work, seconds, {"reason": code, "crashes": 0})


def stay(ledger: Ledger, work: Work, changes: Changes) -> None:
    """Write down what was found and leave the filing where it is; nobody works on it until it moves. Raises Stale.

    The version stays as it is: what a person saw of it still holds.
    """
    with ledger.write() as connection:
        values = stored.values_of(connection, ledger, work.filing, changes)
        del values["reason"]
        until = ledger.leases.now() + _AGES
        values |= {"worker": None, "claimed": None, "busy_until": until, "busy_boot": ledger.leases.boot()}
        _must_be_mine(connection.execute(filings.update().where(mine(work)).values(**values)).rowcount)
        if changes.documents:
            note_tokens(connection, ledger, work.filing, changes.documents)
            record(connection, ledger, Event("read further", work.worker, work.filing))


def postpone(ledger: Ledger, work: Work, seconds: float, code: str) -> None:
    """Put off a filing that failed but may succeed later; three failures for no known reason (`CRASHED`) hold it."""
    crashes = work.crashes + 1 if code == CRASHED else work.crashes
    if crashes >= MOST_CRASHES:
        hold(ledger, work, "poison")
        return
    _put_down(ledger, work, seconds, {"reason": code, "attempt": work.attempt + 1, "crashes": crashes})


def _put_down(ledger: Ledger, work: Work, seconds: float, values: dict[str, object]) -> None:
    with ledger.write() as connection:
        before = connection.execute(select(filings.c.reason).where(mine(work))).first()
        until = ledger.leases.now() + seconds
        changed = connection.execute(
            filings.update()
            .where(mine(work))
            .values(worker=None, busy_until=until, busy_boot=ledger.leases.boot(), **values)
        )
        _must_be_mine(changed.rowcount)
        if before is None or before.reason != values["reason"]:  # once for each new reason, not for each try
            code = str(values["reason"])
            record(connection, ledger, Event("waits", work.worker, work.filing, state=work.state.value, code=code))


def hold(
    ledger: Ledger, work: Work, reason: str, *, sentence: Text | None = None, decided: Decided | None = None
) -> None:
    """A person must look; `reason` is a code, `sentence` what else that person shall know, `decided` what rules said.

    Raises Stale.
    """
    advance(ledger, work, State.HELD, Changes(reason=reason, sentence=sentence, decided=decided))


def refuse_scan(ledger: Ledger, work: Work, code: str) -> None:
    """No page of the scan can be opened: it counts as refused from now on. One that was open before is only held."""
    if work.state is not State.ACCEPTED:
        hold(ledger, work, code)
        return
    with ledger.write() as connection:
        values: dict[str, object] = {"held_from": work.state.value, "reason": code}
        _must_be_mine(stored.change_state(connection, ledger, mine(work), State.HELD, values, start=work.state))
        marked = scans.update().where(scans.c.leader == work.scan).values(refused=code)
        for row in connection.execute(marked.returning(scans.c.sha256, scans.c.bytes)).all():
            note = {"sha256": row.sha256, "scanner": work.scanner, "bytes": row.bytes, "code": code}
            insert_once(connection, refused, {**note, "at": ledger.now()})
        start, end = work.state.value, State.HELD.value
        record(connection, ledger, Event("refused", work.worker, work.filing, start=start, state=end, code=code))


def _must_be_mine(rows: int) -> None:
    if rows != 1:
        raise Stale("the filing was taken over by somebody else")
