"""Blobs and the vault: A-04, A-05, A-06, A-08, A-10, F-09."""

import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from intake.base import durable
from intake.base.errors import Away, BadFile, Damaged, NotHere, NotWhole
from workers.ledger import Blobs, Vault, load_vault, new_vault_key
from workers.ledger.blobs import CHUNK

SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7]


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """An empty store."""
    return Blobs(tmp_path / "blobs", Vault(b"k" * 32))


def stored(blobs: Blobs, sha256: str) -> Path:
    """Where a blob lies."""
    return blobs.folder / sha256[:2] / sha256


@pytest.mark.parametrize("size", SIZES)
def test_what_is_kept_comes_back(blobs: Blobs, size: int, tmp_path: Path) -> None:
    """Bytes of any length come back the same, from memory and from a file."""
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)

    sha256 = blobs.put(content)

    assert sha256 == hashlib.sha256(content).hexdigest() == blobs.put_file(tmp_path / "file")
    assert blobs.read(sha256) == content
    with blobs.as_file(sha256) as path:
        assert path.read_bytes() == content
    assert list(blobs.names()) == [sha256]


@pytest.mark.parametrize("size", SIZES)
def test_a_10_any_changed_cut_or_added_byte_is_damage(blobs: Blobs, size: int) -> None:
    """Whatever happens to the stored bytes, nothing wrong is ever read."""
    content = os.urandom(size)
    sha256 = blobs.put(content)
    good = stored(blobs, sha256).read_bytes()
    places = {0, 7, 8, 20, 24, len(good) - 1, len(good) // 2, len(good) // 3}

    wrong = [bytes(byte ^ 0xFF if at == place else byte for at, byte in enumerate(good)) for place in places]
    wrong += [good[:cut] for cut in (0, 5, 24, len(good) - 1, len(good) - 16, 24 + CHUNK + 16)]
    wrong += [good + b"x", good + good[24:], good[:24] + good[24 + CHUNK + 16 :]]
    for bad in wrong:
        if bad == good:
            continue
        stored(blobs, sha256).write_bytes(bad)
        with pytest.raises(Damaged):
            blobs.read(sha256)
        assert not blobs.intact(sha256)


def test_a_10_chunks_of_two_blobs_cannot_be_mixed(blobs: Blobs) -> None:
    """A blob under another's name, or with a chunk of another, is damage."""
    one, other = blobs.put(b"a" * 3 * CHUNK), blobs.put(b"b" * 3 * CHUNK)
    mine, theirs = stored(blobs, one).read_bytes(), stored(blobs, other).read_bytes()
    middle = slice(24 + CHUNK + 16, 24 + 2 * (CHUNK + 16))

    for bad in (theirs, mine[: middle.start] + theirs[middle] + mine[middle.stop :]):
        stored(blobs, one).write_bytes(bad)
        with pytest.raises(Damaged):
            blobs.read(one)


def test_a_10_a_damaged_blob_is_healed_by_the_same_bytes(blobs: Blobs) -> None:
    """When the paper is scanned again, or taken again from the side folder, the store is whole again."""
    sha256 = blobs.put(b"paper")
    stored(blobs, sha256).write_bytes(b"rot")

    blobs.put(b"paper")

    assert blobs.read(sha256) == b"paper"


def test_a_blob_that_is_not_there_is_waited_for(blobs: Blobs) -> None:
    """Missing is told apart from damaged: another machine of the same ledger may have it."""
    with pytest.raises(NotHere) as caught:
        blobs.read("0" * 64)
    assert caught.value.transient
    with pytest.raises(NotHere), blobs.as_file("0" * 64):
        pass


def test_b_03_a_file_that_changes_while_it_is_kept_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    """The bytes that were hashed and the bytes that were kept must be the same."""
    passes = iter([[b"paper"], [b"another"]])

    with pytest.raises(NotWhole):
        blobs.put_pieces(lambda: next(passes))
    assert list(blobs.names()) == []
    assert [path for path in blobs.folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.ENFILE, errno.EMFILE])
