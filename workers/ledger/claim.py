"""Claims the next filing for a worker, with a lease and a fencing number.

Promises: only what lies in this machine's blob folder is given out; counter before batch, scanners by turns, each one's
oldest first (J-05); one index look-up for each scanner and state, however many wait (J-06); a filing that takes its
worker down three times is held (C-11).

Also makes filings free to be claimed before their time: those of a dead worker, and those that only wait. A worker's
name holds its machine, process and that process's start, so that the next start of the point sees which leases nobody
will ever end, and need not wait for them (A-01, A-12).
"""

import os
import socket
from collections.abc import Callable, Collection
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from intake.base.errors import Damaged
from intake.base.states import State
from workers.ledger import stored
from workers.ledger.audit import Event, record
from workers.ledger.claimed import MOST_CRASHES, Work, leased, work_of
from workers.ledger.database import LeaseClock, Ledger
from workers.ledger.schema import filings, turns

_other = turns.alias()
_own_scanner: BindParameter[str] = bindparam("own_scanner")
_own_lane: BindParameter[int] = bindparam("own_lane")
_last = (
    select(func.max(_other.c.turn))
    .where(or_(_other.c.scanner != _own_scanner, _other.c.lane != _own_lane))
    .scalar_subquery()
)
_TO_THE_END = (
    turns.update()
    .where(turns.c.scanner == _own_scanner, turns.c.lane == _own_lane, turns.c.turn <= _last)
    .values(turn=_last + 1)
)
"""The scanner has had its turn: the others are before it now. Nothing is written if they are already."""
_PROCESSES = Path("/proc")
_PLACE_OF_STATE, _PLACE_OF_START = 0, 19
"""Places in /proc/PID/stat, counted after the process's name: its state, and when it started."""


def claim(ledger: Ledger, states: Collection[State], worker: str, lease_seconds: float) -> Work | None:
    """The next filing in one of `states`: counter before batch, scanners by turns, each one's oldest first."""
    while True:
        with ledger.write() as connection:
            row = _lock_next(connection, ledger, states)
            if row is None:
                return None
            if row["worker"] is not None and row["crashes"] + 1 >= MOST_CRASHES:
                _hold_unworkable(connection, ledger, row, "poison")
                continue
            try:
                return _take(connection, ledger, row, worker, lease_seconds)
            except Damaged as error:  # A-10, P6: its sealed part does not open; the others go on
                _hold_unworkable(connection, ledger, row, error.code)


def _lock_next(connection: Connection, ledger: Ledger, states: Collection[State]) -> RowMapping | None:
    """The row of the next filing, locked; passes by what another machine has just locked."""
    find, lock = _statements(ledger.leases, tuple(states))
    skipped: list[int] = []
    while (seq := connection.execute(find, {"skipped": skipped, "place": ledger.here.place}).scalar()) is not None:
        row = connection.execute(lock, {"found": seq}).mappings().first()
        if row is not None:
            return row
        skipped.append(seq)
    return None


@lru_cache(maxsize=32)
def _statements(leases: LeaseClock, states: tuple[State, ...]) -> tuple[Select[Any], Select[Any]]:
    """The sequence number of the next filing but those `skipped`, and its row for update.

    Made once: to make them takes longer than to run them, and an idle worker asks many times a second.
    """
    wanted = union_all(*(select(literal(state.value).label("state")) for state in states)).subquery()
    of_turn = and_(
        filings.c.place == bindparam("place"),
        filings.c.scanner == turns.c.scanner,
        filings.c.lane == turns.c.lane,
        filings.c.state == wanted.c.state,
        filings.c.seq.not_in(bindparam("skipped", expanding=True)),
    )
    free, *due = _due(leases.now(), leases.boot())
    oldest = [select(filings.c.seq).where(of_turn, free).order_by(filings.c.seq).limit(1)]
    # not by the order of seq: SQLite would rather walk all filings of the state in that order than sort the few due
    oldest += [select(func.min(filings.c.seq + 0)).where(of_turn, condition) for condition in due]
    each = [query.correlate(turns, wanted).scalar_subquery().label("seq") for query in oldest]
    joined = turns.join(wanted, true())
    found = union_all(*(select(turns.c.lane, turns.c.turn, column).select_from(joined) for column in each)).subquery()
    # none comes last instead of being left out: for that, databases would look each of them up a second time
    best = select(found.c.seq).order_by(found.c.seq.is_(None), found.c.lane, found.c.turn, found.c.seq).limit(1)
    in_states = filings.c.state.in_([state.value for state in states])
    still = and_(filings.c.seq == bindparam("found"), in_states, or_(free, *due))
    return best, select(filings).where(still).with_for_update(skip_locked=True)


def _due(now: ColumnElement[float], boot: str) -> tuple[ColumnElement[bool], ...]:
    """Neither leased nor postponed, or no longer; what was so in another boot does not count (D-07).

    Each is one range of the index `filings_by_due`, so that nothing that waits for its time is looked at: thousands may
    wait for receipts (J-01).
    """
    until, of = filings.c.busy_until, filings.c.busy_boot
    ended = and_(of == boot, until <= now)
    return and_(of.is_(None), until.is_(None)), ended, of < boot, of > boot


def _take(connection: Connection, ledger: Ledger, row: RowMapping, worker: str, lease_seconds: float) -> Work:
    """Lease the locked filing to `worker`. The scanner's turn comes last: that row every other claim waits for."""
    crashed = 1 if row["worker"] is not None else 0
    lease = {
        "fence": row["fence"] + 1, "worker": worker,
        "attempt": row["attempt"] + crashed, "crashes": row["crashes"] + crashed,
    }  # fmt: skip
    work = work_of(connection, ledger, row, lease)
    until = leased(ledger, lease_seconds)
    connection.execute(filings.update().where(filings.c.seq == row["seq"]).values(**lease, **until))
    if crashed:
        event = Event("lease ended", "point", row["id"], state=row["state"], code=row["worker"])
        record(connection, ledger, event)
    connection.execute(_TO_THE_END, {"own_scanner": row["scanner"], "own_lane": row["lane"]})
    return work


def _hold_unworkable(connection: Connection, ledger: Ledger, row: RowMapping, code: str) -> None:
    """A person must look: it took its worker down too often (C-11), or its sealed part is damaged."""
    values = {"held_from": row["state"], "reason": code, "crashes": row["crashes"] + 1, "fence": row["fence"] + 1}
    stored.change_state(connection, ledger, filings.c.seq == row["seq"], State.HELD, values)
    event = Event("held", "point", row["id"], start=row["state"], state=State.HELD.value, code=code)
    record(connection, ledger, event)


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


def worker_name(part: str) -> str:
    """A name for `part` of this process that no other process has or had since the machine started."""
    return f"{socket.gethostname()}/{os.getpid()}.{_started(os.getpid())}/{part}"


def is_gone(worker: str) -> bool:
    """Whether `worker` was a process of this machine that is no more; False for all that cannot be known."""
    host, _, rest = worker.rpartition("/")[0].rpartition("/")
    pid, _, started = rest.partition(".")
    if host != socket.gethostname() or not pid.isdigit() or not started.isdigit():
        return False
    return _started(int(pid)) != int(started)


def _started(pid: int) -> int:
    """Clock ticks from the machine's start to the process's; -1 if it is no more."""
    try:
        found = (_PROCESSES / str(pid) / "stat").read_text("ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return -1
    fields = found.rpartition(")")[2].split()
    return -1 if fields[_PLACE_OF_STATE] in {"Z", "X"} else int(fields[_PLACE_OF_START])
