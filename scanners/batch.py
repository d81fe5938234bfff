"""Groups files into hand-overs: one file, or the page files of one batch where the device writes them so."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from intake.base.clock import Clock
from scanners.profile import BatchRule, Profile, Waits
from scanners.settle import NextStep, Step
from scanners.sweep import Entry, Sweep

MOST_PAGES = 1_000


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
