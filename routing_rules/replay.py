"""What a candidate rule set would change: past filings' facts through the old and the new set, side by side (I-05)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from routing_rules.decide import NoRoute, decide
from routing_rules.facts import Facts
from routing_rules.model import RuleSet
from routing_rules.providers import Provider


@dataclass(frozen=True, slots=True)
class Past:
    """A filing that was decided once: its id, its facts and the day by which it was decided."""

    filing: str
    facts: Facts
    on: date


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


def place(facts: Facts, world: World, on: date) -> tuple[str, str | None]:
    """Where `facts` go in `world` and by which rule; `person` where a person must choose."""
    try:
        decision = decide(facts, world.rule_set, world.providers, on)
    except NoRoute as error:
        return "person", error.rule
    unit = f"/{decision.unit}" if decision.unit else ""
    return decision.provider + unit, decision.rule


def replay(past: Iterable[Past], world: World) -> dict[str, int]:
    """How many of the past filings go to each place, most first."""
    counts = Counter(place(one.facts, world, one.on)[0] for one in past)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def diff(past: Iterable[Past], before: World, after: World) -> tuple[Change, ...]:
    """The past filings that would go to another place, in the order given."""
    changes = []
    for one in past:
        old, old_rule = place(one.facts, before, one.on)
        new, new_rule = place(one.facts, after, one.on)
        if old != new:
            changes.append(Change(one.filing, old, old_rule, new, new_rule))
    return tuple(changes)
