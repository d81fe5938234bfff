"""Opening a database: as another process has just made it and not left it yet, and how its server is to treat us."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from intake.base.clock import SystemClock
from intake.base.sqlite import write_ahead
from workers.deliver.table import TableQueue
from workers.ledger import Vault
from workers.ledger.database import Here, connect


def _by_queue(file: Path) -> None:
    TableQueue(f"sqlite:///{file}").close()


def _by_hand(file: Path) -> None:
    connection = sqlite3.connect(file)
    try:
        assert write_ahead(connection) == "wal"
    finally:
        connection.close()


def test_j_02_the_server_does_not_compile_a_ledgers_short_statements(postgres_server: str) -> None:
    """It once took fifty milliseconds for each claim, and a second point hardly helped the first."""
    address, vault = postgres_server % "postgres", Vault(b"k" * 32)
    database = connect(address, clock=SystemClock(), vault=vault, here=Here())

    with database.read() as connection:
        assert connection.execute(text("SHOW jit")).scalar() == "off"
    database.engine.dispose()


@pytest.mark.parametrize("opened", [_by_hand, _by_queue], ids=["journal", "queue"])
def test_two_processes_may_open_a_new_database_at_once(tmp_path: Path, opened: Callable[[Path], None]) -> None:
    """SQLite would give up at once where the first one still writes; the second one waits for it."""
    file = tmp_path / "new.sqlite"
    first = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    first.execute("CREATE TABLE made_by_the_first (n)")
    first.execute("BEGIN IMMEDIATE")
    leaves = threading.Timer(0.1, first.execute, ["COMMIT"])
    leaves.start()
    try:
        opened(file)
    finally:
        leaves.join()
        first.close()
