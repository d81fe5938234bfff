"""Takes one private copy of a settled file, by descriptor, without touching the original.

Every check is on the open descriptor, which was opened without following a link and without blocking (B-16, B-17). The
state of the file is compared before and after the copy; a file that changed is left where it is (B-03). An advisory
lock on the descriptor keeps two services of this machine from taking it at once (B-11); on a share, where a lock could
hit the scanner itself, the ledger's key is what keeps it single.

A device that appends pages by incremental update leaves the earlier PDF, byte for byte, as the beginning of the later
one; that beginning ended at a `%%EOF`. So the copy is hashed up to each such place and the ledger asked for it (F1b).
"""

import errno
import fcntl
import hashlib
import mmap
import os
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from intake.base import durable
from intake.base.clock import Clock
from intake.base.errors import Away, NotWhole, Refused
from scanners.folder import Folder, Identity
from scanners.settle import Content
from scanners.sweep import Entry
from scanners.whole import Whole, judge

WRITER_LIMIT_SECONDS = 24 * 3600.0
"""A copy that takes longer gives up, so that what is older than `CLEANER_AGE_SECONDS` has no writer (A-15)."""
CLEANER_AGE_SECONDS = 36 * 3600.0
_STEP = 1 << 20
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NO_FILE = {errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EISDIR}
_END_OF_PDF = b"%%EOF"
_SPACES = b"\r\n\t\x0c "
_MOST_SPACES = 4
_MOST_ENDS = 128
_NOT_NOW = {errno.EBUSY, errno.ETXTBSY, errno.EAGAIN, errno.EINTR, errno.ENOENT}


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A scanner's file, open for reading, locked where that is possible, and known to be a plain file of its own."""

    descriptor: int
    identity: Identity


@dataclass(frozen=True, slots=True)
class Copied:
    """A private copy: `size` bytes of an open file, from `start` on."""

    file: BinaryIO
    start: int
    size: int
    sha256: str

    @property
    def path(self) -> Path:
        """Where this process can read the file while it is open."""
        return Path(f"/proc/{os.getpid()}/fd/{self.file.fileno()}")


@contextmanager
def holding(folder: Folder, entry: Entry, *, lock: bool) -> Iterator[OpenFile]:
    """Open what `entry` names, with all checks on the descriptor.

    Raises Refused `not_a_file` or `unreadable`; NotWhole if it changed, is busy, gone, or another service has it; Away.
    """
    descriptor = _open(folder, entry)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            raise Refused("not_a_file")
        if Identity.of(status) != entry.identity:
            raise NotWhole("it changed since it was listed")
        if lock:
            _lock(descriptor)
        now = folder.look(entry.name, entry.side)
        if now is None or now.st_ino != entry.identity.inode:  # the other service was faster
            raise NotWhole("it is no longer there")
        yield OpenFile(descriptor, entry.identity)
    except OSError as error:
        raise durable.translate(error, "cannot read a scanner's file") from error
    finally:
        os.close(descriptor)


def _open(folder: Folder, entry: Entry) -> int:
    try:
        return os.open(entry.name, _OPEN, dir_fd=folder.at(entry.side))
    except OSError as error:
        if error.errno in _NO_FILE:
            raise Refused("not_a_file") from error
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise Refused("unreadable") from error
        if error.errno in _NOT_NOW:
            raise NotWhole("it cannot be opened now") from error
        raise durable.translate(error, "cannot open a scanner's file") from error


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise NotWhole("another service is taking it") from error
    except OSError:
        return  # a file system without locks: the ledger's key alone keeps it single


def look_into(held: OpenFile, *, largest_bytes: int, local: bool) -> Content:
    """Examine the bytes; a file that is larger than allowed is not read. Raises OSError as the system does."""
    size = held.identity.size
    if local and has_writer(held.descriptor):
        return Content.OPEN
    if size == 0:
        return Content.EMPTY
    if size > largest_bytes:
        return Content.TOO_LARGE
    said = judge(held.descriptor, size)
    if said is Whole.FILLED:
        return Content.FILLED_CLOSED if local else Content.FILLED
    if said is not Whole.NO:
        return Content.WHOLE
    return Content.UNFINISHED_CLOSED if local else Content.UNFINISHED


