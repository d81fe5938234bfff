"""The middle and the inner layer: ASiC-S around `filing.zip`, written and read as BUNDLE.md says.

Writing measures first and streams. Reading gives nothing away that is not listed, signed and right.
"""

import contextlib
import errno
import hashlib
import io
import struct
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from intake.base import durable
from intake.base.errors import Untrusted
from workers.seal import manifest as manifests
from workers.seal.manifest import Manifest, SealedFile
from workers.seal.zip import CENTRAL_BYTES, CHUNK, END_BYTES, LOCAL_BYTES, Archive, Entry, FromBytes, measure

MIMETYPE = b"application/vnd.etsi.asic-s+zip"
FILING = "filing.zip"
SIGNATURE = "META-INF/signature.p7s"
_ENTRIES = ("mimetype", FILING, SIGNATURE)
_MOST_SIGNATURE = 1_000_000


def container(filing: Entry, signature: bytes) -> Archive:
    """The ASiC-S archive around a measured `filing.zip`."""
    return Archive((measure("mimetype", FromBytes(MIMETYPE)), filing, measure(SIGNATURE, FromBytes(signature))))


@contextlib.contextmanager
def _translated(problem: str) -> Iterator[None]:
    """K-11: what `zipfile` raises for bytes it cannot follow is a refusal; what a disk raises stays the disk's."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EINVAL:  # EINVAL: a place before the file's start, taken from the archive
            raise durable.translate(error, "cannot read the bundle's container") from error
        raise Untrusted(problem, code="malformed") from error
    except (zipfile.BadZipFile, struct.error, ValueError, EOFError, NotImplementedError, OverflowError) as error:
        raise Untrusted(problem, code="malformed") from error


def _is_exact(infos: Sequence[zipfile.ZipInfo], size: int) -> bool:
    """Whether the archive is its entries and its directory: nothing before, between, after or in names (F-01)."""
    place = 0
    for info in infos:
        if info.header_offset != place or info.orig_filename != info.filename or info.extra or info.comment:
            return False
        place += LOCAL_BYTES + len(info.filename) + info.file_size
    return place + sum(CENTRAL_BYTES + len(info.filename) for info in infos) + END_BYTES == size


class OpenedZip:
    """A ZIP open for reading that has only stored, uniquely and plainly named entries, and no byte besides."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises Untrusted for anything else."""
        with _translated("the bundle's container is not a ZIP"):
            self._zip = zipfile.ZipFile(file)
            infos = self._zip.infolist()
        self.sizes = {info.filename: info.file_size for info in infos}
        plain = all(
            info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size and not info.flag_bits
            for info in infos
        )
        if not plain or len(self.sizes) != len(infos):
            raise Untrusted("the bundle's container has compressed, locked or repeated entries", code="malformed")
        if not _is_exact(infos, file.seek(0, io.SEEK_END)):
            raise Untrusted("the bundle's container has bytes that belong to no entry", code="malformed")

    @property
    def names(self) -> tuple[str, ...]:
        """Entry names in order."""
        return tuple(self.sizes)

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of one entry. Raises Untrusted if it is damaged."""
        with _translated("an entry of the bundle's container is damaged"):
            entry = self._zip.open(name)
        with entry:
            while True:
                with _translated("an entry of the bundle's container is damaged"):
                    chunk = entry.read(CHUNK)
                if not chunk:
                    return
                yield chunk

    def small(self, name: str, most: int) -> bytes:
        """The content of one small entry. Raises Untrusted if it is larger than `most` bytes."""
        if self.sizes[name] > most:
            raise Untrusted(f"{name} in the bundle is too large", code="malformed")
        return b"".join(self.chunks(name))


def take_apart(asics: BinaryIO, filing: Path) -> tuple[bytes, bytes]:
    """Copy `filing.zip` out of an ASiC-S container into the new file `filing`.

    Returns its SHA-256 and the signature, not yet checked. Raises Untrusted unless there are exactly the three entries.
    """
    opened = OpenedZip(asics)
    if opened.names != _ENTRIES or opened.small("mimetype", 100) != MIMETYPE:
        raise Untrusted("the bundle is not an ASiC-S container with one filing.zip", code="malformed")
    digest = hashlib.sha256()
    with durable.open_new(filing) as copy:
        for chunk in opened.chunks(FILING):
            digest.update(chunk)
            copy.write(chunk)
    return digest.digest(), opened.small(SIGNATURE, _MOST_SIGNATURE)


def read_manifest(opened: OpenedZip) -> Manifest:
    """`bundle.json` of an opened `filing.zip`. Raises Untrusted: missing, malformed, or other entries than it lists."""
    if opened.names[:1] != (manifests.NAME,):
        raise Untrusted("the bundle has no bundle.json in first place", code="malformed")
    manifest = manifests.from_json(opened.small(manifests.NAME, manifests.MOST_BYTES))
    if sorted(opened.names[1:]) != sorted(manifest.files):
        raise Untrusted("the bundle's files are not those that bundle.json lists", code="altered")
    return manifest


def unpack(opened: OpenedZip, manifest: Manifest, folder: Path) -> None:
    """Write all files of an opened `filing.zip` into the existing `folder`. Raises Untrusted if one differs."""
    durable.make_folder(folder / "original")
    for name, expected in manifest.files.items():
        durable.write(folder / name, _checked(opened.chunks(name), expected))
    durable.write(folder / manifests.NAME, opened.small(manifests.NAME, manifests.MOST_BYTES))


def _checked(chunks: Iterator[bytes], expected: SealedFile) -> Iterator[bytes]:
    size, digest = 0, hashlib.sha256()
    for chunk in chunks:
        size += len(chunk)
        digest.update(chunk)
        yield chunk
    if size != expected.bytes or digest.hexdigest() != expected.sha256:
        raise Untrusted("a file in the bundle is not the one that bundle.json lists", code="altered")
