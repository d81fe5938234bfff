"""Shows what a candidate rule set would change: where past filings went, and where it would send them (I-05)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial

from routing_rules.decide import NoRoute, decide
from routing_rules.facts import RoutingFacts
from routing_rules.model import RuleSet
from routing_rules.providers import Provider


@dataclass(frozen=True, slots=True)
class Went:
    """The recipient of a past filing and the rule; `provider` None: a person was to choose."""

    provider: str | None
    unit: str | None
    rule: str | None
    by_hand: bool = False
    """A person chose it, which no rule changes."""
    held: bool = False
    """The rule holds the paper for a person's look."""


@dataclass(frozen=True, slots=True)
class Past:
    """A filing: its id, its facts, the day that counts for it, and where it went; None: not decided yet."""

    filing: str
    facts: RoutingFacts
    on: date
    went: Went | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A filing that would go elsewhere. Places are `provider`, `provider/unit` or `person`."""

    point: str
    filing: str
    day: str
    before: str
    before_rule: str | None
    after: str
    after_rule: str | None


@dataclass(frozen=True, slots=True)
class World:
    """A rule set and the providers it speaks of."""

    rule_set: RuleSet
    providers: Mapping[str, Provider]


@dataclass(frozen=True, slots=True)
class Load:
    """How many filings one place gets on one day, before a change and after it."""

    day: str
    place: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Moves:
    """How many filings one rule would take from one place to another; `rule` None: no rule holds."""

    rule: str | None
    before: str
    after: str
    filings: int


def goes(world: World, facts: RoutingFacts, on: date) -> Went:
    """The recipient of `facts` in `world`, and the rule."""
    try:
        decision = decide(facts, world.rule_set, world.providers, on)
    except NoRoute as error:
        return Went(None, None, error.rule)
    if decision.hold is not None:
        return Went(None, None, decision.rule, held=True)
    return Went(decision.provider, decision.unit, decision.rule)


def place(went: Went) -> str:
    """`provider`, `provider/unit`, or `person` where a person must choose."""
    if went.provider is None:
        return "person"
    return f"{went.provider}/{went.unit}" if went.unit else went.provider


class Preview:
    """Past filings, of one or several points, under the rules as they were and under a candidate."""

    def __init__(self, on: date | None = None) -> None:
        """`on`: take every filing as if it were handed over on that day, under both sets."""
        self._on = on
        self._before: Counter[tuple[str, str]] = Counter()
        self._after: Counter[tuple[str, str]] = Counter()
        self.changes: list[Change] = []
        self.filings = 0
        self._begin: dict[str, date] = {}
        self._last: date | None = None

    @property
    def later(self) -> dict[str, date]:
        """The changed rules that begin after all the days looked at: what they do is not seen yet."""
        last = self._last
        return {} if last is None else {rule: first for rule, first in self._begin.items() if first > last}

    def add(self, past: Iterable[Past], now: World, after: World) -> None:
        """Compare where filings went with where they would go.

        One that was not decided yet, and every one where a day is given, is compared with where the rules in use,
        `now`, would send it. What a person chose by hand stays.
        """
        known = {rule.id: rule for rule in now.rule_set.rules}
        by_now, by_candidate = cache(partial(goes, now)), cache(partial(goes, after))  # papers of one kind are many
        for filing in past:
            on = self._on or filing.on
            self._last = max(self._last or on, on)
            went = filing.went if filing.went is not None and self._on is None else by_now(filing.facts, on)
            then = filing.went if filing.went is not None and filing.went.by_hand else by_candidate(filing.facts, on)
            if not went.by_hand and by_now(filing.facts, on).held:
                went = by_now(filing.facts, on)  # a person released it since; the rules in use would ask for one again
            went = then if then.by_hand else went
            day, before, later = filing.on.isoformat(), place(went), place(then)
            self.filings += 1
            self._before[day, before] += 1
            self._after[day, later] += 1
            if before != later:
                self.changes.append(Change(filing.facts.point, filing.filing, day, before, went.rule, later, then.rule))
        for rule in after.rule_set.rules:
            if rule.valid_from is not None and known.get(rule.id) != rule:
                self._begin[rule.id] = rule.valid_from

    def places(self) -> list[Load]:
        """The load of each place over all days (`day` is empty), the largest first."""
        before, after = _by_place(self._before), _by_place(self._after)
        rows = [Load("", name, before[name], after[name]) for name in {*before, *after}]
        return sorted(rows, key=lambda row: (-max(row.before, row.after), row.place))

    def days(self) -> list[Load]:
        """The load of each place on each day."""
        keys = sorted({*self._before, *self._after})
        return [Load(day, name, self._before[day, name], self._after[day, name]) for day, name in keys]

    def moves(self) -> list[Moves]:
        """What each rule would move, most first."""
        counts = Counter((change.after_rule, change.before, change.after) for change in self.changes)
        rows = [Moves(*key, count) for key, count in counts.items()]
        return sorted(rows, key=lambda row: (-row.filings, str(row.rule), row.before))


def _by_place(counts: Counter[tuple[str, str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, name), count in counts.items():
        found[name] += count
    return found
