"""The only place that writes, renames, syncs or removes files that matter.

Promises: a reader sees the whole file or none; what returned is on disk, folder entry included; a failed fsync ends
the process at once, since a second fsync may succeed falsely and the ledger must not build on it. A full disk is
told as `DiskFull` and leaves nothing behind.
"""

import errno
import fcntl
import os
import re
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from intake.base.errors import Away, Denied, DiskFull, NotFound, Stale, TooManyOpen, VireilleError

TEMP_MARK = ".vireille-tmp-"
_LIBRARIES = re.compile(r"(tmp|tess_)[a-z0-9_]{8}.*")
"""Names that Python's tempfile gives, and gave to the pages that earlier releases handed to Tesseract."""
FSYNC_FAILED_EXIT = 74  # EX_IOERR of sysexits.h
_FULL = {errno.ENOSPC, errno.EDQUOT}
_TOO_MANY_OPEN = {errno.EMFILE, errno.ENFILE}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


def translate(error: OSError, what: str) -> VireilleError:
    """Our error for an operating system error met while doing `what` (which must name no citizen's file)."""
    reason = os.strerror(error.errno) if error.errno else "unknown"
    if error.errno in _FULL:
        return DiskFull(f"{what}: {reason}; free some space, work goes on by itself")
    if error.errno in _TOO_MANY_OPEN:
        return TooManyOpen(f"{what}: {reason}; allow more (ulimit -n, LimitNOFILE), or work goes on as some are closed")
    if error.errno in _DENIED:
        return Denied(f"{what}: {reason}; check owner and mode")
    return Away(f"{what}: {reason}; it is tried again")


def _fsync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError:  # never retried, never survived
        os._exit(FSYNC_FAILED_EXIT)


def end_if_unsynced(error: BaseException | None) -> None:
    """A-05: end the process if `error` is SQLite's word for a failed fsync, as after one of our own."""
    if getattr(error, "sqlite_errorname", "") in {"SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC"}:
        os._exit(FSYNC_FAILED_EXIT)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """Create `folder` and its parents, each one's name durable."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode)
    try:
        folder.mkdir(mode=mode, exist_ok=True)
    except OSError as error:
        raise translate(error, f"cannot create {folder}") from error
    sync_folder(folder.parent)


def make_private_folder(folder: Path) -> None:
    """Create `folder` unless it is there. Raises Denied unless it is a folder of this user's alone."""
    make_folder(folder)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise Denied(f"{folder} is not this user's alone (anybody could read pages there); remove it and start again")


def make_private(files: Iterable[Path]) -> None:
    """Take from everybody else what rights they have to these files."""
    for file in files:
        file.chmod(0o600)


def write(path: Path, chunks: Iterable[bytes] | bytes, *, mode: int = 0o600) -> None:
    """Write `path` whole or not at all: temp beside it, fsync, rename (the commit point, A-04), fsync of the folder.

    Raises DiskFull, Denied or Away; the temp file is gone then.
    """
    temp = path.with_name(f"{TEMP_MARK}{int(time.time())}-{os.getpid()}-{os.urandom(4).hex()}")
    try:
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in (chunks,) if isinstance(chunks, bytes) else chunks:
                    file.write(chunk)
                file.flush()
                _fsync(file.fileno())
            os.rename(temp, path)
        except BaseException:
            temp.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise translate(error, f"cannot write in {path.parent}") from error
    sync_folder(path.parent)


def check_writable(folder: Path) -> None:
    """Make and remove a scratch file in `folder`. Raises Denied (read-only, no permission), DiskFull or Away."""
    probe = folder / f"{TEMP_MARK}{int(time.time())}-{os.getpid()}-probe"
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        probe.unlink()
    except OSError as error:
        raise translate(error, f"cannot write in {folder}") from error


def open_new(path: Path, *, mode: int = 0o600) -> BinaryIO:
    """A new file open for writing, for scratch work that nobody points at yet. Raises DiskFull, Denied or Away."""
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode), "w+b")
    except OSError as error:
        raise translate(error, f"cannot write in {path.parent}") from error


def publish(temp: Path, path: Path) -> None:
    """Give a finished scratch file its name: fsync, rename, fsync of the folder."""
    try:
        with temp.open("rb") as file:
            _fsync(file.fileno())
        os.rename(temp, path)
    except OSError as error:
        raise translate(error, f"cannot write in {path.parent}") from error
    sync_folder(path.parent)


