"""From an address to an adapter."""

import time
from pathlib import Path

import pytest

from intake.base.errors import WrongUse
from workers.deliver.connect import open_queue, open_store
from workers.deliver.folder import FolderStore
from workers.deliver.s3 import S3Store
from workers.deliver.sqs import MOST_RECEIVES, SqsQueue
from workers.deliver.table import TableQueue


def test_addresses_choose_their_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the settings' contract lists them."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")

    queue = open_queue(f"sqlite:///{tmp_path}/hub/queue.sqlite")
    cloud = open_queue("sqs://vireille")

    assert isinstance(open_store(f"folder:{tmp_path}/hub"), FolderStore)
    assert isinstance(open_store("s3://bucket/some/prefix"), S3Store)
    assert isinstance(queue, TableQueue)
    assert isinstance(cloud, SqsQueue)
    assert cloud._most == MOST_RECEIVES
    queue.close()


def test_what_a_crash_left_in_the_folder_is_swept_when_it_is_opened(tmp_path: Path) -> None:
    """Old scratch goes, also among receipts; young scratch and objects stay."""
    young, old = f".vireille-tmp-{int(time.time())}-put-ab", ".vireille-tmp-1000-put-ab"
    for place in ("vero", "receipts/vero"):
        (tmp_path / place).mkdir(parents=True)
        for name in (young, old, "a.p7m"):
            (tmp_path / place / name).write_bytes(b"x")

    store = open_store(f"folder:{tmp_path}")

    assert list(store.list("")) == ["receipts/vero/a.p7m", "vero/a.p7m"]
    for place in ("vero", "receipts/vero"):
        assert sorted(path.name for path in (tmp_path / place).iterdir() if path.is_file()) == [young, "a.p7m"]


@pytest.mark.parametrize("address", ["", "ftp://x", "folder", "hub"])
def test_other_addresses_are_refused_with_what_would_do(address: str) -> None:
    """The words name the kinds there are."""
    with pytest.raises(WrongUse, match="folder:"):
        open_store(address)
    with pytest.raises(WrongUse, match="sqlite:"):
        open_queue(address)


@pytest.mark.parametrize(
    "key", ["/etc/passwd", "../x/y", "vero/../../x", "vero", "", "vero/.hidden", "a/b/c/d/e", "vero/x\n"]
)
def test_a_key_never_leads_out_of_the_store(tmp_path: Path, key: str) -> None:
    """Whatever a message says."""
    store = FolderStore(tmp_path / "hub")

    for use in (lambda: store.put(key, b"x", "0" * 64), lambda: store.read(key, 1), lambda: store.head(key)):
        with pytest.raises(WrongUse):
            use()
