"""Lists what lies in a drop folder now: by descriptor, oldest first and bounded.

Notices are hints; this is what counts (F4). Promises: an error while listing is `Away`, never a shorter list; memory
does not grow with the folder (B-22); names are compared with the profile only, never opened here.
"""

import errno
import heapq
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from intake.base import durable
from intake.base.errors import Away
from scanners.folder import MARKER, Folder, Identity
from scanners.profile import NameKind, Profile

MOST_WATCHED = 4_000
"""So many files are followed at a time; the others wait, youngest last."""
_GONE_AWAY = {errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ECONNRESET, errno.ENODEV}


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder as the last look found it. `name` is untrusted."""

    name: str
    kind: NameKind
    mode: int
    links: int
    identity: Identity
    ctime_ns: int
    side: str | None = None
    """None: in the drop folder itself; else the side folder in which it changed after it was moved there."""

    @classmethod
    def of(cls, name: str, kind: NameKind, status: os.stat_result, side: str | None = None) -> "Entry":
        """The entry behind a `stat` result."""
        if stat.S_ISDIR(status.st_mode):  # the same folder, whatever is put into it
            return cls(name, kind, status.st_mode, 1, Identity(status.st_ino, 0, 0), 0, side)
        return cls(name, kind, status.st_mode, status.st_nlink, Identity.of(status), status.st_ctime_ns, side)

    @property
    def is_plain(self) -> bool:
        """A regular file with no other name: the only thing that is ever opened."""
        return stat.S_ISREG(self.mode) and self.links == 1

    @property
    def place(self) -> tuple[str | None, str]:
        """The path below the folder: the key under which the file is followed."""
        return self.side, self.name


@dataclass(slots=True)
class Sweep:
    """The result of one look at a folder."""

    entries: tuple[Entry, ...] = ()
    """Oldest first by the scanner's clock, at most `most`."""
    waiting: int = 0
    """How many more there are than were listed."""
    errors: int = 0
    """Files that could not be looked at this time."""
    batches: Counter[str] = field(default_factory=Counter)
    """Pages in the folder by batch name, also those beyond `entries`."""
    ended: dict[str, str] = field(default_factory=dict)
    """Batch name > name of its end file."""


def sweep(
    folder: Folder,
    profile: Profile,
    *,
    skip: Callable[[Entry], bool],
    must_be_marked: bool = False,
    most: int = MOST_WATCHED,
) -> Sweep:
    """List `folder` once. `skip` says which entries are already dealt with. Raises Away or Denied."""
    found = Sweep()
    marked = False
    counted = 0

    def candidates() -> Iterator[Entry]:
        nonlocal marked, counted
        for item in scanned:
            marked = marked or item.name == MARKER
            entry = _entry(item, profile, found)
            if entry is not None and not skip(entry):
                counted += 1
                yield entry

    try:
        with os.scandir(folder.descriptor) as scanned:
            oldest = heapq.nsmallest(most, candidates(), key=lambda entry: entry.identity.mtime_ns)
    except OSError as error:  # B-08: half a list is no list
        raise durable.translate(error, f"cannot list the scanner's folder {folder.path}") from error
    if must_be_marked and not marked:  # B-09: unmounted while we looked
        msg = f"{folder.path} lost its {MARKER} while it was listed; it is tried again"
        raise Away(msg)
    found.entries = tuple(oldest)
    found.waiting = counted - len(oldest)
    return found


def _entry(item: os.DirEntry[str], profile: Profile, found: Sweep) -> Entry | None:
    """The entry to follow, or None; notes batch pages and end files by the way."""
    kind = profile.kind_of(item.name)
    if profile.batch is not None and kind is not NameKind.TEMP:
        ended = profile.batch.ends(item.name)
        if ended is not None:
            found.ended[ended] = item.name
            return None
        page = profile.batch.page_of(item.name)
        if page is not None and kind is NameKind.SCAN:
            found.batches[page[0]] += 1
    if kind is NameKind.IGNORED:
        return None
    try:
        return Entry.of(item.name, kind, item.stat(follow_symlinks=False))
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in _GONE_AWAY:
            raise
        found.errors += 1
        return None
