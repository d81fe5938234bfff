"""The event log: one row for everything that happened, each chained to the one before by a keyed hash (F-11).

Ids count from 1 without gaps, in the order of commits, so a reader that polls by id misses nothing. What a person wrote
or who it was lies sealed; its hash is in the chain, so the proof outlives the purge of the content.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from intake.base.states import State
from workers.ledger.bell import AT_ONCE
from workers.ledger.database import HEAD, Ledger
from workers.ledger.schema import events, meta
from workers.ledger.vault import Json

READER = "reader"
"""The actor of a look at a filing, which changes nothing."""
PASSING = frozenset({State.OPENED, State.RECOGNISED, State.READ, State.CHECKED, State.ROUTED, State.SEALED})
"""States that a filing passes in a moment: nobody waits to hear of them."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `actor` is a worker's name, advisor, reader, scanner or point; never a person's name."""

    what: str
    actor: str
    filing: str | None = None
    start: str | None = None
    state: str | None = None
    code: str | None = None
    private: Json | None = None


_HEAD = select(meta.c.value).where(meta.c.key == "head")
_LOCK_HEAD = _HEAD.with_for_update()
_APPEND = insert(events)
_MOVE_HEAD = update(meta).where(meta.c.key == "head").values(value=bindparam("to"))


def record(connection: Connection, ledger: Ledger, event: Event) -> int:
    """Append `event` within the caller's transaction; returns its id."""
    head = connection.execute(_LOCK_HEAD).scalar_one()
    count, _, previous = head.partition(":")
    number = int(count) + 1
    row: dict[str, object] = {
        "id": number, "at": ledger.now(), "what": event.what, "filing": event.filing, "start": event.start,
        "state": event.state, "code": event.code, "actor": event.actor, "private": None, "private_sha256": None,
    }  # fmt: skip
    if event.private is not None:
        sealed = ledger.vault.seal(event.private, context=f"event/{number}")
        row |= {"private": sealed, "private_sha256": hashlib.sha256(sealed).hexdigest()}
    row["digest"] = digest_of(row, previous, chain_key(ledger))
    connection.execute(_APPEND, row)
    connection.execute(_MOVE_HEAD, {"to": f"{number}:{row['digest']}"})
    connection.info[HEAD] = number
    waited_for = event.actor != READER and event.state not in PASSING
    connection.info[AT_ONCE] = connection.info.get(AT_ONCE, False) or waited_for
    return number


def head_of(connection: Connection) -> int:
    """The last event's number by the chain's head."""
    head = connection.execute(_HEAD).scalar_one()
    return int(head.partition(":")[0])


_CHAINED = ("id", "at", "what", "filing", "start", "state", "code", "actor", "private_sha256")


def digest_of(row: dict[str, object], previous: str, key: bytes) -> str:
    """The chain's value after `row`: a keyed hash over it and the value before."""
    line = json.dumps([previous, *(row[name] for name in _CHAINED)], ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, line.encode(), hashlib.sha256).hexdigest()


def chain_key(ledger: Ledger) -> bytes:
    """The key of the chain."""
    return ledger.vault.derive("events")


def check_chain(connection: Connection, ledger: Ledger) -> list[str]:
    """The faults of the log, the first bad entry named; empty if there are none."""
    key, previous, expected = chain_key(ledger), "", 0
    for row in connection.execute(select(events).order_by(events.c.id)).mappings():
        expected += 1
        if row["id"] != expected:
            return [f"event {expected} is missing from the log"]
        if not hmac.compare_digest(str(row["digest"]), digest_of(dict(row), previous, key)):
            return [f"event {expected} was changed"]
        private = row["private"]
        if private is not None and hashlib.sha256(private).hexdigest() != row["private_sha256"]:
            return [f"the sealed part of event {expected} was changed"]
        previous = str(row["digest"])
    head = connection.execute(_HEAD).scalar()
    return [] if head == f"{expected}:{previous}" else [f"the log was cut after event {expected}"]
