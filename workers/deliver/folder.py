"""The embedded object store: a folder, durable, for one machine or a trusted share.

An object is a file at its key. Putting is a hard link from a finished scratch file, which fails if the name is taken: a
put-if-absent that no reader sees half.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from intake.base import durable
from intake.base.errors import Denied, NotFound, Untrusted, WrongUse
from workers.deliver.ports import UNFINISHED_SECONDS, Conflict, StoredObject

_KEY = re.compile(r"^[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*){1,3}$")
_CHUNK = 1 << 20


class FolderStore:
    """Objects under `root`."""

    def __init__(self, root: Path) -> None:
        """`root` is made if it is missing."""
        self.root = root

    def sweep(self, now: datetime) -> int:
        """See `Store.sweep`."""
        folders = [self.root, *(path for pattern in ("*", "receipts/*", "notes/*") for path in self.root.glob(pattern))]
        return sum(
            durable.sweep_temps(folder, older_than_seconds=UNFINISHED_SECONDS, now=now.timestamp())
            for folder in folders
            if folder.is_dir()
        )

    def now(self) -> datetime | None:
        """See `Store.now`: the time that the folder's file system gives a file written now, on a share the server's."""
        if not self.root.is_dir():
            return None
        scratch = self.root / f"{durable.TEMP_MARK}{int(time.time())}-clock-{secrets.token_hex(4)}"
        try:
            durable.write(scratch, b"")
            return datetime.fromtimestamp(scratch.stat().st_mtime, UTC)
        except (Denied, OSError):
            return None
        finally:
            durable.discard(scratch)

    def put(self, key: str, source: Path | bytes, sha256: str) -> Literal["stored", "already"]:
        """See `Store.put`."""
        target = self._path(key)
        if not target.exists():
            durable.make_folder(target.parent)
            if _put_new(target, source):
                return "stored"
        if self.sha256(key) != sha256:
            raise Conflict("another object lies under this key in the store; a person must look")
        return "already"

    def replace(self, key: str, content: bytes) -> None:
        """See `Store.replace`."""
        target = self._path(key)
        durable.make_folder(target.parent)
        durable.write(target, content)

    def get(self, key: str, target: Path) -> str:
        """See `Store.get`."""
        digest = hashlib.sha256()
        path = self._found(key)

        def passed() -> Iterator[bytes]:
            for chunk in _chunks(path):
                digest.update(chunk)
                yield chunk

        durable.write(target, passed())
        return digest.hexdigest()

    def read(self, key: str, most: int) -> bytes:
        """See `Store.read`."""
        path = self._found(key)
        if path.stat().st_size > most:
            raise Untrusted(f"an object in the store is larger than {most} bytes")
        return b"".join(_chunks(path))

    def sha256(self, key: str) -> str:
        """See `Store.sha256`."""
        digest = hashlib.sha256()
        for chunk in _chunks(self._found(key)):
            digest.update(chunk)
        return digest.hexdigest()

    def head(self, key: str) -> StoredObject | None:
        """See `Store.head`."""
        path = self._path(key)
        return StoredObject(path.stat().st_size, None) if path.is_file() else None

    def list(self, prefix: str) -> Iterator[str]:
        """See `Store.list`."""
        folder = self.root / prefix.rpartition("/")[0]
        found = (path.relative_to(self.root).as_posix() for path in folder.rglob("*") if path.is_file())
        return iter(sorted(key for key in found if key.startswith(prefix) and durable.TEMP_MARK not in key))

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise WrongUse("not a key for the store")
        return self.root / key

    def _found(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise NotFound("no such object in the store")
        return path


def _put_new(target: Path, source: Path | bytes) -> bool:
    """Whether `target` was made; False if the name is taken (E-03), perhaps by ourselves before a crash."""
    scratch = target.with_name(f"{durable.TEMP_MARK}{int(time.time())}-put-{secrets.token_hex(4)}")
    try:
        durable.write(scratch, _chunks(source))
        target.hardlink_to(scratch)  # the commit point: fails if the name is taken
        durable.sync_folder(target.parent)
        return True
    except FileExistsError:
        return False
    except OSError as error:
        raise durable.translate(error, "cannot link an object in the store's folder") from error
    finally:
        durable.remove(scratch)


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    try:
        with source.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except FileNotFoundError as error:
        raise NotFound("no such object in the store") from error
    except OSError as error:
        raise durable.translate(error, "cannot read an object") from error
