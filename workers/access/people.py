"""The accounts of a place: who is let in, with which roles. A name is given once and for ever to one person."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select, update

from intake.base.errors import NotFound, WrongUse
from workers.access.passwords import hash_of, must_be_fit
from workers.access.store import Access, devices, grants, people, sessions
from workers.access.table import Role

_NAME = re.compile(r"[^\W_][\w.@-]{0,63}")
MOST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in, or could once."""

    id: int
    name: str
    """Typed at sign-in; small letters."""
    shown: str
    """Stands beside the person's decisions."""
    roles: tuple[Role, ...]
    """At this place."""
    since: str
    removed: str | None = None
    units: frozenset[str] | None = None
    """The units of the place that are the person's; None: all."""


def add(
    access: Access, name: str, shown: str, roles: Sequence[Role], password: str, *, units: Sequence[str] = ()
) -> Account:
    """Let a person in with these roles here, or at these units of the place only.

    A removed person comes back with the same shown name.

    Raises WrongUse: the name is taken or cannot be one, no role, or an unfit password.
    """
    name, shown = name.casefold(), " ".join(shown.split())
    if not _NAME.fullmatch(name):
        raise WrongUse(f"'{name}' cannot be a name to sign in with: use letters, digits, '.', '-', '@', at most 64")
    if not (0 < len(shown) <= MOST_SHOWN and shown.isprintable()):
        raise WrongUse(f"the shown name is one printable line of at most {MOST_SHOWN} characters")
    must_be_fit(password, name)
    hashed = hash_of(password)
    with access.write() as connection:
        _must_be_free(connection, name, shown)
        values = {"password": hashed, "removed": None}
        back = update(people).where(people.c.name == name).values(values)
        if connection.execute(back).rowcount == 0:
            new = {"name": name, "shown": shown, "shown_folded": shown.casefold(), "since": access.now()}
            connection.execute(insert(people).values({**new, **values}))
        _grant(connection, access, _row(connection, name)["id"], roles, units)
        return _account(connection, access, _row(connection, name))


def listed(access: Access) -> list[Account]:
    """Everybody who has or had a role here, by name, those who may sign in first."""
    with access.read() as connection:
        rows = connection.execute(select(people).order_by(people.c.removed.is_not(None), people.c.name)).mappings()
        found = [_account(connection, access, row) for row in rows.all()]
    return [person for person in found if person.roles]


def anybody(access: Access) -> bool:
    """Whether somebody may sign in here."""
    return any(person.removed is None for person in listed(access))


def set_roles(access: Access, name: str, roles: Sequence[Role], *, units: Sequence[str] = ()) -> Account:
    """Give a person exactly these roles here, or at these units only, from the next request on.

    Raises NotFound, WrongUse.
    """
    with access.write() as connection:
        row = _row(connection, name)
        if row["removed"] is not None:
            raise WrongUse(f"'{name}' was removed; 'vireille people add {name}' lets the person in again")
        _grant(connection, access, row["id"], roles, units)
        return _account(connection, access, row)


def remove(access: Access, name: str) -> None:
    """The person may not sign in any more, at no place, and is signed out now. Raises NotFound."""
    with access.write() as connection:
        person = _row(connection, name)["id"]
        connection.execute(update(people).where(people.c.id == person).values(removed=access.now()))
        _sign_out_everywhere(connection, person)


def set_password(access: Access, name: str, password: str) -> None:
    """Give a person a new password; every session of theirs ends. Raises NotFound, WrongUse."""
    hashed = fit_hash(name, password)
    with access.write() as connection:
        put_password(connection, name, hashed)


def fit_hash(name: str, password: str) -> str:
    """Make the hash that is kept of a new password. Raises WrongUse: unfit."""
    must_be_fit(password, name)
    return hash_of(password)


def put_password(connection: Connection, name: str, hashed: str) -> int:
    """Replace the password and end every session; gives the person's id. Raises NotFound."""
    person = int(_row(connection, name)["id"])
    connection.execute(update(people).where(people.c.id == person).values(password=hashed))
    _sign_out_everywhere(connection, person)
    return person


def roles_at(connection: Connection, place: str, person: int) -> tuple[tuple[Role, ...], frozenset[str] | None]:
    """The person's roles at a place, and at which of its units they hold: None at all of them.

    Whoever has different roles at several units has those that hold at each. A role that a newer program gave counts
    for nothing.
    """
    wanted = select(grants.c.place, grants.c.role).where(grants.c.person == person, _at(place))
    given: dict[str, set[str]] = {}
    for where, role in connection.execute(wanted):
        given.setdefault(where, set()).add(role)
    everywhere = given.pop(place, None)
    held = everywhere if everywhere is not None else set.intersection(*given.values()) if given else set()
    units = None if everywhere is not None else frozenset(where.removeprefix(f"{place}/") for where in given)
    return tuple(role for role in Role if role.value in held), units


def _at(place: str) -> ColumnElement[bool]:
    return (grants.c.place == place) | grants.c.place.startswith(f"{place}/", autoescape=True)


def _sign_out_everywhere(connection: Connection, person: int) -> None:
    for table in (sessions, devices):
        connection.execute(delete(table).where(table.c.person == person))


def _must_be_free(connection: Connection, name: str, shown: str) -> None:
    same = (people.c.name == name) | (people.c.shown_folded == shown.casefold())
    for row in connection.execute(select(people).where(same)).mappings():
        if row["name"] == name and row["removed"] is None:
            raise WrongUse(f"'{name}' may sign in already; see 'vireille people list'")
        if row["name"] == name and row["shown"] != shown:
            raise WrongUse(f"'{name}' was {row['shown']}: nobody else may have that name, choose another")
        if row["name"] != name:
            raise WrongUse(f"the name {row['shown']} stands beside the decisions of '{row['name']}': show another one")


def _grant(connection: Connection, access: Access, person: int, roles: Sequence[Role], units: Sequence[str]) -> None:
    if not roles:
        raise WrongUse(f"say what the person is, with --role: {', '.join(Role)}")
    connection.execute(delete(grants).where(grants.c.person == person, _at(access.place)))
    places = [f"{access.place}/{unit}" for unit in dict.fromkeys(units)] or [access.place]
    rows = [{"person": person, "role": role, "place": place} for role in dict.fromkeys(roles) for place in places]
    connection.execute(insert(grants), rows)


def _row(connection: Connection, name: str) -> RowMapping:
    row = connection.execute(select(people).where(people.c.name == name.casefold())).mappings().first()
    if row is None:
        raise NotFound(f"nobody is called '{name}' here; see 'vireille people list'")
    return row


def _account(connection: Connection, access: Access, row: RowMapping) -> Account:
    roles, units = roles_at(connection, access.place, row["id"])
    return Account(row["id"], row["name"], row["shown"], roles, row["since"], row["removed"], units)
