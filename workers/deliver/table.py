"""The queue as one table: SQLite on one machine, PostgreSQL for several.

A row is a message for ever: what is finished stays, so that sending again changes nothing even weeks later (E-10). A
lease carries a random token; only the newest counts. PostgreSQL's own clock decides when a lease ends, so machines with
differing clocks agree; `SKIP LOCKED` lets many receive at once. SQLite uses the clock passed in.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    case,
    create_engine,
    event,
    func,
    inspect,
    literal,
    select,
    update,
)  # fmt: skip
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.sql.elements import ColumnElement

from intake.base import durable
from intake.base.clock import Clock, SystemClock
from intake.base.errors import Away, Denied, NotFound, Stale
from intake.base.sqlite import write_ahead
from workers.deliver.ports import (
    LEASE_SECONDS,
    MOST_DELIVERIES,
    MOST_SECONDS,
    Conflict,
    DeadLetter,
    Leased,
    Message,
    QueueStats,
    message_from_json,
)  # fmt: skip

_META = MetaData()
_TABLE = Table(
    "vireille_queue",
    _META,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("bundle", String(32), nullable=False, unique=True),
    Column("provider", String(40), nullable=False),
    Column("unit", String(40)),
    Column("urgent", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, dead, acked, returned; leased is waiting with a lease
    Column("sent_at", Float, nullable=False),
    Column("not_before", Float, nullable=False),  # leased until, or to be tried again at
    Column("token", String(32)),
    Column("deliveries", Integer, nullable=False),
    Column("code", String(40)),
    Column("note", Text),
)
Index("vireille_queue_next", _TABLE.c.provider, _TABLE.c.state, _TABLE.c.urgent.desc(), _TABLE.c.number)
_ORDER = (_TABLE.c.code.is_not(None), _TABLE.c.urgent.desc(), _TABLE.c.number)
"""What failed before comes after what nobody has tried, so that it keeps nobody waiting."""
_SQLITE_WAIT_SECONDS = 30


class TableQueue:
    """A queue in the database at `url`."""

    counts_every_delivery = False

    def __init__(
        self, url: str, *, clock: Clock | None = None, most_deliveries: int = MOST_DELIVERIES, create: bool = True
    ) -> None:
        """`url`: `sqlite:///PATH` or `postgresql://...`. `create`: make file and table if they are missing.

        Raises Away or Denied, and NotFound where nothing is there and nothing shall be made.
        """
        self._clock = clock or SystemClock()
        self._most = most_deliveries
        file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else None
        if not create and file and not file.is_file():
            raise NotFound(f"no queue at {file}: the address is wrong, or its point has not been set up yet")
        self._engine = _engine(url)
        with self._transaction() as connection:
            if create:
                _META.create_all(connection, checkfirst=True)
            elif not inspect(connection).has_table(_TABLE.name):
                where = str(file or "this PostgreSQL database")
                raise NotFound(f"no queue in {where} (table {_TABLE.name}): the address is wrong, or no point ran yet")

    def now(self) -> datetime | None:
        """See `Queue.now`. SQLite has no clock of its own."""
        if self._engine.dialect.name != "postgresql":
            return None
        with self._transaction() as connection:
            return datetime.fromtimestamp(connection.execute(select(self._now())).scalar_one(), UTC)

    def prepare(self, provider: str, unit: str | None = None) -> None:
        """See `Queue.prepare`. All share the one table, made by whoever opens the queue to send."""

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def send(self, message: Message) -> Literal["sent", "already"]:
        """See `Queue.send`."""
        row = {
            "bundle": message.bundle, "provider": message.provider, "unit": message.unit,
            "urgent": int(message.priority == "urgent"), "message": message.to_json(), "state": "waiting",
            "sent_at": self._clock.now().timestamp(), "not_before": 0.0, "deliveries": 0,
        }  # fmt: skip
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        with self._transaction() as connection:
            adding = insert(_TABLE).values(row).on_conflict_do_nothing(index_elements=["bundle"])
            if connection.execute(adding.returning(_TABLE.c.number)).first():
                return "sent"
            there = connection.execute(select(_TABLE.c.message).where(_TABLE.c.bundle == message.bundle)).scalar_one()
        if message_from_json(there).sha256 != message.sha256:
            raise Conflict("the queue knows this bundle with other bytes; a person must look")
        return "already"

    def receive(self, provider: str, unit: str | None = None, lease_seconds: float = LEASE_SECONDS) -> Leased | None:
        """See `Queue.receive`."""
        with self._transaction() as connection:
            now = self._now()
            self._bury(connection, provider, now)
            free = select(_TABLE.c.number).where(self._free(provider, unit)).order_by(*_ORDER)
            found = free.limit(1).with_for_update(skip_locked=True)
            token = secrets.token_hex(16)
            claim = (
                update(_TABLE)
                .where(_TABLE.c.number == found.scalar_subquery())
                .values(token=token, not_before=now + lease_seconds, deliveries=_TABLE.c.deliveries + 1)
                .returning(_TABLE.c.message, _TABLE.c.deliveries)
            )
            row = connection.execute(claim).mappings().one_or_none()
        return Leased(message_from_json(row["message"]), token, row["deliveries"]) if row else None

    def extend(self, token: str, lease_seconds: float) -> None:
        """See `Queue.extend`."""
        self._change(token, not_before=self._now() + min(lease_seconds, MOST_SECONDS))

    def fail(self, token: str, code: str, retry_seconds: float, *, blame: bool = True) -> None:
        """See `Queue.fail`."""
        deliveries = _TABLE.c.deliveries - (0 if blame else 1)
        until = self._now() + retry_seconds
        self._change(token, not_before=until, code=code[:40], token=None, deliveries=deliveries)

    def ack(self, token: str) -> None:
        """See `Queue.ack`."""
        self._change(token, state="acked", token=None)

    def return_(self, token: str, reason: str, note: str = "") -> None:
        """See `Queue.return_`. The note is not kept here: it stands in the receipt."""
        self._change(token, state="returned", code=reason[:40], token=None)

    def move(self, token: str, message: Message) -> None:
        """See `Queue.move`."""
        again = {"token": None, "not_before": 0.0, "deliveries": 0, "code": None}
        self._change(token, **again, unit=message.unit, message=message.to_json())

    def stats(self, provider: str) -> QueueStats:
        """See `Queue.stats`."""
        leased = (_TABLE.c.state == "waiting") & (_TABLE.c.not_before > self._now()) & _TABLE.c.token.is_not(None)
        group = case((leased, "leased"), else_=_TABLE.c.state).label("kind")
        counting = select(group, func.count().label("n"), func.min(_TABLE.c.sent_at).label("oldest"))
        with self._transaction() as connection:
            self._bury(connection, provider, self._now())
            asked = counting.where(_TABLE.c.provider == provider).group_by(group)
            rows = {row["kind"]: row for row in connection.execute(asked).mappings()}
        open_ = [rows[kind]["oldest"] for kind in ("waiting", "leased") if kind in rows]
        oldest = datetime.fromtimestamp(min(open_), UTC) if open_ else None
        counts = {kind: row["n"] for kind, row in rows.items()}
        return QueueStats(counts.get("waiting", 0), counts.get("leased", 0), counts.get("dead", 0), oldest)

    def peek(self, provider: str, unit: str | None = None, most: int = 100) -> tuple[Message, ...]:
        """See `Queue.peek`."""
        with self._transaction() as connection:
            asked = select(_TABLE.c.message).where(self._free(provider, unit)).order_by(*_ORDER).limit(most)
            return tuple(message_from_json(text) for text in connection.execute(asked).scalars())

    def dead_letters(self, provider: str, unit: str | None = None) -> tuple[DeadLetter, ...]:
        """See `Queue.dead_letters`."""
        asked = select(_TABLE).where(_dead(provider, unit)).order_by(_TABLE.c.number)
        with self._transaction() as connection:
            self._bury(connection, provider, self._now())
            rows: list[RowMapping] = list(connection.execute(asked).mappings())
        return tuple(DeadLetter(message_from_json(row["message"]), row["code"]) for row in rows)

    def redrive(self, provider: str, unit: str | None = None, bundle: str | None = None) -> int:
        """See `Queue.redrive`."""
        dead = _dead(provider, unit)
        if bundle is not None:
            dead &= _TABLE.c.bundle == bundle
        again = update(_TABLE).where(dead).values(state="waiting", deliveries=0, not_before=0.0, code=None)
        with self._transaction() as connection:
            return connection.execute(again).rowcount

    def _free(self, provider: str, unit: str | None) -> ColumnElement[bool]:
        free = (_TABLE.c.provider == provider) & (_TABLE.c.state == "waiting") & (_TABLE.c.not_before <= self._now())
        return free if unit is None else free & (_TABLE.c.unit == unit)

    def _bury(self, connection: Connection, provider: str, now: ColumnElement[float]) -> None:
        """E-12: what was leased too often without an end is given up on."""
        spent = (_TABLE.c.deliveries >= self._most) & (_TABLE.c.not_before <= now)
        here = (_TABLE.c.provider == provider) & (_TABLE.c.state == "waiting")
        connection.execute(update(_TABLE).where(here & spent).values(state="dead", token=None))

    def _change(self, lease: str, /, **values: float | str | ColumnElement[float] | ColumnElement[int] | None) -> None:
        current = (_TABLE.c.token == lease) & (_TABLE.c.state == "waiting")
        with self._transaction() as connection:
            if connection.execute(update(_TABLE).where(current).values(**values)).rowcount != 1:
                raise Stale("the lease is over and the message went to somebody else; receive again")

    def _now(self) -> ColumnElement[float]:
        if self._engine.dialect.name == "postgresql":
            return func.extract("epoch", func.clock_timestamp()).cast(Float)
        return literal(self._clock.now().timestamp())

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError as error:
            raise Away("the queue's table was changed by somebody else; it is tried again") from error
        except OperationalError as error:
            durable.end_if_unsynced(error.orig)
            raise Away("the queue's database cannot be reached, or is locked; it is tried again") from error
        except ProgrammingError as error:
            raise Denied("the queue's database refuses; check the user's rights") from error
        except DBAPIError as error:
            kind = Away if error.connection_invalidated else Denied
            raise kind("the queue's database answers with an error") from error
        except SQLAlchemyError as error:
            raise Away("no connection to the queue's database is free; it is tried again") from error


def _dead(provider: str, unit: str | None) -> ColumnElement[bool]:
    dead = (_TABLE.c.provider == provider) & (_TABLE.c.state == "dead")
    return dead if unit is None else dead & (_TABLE.c.unit == unit)


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        durable.make_folder(Path(url.removeprefix("sqlite:///")).parent)
        engine = create_engine(url, connect_args={"timeout": _SQLITE_WAIT_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        return engine
    spelled = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(spelled, pool_pre_ping=True, connect_args={"connect_timeout": 10})


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions are begun above, IMMEDIATE, so that claims queue up
    write_ahead(connection)
    connection.execute("PRAGMA synchronous=FULL")
