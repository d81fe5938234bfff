"""The loop over one drop folder: sweep, settle, claim, hand over; and wait for a hint or the next sweep.

Promises: a bad file never stops the folder, a folder that cannot be reached never looks empty, and nothing is lost by
stopping at any point. One service, one folder, one thread; several folders do not wait for each other.
"""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from intake.base import durable
from intake.base.clock import Clock
from intake.base.errors import Away, Denied, DiskFull, NotWhole, Refused, VireilleError
from intake.base.log import logger
from intake.base.settings import Scanner
from scanners.aside import Aside, Left, move_again
from scanners.batch import BatchEnds, HandOver, group
from scanners.claim import CLEANER_AGE_SECONDS
from scanners.claimant import Desk, Paused
from scanners.folder import Folder, opened
from scanners.inlet import Arriving, Inlet, Round
from scanners.notice import Notice
from scanners.profile import NameKind, Waits, load_profile
from scanners.settle import Decision, Step, Tracker
from scanners.sweep import Entry, Sweep, sweep

LOCAL_PERIOD = 0.25
REMOTE_PERIOD = 2.0
_LONGEST_BACKOFF = 30.0
_CLEAN_EVERY = 3_600.0
_MOST_FAILURES = 3
_SHARE_OF_TIME = 4.0
"""A sweep that takes long is followed by a pause of so many times its length (B-22)."""


@dataclass(slots=True)
class _Tally:
    """What a pass has come to so far."""

    taken: int = 0
    refused: int = 0
    arriving: list[Arriving] = field(default_factory=list)
    due: float | None = None
    failures: int = 0
    problem: VireilleError | None = None

    def wait(self, seconds: float) -> None:
        self.due = seconds if self.due is None else min(self.due, seconds)


