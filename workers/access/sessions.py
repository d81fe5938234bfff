"""Sign-in and sessions: a random mark in the browser, its hash here; an end after rest, and after a day (G-02)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select, update

from intake.base.clock import iso, parse_iso
from intake.base.log import logger
from workers.access import tries
from workers.access.passwords import is_right
from workers.access.people import Account, fit_hash, put_password, roles_at
from workers.access.store import Access, devices, people, sessions

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
_NOTED_EVERY = timedelta(seconds=30)
_DEVICE_DAYS = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The marks for the browser. Secret: never log them."""

    session: str
    device: str


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """The name or the password is wrong, or it is too soon to look."""

    wait_seconds: float = 0.0


def sign_in(access: Access, name: str, password: str, *, address: str, device: str | None) -> SignedIn | NotSignedIn:
    """Begin a session, if the password is right. Wrong and unknown names cost the same time and get the same answer."""
    name = name.strip().casefold()
    with access.write() as connection:
        row = connection.execute(select(people).where(people.c.name == name)).mappings().first()
        known = _known_device(connection, device, row["id"]) if row is not None else None
        keys = tries.keys_of(name, address, known)
        wait = tries.take_try(connection, access, keys)
    if wait > 0:
        logger().warning("sign_in_refused", code="too_soon", seconds=round(wait, 1))
        return NotSignedIn(wait)
    usable = row is not None and row["removed"] is None
    if not is_right(password, row["password"] if row is not None and usable else None) or row is None:
        logger().warning("sign_in_refused", code="wrong")
        return NotSignedIn()
    with access.write() as connection:
        tries.succeeded(connection, keys)
        _forget_ended(connection, access)
        made = _begun(connection, access, row["id"], device if known else None)
    logger().info("signed_in", person=row["id"])
    return made


def change_password(access: Access, name: str, fresh: str) -> SignedIn:
    """Give a signed-in person a new password: every session ends and one begins, at once or not at all.

    Nobody's guesses at the name come in between. Raises NotFound, WrongUse.
    """
    hashed = fit_hash(name, fresh)
    with access.write() as connection:
        made = _begun(connection, access, put_password(connection, name, hashed), None)
    return made


def _begun(connection: Connection, access: Access, person: int, known: str | None) -> SignedIn:
    """A session, and the mark of a browser that is not known yet."""
    made = SignedIn(begin(connection, access, person), known or secrets.token_urlsafe(32))
    if known is None:
        values = {"token_sha256": _hash(made.device), "person": person, "since": access.now()}
        connection.execute(insert(devices).values(values))
    return made


def begin(connection: Connection, access: Access, person: int) -> str:
    """A new session's mark; every sign-in gets a new one, so one that was planted before is worth nothing."""
    token, now = secrets.token_urlsafe(32), access.now()
    connection.execute(insert(sessions).values(token_sha256=_hash(token), person=person, begun=now, seen=now))
    return token


def who_has(access: Access, token: str, *, by_itself: bool = False) -> Account | None:
    """Whose session it is; None: ended, or never begun. `by_itself`: the page asks, not the person."""
    joined = sessions.join(people, people.c.id == sessions.c.person)
    wanted = select(people, sessions.c.begun, sessions.c.seen).select_from(joined)
    with access.read() as connection:
        row = connection.execute(wanted.where(sessions.c.token_sha256 == _hash(token))).mappings().first()
        roles, units = roles_at(connection, access.place, row["id"]) if row is not None else ((), None)
    now = access.clock.now()
    if row is None or row["removed"] is not None:
        return None
    if now - parse_iso(row["seen"]) > IDLE or now - parse_iso(row["begun"]) > LONGEST:
        return None
    if not by_itself and now - parse_iso(row["seen"]) > _NOTED_EVERY:
        with access.write() as connection:
            mine = sessions.c.token_sha256 == _hash(token)
            connection.execute(update(sessions).where(mine).values(seen=iso(now)))
    return Account(row["id"], row["name"], row["shown"], roles, row["since"], units=units)


def sign_out(access: Access, token: str) -> None:
    """End the session."""
    with access.write() as connection:
        connection.execute(delete(sessions).where(sessions.c.token_sha256 == _hash(token)))


def _known_device(connection: Connection, token: str | None, person: int) -> str | None:
    if not token:
        return None
    wanted = select(devices.c.token_sha256).where(devices.c.token_sha256 == _hash(token), devices.c.person == person)
    return connection.execute(wanted).scalar()


def _forget_ended(connection: Connection, access: Access) -> None:
    now = access.clock.now()
    ended = (sessions.c.seen < iso(now - IDLE)) | (sessions.c.begun < iso(now - LONGEST))
    connection.execute(delete(sessions).where(ended))
    connection.execute(delete(devices).where(devices.c.since < iso(now - _DEVICE_DAYS)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
