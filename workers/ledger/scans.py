"""Takes scans over, notes repeats and refusals: the ledger's side of the drop folders, whose receiver is `PointInlet`.

Bytes become durable first, then the ledger says so, and from then on the point answers for the scan. This order is the
promise (A-04): the blob is on disk, folder entry included, before a row points to it. Dying before the row leaves an
orphan blob that is swept later, and the scanner's file untouched; dying after it leaves a file that the ledger knows
again by its hash.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from intake.base import durable
from intake.base.arrival import Arrival
from intake.base.clock import iso
from intake.base.errors import DiskFull, NotWhole
from intake.base.ids import new_id
from intake.base.states import State, allowed
from workers.ledger.audit import Event, record
from workers.ledger.blobs import CHUNK, Blobs
from workers.ledger.database import Ledger
from workers.ledger.schema import arrivals, arriving, filings, refused, scans, turns

COUNTER_LANE = 0
BATCH_LANE = 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """The result of an arrival. `repeat`: the same bytes were there already; `filing` is the scan's first."""

    scan: str
    filing: str
    repeat: bool


@dataclass(frozen=True, slots=True)
class ArrivingFile:
    """A file still in a folder, not yet whole."""

    bytes: int
    since: datetime


def insert_once(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless one with the same key is there; True if it was inserted."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    key = next(iter(table.primary_key.columns))
    inserted = connection.execute(make(table).values(**values).on_conflict_do_nothing().returning(key))
    return inserted.first() is not None


def accept(ledger: Ledger, parts: Sequence[Arrival]) -> Accepted:
    """Note the files of one hand-over and start one filing for them, all or none.

    Bytes that are there already are one more arrival of the same scan (B-12) and get no second filing.
    """
    with ledger.write() as connection:
        fresh: list[Arrival] = []
        repeats: list[Arrival] = []
        for new in parts:
            place = (fresh[0].sha256 if fresh else new.sha256, len(fresh))
            is_fresh = _note_scan(connection, ledger, new, place)
            noted = _note_arrival(connection, ledger, new)
            if is_fresh:
                fresh.append(new)
            elif noted:
                repeats.append(new)
        filing = _begin(connection, ledger, fresh[0]) if fresh else _first_filing(connection, parts[0].sha256)
        for new in repeats:
            _show_again(connection, ledger, refused.c.sha256 == new.sha256)
            again = Event("arrived again", "scanner", _first_filing(connection, new.sha256), code=new.scanner)
            record(connection, ledger, again)
        return Accepted((fresh or parts)[0].sha256, filing, repeat=not fresh)


def _note_scan(connection: Connection, ledger: Ledger, new: Arrival, place: tuple[str, int]) -> bool:
    values = {
        "sha256": new.sha256, "leader": place[0], "position": place[1], "scanner": new.scanner, "bytes": new.size,
        "private": ledger.vault.seal({"label": new.label}, context=f"scan/{new.sha256}"),
        "handed_over": iso(new.handed_over), "accepted_at": ledger.now(), "grows_from": new.grows_from,
    }  # fmt: skip
    return insert_once(connection, scans, values)


def _note_arrival(connection: Connection, ledger: Ledger, new: Arrival) -> bool:
    """False if this very arrival was noted before (accepted twice after a crash, or by two machines: B-11)."""
    values = {
        "sha256": new.sha256, "scanner": new.scanner, "handed_over": iso(new.handed_over), "at": ledger.now(),
        "key": new.key,
    }  # fmt: skip
    return insert_once(connection, arrivals, values)


def _first_filing(connection: Connection, sha256: str) -> str:
    """The first filing of the hand-over that the scan came with."""
    leader = select(scans.c.leader).where(scans.c.sha256 == sha256).scalar_subquery()
    found = select(filings.c.id).where(filings.c.scan == leader).order_by(filings.c.seq).limit(1)
    return str(connection.execute(found).scalar_one())


def _begin(connection: Connection, ledger: Ledger, new: Arrival) -> str:
    filing, lane = new_id(), BATCH_LANE if new.batch else COUNTER_LANE
    insert_once(connection, turns, {"scanner": new.scanner, "lane": lane, "turn": 0})
    connection.execute(
        insert(filings).values(
            id=filing, scan=new.sha256, scanner=new.scanner, place=ledger.here.place, lane=lane,
            state=State.ACCEPTED.value, since=ledger.now(),
        )
    )  # fmt: skip
    event = Event("accepted", "scanner", filing, state=State.ACCEPTED.value, code=new.scanner)
    record(connection, ledger, event)
    if new.grows_from is not None:
        join_shorter(connection, ledger, new.grows_from, filing)
    return filing


def join_shorter(connection: Connection, ledger: Ledger, shorter: str, into: str) -> None:
    """B-23: the filings of a scan that has grown give way to the longer one's, as long as they have not been sealed."""
    open_states = [state.value for state in State if allowed(state, State.JOINED)]
    leader = select(scans.c.leader).where(scans.c.sha256 == shorter).scalar_subquery()
    rows = connection.execute(
        select(filings.c.id, filings.c.state).where(filings.c.scan == leader, filings.c.state.in_(open_states))
    ).all()
    for filing, state in rows:
        connection.execute(
            filings.update()
            .where(filings.c.id == filing)
            .values(
                state=State.JOINED.value, since=ledger.now(), joined_to=into, reason="grown",
                fence=filings.c.fence + 1, version=filings.c.version + 1, worker=None, busy_until=None,
                busy_boot=None,
            )
        )  # fmt: skip
        event = Event("joined", "scanner", filing, start=state, state=State.JOINED.value, code="grown")
        record(connection, ledger, event)


def refuse(ledger: Ledger, arrival: Arrival, code: str) -> None:
    """Note a file that cannot be taken over, whole or not; the same arrival again is noted once."""
    with ledger.write() as connection:
        values = {
            "sha256": arrival.sha256 or None, "scanner": arrival.scanner, "bytes": arrival.size, "code": code,
            "at": ledger.now(), "key": arrival.key,
        }  # fmt: skip
        same = and_(refused.c.scanner == arrival.scanner, refused.c.sha256 == values["sha256"])
        known = or_(refused.c.key == arrival.key, same)
        if insert_once(connection, refused, values) or _show_again(connection, ledger, known):
            record(connection, ledger, Event("refused", "scanner", code=code))


def _show_again(connection: Connection, ledger: Ledger, which: ColumnElement[bool]) -> bool:
    """A refused file that somebody had seen to lies in the folder again: the list shows it as new. False: none had."""
    seen_to = which & refused.c.dismissed.is_not(None)
    return connection.execute(update(refused).where(seen_to).values(dismissed=None, at=ledger.now())).rowcount > 0


def set_arriving(ledger: Ledger, scanner: str, files: Sequence[ArrivingFile]) -> None:
    """Replace what is known of the files that are not yet whole in one scanner's folder."""
    with ledger.read() as connection:
        known = connection.execute(select(arriving.c.id).where(arriving.c.scanner == scanner).limit(1)).first()
    if known is None and not files:
        return
    with ledger.write() as connection:
        connection.execute(delete(arriving).where(arriving.c.scanner == scanner))
        rows = [{"scanner": scanner, "bytes": file.bytes, "since": iso(file.since)} for file in files]
        if rows:
            connection.execute(insert(arriving), rows)


def knows(ledger: Ledger, sha256: str) -> bool:
    """Whether a scan with these bytes was accepted."""
    with ledger.read() as connection:
        return connection.execute(select(scans.c.sha256).where(scans.c.sha256 == sha256)).first() is not None


def noted_pages(ledger: Ledger, sha256: str) -> int | None:
    """How many pages the scan had when it was opened first: by these its pages are numbered. None before that."""
    with ledger.read() as connection:
        return connection.execute(select(scans.c.pages).where(scans.c.sha256 == sha256)).scalar()


def is_refused(ledger: Ledger, sha256: str) -> bool:
    """Whether a file with these bytes was refused."""
    with ledger.read() as connection:
        found = select(refused.c.sha256).where(refused.c.sha256 == sha256)
        return connection.execute(found).first() is not None


LOW_WATER_BYTES = 32 * 1024 * 1024
"""Room that accepting leaves to the work on what was accepted: pictures, bundles, the ledger itself."""


class PointInlet:
    """The receiver of the drop folders: accepts into the blobs and the ledger, and notes what cannot be taken."""

    def __init__(self, ledger: Ledger, blobs: Blobs) -> None:
        """Ledger and blobs are shared with the workers."""
        self._ledger, self._blobs = ledger, blobs

    def accept(self, parts: Sequence[Arrival]) -> Accepted:
        """Accept the files of one hand-over, in page order, as one filing: all or none, durable when this returns.

        Doing it twice has one effect.

        Raises:
            NotWhole: the copy's bytes are not those that were judged whole.
            Away, DiskFull: nothing was accepted; the scanner's file must stay where it is.
        """
        for part in parts:
            self._keep(part)
        return accept(self._ledger, parts)

    def refuse(self, arrival: Arrival, code: str) -> None:
        """Note the refusal; keep the bytes if they came along, so that a person can still look at them."""
        if arrival.copy is not None:
            self._blobs.put_pieces(partial(arrival.pieces, CHUNK))
        refuse(self._ledger, arrival, code)

    def knows(self, sha256: str) -> bool:
        """Whether these bytes were accepted."""
        return knows(self._ledger, sha256)

    def keeps(self, sha256: str) -> bool:
        """Whether the point answers for these bytes: accepted, or refused and sealed in the store."""
        return self.knows(sha256) or (is_refused(self._ledger, sha256) and self._blobs.has(sha256))

    def _keep(self, part: Arrival) -> None:
        """Store the copy's bytes as a blob."""
        if part.copy is None:
            raise NotWhole("a scan came without its bytes")
        if durable.free_bytes(self._blobs.folder) < part.size + LOW_WATER_BYTES:  # what is here must get out
            raise DiskFull("the data folder's disk is nearly full: nothing more is accepted until there is room")
        sha256 = self._blobs.put_pieces(partial(part.pieces, CHUNK))
        if sha256 != part.sha256:
            raise NotWhole("a scan changed between the folder and the store")