def has_writer(descriptor: int) -> bool:
    """Whether some process of this machine has the file open for writing, as far as the file system can tell.

    Asks for a read lease, which the kernel grants only without writers, and gives it back at once. Its break signal
    is set to one that is ignored by default, in case a writer comes in between.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def open_nameless(folder: Path, clock: Clock) -> BinaryIO:
    """A file on the disk of `folder` that nobody else can open; nothing of it outlives this process (M1).

    Raises DiskFull, TooManyOpen, Denied or Away.
    """
    path = folder / f"{durable.TEMP_MARK}{int(clock.now().timestamp())}-{os.getpid()}-{os.urandom(8).hex()}"
    file = durable.open_new(path)
    durable.discard(path)
    return file


def copy(held: OpenFile, *, into: BinaryIO, clock: Clock) -> Copied:
    """A private copy behind what the file `into` holds, with its SHA-256. Not synced: the receiver syncs.

    Raises NotWhole if the scanner's file changed meanwhile, DiskFull, Denied or Away.
    """
    digest = hashlib.sha256()
    start = into.seek(-into.seek(0, os.SEEK_END) % mmap.ALLOCATIONGRANULARITY, os.SEEK_CUR)
    for chunk in _chunks(held, digest, clock):
        _write(into, chunk)
    _check_unchanged(held)
    return Copied(into, start, held.identity.size, digest.hexdigest())


def content_of(held: OpenFile) -> bytes:
    """All bytes as they are now. Raises NotWhole if the file became shorter, OSError as the system does."""
    content = os.pread(held.descriptor, held.identity.size, 0)
    if len(content) < held.identity.size:
        raise NotWhole("it became shorter while it was read")
    return content


def _check_unchanged(held: OpenFile) -> None:
    if Identity.of(os.fstat(held.descriptor)) != held.identity:  # B-03
        raise NotWhole("it changed while it was copied")


def _write(file: BinaryIO, chunk: bytes) -> None:
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:  # our disk, not the scanner's
        with suppress(OSError):
            file.close()
        raise durable.translate(error, "cannot write in the work folder") from error


def _chunks(held: OpenFile, digest: "hashlib._Hash", clock: Clock) -> Iterator[bytes]:
    started = clock.monotonic()
    offset = 0
    while offset < held.identity.size:
        if clock.monotonic() - started > WRITER_LIMIT_SECONDS:
            raise Away("copying took a whole day; it is tried again")
        try:
            chunk = os.pread(held.descriptor, min(_STEP, held.identity.size - offset), offset)
        except OSError as error:
            raise durable.translate(error, "cannot read a scanner's file") from error
        if not chunk:
            raise NotWhole("it became shorter while it was copied")
        digest.update(chunk)
        offset += len(chunk)
        yield chunk


def grows_from(copied: Copied, knows: Callable[[str], bool]) -> str | None:
    """The SHA-256 of the longest earlier file that the copy, if it is a PDF, begins with, or None (B-23).

    `knows` tells whether a file with that hash was taken.
    """
    descriptor, start, size = copied.file.fileno(), copied.start, copied.size
    if os.pread(descriptor, min(5, size), start) != b"%PDF-":
        return None
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ, offset=start) as data:
        hashes = _hashes_up_to(data, _earlier_ends(data)[-_MOST_ENDS:])
    return next((found for found in reversed(hashes) if knows(found)), None)


def _earlier_ends(data: mmap.mmap) -> list[int]:
    """Find where an earlier version may have ended, ascending; the end of the file itself is left out."""
    ends = []
    at = data.find(_END_OF_PDF)
    while 0 <= at < (following := data.find(_END_OF_PDF, at + 1)):
        end = at + len(_END_OF_PDF)
        ends.append(end)
        while end < following and data[end] in _SPACES and end - at - len(_END_OF_PDF) < _MOST_SPACES:
            end += 1
            ends.append(end)
        at = following
    return ends


def _hashes_up_to(data: mmap.mmap, ends: list[int]) -> list[str]:
    """The SHA-256 of the data up to each of `ends`, in one pass."""
    digest = hashlib.sha256()
    hashes = []
    position = 0
    with memoryview(data) as view:
        for end in ends:
            with view[position:end] as part:
                digest.update(part)
            hashes.append(digest.hexdigest())
            position = end
    return hashes
