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

    filing: str
    before: str
    before_rule: str | None
    after: str
    after_rule: str | None


@dataclass(frozen=True, slots=True)
class World:
    """A rule set and the providers it speaks of."""

    rule_set: RuleSet
    providers: Mapping[str, Provider]


def goes(world: World, facts: RoutingFacts, on: date) -> Went:
    """The recipient of `facts` in `world`, and the rule."""
    try:
        decision = decide(facts, world.rule_set, world.providers, on)
    except NoRoute as error:
        return Went(None, None, error.rule)
    return Went(decision.provider, decision.unit, decision.rule)


def place(went: Went) -> str:
    """`provider`, `provider/unit`, or `person` where a person must choose."""
    if went.provider is None:
        return "person"
    return f"{went.provider}/{went.unit}" if went.unit else went.provider


def replay(past: Iterable[Past], world: World) -> dict[str, int]:
    """Count how many of the past filings go to each place, most first."""
    way = cache(partial(goes, world))  # papers of one kind and day are many
    counts = Counter(place(way(one.facts, one.on)) for one in past)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def diff(past: Iterable[Past], now: World, after: World) -> tuple[Change, ...]:
    """The past filings that would go elsewhere than they went, in the order given.

    One that was not decided yet is compared with where the rules in use, `now`, would send it.
    """
    changes: list[Change] = []
    undecided, way = cache(partial(goes, now)), cache(partial(goes, after))
    for one in past:
        went = one.went or undecided(one.facts, one.on)
        then = way(one.facts, one.on)
        if place(went) != place(then):
            changes.append(Change(one.filing, place(went), went.rule, place(then), then.rule))
    return tuple(changes)
