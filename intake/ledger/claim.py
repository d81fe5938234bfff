"""Claim the next filing with a lease and a fencing number: who is next, and what a worker is given.

Promises: counter before batch, scanners by turns, each one's oldest first (J-05); one index look-up for each scanner
and state, however many wait (J-06); a filing that takes its worker down three times is held (C-11).
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, literal, or_, select, true, union_all

from intake.base.errors import Damaged
from intake.ledger import stored
from intake.ledger.audit import Event, record
from intake.ledger.database import Database
from intake.ledger.schema import filings, turns
from intake.ledger.work import MOST_CRASHES, Work
from intake.states import State


def claim(database: Database, states: Collection[State], worker: str, lease_seconds: float) -> Work | None:
    """The next filing in one of `states`: counter before batch, scanners by turns, each one's oldest first."""
    while True:
        with database.write() as connection:
            row = _lock_next(connection, database, states)
            if row is None:
                return None
            if row["worker"] is not None and row["crashes"] + 1 >= MOST_CRASHES:
                _hold_unworkable(connection, database, row, "poison")
                continue
            try:
                return _take(connection, database, row, worker, lease_seconds)
            except Damaged as error:  # A-10, P6: its sealed part does not open; the others go on
                _hold_unworkable(connection, database, row, error.code)


def _lock_next(connection: Connection, database: Database, states: Collection[State]) -> RowMapping | None:
    """The row of the next filing, locked; passes by what another machine has just locked."""
    skipped: list[int] = []
    due = _due(database.leases.now(), database.leases.boot())
    while (seq := _next(connection, states, due, skipped)) is not None:
        wanted = select(filings).where(filings.c.seq == seq, due).with_for_update(skip_locked=True)
        row = connection.execute(wanted).mappings().first()
        if row is not None and row["state"] in states:
            return row
        skipped.append(seq)
    return None


def _due(now: ColumnElement[float], boot: str) -> ColumnElement[bool]:
    """Neither leased nor postponed; what was so in another boot no longer counts (D-07)."""
    busy = filings.c.busy_until
    return or_(busy.is_(None), filings.c.busy_boot != boot, busy <= now)


def _next(
    connection: Connection, states: Collection[State], due: ColumnElement[bool], skipped: list[int]
) -> int | None:
    """The sequence number of the next filing. One index look-up for each scanner and state (J-06)."""
    wanted = union_all(*(select(literal(state.value).label("state")) for state in states)).subquery()
    oldest = (
        select(filings.c.seq)
        .where(
            filings.c.scanner == turns.c.scanner,
            filings.c.lane == turns.c.lane,
            filings.c.state == wanted.c.state,
            filings.c.seq.not_in(skipped),
            due,
        )
        .order_by(filings.c.seq)
        .limit(1)
        .correlate(turns, wanted)
        .scalar_subquery()
    )
    found = select(turns.c.lane, turns.c.turn, oldest.label("seq")).select_from(turns.join(wanted, true())).subquery()
    best = (
        select(found.c.seq).where(found.c.seq.is_not(None)).order_by(found.c.lane, found.c.turn, found.c.seq).limit(1)
    )
    return connection.execute(best).scalar()


def _take(connection: Connection, database: Database, row: RowMapping, worker: str, lease_seconds: float) -> Work:
    """Lease the locked filing to `worker`. The scanner's turn comes last: that row every other claim waits for."""
    crashed = 1 if row["worker"] is not None else 0
    lease = {
        "fence": row["fence"] + 1, "worker": worker,
        "attempt": row["attempt"] + crashed, "crashes": row["crashes"] + crashed,
    }  # fmt: skip
    work = _work_of(connection, database, row, lease)
    now = database.leases.now()
    until = {"claimed": now, "busy_until": now + lease_seconds, "busy_boot": database.leases.boot()}
    connection.execute(filings.update().where(filings.c.seq == row["seq"]).values(**lease, **until))
    if crashed:
        event = Event("lease ended", "point", row["id"], state=row["state"], code=row["worker"])
        record(connection, database, event)
    _to_the_end(connection, row["scanner"], row["lane"])
    return work


def _to_the_end(connection: Connection, scanner: str, lane: int) -> None:
    """The scanner has had its turn: the others are before it now. Nothing is written if they are already."""
    own = and_(turns.c.scanner == scanner, turns.c.lane == lane)
    other = turns.alias()
    others = select(func.max(other.c.turn)).where(or_(other.c.scanner != scanner, other.c.lane != lane))
    last = others.scalar_subquery()
    connection.execute(turns.update().where(own, turns.c.turn <= last).values(turn=last + 1))


def _work_of(connection: Connection, database: Database, row: RowMapping, lease: Mapping[str, Any]) -> Work:
    """The filing of `row` under its new lease, with its pages and its decrypted facts. Raises Damaged."""
    private = stored.private_of(database, row)
    files = stored.files_of(connection, row["scan"])
    return Work(
        filing=row["id"], state=State(row["state"]), version=row["version"], **lease,
        scan=row["scan"], scans=tuple(files), scanner=row["scanner"], handed_over=files[row["scan"]],
        pages=stored.pages_of(connection, row["id"]),
        kind=row["kind"], provider=row["provider"], unit=row["unit"], form=row["form"], edition=row["edition"],
        language=row["language"], verdict=row["verdict"], bundle=row["bundle"], sealing=row["sealing"],
        facts=private.facts, documents=private.documents,
    )  # fmt: skip


def _hold_unworkable(connection: Connection, database: Database, row: RowMapping, code: str) -> None:
    """A person must look: it took its worker down too often (C-11), or its sealed part is damaged."""
    values = {"held_from": row["state"], "reason": code, "crashes": row["crashes"] + 1, "fence": row["fence"] + 1}
    stored.change_state(connection, database, filings.c.seq == row["seq"], State.HELD, values)
    event = Event("held", "point", row["id"], start=row["state"], state=State.HELD.value, code=code)
    record(connection, database, event)
