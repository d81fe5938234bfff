"""Explains where a filing goes: every rule tried, the first condition that kept it from counting, and what would do.

What would have changed the answer is not guessed: each fact that alone keeps a rule from deciding is changed, and the
rules are asked again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from routing_rules.conditions import DATE, failed_condition, failed_conditions, found_by
from routing_rules.decide import Decision, NoRoute, decide
from routing_rules.facts import RoutingFacts
from routing_rules.model import Rule, RuleSet
from routing_rules.providers import Provider
from routing_rules.replay import World, goes, place
from routing_rules.when import Asked, Range, finding_of

_AHEAD = 370
_OF_THE_DAY = frozenset({"weekday", "calendar", "days_left"})


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule and how it fared. `failed`: the condition that did not hold; None: this rule decided."""

    rule: str
    failed: str | None


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A fact that would have sent the filing elsewhere: what it would have to be, the place, the rule."""

    fact: str
    place: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rules tried up to the one that decided, and what came of it."""

    tried: tuple[Tried, ...]
    decision: Decision | None
    problem: NoRoute | None
    otherwise: tuple[Otherwise, ...]


def explain(facts: RoutingFacts, rule_set: RuleSet, providers: Mapping[str, Provider], on: date) -> Explanation:
    """The same answer as `decide`, with the way to it."""
    tried: list[Tried] = []
    for rule in rule_set.rules:
        failed = failed_condition(rule, facts, rule_set, on)
        tried.append(Tried(rule.id, failed))
        if failed is None:
            break
    other = tuple(_otherwise(facts, World(rule_set, providers), on))
    try:
        return Explanation(tuple(tried), decide(facts, rule_set, providers, on), None, other)
    except NoRoute as error:
        return Explanation(tuple(tried), None, error, other)


def _otherwise(facts: RoutingFacts, world: World, on: date) -> Iterator[Otherwise]:
    """The single facts that would have led elsewhere, rule by rule, each place by one fact of each kind."""
    now = place(goes(world, facts, on))
    seen = set()
    for rule in world.rule_set.rules:
        failed = list(failed_conditions(rule, facts, world.rule_set, on))
        if len(failed) != 1 or failed[0] == "provider":
            continue
        for said, changed, day in _changed(rule, failed[0], facts, world.rule_set, on):
            went = goes(world, changed, day)
            if place(went) != now and (failed[0], place(went)) not in seen:
                seen.add((failed[0], place(went)))
                yield Otherwise(said, place(went), went.rule)


def _changed(
    rule: Rule, failed: str, facts: RoutingFacts, rule_set: RuleSet, on: date
) -> Iterator[tuple[str, RoutingFacts, date]]:
    """The facts, or the day, with which that condition would hold: in words and as such."""
    name = failed.removeprefix("not ")
    if name in _OF_THE_DAY | {DATE}:
        days = [on + timedelta(days=number) for number in range(1, _AHEAD)]
        if failed == DATE and rule.valid_until is not None and rule.valid_until < on:
            days = [rule.valid_until]
        elif failed == DATE and rule.valid_from is not None:
            days = [rule.valid_from]
        day = next((day for day in days if failed_condition(rule, facts, rule_set, day) is None), None)
        if day is not None:
            yield f"handed over on {day.isoformat()}", facts, day
        return
    asked = next(one for one in rule.asked if one.name == name and one.wanted is not failed.startswith("not "))
    for said, change in _values(asked, facts, rule_set):
        yield said, replace(facts, **change), on  # type: ignore[arg-type]


def _values(asked: Asked, facts: RoutingFacts, rule_set: RuleSet) -> Iterator[tuple[str, dict[str, object]]]:
    """The nearest values with which the condition is as it should be."""
    name, value, wanted = asked
    if isinstance(value, Range):
        count = getattr(facts, name) or 0
        if wanted:
            least = max(count, value.at_least or 0)
            wished = least if value.at_most is None else min(value.at_most, least)
            yield f"{wished} {name}", {name: wished}
        return
    if name == "finding":
        findings = facts.findings or frozenset()
        if wanted:
            yield f"found: {asked.words[0]}", {"findings": findings | {finding_of(asked.words[0])}}
        else:
            rest = frozenset(
                one for one in findings if not any(found_by(finding_of(word), one) for word in asked.words)
            )
            yield f"not found: {', '.join(asked.words)}", {"findings": rest}
        return
    if name == "area":
        for area in asked.words if wanted else ():
            yield f"the point in area {area}", {"municipality": rule_set.areas[area].municipalities[0]}
        return
    for word in asked.words if wanted else ():
        yield f"{name} {word}", {name: word}
    if not wanted:
        yield f"{name} none of {', '.join(asked.words)}", {name: "" if name == "point" else None}
