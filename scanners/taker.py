"""Takes or refuses the files of one hand-over, or lets them wait; then moves the originals aside.

The order is the promise (P1): copy, accept, and only when accept returned, move aside. What happens to one file stays
with that file; only a full disk or a receiver that cannot be reached pauses the folder.
"""

import stat
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from intake.base.arrival import Arrival
from intake.base.clock import Clock
from intake.base.errors import Away, Denied, DiskFull, NotFound, NotWhole, TooManyOpen, VireilleError
from scanners.aside import Aside, UnmovedFiles
from scanners.copying import Copied, OpenFile, content_of, copy, grows_from, holding, look_into, open_nameless
from scanners.folder import REFUSED, TAKEN, Folder
from scanners.inlet import Inlet
from scanners.profile import NameKind, Profile, Waits
from scanners.settle import Content, HandOver, NextStep, Step, Tracker, next_step
from scanners.sweep import Entry

_MOST_SHOWN_BYTES = 20_000_000


class Paused(Exception):
    """Nothing can be handed over now, whatever the file: the cause says why."""

    def __init__(self, error: VireilleError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True)
class FileTaker:
    """Deals with the files of one folder: takes each over, refuses it, or waits."""

    scanner: str
    local: bool
    batch: bool
    """Nobody waits at the counter for what this scanner takes."""
    profile: Profile
    waits: Waits
    inlet: Inlet
    clock: Clock
    work: Path
    tracker: Tracker
    left: UnmovedFiles
    aside: Aside
    ahead: Callable[[bytes], None] | None = None
    """Takes the bytes of a file that looks whole, so that it is seen by the time it is taken; promises nothing."""

    # Judging

    def judge(self, folder: Folder, entry: Entry) -> NextStep:
        """Decide about one file now. Raises Refused, NotWhole or Away about this file, DiskFull about all."""
        watched = self.tracker.watch(entry)
        quiet_for = self.tracker.quiet_for(watched)
        held_off = watched.not_before - self.clock.monotonic()
        if held_off > 0:
            return NextStep(Step.WAIT, due=held_off)
        if not stat.S_ISREG(entry.mode):
            return NextStep(Step.REFUSE, code="not_a_file")
        if quiet_for < self.waits.quiet:
            if self.ahead is not None and not watched.shown:
                watched.shown = self._show(folder, entry, self.ahead)
            return NextStep(Step.WAIT, due=self.waits.quiet - quiet_for)
        if entry.kind is NameKind.FOREIGN:
            return NextStep(Step.REFUSE, code="not_supported")
        if watched.known_unfinished:
            content = Content.UNFINISHED_CLOSED if self.local else Content.UNFINISHED
            decision = next_step(content, quiet_for, self.waits)
            if decision.step is Step.WAIT:
                return decision
        content = self._look(folder, entry, at_limit=quiet_for >= self.waits.unfinished)
        watched.known_unfinished = content in {Content.UNFINISHED, Content.UNFINISHED_CLOSED}
        return next_step(content, quiet_for, self.waits)

    def _look(self, folder: Folder, entry: Entry, *, at_limit: bool) -> Content:
        """At the settle limit a file that some writer keeps open is judged by its bytes alone."""
        with holding(folder, entry, lock=False) as held:
            return look_into(held, largest_bytes=self.profile.largest_bytes, local=self.local and not at_limit)

    def _show(self, folder: Folder, entry: Entry, ahead: Callable[[bytes], None]) -> bool:
        """Show the reader a file that looks whole during its quiet time; its failures are reported when it is taken."""
        alone = self.local and self.profile.batch is None and entry.kind is not NameKind.FOREIGN
        if not alone or entry.identity.size > _MOST_SHOWN_BYTES:
            return True
        try:
            with holding(folder, entry, lock=False) as held:
                whole = look_into(held, largest_bytes=_MOST_SHOWN_BYTES, local=True) is Content.WHOLE
                if whole:
                    ahead(content_of(held))
                return whole
        except VireilleError:
            return False

    # Taking

    def take(self, folder: Folder, handover: HandOver) -> int:
        """Copy, hand over, move aside; returns how many files were accepted.

        Raises Refused, NotWhole or Away about this hand-over, Paused about all.
        """
        first = handover.parts[0]
        with holding(folder, first, lock=self.local) as held, self._copies(folder, handover.parts, held) as copies:
            arrivals = [self._copied(entry, copied) for entry, copied in zip(handover.parts, copies, strict=True)]
            fresh = [
                arrival
                for entry, arrival in zip(handover.parts, arrivals, strict=True)
                if not self.left.has_bytes(entry, arrival.sha256)
            ]
            with _pausing():
                if fresh:
                    self.inlet.accept(arrivals)
            for entry, arrival in zip(handover.parts, arrivals, strict=True):
                self._move(folder, entry, to=TAKEN, sha256=arrival.sha256)
        return len(fresh)

    @contextmanager
    def _copies(self, folder: Folder, parts: tuple[Entry, ...], first: OpenFile) -> Iterator[list[Copied]]:
        """Private copies of all parts, unchanged since they were judged; gone afterwards.

        They lie in one file, so that a batch of many pages needs no more descriptors than a paper (A-08).
        """
        with _pausing((DiskFull, TooManyOpen, Denied)):  # ours, not the file's
            file = open_nameless(self.work, self.clock)
        with file:
            copies = [self._copy(first, file)]
            for entry in parts[1:]:
                with holding(folder, entry, lock=False) as held:
                    copies.append(self._copy(held, file))
            if len(parts) > 1:
                self._check_unchanged(folder, parts)
            yield copies

    def _copy(self, held: OpenFile, file: BinaryIO) -> Copied:
        with _pausing((DiskFull, Denied)):
            return copy(held, into=file, clock=self.clock)

    @staticmethod
    def _check_unchanged(folder: Folder, parts: tuple[Entry, ...]) -> None:
        for entry in parts:
            status = folder.look(entry.name, entry.side)
            if status is None or Entry.of(entry.name, entry.kind, status, entry.side).identity != entry.identity:
                raise NotWhole("a page of the batch changed while the batch was copied")

    def _copied(self, entry: Entry, copied: Copied) -> Arrival:
        with _pausing():
            earlier = grows_from(copied, self.inlet.knows)
        part = replace(self._arrival(entry), copy=copied.path, start=copied.start, size=copied.size)
        return replace(part, sha256=copied.sha256, grows_from=earlier)

    def _arrival(self, entry: Entry) -> Arrival:
        return Arrival(
            scanner=self.scanner,
            label=label(entry.name),
            size=entry.identity.size,
            handed_over=self.tracker.first_seen(entry) or self.clock.now(),
            key=entry.identity.key(self.scanner),
            batch=self.batch,
        )

    # Refusing

    def refuse(self, folder: Folder, entry: Entry, code: str) -> None:
        """Report the file to the receiver, with its bytes where they can be had, and move it aside or leave it.

        What an operator can put right in place (mode, a second hard link) and folders stay where they are; they are
        told once, and again only when they changed. Raises NotWhole or Away about this file, Paused about all.
        """
        readable = code in {"damaged", "not_supported"} or (code == "too_large" and entry.is_plain)
        if readable and 0 < entry.identity.size <= self.profile.largest_bytes:
            with holding(folder, entry, lock=self.local) as held, self._copies(folder, (entry,), held) as copies:
                refused = replace(self._copied(entry, copies[0]), grows_from=None)
                with _pausing():
                    self.inlet.refuse(refused, code)
                self._move(folder, entry, to=TAKEN, sha256=refused.sha256)
            return
        with _pausing():
            self.inlet.refuse(self._arrival(entry), code)
        stays = code == "unreadable" or stat.S_ISDIR(entry.mode) or (stat.S_ISREG(entry.mode) and entry.links > 1)
        if stays:
            self.left.refused(entry, code)
            self.tracker.forget(entry)
        else:
            self._move(folder, entry, to=TAKEN if entry.identity.size == 0 else REFUSED, sha256=None)

    def move_end_file(self, folder: Folder, name: str) -> None:
        """A batch's end file is no paper; it goes where the pages went, and nobody waits for it."""
        status = folder.look(name)
        if status is not None:
            self._move(folder, Entry.of(name, NameKind.IGNORED, status), to=TAKEN, sha256=None)

    def _move(self, folder: Folder, entry: Entry, *, to: str, sha256: str | None) -> None:
        """Out of the scanner's way; where that fails it is tried again later, and the file is not taken twice."""
        self.tracker.forget(entry)
        try:
            self.aside.move(folder, entry, to=to, sha256=sha256)
        except NotFound:  # another machine moved it first
            self.left.forget(entry.place)
        except (Denied, Away) as error:
            self.left.unmoved(entry, to, sha256, error)
        else:
            self.left.forget(entry.place)


