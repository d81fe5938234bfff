"""What every object store does, whichever service is behind it."""

import hashlib
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intake.base.errors import NotFound, Untrusted
from workers.deliver.ports import Conflict, Store

KEY = "vero/" + "a" * 32 + ".p7m"


def sha(data: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def test_what_was_put_is_got_back(store: Store, tmp_path: Path) -> None:
    """By file, by bytes, by hash and by size."""
    source = tmp_path / "source"
    source.write_bytes(b"sealed" * 1000)

    assert store.put(KEY, source, sha(source.read_bytes())) == "stored"

    assert store.get(KEY, tmp_path / "target") == sha(source.read_bytes())
    assert (tmp_path / "target").read_bytes() == source.read_bytes()
    assert store.read(KEY, 10_000) == source.read_bytes()
    assert store.sha256(KEY) == sha(source.read_bytes())
    held = store.head(KEY)
    assert held is not None
    assert held.bytes == 6000


def test_putting_the_same_twice_changes_nothing(store: Store) -> None:
    """E-03: the answer to the first may have been lost."""
    assert store.put(KEY, b"one", sha(b"one")) == "stored"
    assert store.put(KEY, b"one", sha(b"one")) == "already"


def test_other_bytes_under_a_taken_key_are_refused_and_the_first_stay(store: Store) -> None:
    """E-04: never overwritten."""
    store.put(KEY, b"one", sha(b"one"))

    with pytest.raises(Conflict):
        store.put(KEY, b"two", sha(b"two"))
    assert store.read(KEY, 10) == b"one"


def test_a_note_is_replaced_whole(store: Store) -> None:
    """A point's health lies at one key and is the newest; a bundle beside it stays as it was put."""
    store.put(KEY, b"one", sha(b"one"))

    for said in (b"a longer first word", b"second"):
        store.replace("notes/saarijarvi/health.p7s", said)

    assert store.read("notes/saarijarvi/health.p7s", 100) == b"second"
    assert list(store.list("notes/")) == ["notes/saarijarvi/health.p7s"]
    assert store.read(KEY, 10) == b"one"


def test_of_many_writers_at_once_exactly_one_wins(store: Store) -> None:
    """E-05: a race leaves one whole object; the others are told."""
    bodies = [f"writer {number}".encode() * 50 for number in range(6)]
    outcomes: list[str] = []

    def write(body: bytes) -> None:
        try:
            outcomes.append(store.put(KEY, body, sha(body)))
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=write, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["conflict"] * 5 + ["stored"]
    assert store.read(KEY, 10_000) in bodies


def test_a_large_object_goes_in_parts_and_twice_is_once(store: Store, tmp_path: Path) -> None:
    """12 MB, parts of 5 MB where the service has parts."""
    source = tmp_path / "large"
    source.write_bytes(hashlib.sha256(b"seed").digest() * (12 << 15))
    digest = sha(source.read_bytes())

    assert store.put(KEY, source, digest) == "stored"
    assert store.put(KEY, source, digest) == "already"
    assert store.get(KEY, tmp_path / "target") == digest
    with pytest.raises(Conflict):
        store.put(KEY, b"other", sha(b"other"))


def test_what_is_not_there_is_said_so(store: Store, tmp_path: Path) -> None:
    """NotFound for reading, None for looking, nothing for listing; no file is left behind."""
    assert store.head(KEY) is None
    assert list(store.list("vero/")) == []
    for read in (lambda: store.read(KEY, 10), lambda: store.sha256(KEY), lambda: store.get(KEY, tmp_path / "t")):
        with pytest.raises(NotFound):
            read()
    assert not (tmp_path / "t").exists()


def test_a_small_read_does_not_take_a_large_object(store: Store) -> None:
    """A receipt of a gigabyte is not read into memory."""
    store.put(KEY, b"x" * 1000, sha(b"x" * 1000))

    with pytest.raises(Untrusted):
        store.read(KEY, 999)


def test_listing_gives_keys_under_a_prefix_in_order(store: Store) -> None:
    """Bundles and receipts of one provider, not of its neighbours."""
    keys = [f"vero/{digit * 32}.p7m" for digit in "cab"] + ["receipts/vero/1.p7s", "vero-two/1.p7m"]
    for key in keys:
        store.put(key, key.encode(), sha(key.encode()))

    assert list(store.list("vero/")) == sorted(keys[:3])
    assert list(store.list("vero/b")) == [keys[2]]
    assert list(store.list("receipts/")) == ["receipts/vero/1.p7s"]


def test_the_stores_clock_is_told(store: Store) -> None:
    """By the service's answer, or by what the file system writes; nothing is left there."""
    store.put(KEY, b"x", sha(b"x"))

    there = store.now()

    assert there is not None
    assert abs((datetime.now(UTC) - there).total_seconds()) < 60
    assert list(store.list("")) == [KEY]
