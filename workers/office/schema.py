"""The tables of the office's page. What is personal is sealed before it comes here."""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table

OPEN = "open"
metadata = MetaData()
filings = Table(
    "office_filings",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("bundle", String(32), nullable=False, unique=True),
    Column("unit", String),
    Column("point", String, nullable=False),
    Column("form", String),
    Column("edition", String),
    Column("language", String),
    Column("verdict", String),
    Column("urgent", Integer, nullable=False),
    Column("handed_over", String, nullable=False),
    Column("received", String, nullable=False),
    Column("due", String),
    Column("turn", String, nullable=False),  # urgent ones first, then what is due, then the oldest
    Column("state", String, nullable=False),  # open, accepted, returned, forwarded, elsewhere
    Column("since", String, nullable=False),
    Column("claimed_by", String),
    Column("reason", String),
    Column("who", LargeBinary),
    Column("content", LargeBinary),
    Index("office_by_turn", "state", "turn"),
    Index("office_by_clerk", "claimed_by", "state", "turn"),
    Index("office_by_end", "since"),
)
"""`who` (name and code) and `content` (bundle.json and the blobs) are sealed; both are gone after the end."""
events = Table(
    "office_events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("bundle", String(32), nullable=False, index=True),
    Column("at", String, nullable=False),
    Column("what", String, nullable=False),
    Column("by", String, nullable=False),
    Column("content", LargeBinary),
)
"""What clerks did; a correction's field and values are sealed."""
