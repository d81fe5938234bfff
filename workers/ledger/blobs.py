"""Keeps bytes by their SHA-256, encrypted on disk, checked on every read.

`data/blobs/ab/<sha256>`: a header, then chunks of 64 KiB sealed with AES-256-GCM under a key of its own, derived from
the vault, a random salt and the hash. Cutting, swapping, repeating or changing chunks raises `Damaged` (A-10);
so is a blob put under another's name. A blob exists before any row points to it, and is removed after none does.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intake.base import durable
from intake.base.errors import Damaged, NotHere, NotWhole
from intake.base.ids import new_id
from workers.ledger.vault import Vault

CHUNK = 64 * 1024
MARK = "place"
"""A file beside the blobs with the folder's mark."""
_MAGIC = b"VRBLOB1\n"
_SALT_BYTES = 16
_TAG_BYTES = 16


class Blobs:
    """The point's blob store under one folder."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        """`folder`: usually `data/blobs`; made if it is not there."""
        self.folder = folder
        self._vault = vault
        durable.make_folder(folder)

    def place(self) -> str:
        """The folder's mark, made once: names it wherever it is mounted, and no other. Moves with the bytes."""
        file = self.folder / MARK
        if not file.exists():
            with durable.locked(self.folder, alone=True):  # another process of ours may make it at the same time
                if not file.exists():
                    durable.write(file, f"{new_id()}\n".encode())
        mark = file.read_text("ascii", errors="replace").strip()
        if not mark.isalnum():
            raise Damaged(f"{file}: holds no mark; remove it, and the point makes a new one")
        return mark

    def put(self, content: bytes) -> str:
        """Keep `content`; returns its SHA-256, durable. Raises DiskFull, Denied or Away."""
        sha256 = hashlib.sha256(content).hexdigest()
        pieces = [content[at : at + CHUNK] for at in range(0, len(content), CHUNK)]
        self._write(sha256, pieces)
        return sha256

    def put_file(self, path: Path) -> str:
        """Keep the bytes of `path`; returns their SHA-256, durable.

        Raises NotWhole if the file changes meanwhile; DiskFull, Denied or Away.
        """

        def read() -> Iterator[bytes]:
            with path.open("rb") as file:
                yield from iter(partial(file.read, CHUNK), b"")

        return self.put_pieces(read)

    def put_pieces(self, read: Callable[[], Iterable[bytes]]) -> str:
        """Like `put_file`, from `read`, which is called twice: the same pieces each time, of at most `CHUNK`."""
        seen = hashlib.sha256()
        try:
            for piece in read():
                seen.update(piece)
            sha256 = seen.hexdigest()
            self._write(sha256, read())
        except OSError as error:
            raise durable.translate(error, "cannot read a file that is to be kept") from error
        return sha256

    def _write(self, sha256: str, pieces: Iterable[bytes]) -> None:
        path = self._path(sha256)
        with durable.locked(self.folder, alone=False):  # no sweep between the look and the touch
            if self.intact(sha256):
                durable.touch(path)
                durable.sync_folder(path.parent)  # it may have been renamed a moment before a crash
                return
        durable.make_folder(path.parent)
        durable.write(path, self._sealed(sha256, pieces))

    def _sealed(self, sha256: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The stored form, piece by piece. Raises NotWhole at the end if the pieces are not what was hashed."""
        salt = secrets.token_bytes(_SALT_BYTES)
        cipher, associated = self._cipher(sha256, salt), bytes.fromhex(sha256)
        seen = hashlib.sha256()
        yield _MAGIC + salt
        waiting: bytes = b""
        number = 0
        for piece in pieces:
            seen.update(piece)
            if number or waiting:
                yield cipher.encrypt(_nonce(number - 1, last=False), waiting, associated)
            waiting = piece
            number += 1
        yield cipher.encrypt(_nonce(max(number - 1, 0), last=True), waiting, associated)
        if seen.hexdigest() != sha256:  # B-03: nothing of it is kept
            raise NotWhole("a file changed while it was being kept")

    def _cipher(self, sha256: str, salt: bytes) -> AESGCM:
        return AESGCM(self._vault.derive(f"blob/{sha256}", salt=salt))

    def read(self, sha256: str) -> bytes:
        """The bytes. Raises NotHere, or Damaged if they are not exactly what was kept."""
        return b"".join(self.pieces(sha256))

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """The bytes in pieces of at most `CHUNK`; the hash of the whole is checked before the last piece is given."""
        try:
            with self._path(sha256).open("rb") as file:
                yield from self._opened(sha256, file)
        except FileNotFoundError as error:
            raise NotHere("a paper's bytes are not in this machine's blob folder; they are waited for") from error
        except OSError as error:
            raise durable.translate(error, "cannot read a blob") from error

    def _opened(self, sha256: str, file: BinaryIO) -> Iterator[bytes]:
        head = file.read(len(_MAGIC) + _SALT_BYTES)
        if not head.startswith(_MAGIC) or len(head) != len(_MAGIC) + _SALT_BYTES:
            raise _damaged()
        cipher, seen = self._cipher(sha256, head[len(_MAGIC) :]), hashlib.sha256()
        number, sealed = 0, file.read(CHUNK + _TAG_BYTES)
        while True:
            following = file.read(CHUNK + _TAG_BYTES)
            try:
                piece = cipher.decrypt(_nonce(number, last=not following), sealed, bytes.fromhex(sha256))
            except (InvalidTag, ValueError) as error:
                raise _damaged() from error
            seen.update(piece)
            if not following:
                break
            yield piece
            number, sealed = number + 1, following
        if seen.hexdigest() != sha256:
            raise _damaged()
        yield piece

    @contextmanager
    def as_file(self, sha256: str) -> Iterator[Path]:
        """The bytes as a file in memory, never on a disk, for this process and the time of the context.

        Raises NotHere or Damaged before the path is given.
        """
        with durable.memory_file(self.pieces(sha256)) as path:
            yield path

    def intact(self, sha256: str) -> bool:
        """Whether the blob is there and is exactly what was kept."""
        try:
            for _ in self.pieces(sha256):
                pass
        except (NotHere, Damaged):
            return False
        return True

    def has(self, sha256: str) -> bool:
        """Whether a blob of that name is there; not whether it is intact."""
        return self._path(sha256).is_file()

    def remove_old(self, sha256: str, *, now: float, older_than: float) -> bool:
        """Remove a blob that no row points to, unless it was kept (again) in the last `older_than` seconds.

        `now` in seconds since 1970. Returns whether it was removed.
        """
        with durable.locked(self.folder, alone=True):
            if not self.has(sha256) or self.age_seconds(sha256, now) <= older_than:
                return False
            durable.remove(self._path(sha256))
            return True

    def names(self) -> Iterator[str]:
        """All blobs that are there."""
        for folder in self.folders():  # one by one: there may be a hundred thousand
            for name in sorted(path.name for path in folder.iterdir()):
                if not name.startswith(durable.TEMP_MARK):
                    yield name

    def age_seconds(self, sha256: str, now: float) -> float:
        """Seconds from the blob's writing to `now` (seconds since 1970)."""
        try:
            return now - self._path(sha256).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def folders(self) -> Iterator[Path]:
        """The folders that hold blobs and scratch files."""
        yield from (path for path in sorted(self.folder.iterdir()) if path.is_dir())

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256


def _nonce(number: int, *, last: bool) -> bytes:
    """Counts the chunks and marks the last, so that none can be left out, moved or repeated."""
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _damaged() -> Damaged:
    return Damaged("a stored blob is not what was kept; run 'vireille verify' and restore it from a backup")
