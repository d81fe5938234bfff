"""Runs the loop over one drop folder: sweep, settle, copy, hand over; then wait for a hint or the next sweep.

Promises: a bad file never stops the folder, a folder that cannot be reached never looks empty, and nothing is lost by
stopping at any point. One service, one folder, one thread; several folders do not wait for each other.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from intake.base import durable
from intake.base.clock import Clock
from intake.base.errors import Away, Denied, DiskFull, NotWhole, Refused, VireilleError
from intake.base.log import logger
from intake.base.settings import Scanner
from scanners.aside import Aside, UnmovedFiles, move_again
from scanners.copying import CLEANER_AGE_SECONDS
from scanners.folder import Folder, opened
from scanners.inlet import Arriving, Inlet, Round
from scanners.notice import Notice
from scanners.profile import NameKind, Waits, load_profile
from scanners.settle import BatchEnds, HandOver, NextStep, Step, Tracker, group
from scanners.sweep import Entry, Sweep, sweep
from scanners.taker import FileTaker, Paused

LOCAL_PERIOD = 0.25
REMOTE_PERIOD = 2.0
_LEFT_OVER_SECONDS = 3600.0
"""A temporary name that has not changed for so long is somebody's left-over, not a paper on its way."""
_LONGEST_BACKOFF = 30.0
_CLEAN_EVERY = 3_600.0
_MOST_FAILURES = 3
_LONGEST_PASS = 2.0
_SHARE_OF_TIME = 4.0
"""A sweep that takes long is followed by a pause of so many times its length (B-22)."""


@dataclass(slots=True)
class _Tally:
    """The result of a pass so far."""

    arriving: tuple[Arriving, ...]
    """At first what the last pass knew: a folder that is away never looks empty (B-08)."""
    taken: int = 0
    refused: int = 0
    more: int = 0
    due: float | None = None
    failures: int = 0
    problem: VireilleError | None = None
    """Why the folder, or a file in it, could not be reached."""
    remark: VireilleError | None = None
    """What an operator should look at, while all else goes on."""

    def wait(self, seconds: float) -> None:
        """Something will be decided by waiting so long."""
        self.due = seconds if self.due is None else min(self.due, seconds)


