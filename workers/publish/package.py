"""Write and read one signed package, as PACKAGE.md says: ASiC-S around `package.zip`, signed by a publisher.

Promises that nothing of a package is given away before its signature, its channel and every byte of it were checked.
"""

import errno
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from cryptography import x509

from intake.base import durable
from intake.base.errors import Untrusted
from intake.base.taken import CONTENTS
from workers.publish.contents import Contents, from_json, to_json
from workers.seal.container import MIMETYPE, SIGNATURE, OpenedZip, container
from workers.seal.keys import Identity
from workers.seal.manifest import SealedFile
from workers.seal.signature import Signed, sign_detached, verify_detached
from workers.seal.zip import Archive, FromBytes, FromFile, measure

PACKAGE = "package.zip"
SUFFIX = ".asics"
MOST_PACKAGE_BYTES = 220_000_000
_MOST_CONTENTS = 2_000_000
_MOST_SIGNATURE = 1_000_000
_BROKEN = (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError)


def key_of(channel: str, version: int) -> str:
    """The key of a package in the store."""
    return f"updates/{channel}/{version:08d}{SUFFIX}"


def version_of(key: str) -> int | None:
    """The version a key in the store claims; None for anything else that lies there."""
    name = key.rpartition("/")[2].removesuffix(SUFFIX)
    return int(name) if key.endswith(SUFFIX) and len(name) == 8 and name.isascii() and name.isdigit() else None


@dataclass(frozen=True, slots=True)
class Opened:
    """A package whose signature and bytes were checked; its files lie under `root`."""

    contents: Contents
    signed: Signed
    root: Path


def contents_of(files: Mapping[str, Path], channel: str, version: int) -> Contents:
    """The text of `package.json` for these files."""
    listed = {}
    for name, path in files.items():
        entry = measure(name, FromFile(path))
        listed[name] = SealedFile(sha256=entry.sha256, bytes=entry.size)
    return Contents(channel=channel, version=version, files=listed)


def make_package(
    files: Mapping[str, Path], contents: Contents, publisher: Identity, *, at: datetime
) -> Iterator[bytes]:
    """The signed package in pieces; `package.zip` inside is the same bytes for the same files. Raises Unsealable."""
    entries = [measure(CONTENTS, FromBytes(to_json(contents)))]
    entries += [measure(name, FromFile(files[name])) for name in contents.files]
    inner = measure(PACKAGE, Archive(tuple(entries)))
    return container(inner, sign_detached(bytes.fromhex(inner.sha256), publisher, at=at)).chunks()


def open_package(untrusted: Path, cas: tuple[x509.Certificate, ...], root: Path, *, now: datetime) -> Opened:
    """Check the package in the file `untrusted` and unpack it into the new folder `root`. Raises Untrusted.

    `root` must not be believed unless this returns; who called removes it otherwise.
    """
    if untrusted.stat().st_size > MOST_PACKAGE_BYTES:
        raise Untrusted(f"the package is larger than {MOST_PACKAGE_BYTES} bytes")
    durable.make_folder(root)
    scratch = root / PACKAGE
    try:
        signed = _checked_container(untrusted, scratch, cas, now)
        with scratch.open("rb") as file:
            contents = _unpack(file, root)
    except _BROKEN as error:
        raise Untrusted("the package is not a whole ZIP; it is not used") from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # zipfile seeks to where an altered directory says, before the file's start
            raise Untrusted("the package is not a whole ZIP; it is not used") from error
        raise durable.translate(error, "cannot read the package") from error
    durable.remove(scratch)
    return Opened(contents, signed, root)


def _checked_container(untrusted: Path, inner: Path, cas: tuple[x509.Certificate, ...], now: datetime) -> Signed:
    with untrusted.open("rb") as file:
        opened = OpenedZip(file)
        if opened.names != ("mimetype", PACKAGE, SIGNATURE) or opened.small("mimetype", 100) != MIMETYPE:
            raise Untrusted("the package is not an ASiC-S container with one package.zip")
        signature = opened.small(SIGNATURE, _MOST_SIGNATURE)
        durable.write(inner, opened.chunks(PACKAGE))
    entry = measure(PACKAGE, FromFile(inner))
    try:
        signed = verify_detached(signature, bytes.fromhex(entry.sha256), cas, now=now)
    except Untrusted as error:
        problem = f"the package is not as the pinned publisher signed it ({error.message})"
        raise Untrusted(problem, code="publisher") from error
    written = container(entry, signature)
    whole = measure(untrusted.name, FromFile(untrusted))
    if whole.sha256 != measure(untrusted.name, written).sha256:  # bytes that no layer signs may not vary either
        raise Untrusted("the package is not written as PACKAGE.md says")
    return signed


def _unpack(file: IO[bytes], root: Path) -> Contents:
    opened = OpenedZip(file)  # type: ignore[arg-type]  # an open file is a BinaryIO
    if opened.names[:1] != (CONTENTS,):
        raise Untrusted("the package has no package.json in first place")
    said = opened.small(CONTENTS, _MOST_CONTENTS)
    contents = from_json(said)
    if opened.names[1:] != tuple(sorted(contents.files)):
        raise Untrusted("the package's files are not those that package.json lists")
    for name, listed in contents.files.items():
        target = root / name
        durable.make_folder(target.parent)
        if opened.sizes[name] != listed.bytes:
            raise Untrusted("a file in the package is not the one that package.json lists")
        durable.write(target, opened.chunks(name))
        if measure(name, FromFile(target)).sha256 != listed.sha256:
            raise Untrusted("a file in the package is not the one that package.json lists")
    durable.write(root / CONTENTS, said)
    return contents
