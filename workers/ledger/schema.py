"""The ledger's tables. `workers.ledger.migrations` makes them and brings an older ledger to them.

The same tables on SQLite and PostgreSQL. Times are ISO 8601 UTC text, ordering is by sequence numbers, and whatever is
personal lies sealed in a `private` column.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

VERSION = 4
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
    Column("dismissed", String),
    UniqueConstraint("scanner", "sha256"),
)
"""`dismissed`: when a person had seen to it; the file is kept all the same."""

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
    Column("place", String, nullable=False, server_default=""),
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
    Index("filings_by_due", "place", "scanner", "lane", "state", "busy_boot", "busy_until", "seq"),
    Index("filings_by_state", "state", "seq"),
)
"""`place`: the mark of the blob folder that holds the filing's bytes; only who has that folder works on it."""

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
"""Counts of findings by form and field; about no person, and kept longer than the papers."""

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

judgements = Table(
    "judgements",
    metadata,
    Column("filing", String, ForeignKey("filings.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("day", String, nullable=False),
    Column("point", String),
    Column("municipality", String),
    Column("kind", String, nullable=False),
    Column("provider", String),
    Column("form", String),
    Column("edition", String),
    Column("language", String),
    Column("verdict", String, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("attachments", Integer),
    Column("eservice", Boolean),
    Column("findings", String),
)
"""One row for each time a filing was judged: what rules and figures may know of it. Outlives the purge (`facts`)."""

decisions = Table(
    "decisions",
    metadata,
    Column("filing", String, ForeignKey("filings.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("day", String, nullable=False),
    Column("provider", String),
    Column("unit", String),
    Column("rule", String),
    Column("words", String),
    Column("version", String),
    Column("priority", String),
    Column("by_hand", Boolean, nullable=False),
)
"""One row for each time it was decided where a filing goes; `provider` is null where a person must choose."""

places = Table(
    "places",
    metadata,
    Column("place", String, primary_key=True),
    Column("host", String, primary_key=True),
    Column("point", String, nullable=False),
    Column("scanners", String, nullable=False),
    Column("seen", String, nullable=False),
)
"""Which machine serves which blob folder and scanners (ids with a blank between), and when it was last at work."""