def test_a_06_a_full_disk_leaves_nothing_behind(blobs: Blobs, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room, or too many open files, is told as such, can be tried again, and leaves no scratch file."""

    def full(*_: object, **__: object) -> object:
        raise OSError(number, "full")

    with monkeypatch.context() as broken:
        broken.setattr(durable.os, "rename", full)
        with pytest.raises(Away) as raised:
            blobs.put(b"paper")
    assert raised.value.transient
    is_full = number in {errno.ENOSPC, errno.EDQUOT}
    assert raised.value.code == ("disk_full" if is_full else "too_many_open")
    assert ("free some space" in raised.value.message) is is_full
    assert [path for path in blobs.folder.rglob("*") if path.is_file()] == []
    assert blobs.read(blobs.put(b"paper")) == b"paper"


def test_a_read_error_is_passing_trouble(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that does not answer is not damage: nothing is judged on it."""
    sha256 = blobs.put(b"paper")

    def fails(*_: object, **__: object) -> object:
        raise OSError(errno.EIO, "no answer")

    monkeypatch.setattr(Path, "open", fails)
    with pytest.raises(Away):
        blobs.read(sha256)


def test_a_08_no_descriptor_is_left_open(blobs: Blobs) -> None:
    """A thousand papers cost no descriptor."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(1000):
        sha256 = blobs.put(b"%d" % (number % 50))
        with blobs.as_file(sha256):
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before


class Recorder:
    """Notes every sync, rename and new folder in order, by path."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, str]] = []
        self._patch = patch
        self._wrap("fsync", lambda descriptor: str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        self._wrap("rename", lambda _, target: str(target))
        make = Path.mkdir

        def mkdir(path: Path, *words: object, **named: object) -> None:
            make(path, *words, **named)
            self.calls.append(("mkdir", str(path)))

        patch.setattr(Path, "mkdir", mkdir)

    def _wrap(self, name: str, path_of: Callable[..., str]) -> None:
        real = getattr(os, name)

        def noted(*words: object) -> object:
            path = path_of(*words)
            answer = real(*words)
            self.calls.append((name, path))
            return answer

        self._patch.setattr(durable.os, name, noted)

    def is_durable(self, path: Path) -> bool:
        """Whether a power cut now would leave `path` whole and reachable from its store's folder."""
        renamed = self.calls.index(("rename", str(path)))
        data = any(call[0] == "fsync" and durable.TEMP_MARK in call[1] for call in self.calls[:renamed])
        named = ("fsync", str(path.parent)) in self.calls[renamed:]
        made = [at for at, call in enumerate(self.calls) if call == ("mkdir", str(path.parent))]
        reached = all(("fsync", str(path.parent.parent)) in self.calls[at:] for at in made)
        return data and named and reached


def test_a_04_bytes_and_names_are_durable_before_the_ledger_knows(
    tmp_path: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When put returns, a power cut can take neither the bytes nor any folder entry that leads to them."""
    recorder = Recorder(monkeypatch)

    sha256 = blobs.put(b"paper")

    assert recorder.is_durable(stored(blobs, sha256))


def test_a_04_a_blob_left_by_a_crash_is_made_durable_when_it_is_met(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renamed blob whose folder was not synced before a kill is synced by the next put of the same bytes."""
    sha256 = blobs.put(b"paper")
    recorder = Recorder(monkeypatch)

    blobs.put(b"paper")

    assert ("fsync", str(stored(blobs, sha256).parent)) in recorder.calls


def test_a_05_a_failed_sync_ends_the_process(tmp_path: Path) -> None:
    """After fsync said no, nothing more is written and nothing is acknowledged."""
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom intake.base import durable\n"
        "from workers.ledger import Blobs, Vault\n"
        "blobs = Blobs(Path(sys.argv[1]), Vault(b'k' * 32))\n"
        "def fails(_):\n    raise OSError(5, 'no')\n"
        "durable.os.fsync = fails\nblobs.put(b'paper')\nprint('acknowledged')\n"
    )

    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "b")], capture_output=True, timeout=60)

    assert (done.returncode, done.stdout) == (durable.FSYNC_FAILED_EXIT, b"")
    assert list((tmp_path / "b").glob("??/[0-9a-f]*")) == []


def test_the_vault_key_is_made_once_and_kept_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is never overwritten, never shown, and refused when others may read it."""
    monkeypatch.delenv("VIREILLE_VAULT_KEY_FILE", raising=False)
    path = tmp_path / "keys" / "vault.key"
    new_vault_key(path)
    vault = load_vault(path)
    sealed = vault.seal({"a": "ä"}, context="row/1")

    assert load_vault(path).unseal(sealed, context="row/1") == {"a": "ä"}
    assert path.read_text("ascii").strip() not in repr(vault)
    with pytest.raises(BadFile):
        new_vault_key(path)
    with pytest.raises(Damaged):
        vault.unseal(sealed, context="row/2")
    path.chmod(0o644)
    with pytest.raises(BadFile, match="chmod 600"):
        load_vault(path)
    with pytest.raises(BadFile, match="no vault key"):
        load_vault(tmp_path / "none")
    (tmp_path / "bad").write_text("xyz", "ascii")
    (tmp_path / "bad").chmod(0o600)
    monkeypatch.setenv("VIREILLE_VAULT_KEY_FILE", str(tmp_path / "bad"))
    with pytest.raises(BadFile, match="64 hex digits"):
        load_vault(path)


def test_f_07_no_nonce_repeats(blobs: Blobs) -> None:
    """Sealing the same content again never gives the same bytes."""
    vault = Vault(b"k" * 32)
    seen = {vault.seal({"a": 1}, context="x")[:12] for _ in range(2000)}
    assert len(seen) == 2000
