"""From an address to an adapter."""

import sqlite3
from pathlib import Path

import pytest

from intake.base.errors import NotFound, WrongUse
from workers.deliver.connect import open_queue, open_store
from workers.deliver.folder import FolderStore
from workers.deliver.s3 import S3Store
from workers.deliver.sqs import MOST_RECEIVES, SqsQueue
from workers.deliver.table import TableQueue


def test_addresses_choose_their_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the settings' contract lists them."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")

    (tmp_path / "hub").mkdir()
    queue = open_queue(f"sqlite:///{tmp_path}/hub/queue.sqlite", create=True)
    cloud = open_queue("sqs://vireille")

    assert isinstance(open_store(f"folder:{tmp_path}/hub"), FolderStore)
    assert isinstance(open_store("s3://bucket/some/prefix"), S3Store)
    assert isinstance(queue, TableQueue)
    assert isinstance(cloud, SqsQueue)
    assert cloud._most == MOST_RECEIVES
    queue.close()


@pytest.mark.parametrize("address", ["", "ftp://x", "folder", "hub"])
def test_other_addresses_are_refused_with_what_would_do(address: str) -> None:
    """The words name the kinds there are."""
    with pytest.raises(WrongUse, match="folder:"):
        open_store(address)
    with pytest.raises(WrongUse, match="sqlite:"):
        open_queue(address)


@pytest.mark.parametrize("address", ["hub/quue.db", "hbu/queue.db"])
def test_who_only_looks_into_a_queue_makes_none(tmp_path: Path, address: str) -> None:
    """A mistyped file or folder is told with its path, and nothing appears there."""
    (tmp_path / "hub").mkdir()

    with pytest.raises(NotFound, match=f"no queue at .*{address}"):
        open_queue(f"sqlite:///{tmp_path}/{address}")

    assert [path.name for path in tmp_path.rglob("*")] == ["hub"]


def test_a_database_without_a_queue_is_told(tmp_path: Path) -> None:
    """Such as the ledger's file in place of the queue's: it gets no table by being looked at."""
    file = tmp_path / "ledger.db"
    sqlite3.connect(file).execute("CREATE TABLE other (x)").connection.close()

    with pytest.raises(NotFound, match=r"no queue in .*ledger\.db"):
        open_queue(f"sqlite:///{file}")

    tables = sqlite3.connect(file).execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("other",)]


def test_what_sends_makes_its_queue_only_in_a_folder_that_is_there(tmp_path: Path) -> None:
    """A share that is not mounted gets no queue of its own on the local disk."""
    with pytest.raises(NotFound, match="is the share there"):
        open_queue(f"sqlite:///{tmp_path}/share/queue.db", create=True)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "key", ["/etc/passwd", "../x/y", "vero/../../x", "vero", "", "vero/.hidden", "a/b/c/d/e", "vero/x\n"]
)
def test_a_key_never_leads_out_of_the_store(tmp_path: Path, key: str) -> None:
    """Whatever a message says."""
    store = FolderStore(tmp_path / "hub")

    for use in (lambda: store.put(key, b"x", "0" * 64), lambda: store.read(key, 1), lambda: store.head(key)):
        with pytest.raises(WrongUse):
            use()
