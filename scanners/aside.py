"""Moves files that were dealt with aside, or remembers them where they cannot be moved.

Promises: an original is moved only after the receiver has it and deleted only when its time is over and the receiver
still knows it; a file that a writer goes on changing after it was moved is found again (B-03, B-23); what cannot be
moved is not tried in a loop (B-10, B-19).
"""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass

from intake.base import durable
from intake.base.clock import Clock
from intake.base.errors import Away, Denied, NotFound, VireilleError
from intake.base.ids import new_id
from scanners.folder import REFUSED, TAKEN, AsideName, Folder, Identity, set_aside
from scanners.profile import NameKind
from scanners.sweep import MOST_WATCHED, Entry

_WATCH_SECONDS = 600.0
_MOST_RECENT = 50
_DENIED_PAUSE = 3_600.0
_LONGEST_PAUSE = 60.0
_DAY = 86_400.0


@dataclass(slots=True)
class _Unmoved:
    """Dealt with, but still where the scanner put it."""

    identity: Identity
    side: str
    sha256: str | None
    not_before: float
    failures: int
    denied: bool


class UnmovedFiles:
    """Files that were dealt with and lie where they were."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._unmoved: dict[tuple[str | None, str], _Unmoved] = {}
        self._refused: dict[tuple[str | None, str], tuple[Identity, int]] = {}
        self._unreadable: set[tuple[str | None, str]] = set()

    def has(self, entry: Entry) -> bool:
        """Whether there is nothing more to do about `entry` as it is now."""
        unmoved = self._unmoved.get(entry.place)
        if unmoved is not None and unmoved.identity == entry.identity:
            return True
        return self._refused.get(entry.place) == _state(entry)

    def refused(self, entry: Entry, code: str) -> None:
        """Note that the file was refused and stays in place until someone changes it, its mode included."""
        self._refused[entry.place] = _state(entry)
        if code == "unreadable":
            self._unreadable.add(entry.place)

    def problem(self, folder: Folder) -> Denied | None:
        """The fault that an operator has to put right, with the folder and its mode (B-19); None if there is none."""
        status = os.fstat(folder.descriptor)
        where = f"{folder.path} (mode {stat.filemode(status.st_mode)}, owner {status.st_uid}:{status.st_gid})"
        if any(unmoved.denied for unmoved in self._unmoved.values()):
            return Denied(f"taken files may not be moved aside in {where}; check owner, mode and sticky bit")
        if self._unreadable:
            return Denied(f"{len(self._unreadable)} files in {where} may not be read; check their owner and mode")
        return None

    def has_bytes(self, entry: Entry, sha256: str) -> bool:
        """Whether `entry` is a dealt-with file that was only touched: the same inode, the same bytes."""
        unmoved = self._unmoved.get(entry.place)
        return unmoved is not None and unmoved.sha256 == sha256 and unmoved.identity.inode == entry.identity.inode

    def unmoved(self, entry: Entry, to: str, sha256: str | None, error: VireilleError) -> None:
        """Note that it could not be moved; try later, and much later where we may not (B-19)."""
        before = self._unmoved.get(entry.place)
        failures = before.failures + 1 if before else 1
        denied = isinstance(error, Denied)
        pause = _DENIED_PAUSE if denied else min(_LONGEST_PAUSE, 0.5 * 2.0 ** min(failures, 10))
        self._unmoved[entry.place] = _Unmoved(
            entry.identity, to, sha256, self._clock.monotonic() + pause, failures, denied
        )

    def due(self) -> list[tuple[tuple[str | None, str], Identity, str, str | None]]:
        """(place, identity, side folder to go to, hash) of what is to be tried again now."""
        now = self._clock.monotonic()
        return [
            (place, unmoved.identity, unmoved.side, unmoved.sha256)
            for place, unmoved in self._unmoved.items()
            if unmoved.not_before <= now
        ]

    def forget(self, place: tuple[str | None, str]) -> None:
        """Forget a file that is no longer there."""
        self._unmoved.pop(place, None)
        self._refused.pop(place, None)
        self._unreadable.discard(place)

    def forget_gone(self, folder: Folder) -> None:
        """Forget what somebody took away, so that it is no longer reported. Raises Away."""
        for place in [*self._unmoved, *self._refused]:
            if folder.look(place[1], place[0]) is None:
                self.forget(place)


def _state(entry: Entry) -> tuple[Identity, int]:
    """The state a refusal holds for."""
    return entry.identity, entry.ctime_ns


class Aside:
    """Keeps the side folders of one drop folder."""

    def __init__(self, *, clock: Clock, keep_days: float, keeps: Callable[[str], bool], full_every: float) -> None:
        self._clock, self._keep_days, self._keeps = clock, keep_days, keeps
        self._full_every = full_every
        self._next_full = clock.monotonic()
        self._recent: dict[tuple[str, str], float] = {}
        self._changed: set[tuple[str, str]] = set()

    def move(self, folder: Folder, entry: Entry, *, to: str, sha256: str | None) -> None:
        """Move `entry` aside and watch it for a while. Raises NotFound, Denied or Away."""
        identity, side = entry.identity, entry.side
        moved_at = int(self._clock.now().timestamp())
        wanted = AsideName(new_id(), moved_at, identity.size, identity.mtime_ns, sha256)
        aside = set_aside(folder, entry.name, wanted, inode=identity.inode, side=side, to=to)
        if side is not None:
            self._changed.discard((side, entry.name))
        self._recent[to, str(aside)] = self._clock.monotonic() + _WATCH_SECONDS
        while len(self._recent) > _MOST_RECENT:
            del self._recent[next(iter(self._recent))]

    def changed(self, folder: Folder) -> list[Entry]:
        """Files that are no longer what they were when they were moved. Raises Denied or Away.

        The latest moved are looked at each time, all of them once in a while.
        """
        now = self._clock.monotonic()
        if now >= self._next_full:
            self._look_through(folder)
            self._next_full = now + self._full_every
        for place in [place for place, until in self._recent.items() if until < now]:
            del self._recent[place]
        entries = []
        for side, name in [*self._changed, *self._recent]:
            status = folder.look(name, side)
            parsed = AsideName.parse(name)
            if status is None or parsed is None or parsed.fits(Identity.of(status)):
                self._changed.discard((side, name))
            else:
                self._changed.add((side, name))
                self._recent.pop((side, name), None)
                entries.append(Entry.of(name, NameKind.SCAN, status, side))
        return entries[:MOST_WATCHED]

    def _look_through(self, folder: Folder) -> None:
        """All of both side folders: watch what changed, delete what had its time."""
        for side in (TAKEN, REFUSED):
            descriptor = folder.side(side)
            if descriptor is None:
                continue
            try:
                with os.scandir(descriptor) as items:
                    for item in items:
                        self._keep_or_delete(folder, descriptor, side, item.name)
            except OSError as error:
                raise durable.translate(error, f"cannot list {side} in {folder.path}") from error

    def _keep_or_delete(self, folder: Folder, descriptor: int, side: str, name: str) -> None:
        parsed = AsideName.parse(name)
        status = folder.look(name, side)
        if parsed is None or status is None:
            return
        if not parsed.fits(Identity.of(status)):
            if len(self._changed) < MOST_WATCHED:
                self._changed.add((side, name))
            return
        age = self._clock.now().timestamp() - parsed.moved_at
        if side == TAKEN and age > max(self._keep_days * _DAY, _WATCH_SECONDS) and self._is_safe(parsed):
            durable.remove_at(name, folder=descriptor)

    def _is_safe(self, parsed: AsideName) -> bool:
        """Whether nothing is lost with it. Asks the receiver, so only for what may go (J-01)."""
        return parsed.size == 0 or (parsed.sha256 is not None and self._keeps(parsed.sha256))


def move_again(folder: Folder, left: UnmovedFiles, aside: Aside) -> None:
    """Finish the moves that failed before (B-10)."""
    for place, identity, to, sha256 in left.due():
        status = folder.look(place[1], place[0])
        if status is None:
            left.forget(place)
            continue
        if Identity.of(status) != identity:
            continue  # touched or written anew: the sweep sees to it
        entry = Entry.of(place[1], NameKind.SCAN, status, place[0])
        try:
            aside.move(folder, entry, to=to, sha256=sha256)
        except NotFound:
            left.forget(place)
        except (Denied, Away) as error:
            left.unmoved(entry, to, sha256, error)
        else:
            left.forget(place)
