"""Keeps people, their roles and sessions: in tables beside the ledger, or in a file where there is none.

Promises: what returned is on disk, as in the ledger; passwords, session and device marks are kept as hashes only. On
PostgreSQL the tables lie in the ledger's database, so that all machines of a point know the same people and sessions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    select,
    text,
)

from intake.base import durable
from intake.base.clock import Clock, SystemClock, iso
from intake.base.errors import BadFile, Damaged, WrongUse
from intake.base.settings import Settings
from workers.ledger.database import open_engine, translated

VERSION = 1
FILE = "access.db"
metadata = MetaData()

_meta = Table("access_meta", metadata, Column("version", Integer, nullable=False))

people = Table(
    "access_people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("shown", String, nullable=False),
    Column("shown_folded", String, nullable=False, unique=True),
    Column("password", String, nullable=False),
    Column("since", String, nullable=False),
    Column("removed", String),
)
"""One row for everybody who was ever let in; never deleted, so that a name in a decision means one person for ever."""

grants = Table(
    "access_grants",
    metadata,
    Column("person", Integer, ForeignKey("access_people.id"), primary_key=True),
    Column("role", String, primary_key=True),
    Column("place", String, primary_key=True),
)
"""Which role a person has at which place: a point's id, or an office's provider and unit."""

sessions = Table(
    "access_sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("person", Integer, ForeignKey("access_people.id"), nullable=False, index=True),
    Column("begun", String, nullable=False),
    Column("seen", String, nullable=False),
)

devices = Table(
    "access_devices",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("person", Integer, ForeignKey("access_people.id"), nullable=False, index=True),
    Column("since", String, nullable=False),
)
"""Browsers from which a person has signed in: a stranger's guesses at the name do not slow them down."""

tries = Table(
    "access_tries",
    metadata,
    Column("key", String, primary_key=True),
    Column("failed", Integer, nullable=False),
    Column("last", String, nullable=False),
    Index("access_tries_by_age", "last"),
)
"""Failed tries by name, address or browser; a day later they are forgotten."""


@dataclass(frozen=True, slots=True)
class Access:
    """The open store, and the place whose people count here."""

    engine: Engine
    clock: Clock
    place: str
    where: str

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that commits at the end, or not at all."""
        with self._translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view."""
        with self._translated(), self.engine.connect().execution_options(vireille_reads=True) as connection:
            yield connection

    def now(self) -> str:
        """Wall time, as stored."""
        return iso(self.clock.now())

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            with translated():
                yield
        except Damaged as error:
            msg = f"{self.where} is damaged: move it away, then add the people again with 'vireille people add'"
            raise Damaged(msg) from error


def place_of(settings: Settings) -> str:
    """The name under which roles count here: the point's id, the office's provider and unit, `operator`.

    Raises BadFile for settings of none of them.
    """
    if settings.point is not None:
        return settings.point.id
    if settings.inbox is None and settings.operator is not None:
        return "operator"
    if settings.inbox is None:
        msg = "add a [point], an [inbox] or an [operator] table: people belong to one of them"
        raise BadFile(settings.file, msg, key="point")
    return "/".join(part for part in (settings.inbox.provider, settings.inbox.unit) if part)


@contextmanager
def open_access(settings: Settings, clock: Clock | None = None) -> Iterator[Access]:
    """The people of this point or office. Raises WrongUse, Away, Damaged, or BadFile for settings without a place."""
    place, shared = place_of(settings), settings.ledger.url or ""
    data = settings.point.data if settings.point is not None else settings.file.parent / "data"
    file = None if shared.startswith("postgresql") else data / FILE
    engine = open_engine(shared if file is None else f"sqlite:///{file}")
    access = Access(engine, clock or SystemClock(), place, "the ledger's server" if file is None else str(file))
    try:
        _prepare(access, file)
        yield access
    finally:
        engine.dispose()


def _prepare(access: Access, file: Path | None) -> None:
    with access.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7346202)"))  # two machines starting at once
        metadata.create_all(connection)
        found = connection.execute(select(func.max(_meta.c.version))).scalar()
        if found is None:
            connection.execute(insert(_meta).values(version=VERSION))
        elif found > VERSION:
            msg = f"{access.where}: people of version {found}, this program knows {VERSION}; install the newer vireille"
            raise WrongUse(msg)
    if file is not None:
        durable.make_private(file.parent.glob(f"{FILE}*"))
