"""Decides when a file is settled: unchanged through its quiet time on our monotonic clock (B-21), and whole.

The tracker only remembers; `next_step` only judges. Neither touches the file. Where a device writes one file for each
page, a batch's page files are grouped into one hand-over, and the batch is settled when it is over.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from intake.base.clock import Clock
from scanners.folder import Identity
from scanners.profile import BatchRule, Profile, Waits
from scanners.sweep import Entry, Sweep

_LONGEST_PAUSE = 60.0
MOST_PAGES = 1_000


@dataclass(slots=True)
class Watched:
    """One file that has been seen and not yet dealt with."""

    identity: Identity
    since: float
    """Monotonic seconds when it was first seen in this state."""
    first_seen: datetime
    known_unfinished: bool = False
    """Looked into in this state and found cut short: no need to read it again."""
    shown: bool = False
    """Already looked at ahead in this state."""
    failures: int = 0
    not_before: float = 0.0
    """Monotonic seconds before which it is left alone, after a failure."""


class Tracker:
    """Follows the files of one folder that are waited for; no larger than one sweep's list."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moment = clock.monotonic()
        self._watched: dict[tuple[str | None, str], Watched] = {}

    def seen(self, entries: Collection[Entry]) -> None:
        """Note a sweep's entries, all at this one moment; those it no longer saw are forgotten.

        So nothing becomes quiet while a long pass goes on, and older papers stay before newer ones (B-22).
        """
        self._moment = self._clock.monotonic()
        kept = {entry.place for entry in entries}
        for place in [place for place in self._watched if place not in kept]:
            del self._watched[place]
        for entry in entries:
            self.watch(entry)

    def watch(self, entry: Entry) -> Watched:
        """Note `entry` as the last sweep saw it; any change starts its quiet time anew."""
        now = self._moment
        before = self._watched.get(entry.place)
        if before is None or before.identity.inode != entry.identity.inode:
            before = Watched(entry.identity, now, self._clock.now())
        elif before.identity != entry.identity:  # B-01, B-03: still growing
            before = Watched(entry.identity, now, before.first_seen)
        self._watched[entry.place] = before
        return before

    def quiet_for(self, watched: Watched) -> float:
        """Seconds without any change, up to the last sweep."""
        return self._moment - watched.since

    def restart(self, entry: Entry) -> None:
        """The file moved under our hands: its quiet time starts anew."""
        if (watched := self._watched.get(entry.place)) is not None:
            watched.since = self._clock.monotonic()
            watched.known_unfinished = False

    def put_off(self, watched: Watched) -> None:
        """Leave a file alone for a while after a failure, each time longer, up to a minute."""
        watched.failures += 1
        watched.not_before = self._clock.monotonic() + min(_LONGEST_PAUSE, 0.5 * 2.0 ** min(watched.failures, 10))

    def first_seen(self, entry: Entry) -> datetime | None:
        """The moment at which the file was first seen, by our clock; None if it is no longer waited for."""
        watched = self._watched.get(entry.place)
        return watched.first_seen if watched else None

    def forget(self, entry: Entry) -> None:
        """Forget a file that was dealt with."""
        self._watched.pop(entry.place, None)


class Content(StrEnum):
    """The result of a look into the file."""

    WHOLE = "whole"
    OPEN = "open"
    """A writer on this machine has it open."""
    UNFINISHED = "unfinished"
    """Cut short; nobody can say whether a writer has it open."""
    UNFINISHED_CLOSED = "unfinished_closed"
    """Cut short, and no writer on this machine has it open."""
    FILLED = "filled"
    """Whole, with zeros behind its end; nobody can say whether more is to come."""
    FILLED_CLOSED = "filled_closed"
    """The same, and no writer on this machine has it open."""
    EMPTY = "empty"
    TOO_LARGE = "too_large"


