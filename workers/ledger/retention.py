"""Destroys confirmed filings when their time is over; the proof that they were handed over stays.

The ledger forgets first, in one transaction; the blobs go afterwards, and a crash in between is finished by the sweep.
What stays: the row without its content, the events with their times and hashes, the provider's signed receipt.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, and_, delete, or_, select, update

from intake.base.clock import iso
from intake.base.errors import WrongUse
from intake.base.states import State
from workers.ledger import stored
from workers.ledger.audit import Event, record
from workers.ledger.blobs import Blobs
from workers.ledger.database import Ledger
from workers.ledger.people import Person, seen
from workers.ledger.schema import events, filing_pages, filings, kept, likeness, scans
from workers.ledger.verify import remove_unreferenced

_AT_ONCE = 200


def purge_due(ledger: Ledger, blobs: Blobs, keep: timedelta) -> int:
    """Purge what was confirmed more than `keep` ago, and what was joined to such a filing; returns how many.

    At most 200 at a time, so that it can run beside the work; call again while it returns more than 0.
    """
    latest = iso(ledger.clock.now() - keep)
    other = filings.alias()
    done = and_(
        filings.c.state == State.JOINED.value,
        select(other.c.seq)
        .where(other.c.id == filings.c.joined_to, other.c.state.in_([State.CONFIRMED.value, State.PURGED.value]))
        .exists(),
    )
    due = and_(filings.c.since < latest, or_(filings.c.state == State.CONFIRMED.value, done))
    with ledger.write() as connection:
        found = select(filings).where(due).order_by(filings.c.seq).limit(_AT_ONCE)
        rows = connection.execute(found).mappings().all()
        gone = [name for row in rows for name in _forget(connection, ledger, row, Event("purged", "point"))]
    remove_unreferenced(ledger, blobs, gone)
    return len(rows)


def destroy(ledger: Ledger, filing: str, blobs: Blobs, person: Person, ending: str | None = None) -> None:
    """A named person destroys a filing that has not been sealed, or was held or returned; name and reason are kept.

    `ending` is the code of how the matter ended instead; it outlives the content, for the figures.

    So does all that was joined to it. Its content is gone from the ledger at once; blobs younger than 36 hours go with
    the next sweep. Raises NotFound, Stale, WrongUse.
    """
    if not person.advisor or not (person.reason or ending):
        raise WrongUse("say who destroys the filing and why")
    with ledger.write() as connection:
        row = seen(connection, ledger, filing, person)
        if State(row["state"]) not in {State.HELD, State.RETURNED}:
            row = _stopped(connection, ledger, row, person)
        with_it = (filings.c.joined_to == filing) & (filings.c.state == State.JOINED.value)
        rows = [row, *connection.execute(select(filings).where(with_it).order_by(filings.c.seq)).mappings().all()]
        event = Event("destroyed", "advisor", code=ending, private=person.private())
        gone = [name for forgotten in rows for name in _forget(connection, ledger, forgotten, event)]
    remove_unreferenced(ledger, blobs, gone)


def _stopped(connection: Connection, ledger: Ledger, row: RowMapping, person: Person) -> RowMapping:
    """The filing held, as every filing that a person ends is first. Raises WrongUse if it has gone, or is joined."""
    filing, state = row["id"], State(row["state"])
    if state in {State.SEALED, State.DELIVERED, State.CONFIRMED, State.JOINED, State.PURGED}:
        raise WrongUse(f"{filing} is {state.value}; what has been sealed or joined cannot be destroyed")
    values = {"held_from": state.value, "fence": row["fence"] + 1}
    stored.change_state(connection, ledger, filings.c.id == filing, State.HELD, values, start=state)
    event = Event("held", "advisor", filing, state.value, State.HELD.value, "by_advisor", person.private())
    record(connection, ledger, event)
    return connection.execute(select(filings).where(filings.c.id == filing)).mappings().one()


def _forget(connection: Connection, ledger: Ledger, row: RowMapping, event: Event) -> Sequence[str]:
    """Empty the filing's rows; returns the blobs it stood on, which others may stand on too."""
    filing, start = row["id"], State(row["state"])
    gone = list(connection.execute(select(kept.c.sha256).where(kept.c.filing == filing)).scalars())
    values: dict[str, object] = {"private": None, "fence": row["fence"] + 1}
    if event.what == "destroyed" and row["joined_to"] is None:  # what was joined stays known as the same paper
        values["reason"] = event.code
    stored.change_state(connection, ledger, filings.c.id == filing, State.PURGED, values, start=start)
    connection.execute(delete(kept).where(kept.c.filing == filing))
    connection.execute(delete(likeness).where(likeness.c.filing == filing))
    connection.execute(update(events).where(events.c.filing == filing).values(private=None))
    record(
        connection,
        ledger,
        Event(event.what, event.actor, filing, start.value, State.PURGED.value, event.code, event.private),
    )
    of_pages = select(scans.c.leader).join(filing_pages, filing_pages.c.scan == scans.c.sha256)
    added = connection.execute(of_pages.where(filing_pages.c.filing == filing)).scalars()
    for leader in {row["scan"], *added}:
        if not _stood_on(connection, leader):
            gone += stored.scans_of(connection, leader)
            emptied = update(scans).where(scans.c.leader == leader)
            connection.execute(emptied.values(private=None, purged_at=ledger.now()))
    return gone


def _stood_on(connection: Connection, leader: str) -> bool:
    """Whether a filing that is not purged came with this hand-over, or has pages of it."""
    holders = (
        select(filing_pages.c.filing).join(scans, scans.c.sha256 == filing_pages.c.scan).where(scans.c.leader == leader)
    )
    alive = select(filings.c.seq).where(
        or_(filings.c.scan == leader, filings.c.id.in_(holders)), filings.c.state != State.PURGED.value
    )
    return connection.execute(alive.limit(1)).first() is not None
