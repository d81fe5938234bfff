"""A ZIP of stored entries whose every byte is known before the first is written.

Why not `zipfile`: it seeks back to patch headers (so plaintext would have to lie on the disk before it is encrypted),
or it writes data descriptors, which ASiC readers do not expect on `mimetype`. Here sizes and checksums are measured
first, so the archive's length is known and it streams straight into the cipher. Reading stays with `zipfile`.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from intake.base.durable import translate
from intake.base.errors import Damaged, WrongUse

CHUNK = 1 << 20
_DATE = 0x0021  # 1980-01-01, the first date a ZIP can say
_MOST = 0xFFFFFFFF
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END = struct.Struct("<4sHHHHLLH")
LOCAL_BYTES, CENTRAL_BYTES, END_BYTES = _LOCAL.size, _CENTRAL.size, _END.size
"""What each entry takes besides its name and content, before it and in the directory; and the directory's end."""
_MODE = 0o100600 << 16  # regular file, owner only


class Source(Protocol):
    """Bytes that can be read more than once."""

    def chunks(self) -> Iterator[bytes]:
        """All bytes, from the start."""


@dataclass(frozen=True, slots=True)
class FromBytes:
    """A source in memory."""

    data: bytes

    def chunks(self) -> Iterator[bytes]:
        """All bytes at once."""
        yield self.data


@dataclass(frozen=True, slots=True)
class FromFile:
    """A source on disk."""

    path: Path

    def chunks(self) -> Iterator[bytes]:
        """The file in pieces. Raises Away or Denied."""
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except OSError as error:
            raise translate(error, "cannot read a stored file while sealing") from error


def source_of(given: Path | bytes | Source) -> Source:
    """`given` as a source."""
    if isinstance(given, bytes):
        return FromBytes(given)
    return FromFile(given) if isinstance(given, Path) else given


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive, measured."""

    name: str
    source: Source
    size: int
    crc32: int
    sha256: str

    def chunks(self) -> Iterator[bytes]:
        """The content. Raises Damaged if the source no longer gives what was measured."""
        size, crc = 0, 0
        for chunk in self.source.chunks():
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
            yield chunk
        if (size, crc) != (self.size, self.crc32):
            raise Damaged("a stored file changed while it was being sealed; run 'vireille verify'")


def measure(name: str, source: Source) -> Entry:
    """Read `source` once for its size and checksums."""
    size, crc, digest = 0, 0, hashlib.sha256()
    for chunk in source.chunks():
        size, crc = size + len(chunk), zlib.crc32(chunk, crc)
        digest.update(chunk)
    if size > _MOST:
        raise WrongUse("a file of 4 GB or more cannot be sealed")
    return Entry(name, source, size, crc, digest.hexdigest())


@dataclass(frozen=True, slots=True)
class Archive:
    """Entries in order; is itself a source."""

    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Length of the whole archive."""
        names = sum(len(entry.name) for entry in self.entries)
        content = sum(entry.size for entry in self.entries)
        return content + len(self.entries) * (_LOCAL.size + _CENTRAL.size) + 2 * names + _END.size

    def chunks(self) -> Iterator[bytes]:
        """The archive, the same bytes every time."""
        if self.size > _MOST:
            raise WrongUse("an archive of 4 GB or more cannot be sealed")
        offset, directory = 0, b""
        for entry in self.entries:
            name = entry.name.encode("ascii")
            facts = (0, 0, 0, _DATE, entry.crc32, entry.size, entry.size, len(name), 0)
            yield _LOCAL.pack(b"PK\x03\x04", 10, *facts) + name
            yield from entry.chunks()
            directory += _CENTRAL.pack(b"PK\x01\x02", 3 << 8 | 10, 10, *facts, 0, 0, 0, _MODE, offset) + name
            offset += _LOCAL.size + len(name) + entry.size
        count = len(self.entries)
        yield directory + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), offset, 0)
