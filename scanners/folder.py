"""An open drop folder: everything in it is reached through its descriptor, never by path and never through a link.

Promises: a folder that cannot be reached is `Away`, never empty; the name of a file in `.taken` and `.refused` says
when it was moved there and what it was then, so that a restart or another machine knows it again.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from intake.base import durable
from intake.base.errors import Away, Denied, NotFound

MARKER = ".vireille-folder"
TAKEN = ".taken"
"""Originals whose bytes the ledger has; deleted when their time is over."""
REFUSED = ".refused"
"""Originals that were refused without a copy; only a person deletes them."""
_MARKER_TEXT = b"Vireille looks for this file to know that the folder is mounted. Leave it here.\n"
_ASIDE = re.compile(
    r"(?P<id>[0-9a-z]{1,32})\.(?P<moved>[0-9]{1,20})\.(?P<size>-?[0-9]{1,20})\.(?P<mtime>-?[0-9]{1,30})"
    r"\.(?P<sha256>-|[0-9a-f]{64})"
)
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Identity:
    """The file and its state at one moment; a name is no identity (B-04)."""

    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """The identity behind a `stat` result."""
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)

    def key(self, scanner: str) -> str:
        """One arrival's key: the same for every machine that looks at the folder of `scanner`."""
        return f"{scanner}:{self.inode:x}-{self.size:x}-{self.mtime_ns & 0xFFFFFFFFFFFFFFFF:x}"


@dataclass(frozen=True, slots=True)
class AsideName:
    """The name of a file that was moved aside: `id.time.size.mtime.sha256`, all but the id in plain digits."""

    id: str
    moved_at: int
    """Unix seconds."""
    size: int
    mtime_ns: int
    sha256: str | None

    def __str__(self) -> str:
        return f"{self.id}.{self.moved_at}.{self.size}.{self.mtime_ns}.{self.sha256 or '-'}"

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """The parts of a name of ours, or None for anything else."""
        found = _ASIDE.fullmatch(name)
        if found is None:
            return None
        sha256 = None if found["sha256"] == "-" else found["sha256"]
        return cls(found["id"], int(found["moved"]), int(found["size"]), int(found["mtime"]), sha256)

    def fits(self, identity: Identity) -> bool:
        """Whether the file is still what it was when it was moved."""
        return (self.size, self.mtime_ns) == (identity.size, identity.mtime_ns)


class Folder:
    """A drop folder and its two side folders, open by descriptor."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self._sides: dict[str, int] = {}

    def close(self) -> None:
        """Give all descriptors back."""
        for descriptor in (*self._sides.values(), self.descriptor):
            os.close(descriptor)

    def side(self, name: str, *, create: bool = False) -> int | None:
        """The descriptor of `.taken` or `.refused`; None if not there. Raises Denied (a link is there) or Away."""
        if name not in self._sides:
            if create:
                durable.make_folder_at(name, folder=self.descriptor)
            try:
                self._sides[name] = os.open(name, _OPEN_FOLDER | os.O_NOFOLLOW, dir_fd=self.descriptor)
            except FileNotFoundError:
                return None
            except OSError as error:
                if error.errno in {errno.ENOTDIR, errno.ELOOP}:  # B-17: never follow a link out of the folder
                    msg = f"{name} in {self.path} is no folder; remove it"
                    raise Denied(msg) from error
                raise durable.translate(error, f"cannot open {name} in {self.path}") from error
        return self._sides[name]

    def at(self, side: str | None) -> int:
        """The descriptor of the folder itself (None) or of a side folder. Raises NotFound if that is not there."""
        descriptor = self.descriptor if side is None else self.side(side)
        if descriptor is None:
            raise NotFound("the file is no longer there")
        return descriptor

    def look(self, name: str, side: str | None = None) -> os.stat_result | None:
        """The entry under `name` now, links not followed; None if there is none. Raises Away."""
        try:
            return os.stat(name, dir_fd=self.at(side), follow_symlinks=False)
        except (FileNotFoundError, NotFound):
            return None
        except OSError as error:
            raise durable.translate(error, f"cannot look into {self.path}") from error


@contextmanager
def opened(path: Path, *, must_be_marked: bool) -> Iterator[Folder]:
    """The folder at `path`, open. Raises Away: not there, not reachable, or (B-09) its marker file missing; Denied."""
    try:
        descriptor = os.open(path, _OPEN_FOLDER)
    except OSError as error:
        raise durable.translate(error, f"cannot open the scanner's folder {path}") from error
    folder = Folder(path, descriptor)
    try:
        marker = folder.look(MARKER)
        if must_be_marked and (marker is None or not stat.S_ISREG(marker.st_mode)):
            msg = (
                f"{path} has no {MARKER}: the share is not mounted; if it is and this is the right folder, "
                f"create an empty file of that name in it"
            )
            raise Away(msg)
        yield folder
    finally:
        folder.close()


def lay_out(path: Path) -> None:
    """Make `path` a drop folder: create it if need be and put the marker file in. Never overwrites.

    Raises DiskFull, Denied or Away.
    """
    durable.make_folder(path, mode=0o755)
    with opened(path, must_be_marked=False) as folder:
        durable.create_at(MARKER, _MARKER_TEXT, folder=folder.descriptor)


def set_aside(folder: Folder, name: str, aside: AsideName, *, inode: int, side: str | None, to: str) -> AsideName:
    """Move `name` out of the scanner's way, from `side` (None: the folder itself) into the side folder `to`.

    Only if the name still stands for `inode`; what a writer slipped in at the last moment gets a name that does not
    fit it, and so is found again as a new arrival (B-04). Returns the name it got. Raises NotFound, Denied or Away.
    """
    status = folder.look(name, side)
    if status is None or status.st_ino != inode:
        raise NotFound("the file is no longer there")
    target = folder.side(to, create=True)
    if target is None:
        raise Away(f"{to} in {folder.path} cannot be opened; it is tried again")
    durable.move_at(name, str(aside), folder=folder.at(side), target_folder=target)
    moved = folder.look(str(aside), to)
    if moved is not None and moved.st_ino != inode:
        misfit = AsideName(aside.id, aside.moved_at, -1, 0, None)
        durable.move_at(str(aside), str(misfit), folder=target, target_folder=target)
        return misfit
    return aside
