"""The publisher's side: make the next package of a channel and put it into the store.

Promises that a package is proved before it is signed, that a version is never published twice with different bytes,
and that parts the folder leaves out are those of the version before, so that every version is whole by itself.
"""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from intake.base import durable
from intake.base.clock import Clock
from intake.base.errors import Untrusted, WrongUse
from intake.base.settings import Settings, with_folders
from intake.base.taken import PARTS
from routing_rules.providers import load_providers
from workers.deliver.ports import Store
from workers.publish.contents import MOST_VERSION, Contents, gathered
from workers.publish.package import Opened, contents_of, key_of, make_package, open_package, version_of
from workers.publish.prove import prove, require_proof
from workers.seal.keys import Identity
from workers.seal.pins import pinned_twice
from workers.seal.zip import FromFile, measure


@dataclass(frozen=True, slots=True)
class Publisher:
    """The signer, with the store and the channel to publish to."""

    store: Store
    channel: str
    identity: Identity
    cas: tuple[x509.Certificate, ...]
    """The CA that points pin; it issued the signing certificate."""
    clock: Clock


@dataclass(frozen=True, slots=True)
class Published:
    """The package that lies in the store now."""

    contents: Contents
    key: str
    new: bool
    """False: the newest version holds exactly this already; nothing was done."""


def publish(publisher: Publisher, folder: Path, settings: Settings, *, whole: bool = False) -> Published:
    """Prove `folder` with its parts (`rules/`, `providers/`, `forms/`, `matters/`), sign it, put it into the store.

    `settings` say against which further folders it is proved (a point's that shall take it). `whole`: parts that the
    folder leaves out are left out. May be repeated. Raises CheckFailed, WrongUse, Unsealable, Conflict, Away, Denied.
    """
    with scratch_folder(folder.absolute().parent) as scratch:
        made = whole_set(publisher, folder, scratch, whole=whole)
        if not made.new:
            return Published(made.contents, key_of(publisher.channel, made.contents.version), new=False)
        require_good(publisher, made, settings)
        return _put(publisher, gathered(made.root), made.contents, scratch)


@dataclass(frozen=True, slots=True)
class Made:
    """A set as it would be signed, unpacked under `root`; not `new`: the newest version holds exactly this already."""

    root: Path
    contents: Contents
    new: bool


def whole_set(publisher: Publisher, folder: Path, scratch: Path, *, whole: bool) -> Made:
    """Copy `folder` into `scratch`, with the parts that it leaves out from the version before, unless `whole`."""
    newest = _newest(publisher, scratch)
    root = scratch / "set"
    _copy(folder, root)
    if newest is not None and not whole:
        for part in PARTS:
            if (newest.root / part).is_dir() and not (root / part).is_dir():
                shutil.copytree(newest.root / part, root / part)
    contents = contents_of(gathered(root), publisher.channel, newest.contents.version + 1 if newest else 1)
    if newest is not None and newest.contents.files == contents.files:
        return Made(root, newest.contents, new=False)
    return Made(root, contents, new=True)


def require_good(publisher: Publisher, made: Made, settings: Settings) -> None:
    """Raises CheckFailed for what no set may hold, and for what a new one may not."""
    problems = prove(settings, with_folders(settings, made.root, "package"), made.root, clock=publisher.clock)
    if not problems and (made.root / "providers").is_dir():
        problems = list(pinned_twice(load_providers(made.root / "providers").values()))
    require_proof(problems, "the package")


def _copy(folder: Path, root: Path) -> None:
    """First a copy, then the proof: what is signed is what was proved, whoever edits the folder meanwhile."""
    for name, path in gathered(folder).items():
        durable.make_folder((root / name).parent)
        durable.write(root / name, FromFile(path).chunks())


def _put(publisher: Publisher, files: dict[str, Path], contents: Contents, scratch: Path) -> Published:
    key = key_of(publisher.channel, contents.version)
    while publisher.store.head(key) is not None:  # something that is no package of ours lies there; it stays
        contents = contents.model_copy(update={"version": contents.version + 1})
        if contents.version > MOST_VERSION:
            raise WrongUse("no version is left in this channel; choose another channel")
        key = key_of(publisher.channel, contents.version)
    package = scratch / "package"
    durable.write(package, make_package(files, contents, publisher.identity, at=publisher.clock.now()))
    publisher.store.put(key, package, measure(package.name, FromFile(package)).sha256)
    return Published(contents, key, new=True)


def _newest(publisher: Publisher, scratch: Path) -> Opened | None:
    store, channel = publisher.store, publisher.channel
    for version in versions(store, channel):
        try:
            return fetch(store, channel, version, publisher.cas, root=scratch / "newest", clock=publisher.clock)
        except Untrusted:
            continue
    return None


def versions(store: Store, channel: str) -> list[int]:
    """The versions that the store says it has, newest first. Raises Away, Denied."""
    found = {version_of(key) for key in store.list(f"updates/{channel}/")}
    return sorted((version for version in found if version), reverse=True)


def fetch(
    store: Store, channel: str, version: int, cas: tuple[x509.Certificate, ...], *, root: Path, clock: Clock
) -> Opened:
    """Fetch one package, check it and unpack it into the new folder `root`; on any error `root` is gone.

    Raises Untrusted, NotFound, Away, Denied, DiskFull.
    """
    package = root.with_name(f"{root.name}.asics")
    try:
        store.get(key_of(channel, version), package)
        opened = open_package(package, cas, root, now=clock.now())
        _lies_right(opened.contents, channel, version)
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise
    finally:
        durable.remove(package)
    return opened


def _lies_right(contents: Contents, channel: str, version: int) -> None:
    """A true package of another channel, or an old one under a new number, is not what was asked for."""
    if (contents.channel, contents.version) != (channel, version):
        raise Untrusted("the package is for another channel or version than it lies under")


@contextmanager
def scratch_folder(beside: Path) -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = beside / f"{durable.TEMP_MARK}publish-{secrets.token_hex(4)}"
    durable.make_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
