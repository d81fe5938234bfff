"""The open ledger on SQLite or PostgreSQL: its engine, the clock of its leases, and our errors for the driver's.

Promises: a write transaction on SQLite takes the write lock at its start, so nothing read in it can be outdated by
another writer; what committed is on disk (F5: WAL with synchronous=FULL); a failed fsync ends the process (A-05).

SQLite takes a write-ahead log that is gone, cut or damaged for an empty or shorter one, and says nothing (A-11). So the
last committed event is noted beside the file: a ledger whose log ends before that note has lost acknowledged work.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Protocol, Self

from sqlalchemy import ColumnElement, Connection, Double, Engine, bindparam, cast, create_engine, event, extract, func
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from intake.base import durable
from intake.base.clock import Clock, iso
from intake.base.errors import Away, Damaged, Denied, DiskFull, VireilleError, WrongUse
from intake.base.extras import needs
from intake.base.sqlite import write_ahead
from workers.ledger.bell import AT_ONCE, Bell
from workers.ledger.vault import Vault

if TYPE_CHECKING:
    import psycopg

BUSY_SECONDS = 10.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
RESTORE = "bring it back with 'vireille restore BACKUP'"
_NOTE_DIGITS = 20
NOWHERE = ""
"""The place of filings from before places had marks."""
HEAD = "vireille_head"
"""Under this name a connection carries the number of the last event of its transaction."""
_WORTH_WAITING = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_BUSY_SNAPSHOT", "SQLITE_CANTOPEN"}
_DAMAGE = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}


class LeaseClock(Protocol):
    """Seconds that count within one `boot`: the clock of leases and postponements."""

    def __hash__(self) -> int:
        """Equal for clocks of one kind: statements that use a clock are prepared once for each kind."""

    def boot(self) -> str:
        """Names the span of time in which `now` can be compared."""

    def now(self) -> ColumnElement[float]:
        """Seconds within this boot, to be used within a statement."""


class MachineClock:
    """This machine's monotonic clock, for SQLite: all its processes share it, and no jump of wall time moves it (D-06).

    After a reboot every lease of the boot before has ended (D-07).
    """

    def __init__(self, clock: Clock, boot: str | None = None) -> None:
        """`boot`: the machine's boot id; None reads it from the kernel."""
        self._now = bindparam("vireille_now", callable_=clock.monotonic, type_=Double)
        self._boot = boot or _BOOT_ID.read_text("ascii").strip()

    def boot(self) -> str:
        """The kernel's boot id."""
        return self._boot

    def now(self) -> ColumnElement[float]:
        """Monotonic seconds, read when the statement is executed."""
        return self._now


class ServerClock:
    """The PostgreSQL server's clock, since several machines share the work.

    A jump of it can end leases early, which the fencing number makes harmless.
    """

    def boot(self) -> str:
        """One span for all machines."""
        return "server"

    def now(self) -> ColumnElement[float]:
        """Seconds since 1970 by the server, as its statement begins."""
        return cast(extract("epoch", func.statement_timestamp()), Double)


@dataclass(frozen=True, slots=True)
class Here:
    """The machine and the point at which the ledger is open."""

    place: str = NOWHERE
    """The mark of this machine's blob folder: it works on the filings whose bytes lie there, and on no others."""
    point: str | None = None
    municipality: str | None = None
    as_of: date | None = None
    """The point's fixed day."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger: engine, vault and clock; threads may share it, and processes or machines may open the same one.

    The verbs are functions of the modules beside this one and take it first: `claimed` for workers, `people` and
    `joins` for what a person decides, `scans` for the folders, `reports` and `stats` for reading.
    """

    engine: Engine
    clock: Clock
    vault: Vault
    leases: LeaseClock
    here: Here
    file: Path | None = None
    """The embedded ledger's file."""
    bell: Bell = field(default_factory=Bell)
    turn: AbstractContextManager[object] = field(default_factory=nullcontext)
    """Of the threads of this process that write: SQLite lets one of them wait for another in naps that grow."""

    def now(self) -> str:
        """Wall time for people, as stored."""
        return iso(self.clock.now())

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that commits at the end, or not at all."""
        with self.turn, translated(), self.engine.begin() as connection:
            connection.info.pop(HEAD, None)
            connection.info.pop(AT_ONCE, None)
            yield connection
            head, at_once = connection.info.pop(HEAD, None), connection.info.pop(AT_ONCE, False)
        if head is not None:
            if self.file is not None:
                write_head(self.file, head)
            self.bell.ring(at_once=at_once)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view."""
        with translated(), self.engine.connect().execution_options(vireille_reads=True) as connection:
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(
    url: str, *, clock: Clock, vault: Vault, here: Here, leases: LeaseClock | None = None, readonly: bool = False
) -> Ledger:
    """Connect to `url`, `sqlite:///PATH` or `postgresql://...`. Raises WrongUse, Away or Damaged."""
    engine = open_engine(url, readonly=readonly)
    if engine.dialect.name == "sqlite":
        file = Path(engine.url.database or "")
        return Ledger(engine, clock, vault, leases or MachineClock(clock), here, file, turn=RLock())
    return Ledger(engine, clock, vault, leases or ServerClock(), here)


