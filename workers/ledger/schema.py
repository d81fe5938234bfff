"""The ledger's tables, its triggers, and how an older ledger becomes a newer one.

The same tables on SQLite and PostgreSQL. Times are ISO 8601 UTC text, ordering is by sequence numbers, and whatever is
personal lies sealed in a `private` column. Triggers hold what no code may break: illegal state changes (D-04) and
edits of the chained event log (F-11).
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    insert,
    inspect,
    select,
    text,
)

from intake.base.errors import WrongUse
from intake.base.states import BORN, TRANSITIONS

VERSION = 2
metadata = MetaData()

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False))

scans = Table(
    "scans",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("leader", String(64), ForeignKey("scans.sha256"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("scanner", String, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("pages", Integer),
    Column("private", LargeBinary),
    Column("handed_over", String, nullable=False),
    Column("accepted_at", String, nullable=False),
    Column("grows_from", String(64), ForeignKey("scans.sha256")),
    Column("refused", String),
    Column("purged_at", String),
    UniqueConstraint("leader", "position"),
)
"""One row for each accepted file. Files of one hand-over share the `leader`, their first, and count by `position`."""

arrivals = Table(
    "arrivals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), ForeignKey("scans.sha256"), nullable=False, index=True),
    Column("scanner", String, nullable=False),
    Column("handed_over", String, nullable=False),
    Column("at", String, nullable=False),
    Column("key", String, unique=True),
)

refused = Table(
    "refused",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), index=True),
    Column("scanner", String, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("code", String, nullable=False),
    Column("at", String, nullable=False),
    Column("key", String, unique=True),
    UniqueConstraint("scanner", "sha256"),
)

arriving = Table(
    "arriving",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scanner", String, nullable=False, index=True),
    Column("bytes", BigInteger, nullable=False),
    Column("since", String, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    Column("scanner", String, primary_key=True),
    Column("lane", Integer, primary_key=True),
    Column("turn", Integer, nullable=False),
)

filings = Table(
    "filings",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("scan", String(64), ForeignKey("scans.sha256"), nullable=False, index=True),
    Column("scanner", String, nullable=False),
    Column("lane", Integer, nullable=False, server_default="0"),
    Column("state", String, nullable=False),
    Column("since", String, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("reason", String),
    Column("held_from", String),
    Column("joined_to", String, ForeignKey("filings.id")),
    Column("kind", String),
    Column("provider", String),
    Column("unit", String),
    Column("form", String),
    Column("edition", String),
    Column("language", String),
    Column("verdict", String),
    Column("bundle", String, unique=True),
    Column("sealing", Integer, nullable=False, server_default="1"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("crashes", Integer, nullable=False, server_default="0"),
    Column("worker", String),
    Column("claimed", Double),
    Column("busy_until", Double),
    Column("busy_boot", String),
    Column("private", LargeBinary),
    Index("filings_by_due", "scanner", "lane", "state", "busy_boot", "busy_until", "seq"),
    Index("filings_by_state", "state", "seq"),
)

filing_pages = Table(
    "filing_pages",
    metadata,
    Column("scan", String(64), ForeignKey("scans.sha256"), primary_key=True),
    Column("page", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("filing", String, ForeignKey("filings.id"), nullable=False, index=True),
)

likeness = Table(
    "likeness",
    metadata,
    Column("token", String(32), primary_key=True),
    Column("filing", String, ForeignKey("filings.id"), primary_key=True),
)
"""Keyed hashes of who a form is for: filings that share one may be scans of the same paper."""

kept = Table(
    "kept",
    metadata,
    Column("filing", String, ForeignKey("filings.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True, index=True),
)
"""Blobs a filing stands on besides its scan: page pictures, the sealed bundle."""

receipts = Table(
    "receipts",
    metadata,
    Column("bundle", String, primary_key=True),
    Column("filing", String, ForeignKey("filings.id"), nullable=False, index=True),
    Column("at", String, nullable=False),
    Column("signed", LargeBinary, nullable=False),
)

tallies = Table(
    "tallies",
    metadata,
    Column("month", String, primary_key=True),
    Column("form", String, primary_key=True),
    Column("finding", String, primary_key=True),
    Column("field", String, primary_key=True),
    Column("count", Integer, nullable=False),
)
"""How often which field was found wanting; tells of no person and outlives the papers."""

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("what", String, nullable=False),
    Column("filing", String, index=True),
    Column("start", String),
    Column("state", String),
    Column("code", String),
    Column("actor", String, nullable=False),
    Column("private", LargeBinary),
    Column("private_sha256", String(64)),
    Column("digest", String(64), nullable=False),
)

transitions = Table(
    "transitions",
    metadata,
    Column("start", String, primary_key=True),
    Column("state", String, primary_key=True),
)

_SQLITE_TRIGGERS = (
    "CREATE TRIGGER filings_states BEFORE UPDATE OF state ON filings WHEN OLD.state <> NEW.state AND NOT EXISTS"
    " (SELECT 1 FROM transitions WHERE start = OLD.state AND state = NEW.state)"
    " BEGIN SELECT RAISE(ABORT, 'illegal state change'); END",
    "CREATE TRIGGER filings_born BEFORE INSERT ON filings WHEN NOT EXISTS"
    " (SELECT 1 FROM transitions WHERE start = '' AND state = NEW.state)"
    " BEGIN SELECT RAISE(ABORT, 'illegal state change'); END",
    "CREATE TRIGGER filings_kept BEFORE DELETE ON filings BEGIN SELECT RAISE(ABORT, 'filings are never deleted'); END",
    "CREATE TRIGGER events_kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END",
    "CREATE TRIGGER events_fixed BEFORE UPDATE OF id, at, what, filing, start, state, code, actor, private_sha256,"
    " digest ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
)

_POSTGRES_TRIGGERS = (
    "CREATE FUNCTION vireille_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF TG_OP = 'UPDATE' AND OLD.state = NEW.state THEN RETURN NEW; END IF;"
    " IF NOT EXISTS (SELECT 1 FROM transitions"
    "  WHERE start = CASE WHEN TG_OP = 'UPDATE' THEN OLD.state ELSE '' END AND state = NEW.state)"
    " THEN RAISE EXCEPTION 'illegal state change'; END IF; RETURN NEW; END $$",
    "CREATE FUNCTION vireille_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'this table is never changed this way'; END $$",
    "CREATE TRIGGER filings_states BEFORE INSERT OR UPDATE OF state ON filings"
    " FOR EACH ROW EXECUTE FUNCTION vireille_state()",
    "CREATE TRIGGER filings_kept BEFORE DELETE ON filings FOR EACH ROW EXECUTE FUNCTION vireille_kept()",
    "CREATE TRIGGER events_kept BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION vireille_kept()",
    "CREATE TRIGGER events_fixed BEFORE UPDATE OF id, at, what, filing, start, state, code, actor, private_sha256,"
    " digest ON events FOR EACH ROW EXECUTE FUNCTION vireille_kept()",
)


def _first(connection: Connection) -> None:
    """Version 1: all tables, the table of allowed changes, the triggers."""
    metadata.create_all(connection)
    rows = [{"start": start.value, "state": end.value} for start, end in TRANSITIONS]
    connection.execute(insert(transitions), rows + [{"start": "", "state": state.value} for state in BORN])
    postgres = connection.dialect.name == "postgresql"
    for statement in _POSTGRES_TRIGGERS if postgres else _SQLITE_TRIGGERS:
        connection.execute(text(statement))
    connection.execute(insert(meta), [{"key": "version", "value": "0"}, {"key": "head", "value": "0:"}])


def _second(connection: Connection) -> None:
    """Version 2: the next filing is found by when it is due, and what stands on a blob by the blob."""
    connection.execute(text("DROP INDEX IF EXISTS filings_by_turn"))
    for index in (*filings.indexes, *kept.indexes, *refused.indexes):
        index.create(connection, checkfirst=True)


MIGRATIONS = (_first, _second)
"""Step n turns version n into version n + 1."""


def version_of(connection: Connection) -> int:
    """The ledger's version; 0 for an empty database."""
    if not inspect(connection).has_table("meta"):
        return 0
    found = connection.execute(select(meta.c.value).where(meta.c.key == "version")).scalar()
    return int(found) if found is not None else 0


def migrate(connection: Connection) -> int:
    """Bring the ledger to `VERSION` within the transaction of `connection`; returns the version it had (A-14).

    Raises:
        WrongUse: the ledger is newer than this program.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7346201)"))  # two machines starting at once
    found = version_of(connection)
    refuse_newer(found)
    for step in MIGRATIONS[found:]:
        step(connection)
    if found < VERSION:
        connection.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))
    return found


def refuse_newer(found: int) -> None:
    """Raise WrongUse if the ledger was written by a newer version of this program."""
    if found > VERSION:
        msg = f"the ledger has version {found} and this program knows {VERSION}; install the newer vireille again"
        raise WrongUse(msg, code="newer_ledger")