@contextmanager
def _pausing(troubles: tuple[type[VireilleError], ...] = (Away, Denied)) -> Iterator[None]:
    """Trouble of the receiver, or of our own disk, is everybody's, not this file's."""
    try:
        yield
    except troubles as error:
        raise Paused(error) from error


LONGEST_LABEL = 80
_NOT_FIRST = "-=+@.'\" "


def label(untrusted_name: str) -> str:
    """A line of at most `LONGEST_LABEL` printable characters that a person recognises the file by.

    `untrusted_name` is as the operating system gave it (undecodable bytes as surrogates).
    """
    composed = unicodedata.normalize("NFC", untrusted_name)
    safe = "".join(_printable(character) for character in composed)
    safe = safe.strip()
    if safe[:1] in _NOT_FIRST:
        safe = f"_{safe.lstrip(_NOT_FIRST)}"
    return _shortened(safe)


def _printable(character: str) -> str:
    if character == " ":
        return character
    if character in '/\\<>&"`':
        return "_"
    return "_" if unicodedata.category(character)[0] in "CZ" else character


def _shortened(text: str) -> str:
    """Cut in the middle, so that the number or suffix at the end of a scanner's name stays."""
    if len(text) <= LONGEST_LABEL:
        return text
    tail = LONGEST_LABEL // 3
    return f"{text[: LONGEST_LABEL - tail - 1]}…{text[-tail:]}"
