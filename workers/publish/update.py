"""The point's side: take the newest package that the pinned publisher signed, or go back to the set before.

Promises that a set is used only whole, verified and proved (I-06); that no older or equal version is taken (no rollback
but by a person's word); that the set before is kept; and that whatever fails leaves the point as it was.
"""

import secrets
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from intake.base import durable
from intake.base.clock import Clock, iso
from intake.base.errors import BadFile, NotFound, Untrusted, WrongUse
from intake.base.log import logger
from intake.base.settings import Settings, Updates, with_folders, with_set
from intake.base.taken import CONTENTS, Kept, Taken, read_taken, write_taken
from workers.deliver.ports import Store
from workers.publish.contents import differing, from_json
from workers.publish.package import Opened
from workers.publish.prove import prove, require_proof
from workers.publish.publish import fetch, versions
from workers.seal import keys


@dataclass(frozen=True, slots=True)
class Updating:
    """A point that takes packages."""

    own: Settings
    """The point's settings as written, without any taken set."""
    store: Store
    clock: Clock
    needed: Collection[str] = ()
    """Providers that filings on their way belong to."""

    @property
    def folder(self) -> Path:
        """The folder of taken sets."""
        return self.own.updates_folder


@dataclass(frozen=True, slots=True)
class Update:
    """The result of an update."""

    now: Kept | None
    """In use afterwards; None: the point's own folders."""
    newer: tuple[int, ...]
    """With `check`: versions newer than any ever taken, as the store claims, newest first."""
    distrusted: tuple[tuple[int, str], ...] = ()
    """Versions in the store that do not verify, and why; they are not used."""
    took: bool = False
    problems: tuple[str, ...] = ()
    """Why a set that was gone back to would not be taken today."""


def update(point: Updating, *, check: bool = False) -> Update:
    """Take the newest package that verifies, unless there is none newer than ever taken.

    `check`: only look. Raises Untrusted if there are newer ones and none of them verifies, CheckFailed if the newest
    that verifies would make something wrong here, BadFile (the pin), Away, Denied, DiskFull.
    """
    agreed = _agreed(point.own)
    cas = pinned(agreed)
    durable.make_folder(point.folder)
    with durable.locked(point.folder, alone=True):
        taken = read_taken(point.folder) or Taken()
        newer = _newer(point, agreed, taken)
        if check or not newer:
            return Update(taken.now, newer)
        _sweep(point.folder, taken)
        opened, distrusted = _first_that_verifies(point, agreed.channel, newer, cas)
        try:
            kept = _proved(point, opened)
        finally:
            shutil.rmtree(opened.root, ignore_errors=True)
        _use(point, taken, kept)
        return Update(kept, (), distrusted, took=True)


def back(point: Updating) -> Update:
    """Return to the set before; what was left is not taken again. Raises WrongUse if there is none, CheckFailed.

    A set that an earlier release took and this one would not comes back, and its problems are told.
    """
    with durable.locked(_existing(point.folder), alone=True):
        taken = read_taken(point.folder)
        if taken is None or taken.now is None:
            raise WrongUse("no update was taken here; there is nothing to go back to")
        before = taken.before
        after = with_set(point.own, before) if before else point.own
        root = point.folder / (before.folder if before else "own")
        problems = prove(point.own, after, root, clock=point.clock, needed=point.needed)
        if problems:
            left = prove(point.own, after, root, clock=point.clock, needed=point.needed, was_in_use=True)
            require_proof(left, "the set before")
        write_taken(point.folder, Taken(now=before, before=None, highest=taken.highest))
        logger().info("set_back", code=before.name if before else "own")
        return Update(before, (), took=True, problems=tuple(problems))


def damage(settings: Settings) -> str | None:
    """The damage of the set in use as it lies on the disk; None if there is none. Raises BadFile."""
    taken = read_taken(settings.updates_folder)
    return _damage(settings.updates_folder, taken.now) if taken and taken.now else None


def pinned(agreed: Updates) -> tuple[x509.Certificate, ...]:
    """The publisher's CA. Raises BadFile if the file holds another certificate than the settings pin."""
    certificate = keys.load_certificate(agreed.publisher)
    if keys.fingerprint(certificate) != agreed.fingerprint:
        raise BadFile(agreed.publisher, "is not the certificate that [updates] fingerprint pins; two people must agree")
    return (certificate,)


def _agreed(settings: Settings) -> Updates:
    if settings.updates is None:
        raise WrongUse(
            f"{settings.file}: write an [updates] table with publisher and fingerprint; see the operator's guide"
        )
    return settings.updates


def _newer(point: Updating, agreed: Updates, taken: Taken) -> tuple[int, ...]:
    """Versions worth fetching; a set that is damaged on the disk may be taken again, nothing else up to the highest."""
    highest = taken.highest.get(agreed.channel, 0)
    damaged = taken.now and taken.now.channel == agreed.channel and _damage(point.folder, taken.now)
    again = taken.now.version if taken.now and damaged else None
    return tuple(version for version in versions(point.store, agreed.channel) if version > highest or version == again)


def _first_that_verifies(
    point: Updating, channel: str, newer: tuple[int, ...], cas: tuple[x509.Certificate, ...]
) -> tuple[Opened, tuple[tuple[int, str], ...]]:
    distrusted: list[tuple[int, str]] = []
    for version in newer:
        scratch = point.folder / f"{durable.TEMP_MARK}{int(point.clock.now().timestamp())}-{secrets.token_hex(4)}"
        try:
            return fetch(point.store, channel, version, cas, root=scratch, clock=point.clock), tuple(distrusted)
        except (Untrusted, NotFound) as error:
            distrusted.append((version, error.message))
            logger().warning("package_distrusted", code=error.code, count=version)
    version, why = distrusted[0]
    raise Untrusted(f"{channel}-{version} is not used: {why}")


def _proved(point: Updating, opened: Opened) -> Kept:
    """Prove the unpacked set and give it its folder; nothing points at it yet."""
    contents = opened.contents
    folder = f"{contents.version:08d}-{secrets.token_hex(4)}"
    kept = Kept(channel=contents.channel, version=contents.version, folder=folder, signed=iso(opened.signed.at))
    after = with_folders(point.own, opened.root, kept.name)
    require_proof(prove(point.own, after, opened.root, clock=point.clock, needed=point.needed), kept.name)
    durable.move(opened.root, point.folder / folder)
    return kept


def _use(point: Updating, taken: Taken, kept: Kept) -> None:
    same = taken.now is not None and taken.now.name == kept.name
    highest = {**taken.highest, kept.channel: max(kept.version, taken.highest.get(kept.channel, 0))}
    write_taken(point.folder, Taken(now=kept, before=taken.before if same else taken.now, highest=highest))
    logger().info("set_taken", code=kept.name)


def _sweep(folder: Path, taken: Taken) -> None:
    """Remove what a crash left and sets older than the one before; a running point has read what it needs of them."""
    needed = {kept.folder for kept in (taken.now, taken.before) if kept}
    for path in folder.iterdir():
        if path.is_dir() and path.name not in needed:
            shutil.rmtree(path, ignore_errors=True)


def _damage(folder: Path, kept: Kept) -> str | None:
    root = folder / kept.folder
    try:
        contents = from_json((root / CONTENTS).read_bytes())
    except (OSError, Untrusted):
        return f"{kept.name} is gone or altered on the disk; take it anew with 'vireille update'"
    name = differing(root, contents.files)
    return f"{kept.name}: {name} is altered on the disk; take it anew with 'vireille update'" if name else None


def _existing(folder: Path) -> Path:
    durable.make_folder(folder)
    return folder