def open_engine(url: str, *, readonly: bool = False) -> Engine:
    """An engine with the ledger's settings for `url`. Raises WrongUse; connecting may raise Away, Denied or Damaged."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(Path(address.database or ""), readonly=readonly)
    if address.get_backend_name() != "postgresql":
        raise WrongUse("the ledger's address must begin with sqlite:/// or postgresql://")
    return _postgres(address)


def _postgres(address: URL) -> Engine:
    with needs("postgres"):
        engine = create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _settle(connection: "psycopg.Connection", _: object) -> None:
        """Our statements take a millisecond; the server would take fifty to compile one whose cost it overrates."""
        connection.autocommit = True
        connection.execute("SET jit = off")
        connection.autocommit = False

    return engine


def _sqlite(path: Path, *, readonly: bool) -> Engine:
    if not path.name:
        raise WrongUse("the ledger's address names no file")
    if readonly and not path.is_file():
        raise WrongUse(f"{path}: no ledger here")
    durable.make_folder(path.parent)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True, pool_size=8, max_overflow=32
    )

    @event.listens_for(engine, "connect")
    def _settle(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        mode = write_ahead(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        if readonly:
            connection.execute("PRAGMA query_only=ON")
        level = connection.execute("PRAGMA synchronous").fetchone()[0]
        if mode != "wal" or level != 2:  # F5: anything less may lose acknowledged papers at a power cut
            raise Denied(f"{path}: this disk does not let SQLite keep its promises (journal {mode}, sync {level})")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("vireille_reads") or readonly
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the database driver become ours."""
    try:
        yield
    except DBAPIError as error:
        raise translate(error) from error
    except UnicodeDecodeError as error:  # SQLite hands out damaged text as it finds it
        raise Damaged(f"the ledger is damaged; {RESTORE}", code="damaged_ledger") from error
    except sqlite3.Error as error:  # met while a connection was being set up
        raise _from_sqlite(error) from error


def translate(error: DBAPIError) -> VireilleError:
    """Our error for one of the driver's; never holds a row's content."""
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _from_sqlite(original)
    if error.connection_invalidated or type(original).__name__ in {"OperationalError", "AdminShutdown"}:
        return Away("the ledger's server cannot be reached; it is tried again", code="ledger_away")
    if "illegal state change" in str(original):
        return WrongUse("illegal state change", code="illegal_change")
    if type(original).__name__ in {"DeadlockDetected", "SerializationFailure", "LockNotAvailable"}:
        return Away("the ledger is busy; it is tried again", code="ledger_busy")
    if type(original).__name__ == "DiskFull":
        return DiskFull("the ledger's server has no room; free some space, work goes on by itself")
    return Denied(f"the ledger refused: {type(original).__name__}", code="ledger_refused")


def _from_sqlite(error: sqlite3.Error) -> VireilleError:
    durable.end_if_unsynced(error)
    name = getattr(error, "sqlite_errorname", "")
    if name in _DAMAGE:
        return Damaged(f"the ledger is damaged; {RESTORE}", code="damaged_ledger")
    if name == "SQLITE_FULL":
        return DiskFull("no room for the ledger; free some space, work goes on by itself")
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM")):
        return Denied("the ledger cannot be written; check owner and mode of the data folder")
    if name in _WORTH_WAITING or name.startswith(("SQLITE_IOERR", "SQLITE_BUSY")):
        return Away("the ledger is busy or its disk does not answer; it is tried again", code="ledger_busy")
    if "illegal state change" in str(error):
        return WrongUse("illegal state change", code="illegal_change")
    return Denied(f"the ledger refused: {name or type(error).__name__}", code="ledger_refused")


def note_of(ledger: Path) -> Path:
    """The path of the note beside the ledger."""
    return ledger.with_name(ledger.name + ".head")


def write_head(ledger: Path, event: int) -> None:
    """Note that `event` is committed. The note is not synced: it may be older than the ledger, never newer."""
    durable.note(note_of(ledger), f"{event:0{_NOTE_DIGITS}d}\n")


def noted_head(ledger: Path) -> int:
    """The event that is known to be committed; 0 where nothing is known: an unreadable note is no proof."""
    try:
        words = note_of(ledger).read_text("ascii").split()
    except (FileNotFoundError, UnicodeDecodeError):
        return 0
    return int(words[0]) if words and words[0].isdigit() else 0


def check_head(ledger: Path, event: int, *, noted: int) -> None:
    """Raise Damaged if the ledger, whose last event is `event`, had more: `noted`, read before the ledger was.

    In this order a point at work may commit in between; in the other one it would look as if it had lost its end.
    """
    if noted > event:
        msg = (
            f"{ledger}: the ledger has lost its last {noted - event} events (was {ledger.name}-wal removed?); {RESTORE}"
        )
        raise Damaged(msg, code="damaged_ledger")