class FolderService:
    """Watches one scanner's folder and hands what arrives to `inlet`.

    `work` is a private folder of ours for copies, on our own disk, outside every watched folder. `ahead` is given the
    bytes of a file that looks whole while its quiet time runs.
    """

    def __init__(
        self,
        scanner: Scanner,
        *,
        inlet: Inlet,
        clock: Clock,
        work: Path,
        ahead: Callable[[bytes], None] | None = None,
    ) -> None:
        self._scanner, self._clock = scanner, clock
        self._local = scanner.mode == "local"
        profile = load_profile(scanner.profile)
        waits = Waits.of(profile, scanner.quiet_seconds)
        self._tracker = Tracker(clock)
        self._taker = FileTaker(
            scanner=scanner.id,
            local=self._local,
            batch=scanner.lane == "batch",
            profile=profile,
            waits=waits,
            inlet=inlet,
            clock=clock,
            work=work / scanner.id,
            tracker=self._tracker,
            left=UnmovedFiles(clock),
            aside=Aside(
                clock=clock,
                keep_days=profile.days_kept(local=self._local),
                keeps=inlet.keeps,
                full_every=60.0 if self._local else 600.0,
            ),
            ahead=ahead,
        )
        self._ends = BatchEnds(profile, profile.batch, waits, clock) if profile.batch else None
        self._arriving: tuple[Arriving, ...] = ()
        self._next_clean = clock.monotonic()
        self._stop = threading.Event()

    def round(self) -> Round:
        """One pass over the folder. Never raises for what a file or a share does; the result says it."""
        tally = _Tally(arriving=self._arriving)
        try:
            self._clean()
            with opened(self._scanner.folder, must_be_marked=not self._local) as folder:
                self._pass(folder, tally)
        except Paused as paused:
            tally.problem = paused.error
        except (Away, Denied) as error:
            tally.problem = error
        except OSError as error:
            tally.problem = durable.translate(error, f"scanner {self._scanner.id}: folder or work folder")
        except Exception as error:  # the watcher loop: whatever happens, the next round comes
            logger().error("pass_failed", scanner=self._scanner.id, code=type(error).__name__)
            tally.problem = Away("a pass over a scanner's folder failed, see the log", code="unexpected")
        self._arriving = tally.arriving
        problem = tally.problem or tally.remark
        return Round(
            taken=tally.taken,
            arriving=tally.arriving,
            away=isinstance(tally.problem, Away | Denied) and not isinstance(tally.problem, DiskFull),
            refused=tally.refused,
            more=tally.more,
            code=problem.code if problem else None,
            message=problem.message if problem else None,
            due=tally.due,
        )

    def _clean(self) -> None:
        """Make the work folder and remove what a crash left in it (A-15)."""
        if self._clock.monotonic() < self._next_clean:
            return
        durable.make_folder(self._taker.work)
        durable.sweep_temps(self._taker.work, older_than_seconds=CLEANER_AGE_SECONDS, now=self._clock.now().timestamp())
        self._next_clean = self._clock.monotonic() + _CLEAN_EVERY

    def _pass(self, folder: Folder, tally: _Tally) -> None:
        """Look once and deal with what is ready."""
        taker = self._taker
        taker.left.forget_gone(folder)
        move_again(folder, taker.left, taker.aside)
        changed = [entry for entry in taker.aside.changed(folder) if not taker.left.has(entry)]
        found = sweep(folder, taker.profile, skip=taker.left.has, must_be_marked=not self._local)
        entries = [*changed, *found.entries]
        self._tracker.seen(entries)
        if found.errors:
            tally.problem = Away("some files of a scanner's folder cannot be looked at; they are tried again")
        try:
            self._deal_with_all(folder, entries, found, tally)
        finally:
            tally.arriving = tuple(self._arrivals(entries))
            tally.remark = taker.left.problem(folder) or tally.remark

    def _deal_with_all(self, folder: Folder, entries: list[Entry], found: Sweep, tally: _Tally) -> None:
        """Each hand-over in turn, until the pass has lasted long enough; then the next pass goes on."""
        papers = [entry for entry in entries if entry.kind is not NameKind.TEMP]
        handovers = group(papers, self._taker.profile.batch)
        if self._ends is not None:
            self._ends.keep_only(handover.batch for handover in handovers if handover.batch is not None)
        tally.more = found.waiting
        listed = self._clock.monotonic()  # B-22: a listing that takes long leaves the papers their time all the same
        for handover in handovers:
            if self._stop.is_set() or self._clock.monotonic() - listed > _LONGEST_PASS:
                tally.wait(0.0)
                return
            self._guarded(folder, handover, found, tally)
        if found.waiting and tally.taken + tally.refused:
            tally.wait(0.0)

    def _guarded(self, folder: Folder, handover: HandOver, found: Sweep, tally: _Tally) -> None:
        """Deal with one hand-over; whatever it does stays with it (P6)."""
        try:
            self._deal(folder, handover, found, tally)
        except Paused:
            raise
        except NotWhole:
            for entry in handover.parts:
                self._tracker.restart(entry)
            tally.wait(self._taker.waits.quiet)
        except Away as error:
            tally.problem = error
            tally.failures += 1
            self._put_off(handover)
            if tally.failures >= _MOST_FAILURES:  # the share, not the file
                raise
        except Exception as error:  # the watcher loop: one bad file never stops the others
            logger().error("file_failed", scanner=self._scanner.id, code=type(error).__name__)
            tally.remark = VireilleError("a file could not be dealt with; it is tried again, see the log")
            self._put_off(handover)

    def _deal(self, folder: Folder, handover: HandOver, found: Sweep, tally: _Tally) -> None:
        decision = self._next_step(folder, handover, found, tally)
        if decision is None:
            return
        if decision.step is Step.WAIT:
            tally.wait(decision.due)
        elif decision.step is Step.TAKE:
            count = self._taker.take(folder, handover)
            tally.taken += count
            logger().info("taken", scanner=self._scanner.id, count=count)
            self._close_batch(folder, handover, found)
        else:
            code = decision.code or "damaged"
            for entry in handover.parts:
                self._refuse(folder, entry, code if handover.batch is None else _part_code(entry, code), tally)
            self._close_batch(folder, handover, found)

    def _next_step(self, folder: Folder, handover: HandOver, found: Sweep, tally: _Tally) -> NextStep | None:
        """The decision for all parts together; None if one was refused by itself on the way."""
        decisions = []
        for entry in handover.parts:
            try:
                decisions.append(self._taker.judge(folder, entry))
            except Refused as refused:
                self._refuse(folder, entry, refused.code, tally)
                return None
        if handover.batch is not None and self._ends is not None:
            decisions.append(self._ends.next_step(handover, found))
        refusals = [decision for decision in decisions if decision.step is Step.REFUSE]
        waits = [decision for decision in decisions if decision.step is Step.WAIT]
        if waits:
            return max(waits, key=lambda decision: decision.due)
        if refusals and handover.batch is not None:  # never half: one page that cannot be had refuses all
            codes = {decision.code for decision in refusals}
            return NextStep(Step.REFUSE, code="too_large" if "too_large" in codes else "damaged")
        return refusals[0] if refusals else decisions[0]

    def _refuse(self, folder: Folder, entry: Entry, code: str, tally: _Tally) -> None:
        self._taker.refuse(folder, entry, code)
        tally.refused += 1
        logger().info("refused", scanner=self._scanner.id, code=code)

    def _close_batch(self, folder: Folder, handover: HandOver, found: Sweep) -> None:
        """The end file has done its work: out of the way before a new batch takes the same name."""
        name = found.ended.get(handover.batch) if handover.batch is not None else None
        if name is not None:
            self._taker.move_end_file(folder, name)

    def _put_off(self, handover: HandOver) -> None:
        for entry in handover.parts:
            self._tracker.put_off(self._tracker.watch(entry))

    def _arrivals(self, entries: list[Entry]) -> Iterator[Arriving]:
        """List the files that are still waited for."""
        for entry in entries:
            since = self._tracker.first_seen(entry)
            if since is not None and not self._is_left_over(entry):
                yield Arriving(self._scanner.id, entry.identity.size, since)

    def _is_left_over(self, entry: Entry) -> bool:
        """A temporary name that nobody writes to any more, such as a synchroniser's."""
        return entry.kind is NameKind.TEMP and self._tracker.quiet_for(self._tracker.watch(entry)) > _LEFT_OVER_SECONDS

    def run_once(self, stop: threading.Event) -> Round:
        """Rounds until only a person, a scanner or a share that comes back could change anything.

        Returns the last round, with what all of them took and refused.
        """
        taken = refused = 0
        while True:
            last = self.round()
            taken, refused = taken + last.taken, refused + last.refused
            if stop.is_set() or last.away or last.code == DiskFull.code or last.due is None:
                return replace(last, taken=taken, refused=refused)
            stop.wait(min(last.due, LOCAL_PERIOD if self._local else REMOTE_PERIOD))

    def run(self, stop: threading.Event, report: Callable[[Round], None] = lambda _: None) -> None:
        """Make rounds until `stop` is set; `report` gets the result of each."""
        self._stop = stop
        troubled = 0
        with Notice(self._scanner.folder, enabled=self._local) as notice:
            while not stop.is_set():
                started = self._clock.monotonic()
                last = self.round()
                report(last)
                troubled = troubled + 1 if last.away or last.code == DiskFull.code else 0
                pause = self._pause(last, troubled, self._clock.monotonic() - started)
                notice.wait(stop, pause, hinted=not troubled)

    def _pause(self, last: Round, troubled: int, spent: float) -> float:
        """Seconds to wait for a hint before the next round."""
        period = LOCAL_PERIOD if self._local else REMOTE_PERIOD
        if troubled:
            return min(_LONGEST_BACKOFF, period * 2.0 ** min(troubled, 10))
        if last.due is not None and (last.due < period or last.taken):
            return max(last.due, 0.01)
        return period if last.taken else max(period, _SHARE_OF_TIME * spent)


def _part_code(entry: Entry, code: str) -> str:
    """The code a page of a refused batch gets: its own where it has one."""
    return "empty" if entry.identity.size == 0 else code