def move(source: Path, target: Path) -> None:
    """Rename within one file system, durable on both sides. Raises Denied or Away."""
    try:
        os.rename(source, target)
    except OSError as error:
        raise translate(error, f"cannot move a file within {source.parent}") from error
    sync_folder(target.parent)
    if source.parent != target.parent:
        sync_folder(source.parent)


def remove(path: Path) -> None:
    """Remove a file if it is there; its absence is durable."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise translate(error, f"cannot remove a file in {path.parent}") from error
    if path.parent.is_dir():
        sync_folder(path.parent)


def discard(path: Path) -> None:
    """Remove a scratch file that nobody points at, if it is there; not synced, a leftover is swept by its age."""
    path.unlink(missing_ok=True)


def move_at(name: str, target: str, *, folder: int, target_folder: int) -> None:
    """Rename between two open folders of one file system, by descriptor, so that no swapped link can lead elsewhere.

    Not synced: for shares, where a folder may not be syncable; who calls it finds an undone rename and does it again.
    Raises NotFound if it is gone, Denied or Away.
    """
    try:
        os.rename(name, target, src_dir_fd=folder, dst_dir_fd=target_folder)
    except FileNotFoundError as error:
        raise NotFound("the file is no longer there") from error
    except OSError as error:
        raise translate(error, "cannot move a file aside") from error


def remove_at(name: str, *, folder: int) -> None:
    """Remove a file of an open folder if it is there. Not synced, as `move_at`. Raises Denied or Away."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise translate(error, "cannot remove a file") from error


def make_folder_at(name: str, *, folder: int, mode: int = 0o700) -> None:
    """Create a folder in an open folder unless something of that name is there. Raises Denied or Away."""
    try:
        os.mkdir(name, mode, dir_fd=folder)
    except FileExistsError:
        return
    except OSError as error:
        raise translate(error, "cannot create a folder") from error


def create_at(name: str, data: bytes, *, folder: int, mode: int = 0o644) -> None:
    """Create a small file in an open folder unless something of that name is there. Raises DiskFull, Denied or Away."""
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except FileExistsError:
        return
    except OSError as error:
        raise translate(error, "cannot create a file") from error


def sweep_temps(folder: Path, *, older_than_seconds: float, now: float) -> int:
    """Remove scratch files whose start time (in their name) is too old for any live writer (A-15); returns how many."""
    gone = 0
    for path in folder.glob(f"{TEMP_MARK}*"):
        started = path.name.removeprefix(TEMP_MARK).split("-", 1)[0]
        if started.isdigit() and now - int(started) > older_than_seconds:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def sweep_scratch(folder: Path, *, older_than_seconds: float, now: float) -> int:
    """Remove what a killed process's libraries left in a scratch folder, by its last change; returns how many."""
    gone = 0
    for path in folder.iterdir():
        if not _LIBRARIES.fullmatch(path.name) or now - path.lstat().st_mtime <= older_than_seconds:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        gone += 1
    return gone


@contextmanager
def memory_file(chunks: Iterable[bytes] | bytes) -> Iterator[Path]:
    """A file that never touches a disk (F-09), readable under the returned path while the context lasts.

    The path belongs to this process; hand the open file, not the path, to another one.
    """
    descriptor = os.memfd_create("vireille", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            for chunk in (chunks,) if isinstance(chunks, bytes) else chunks:
                file.write(chunk)
        yield Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    finally:
        os.close(descriptor)


def note(path: Path, text: str) -> None:
    """Overwrite a small file of fixed length in place, unsynced: a hint that may be outdated after a power cut.

    For what may be too old without harm, never for what must be true. Raises DiskFull, Denied or Away.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, text.encode(), 0)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise translate(error, f"cannot write in {path.parent}") from error


@contextmanager
def locked(folder: Path, *, alone: bool, wait: bool = True) -> Iterator[None]:
    """Hold a lock on `folder` that all our processes heed, until they end; without `wait` Stale if another has it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise Stale(f"{folder}: another process is at work there") from error
        yield
    finally:
        os.close(descriptor)


def touch(path: Path) -> None:
    """Make a file that is there look new, so that no sweep of old ones takes it."""
    try:
        os.utime(path)
    except OSError as error:
        raise translate(error, f"cannot touch a file in {path.parent}") from error


def free_bytes(folder: Path) -> int:
    """Room left for us on the disk of `folder`. Raises Away."""
    try:
        status = os.statvfs(folder)
    except OSError as error:
        raise translate(error, f"cannot look at the disk of {folder}") from error
    return status.f_bavail * status.f_frsize