class FolderService:
    """Watches one scanner's folder and hands what arrives to `inlet`.

    `work` is a private folder of ours for copies, on our own disk, outside every watched folder.
    """

    def __init__(self, scanner: Scanner, *, inlet: Inlet, clock: Clock, work: Path) -> None:
        self._scanner, self._clock = scanner, clock
        self._local = scanner.mode == "local"
        profile = load_profile(scanner.profile)
        waits = Waits.of(profile, scanner.quiet_seconds)
        self._tracker = Tracker(clock)
        self._desk = Desk(
            scanner=scanner.id,
            local=self._local,
            profile=profile,
            waits=waits,
            inlet=inlet,
            clock=clock,
            work=work / scanner.id,
            tracker=self._tracker,
            left=Left(clock),
            aside=Aside(
                clock=clock,
                keep_days=profile.keep_days,
                knows=inlet.knows,
                full_every=60.0 if self._local else 600.0,
            ),
        )
        self._ends = BatchEnds(profile.batch, waits, clock) if profile.batch else None
        self._arriving: tuple[Arriving, ...] = ()
        self._next_clean = clock.monotonic()

    def round(self) -> Round:
        """One pass over the folder. Never raises for what a file or a share does; the result tells."""
        tally = _Tally()
        more = 0
        try:
            self._clean()
            with opened(self._scanner.folder, must_be_marked=not self._local) as folder:
                more = self._pass(folder, tally)
        except Paused as paused:
            tally.problem = paused.error
        except (Away, Denied) as error:
            tally.problem = error
        return self._result(tally, more)

    def _result(self, tally: _Tally, more: int) -> Round:
        problem = tally.problem
        if problem is not None and not tally.arriving:
            tally.arriving = list(self._arriving)  # B-08: what we knew, never "empty"
        self._arriving = tuple(tally.arriving)
        return Round(
            taken=tally.taken,
            arriving=self._arriving,
            away=isinstance(problem, Away | Denied) and not isinstance(problem, DiskFull),
            refused=tally.refused,
            more=more,
            code=problem.code if problem else None,
            message=problem.message if problem else None,
            due=0.0 if more and tally.taken + tally.refused else tally.due,
        )

    def _clean(self) -> None:
        """Make the work folder and remove what a crash left in it (A-15)."""
        if self._clock.monotonic() < self._next_clean:
            return
        durable.make_folder(self._desk.work)
        durable.sweep_temps(self._desk.work, older_than_seconds=CLEANER_AGE_SECONDS, now=self._clock.now().timestamp())
        self._next_clean = self._clock.monotonic() + _CLEAN_EVERY

    def _pass(self, folder: Folder, tally: _Tally) -> int:
        """Look once and deal with what is ready; returns how many files are there beyond those looked at."""
        desk = self._desk
        tally.problem = move_again(folder, desk.left, desk.aside)
        changed = desk.aside.changed(folder)
        found = sweep(folder, desk.profile, skip=desk.left.has, must_be_marked=not self._local)
        entries = [entry for entry in changed if not desk.left.has(entry)] + list(found.entries)
        self._tracker.keep_only([entry.place for entry in entries])
        for entry in entries:
            self._tracker.watch(entry)
        if found.errors:
            tally.problem = Away("some files of a scanner's folder cannot be looked at; they are tried again")
        temporary = [entry for entry in entries if entry.kind is NameKind.TEMP]
        handovers = group((entry for entry in entries if entry.kind is not NameKind.TEMP), desk.profile.batch)
        if self._ends is not None:
            self._ends.keep_only(handover.batch for handover in handovers if handover.batch is not None)
        tally.arriving.extend(self._arrival(entry) for entry in temporary)
        for handover in handovers:
            self._guarded(folder, handover, found, tally)
        return found.waiting

    def _guarded(self, folder: Folder, handover: HandOver, found: Sweep, tally: _Tally) -> None:
        """Deal with one hand-over; whatever it does stays with it (P6)."""
        arriving = [self._arrival(entry) for entry in handover.parts]
        try:
            self._deal(folder, handover, found, tally)
        except Paused:
            tally.arriving.extend(arriving)
            raise
        except NotWhole:
            for entry in handover.parts:
                self._tracker.restart(entry)
            tally.wait(self._desk.waits.quiet)
        except Away as error:
            tally.problem = error
            tally.failures += 1
            self._put_off(handover)
            if tally.failures >= _MOST_FAILURES:  # the share, not the file
                tally.arriving.extend(arriving)
                raise
        except Exception as error:  # the watcher loop: one bad file never stops the others
            logger().error("file_failed", scanner=self._scanner.id, code=type(error).__name__)
            tally.problem = VireilleError("a file could not be dealt with; it is tried again, see the log")
            self._put_off(handover)
        tally.arriving.extend(
            arrival for entry, arrival in zip(handover.parts, arriving, strict=True) if self._tracker.follows(entry)
        )

    def _deal(self, folder: Folder, handover: HandOver, found: Sweep, tally: _Tally) -> None:
        decision = self._decide(folder, handover, found, tally)
        if decision is None:
            return
        if decision.step is Step.WAIT:
            tally.wait(decision.due)
        elif decision.step is Step.TAKE:
            count = self._desk.take(folder, handover)
            tally.taken += count
            logger().info("taken", scanner=self._scanner.id, count=count)
            self._close_batch(folder, handover, found)
        else:
            code = decision.code or "damaged"
            for entry in handover.parts:
                self._refuse(folder, entry, code if handover.batch is None else _part_code(entry, code), tally)
            self._close_batch(folder, handover, found)

    def _decide(self, folder: Folder, handover: HandOver, found: Sweep, tally: _Tally) -> Decision | None:
        """The decision for all parts together; None if one was refused by itself on the way."""
        decisions = []
        for entry in handover.parts:
            try:
                decisions.append(self._desk.judge(folder, entry))
            except Refused as refused:
                self._refuse(folder, entry, refused.code, tally)
                return None
        if handover.batch is not None and self._ends is not None:
            decisions.append(self._ends.decide(handover, found))
        refusals = [decision for decision in decisions if decision.step is Step.REFUSE]
        waits = [decision for decision in decisions if decision.step is Step.WAIT]
        if refusals and (handover.batch is None or decisions[-1].step is not Step.WAIT):
            return refusals[0]
        return max(waits, key=lambda decision: decision.due) if waits else decisions[0]

    def _refuse(self, folder: Folder, entry: Entry, code: str, tally: _Tally) -> None:
        self._desk.refuse(folder, entry, code)
        tally.refused += 1
        logger().info("refused", scanner=self._scanner.id, code=code)

    def _close_batch(self, folder: Folder, handover: HandOver, found: Sweep) -> None:
        """The end file has done its work: out of the way before a new batch takes the same name."""
        name = found.ended.get(handover.batch) if handover.batch is not None else None
        if name is not None:
            self._desk.move_end_file(folder, name)

    def _put_off(self, handover: HandOver) -> None:
        for entry in handover.parts:
            self._tracker.put_off(self._tracker.watch(entry))

    def _arrival(self, entry: Entry) -> Arriving:
        return Arriving(self._scanner.id, entry.identity.size, self._tracker.watch(entry).first_seen)

    def run_once(self, stop: threading.Event) -> Round:
        """Rounds until only a person, a scanner or a share that comes back could change anything."""
        while True:
            last = self.round()
            if stop.is_set() or last.code is not None or last.due is None:
                return last
            stop.wait(min(last.due, LOCAL_PERIOD if self._local else REMOTE_PERIOD))

    def run(self, stop: threading.Event) -> None:
        """Rounds until `stop` is set."""
        period = LOCAL_PERIOD if self._local else REMOTE_PERIOD
        troubled = 0
        with Notice(self._scanner.folder, enabled=self._local) as notice:
            while not stop.is_set():
                started = self._clock.monotonic()
                last = self.round()
                spent = self._clock.monotonic() - started
                troubled = troubled + 1 if last.code is not None else 0
                pause = max(period, _SHARE_OF_TIME * spent if not last.taken else 0.0)
                if troubled:
                    pause = min(_LONGEST_BACKOFF, pause * 2.0 ** min(troubled, 10))
                elif last.due is not None:
                    pause = min(pause, max(last.due, 0.02))
                notice.wait(stop, pause, hinted=not troubled)


def _part_code(entry: Entry, code: str) -> str:
    """The code a page of a refused batch gets: its own where it has one."""
    return "empty" if entry.identity.size == 0 else code
