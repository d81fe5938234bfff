"""Forgetting: what is confirmed is destroyed when its time is over; the proof that it was handed over stays.

The ledger forgets first, in one transaction; the blobs go afterwards, and a crash in between is finished by the sweep.
What stays: the row without its content, the events with their times and hashes, the provider's signed receipt.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, and_, delete, or_, select, update

from intake.base.clock import iso
from intake.base.errors import NotFound, WrongUse
from intake.ledger import stored
from intake.ledger.audit import Event, record
from intake.ledger.blobs import Blobs
from intake.ledger.database import Database
from intake.ledger.desk import Person
from intake.ledger.schema import events, filings, kept, likeness, scans
from intake.ledger.verify import remove_unreferenced
from intake.states import State

_AT_ONCE = 200


def purge_due(database: Database, blobs: Blobs, keep: timedelta) -> int:
    """Purge what was confirmed more than `keep` ago, and what was joined to such a filing; returns how many.

    At most 200 at a time, so that it can run beside the work; call again while it returns more than 0.
    """
    latest = iso(database.clock.now() - keep)
    other = filings.alias()
    done = and_(
        filings.c.state == State.JOINED.value,
        select(other.c.seq)
        .where(other.c.id == filings.c.joined_to, other.c.state.in_([State.CONFIRMED.value, State.PURGED.value]))
        .exists(),
    )
    due = and_(filings.c.since < latest, or_(filings.c.state == State.CONFIRMED.value, done))
    with database.write() as connection:
        found = select(filings).where(due).order_by(filings.c.seq).limit(_AT_ONCE)
        rows = connection.execute(found).mappings().all()
        gone = [name for row in rows for name in _forget(connection, database, row, Event("purged", "point"))]
    remove_unreferenced(database, blobs, gone)
    return len(rows)


def destroy(database: Database, blobs: Blobs, filing: str, person: Person) -> None:
    """A named person destroys a held or returned filing, with a reason; both are kept. Raises NotFound, WrongUse.

    Its content is gone from the ledger at once; blobs younger than 36 hours go with the next sweep.
    """
    if not person.advisor or not person.reason:
        raise WrongUse("say who destroys the filing and why")
    with database.write() as connection:
        row = connection.execute(select(filings).where(filings.c.id == filing).with_for_update()).mappings().first()
        if row is None:
            raise NotFound(f"no filing {filing}")
        gone = _forget(connection, database, row, Event("destroyed", "advisor", private=person.private()))
    remove_unreferenced(database, blobs, gone)


def _forget(connection: Connection, database: Database, row: RowMapping, event: Event) -> Sequence[str]:
    """Empty the filing's rows; returns the blobs it stood on, which others may stand on too."""
    filing, start = row["id"], State(row["state"])
    gone = list(connection.execute(select(kept.c.sha256).where(kept.c.filing == filing)).scalars())
    values: dict[str, object] = {"private": None, "fence": row["fence"] + 1}
    stored.change_state(connection, database, filings.c.id == filing, State.PURGED, values, start=start)
    connection.execute(delete(kept).where(kept.c.filing == filing))
    connection.execute(delete(likeness).where(likeness.c.filing == filing))
    connection.execute(update(events).where(events.c.filing == filing).values(private=None))
    record(
        connection,
        database,
        Event(event.what, event.actor, filing, start.value, State.PURGED.value, private=event.private),
    )
    alive = select(filings.c.seq).where(filings.c.scan == row["scan"], filings.c.state != State.PURGED.value)
    if connection.execute(alive.limit(1)).first() is None:
        gone += stored.scans_of(connection, row["scan"])
        emptied = update(scans).where(scans.c.leader == row["scan"])
        connection.execute(emptied.values(private=None, purged_at=database.now()))
    return gone