class Step(StrEnum):
    """The ways to deal with a file."""

    WAIT = "wait"
    TAKE = "take"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step to take now, and how long until more waiting would change it."""

    step: Step
    code: str | None = None
    due: float = 0.0


def next_step(content: Content, quiet_for: float, waits: Waits) -> NextStep:
    """The step for a file of this content after `quiet_for` seconds without change.

    A file that a writer keeps open for ever is taken at the settle limit if it is whole by then: the caller looks
    again and passes WHOLE.
    """
    limits = {
        Content.WHOLE: waits.quiet,
        Content.TOO_LARGE: waits.quiet,
        Content.EMPTY: waits.empty,
        Content.OPEN: waits.unfinished,
        Content.FILLED: waits.unfinished,
        Content.FILLED_CLOSED: waits.unfinished_closed,
        Content.UNFINISHED: waits.unfinished,
        Content.UNFINISHED_CLOSED: waits.unfinished_closed,
    }
    left = limits[content] - quiet_for
    if left > 0:
        return NextStep(Step.WAIT, due=left)
    if content in {Content.WHOLE, Content.OPEN, Content.FILLED, Content.FILLED_CLOSED}:
        return NextStep(Step.TAKE)
    codes = {Content.TOO_LARGE: "too_large", Content.EMPTY: "empty"}
    return NextStep(Step.REFUSE, code=codes.get(content, "damaged"))


@dataclass(frozen=True, slots=True)
class HandOver:
    """Files that one customer's paper became, in page order."""

    parts: tuple[Entry, ...]
    batch: str | None = None


def group(entries: Iterable[Entry], rule: BatchRule | None) -> list[HandOver]:
    """The entries in groups: a batch's page files together, every other file by itself; oldest first."""
    groups: dict[str | int, list[tuple[int, str, Entry]]] = defaultdict(list)
    for number, entry in enumerate(entries):
        page = rule.page_of(entry.name) if rule and entry.side is None else None
        groups[number if page is None else page[0]].append((page[1] if page else 0, entry.name, entry))
    return [
        HandOver(
            tuple(entry for _, _, entry in sorted(members, key=lambda member: member[:2])),
            batch=key if isinstance(key, str) else None,
        )
        for key, members in groups.items()
    ]


class BatchEnds:
    """Remembers when each batch last got a page, and so whether it is over."""

    def __init__(self, profile: Profile, rule: BatchRule, waits: Waits, clock: Clock) -> None:
        self._rule, self._waits, self._clock = rule, waits, clock
        self._largest_bytes = profile.largest_bytes
        self._members: dict[str, tuple[frozenset[str], float]] = {}

    def next_step(self, handover: HandOver, found: Sweep) -> NextStep:
        """Whether the batch is over. Never half: one that stays without its end or with a gap is refused whole."""
        batch = handover.batch or ""
        now = self._clock.monotonic()
        names = frozenset(part.name for part in handover.parts)
        before, since = self._members.get(batch, (frozenset[str](), now))
        if names != before:
            since = now
        self._members[batch] = names, since
        if len(names) > MOST_PAGES or sum(part.identity.size for part in handover.parts) > self._largest_bytes:
            return NextStep(Step.REFUSE, code="too_large")
        ended = batch in found.ended if self._rule.end_name else now - since >= self._rule.quiet_seconds
        if ended and found.batches[batch] == len(names) and not self._has_gap(handover):
            return NextStep(Step.TAKE)
        limit = max(self._waits.unfinished, self._rule.quiet_seconds)
        if now - since >= limit and found.batches[batch] == len(names):
            return NextStep(Step.REFUSE, code="damaged")
        left = limit if self._rule.end_name or ended else self._rule.quiet_seconds
        return NextStep(Step.WAIT, due=max(0.0, left - (now - since)))

    def _has_gap(self, handover: HandOver) -> bool:
        pages = [found[1] for part in handover.parts if (found := self._rule.page_of(part.name))]
        return any(later - earlier > 1 for earlier, later in pairwise(pages))

    def keep_only(self, batches: Iterable[str]) -> None:
        """Forget batches that are no longer there."""
        kept = set(batches)
        self._members = {batch: seen for batch, seen in self._members.items() if batch in kept}
