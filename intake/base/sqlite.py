"""SQLite's journal as we want it, also where several processes open a new database in the same moment."""

import sqlite3

from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential

WAIT_SECONDS = 10.0
"""How long one waits for another process to leave the database."""


def _locked(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


@retry(
    retry=retry_if_exception(_locked),
    wait=wait_random_exponential(multiplier=0.01, max=0.5),
    stop=stop_after_delay(WAIT_SECONDS),
    reraise=True,
)
def write_ahead(connection: sqlite3.Connection) -> str:
    """Change to the write-ahead journal; returns the mode that the database then has.

    For this change SQLite itself does not wait, whatever its timeout (https://sqlite.org/c3ref/busy_handler.html).
    Raises sqlite3.OperationalError when another process keeps the database for longer than `WAIT_SECONDS`.
    """
    return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])
