"""Places of the papers' bytes when several machines share one ledger: which blob folder is served by whom.

Each blob folder has a mark, its place; a filing's place says where its bytes are, and only a machine that has that
folder works on it. A place that nobody has served for half an hour is given up: a machine that finds the bytes in its
folder all the same (brought back from a backup, copied from a machine that died) takes the filings up.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, func, select

from intake.base.clock import iso
from intake.base.states import State
from workers.ledger.blobs import Blobs
from workers.ledger.database import Ledger
from workers.ledger.schema import filings, places

GIVEN_UP_AFTER = timedelta(minutes=30)
"""Three rounds of housekeeping."""
_ENDED = (State.CONFIRMED.value, State.JOINED.value, State.PURGED.value)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that serves, or served, a place."""

    place: str
    host: str
    point: str
    scanners: tuple[str, ...]
    seen: str
    """When it was last at work; ISO 8601 UTC."""


@dataclass(frozen=True, slots=True)
class Stranded:
    """Open filings of a place that no machine serves."""

    place: str
    filings: int
    since: str
    """How long the oldest has been in its state."""
    served_by: Machine | None
    """Who served it last."""


def serve(ledger: Ledger, blobs: Blobs, scanners: Sequence[str]) -> int:
    """Say that this machine is at work; take up what nobody serves and whose bytes are here; returns how many."""
    here, found = ledger.here, []
    with ledger.read() as connection:
        for seq, scan in connection.execute(select(filings.c.seq, filings.c.scan).where(_unserved(ledger))):
            if blobs.has(scan):
                found.append(seq)
    with ledger.write() as connection:
        mine = {"place": here.place, "host": socket.gethostname()}
        row = {"point": here.point or "", "scanners": " ".join(scanners), "seen": ledger.now()}
        same = [places.c[name] == value for name, value in mine.items()]
        if not connection.execute(places.update().where(*same).values(**row)).rowcount:
            connection.execute(places.insert().values(**mine, **row))
        if found:
            taken = filings.update().where(filings.c.seq.in_(found), filings.c.place != here.place)
            connection.execute(taken.values(place=here.place))
    return len(found)


def stranded(ledger: Ledger) -> list[Stranded]:
    """The papers that no running machine works on, by place."""
    wanted = select(filings.c.place, func.count(), func.min(filings.c.since)).where(_unserved(ledger))
    with ledger.read() as connection:
        machines = {machine.place: machine for machine in _machines(connection)}
        rows = connection.execute(wanted.group_by(filings.c.place)).all()
    return [Stranded(place, count, since, machines.get(place)) for place, count, since in rows]


def double_scanners(ledger: Ledger, scanners: Sequence[str]) -> list[tuple[str, Machine]]:
    """Find the `scanners` of this machine whose id a running machine of another place uses too, with that machine."""
    with ledger.read() as connection:
        machines = _machines(connection)
    others = [machine for machine in machines if machine.place != ledger.here.place and machine.seen >= _limit(ledger)]
    return [(scanner, other) for other in others for scanner in other.scanners if scanner in scanners]


def _limit(ledger: Ledger) -> str:
    return iso(ledger.clock.now() - GIVEN_UP_AFTER)


def _unserved(ledger: Ledger) -> ColumnElement[bool]:
    """Open filings of places that are neither this machine's nor served by another one."""
    elsewhere = filings.c.state.not_in(_ENDED) & (filings.c.place != ledger.here.place)
    if ledger.file is not None:  # an embedded ledger has one machine
        return elsewhere
    return elsewhere & filings.c.place.not_in(select(places.c.place).where(places.c.seen >= _limit(ledger)))


def _machines(connection: Connection) -> list[Machine]:
    """All that ever served, the one that did so last at the end."""
    rows = connection.execute(select(places).order_by(places.c.seen)).mappings()
    return [
        Machine(row["place"], row["host"], row["point"], tuple(row["scanners"].split()), row["seen"]) for row in rows
    ]
