"""Explains where a filing goes: every rule tried, what kept it from counting, and which fact would have led elsewhere.

What would have changed the answer is not guessed: each fact that alone keeps a rule from deciding, and each that the
rule that decides asks for, is changed, and the rules are asked again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from routing_rules.calendar import day_kind, weekday
from routing_rules.conditions import DATE, failed_condition, failed_conditions, found_by
from routing_rules.decide import Decision, NoRoute, decide
from routing_rules.facts import RoutingFacts
from routing_rules.model import Rule, RuleSet
from routing_rules.providers import Provider
from routing_rules.replay import World, goes, place
from routing_rules.when import Asked, Range, finding_of

_AHEAD = 370
_OF_THE_DAY = frozenset({"weekday", "calendar", "days_left"})
_MOST_WORDS = 6

Way = tuple[str, str, RoutingFacts, date]
"""Another case: the condition it is about, the fact in words, and the facts and the day with it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule and how it fared. `failed`: the condition that did not hold; None: this rule decided."""

    rule: str
    failed: str | None
    why: str = ""
    """What kept it from counting, in words."""


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
    others: int
    """How many rules ask for other authorities only; they are not tried."""
    decision: Decision | None
    problem: NoRoute | None
    otherwise: tuple[Otherwise, ...]


def explain(facts: RoutingFacts, rule_set: RuleSet, providers: Mapping[str, Provider], on: date) -> Explanation:
    """The same answer as `decide`, with the way to it."""
    tried: list[Tried] = []
    asking = [rule for rule in rule_set.rules if facts.provider in rule.when.provider]
    for rule in asking:
        failed = failed_condition(rule, facts, rule_set, on)
        tried.append(Tried(rule.id, failed, "" if failed is None else _why(rule, failed, facts, on)))
        if failed is None:
            break
    others = len(rule_set.rules) - len(asking)
    other = tuple(_otherwise(facts, asking, World(rule_set, providers), on))
    try:
        return Explanation(tuple(tried), others, decide(facts, rule_set, providers, on), None, other)
    except NoRoute as error:
        return Explanation(tuple(tried), others, None, error, other)


def _asked(rule: Rule, failed: str) -> Asked:
    """The condition that `failed` names."""
    name, wanted = failed.removeprefix("not "), not failed.startswith("not ")
    return next(asked for asked in rule.asked if asked.name == name and asked.wanted is wanted)


def _why(rule: Rule, failed: str, facts: RoutingFacts, on: date) -> str:
    """What kept the rule from counting: what the paper is, and what is asked."""
    if failed == DATE:
        ended = rule.valid_until is not None and rule.valid_until < on
        return f"it ended on {rule.valid_until}" if ended else f"it begins on {rule.valid_from}"
    asked = _asked(rule, failed)
    name, value, wanted = asked
    words = _listed(asked.words)
    if name == "days_left":
        return f"the days left to the deadline are {'not as asked' if wanted else 'among those left out'}"
    if name in {"finding", "area"}:
        known = name == "area" or facts.findings is not None
        there = {"finding": ("not found: ", "found: "), "area": ("the point is not in ", "the point is in ")}[name]
        return f"{there[not wanted]}{words}" if known else "its findings are not known"
    fact = {"weekday": weekday, "calendar": day_kind}.get(name, lambda _: getattr(facts, name))(on)
    if isinstance(value, Range):
        ends = (("at least", value.at_least), ("at most", value.at_most))
        words = " and ".join(f"{end} {count}" for end, count in ends if count is not None)
    if fact is None:
        return f"{name} is not known; asked: {words}" if wanted else f"{name} is not known"
    return f"{name} {fact}, not {words}" if wanted else f"{name} {fact}, which is left out ({words})"


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else ""
    return ", ".join(words[:_MOST_WORDS]) + more


def _otherwise(facts: RoutingFacts, rules: Sequence[Rule], world: World, on: date) -> Iterator[Otherwise]:
    """The single facts that would have led elsewhere, rule by rule, each place by one fact of each kind."""
    now = place(goes(world, facts, on))
    seen, decided = set(), False
    for rule in rules:
        failed = list(failed_conditions(rule, facts, world.rule_set, on))
        ways: Iterable[Way] = ()
        if not failed and not decided:
            decided, ways = True, _without(rule, facts, world.rule_set, on)
        elif len(failed) == 1:
            ways = _with(rule, failed[0], facts, world.rule_set, on)
        for kind, fact, changed, day in ways:
            went = goes(world, changed, day)
            if place(went) != now and (kind, place(went)) not in seen:
                seen.add((kind, place(went)))
                yield Otherwise(fact, place(went), went.rule)


def _with(rule: Rule, failed: str, facts: RoutingFacts, rule_set: RuleSet, on: date) -> Iterator[Way]:
    """The cases in which the one condition that failed would hold."""
    if failed.removeprefix("not ") not in _OF_THE_DAY | {DATE}:
        yield from _changed(_asked(rule, failed), failed, facts, rule_set, on)
        return
    days = [on + timedelta(days=number) for number in range(1, _AHEAD)]
    if failed == DATE and rule.valid_until is not None and rule.valid_until < on:
        days = [rule.valid_until]
    elif failed == DATE and rule.valid_from is not None:
        days = [rule.valid_from]
    day = next((day for day in days if failed_condition(rule, facts, rule_set, day) is None), None)
    if day is not None:
        yield failed, f"handed over on {day.isoformat()}", facts, day


def _without(rule: Rule, facts: RoutingFacts, rule_set: RuleSet, on: date) -> Iterator[Way]:
    """The cases in which one condition of the rule that decides would not hold, and those before and after its days."""
    for asked in rule.asked:
        if asked.name not in _OF_THE_DAY | {"provider"}:
            yield from _changed(asked._replace(wanted=not asked.wanted), f"without {asked.name}", facts, rule_set, on)
    days = [on + timedelta(days=number) for number in range(1, _AHEAD)]
    days += [rule.valid_until + timedelta(days=1)] if rule.valid_until and rule.valid_until < date.max else []
    after = next((day for day in days if failed_condition(rule, facts, rule_set, day) is not None), None)
    before = rule.valid_from - timedelta(days=1) if rule.valid_from and rule.valid_from > date.min else None
    for day in filter(None, (after, before)):
        yield f"without {DATE}", f"handed over on {day.isoformat()}", facts, day


def _changed(asked: Asked, kind: str, facts: RoutingFacts, rule_set: RuleSet, on: date) -> Iterator[Way]:
    for fact, change in _values(asked, facts, rule_set):
        yield kind, fact, replace(facts, **change), on  # type: ignore[arg-type]


def _values(asked: Asked, facts: RoutingFacts, rule_set: RuleSet) -> Iterator[tuple[str, dict[str, object]]]:
    """The nearest values with which the condition is as it should be."""
    name, value, wanted = asked
    if isinstance(value, Range):
        fewest = 1 if name == "pages" else 0
        for count in _counts(value, getattr(facts, name) or fewest, wanted=wanted):
            if count >= fewest:
                yield f"{name} {count}", {name: count}
    elif not wanted:
        yield _none_of(asked, facts)
    else:
        for word in asked.words:
            if name == "finding":
                yield f"found: {word}", {"findings": (facts.findings or frozenset()) | {finding_of(word)}}
            elif name == "area":
                yield f"the point in area {word}", {"municipality": rule_set.areas[word].municipalities[0]}
            else:
                yield f"{name} {word}", {name: word}


def _counts(asked: Range, count: int, *, wanted: bool) -> list[int]:
    """The nearest count in the range, or those on its two sides."""
    if wanted:
        least = max(count, asked.at_least or 0)
        return [least if asked.at_most is None else min(asked.at_most, least)]
    below = [asked.at_least - 1] if asked.at_least else []
    return below + ([asked.at_most + 1] if asked.at_most is not None else [])


def _none_of(asked: Asked, facts: RoutingFacts) -> tuple[str, dict[str, object]]:
    """A value that is none of the words."""
    words = _listed(asked.words)
    if asked.name == "finding":
        unwanted = [finding_of(word) for word in asked.words]
        left = (found for found in facts.findings or () if not any(found_by(word, found) for word in unwanted))
        return f"not found: {words}", {"findings": frozenset(left)}
    if asked.name == "area":
        return f"the point outside {words}", {"municipality": ""}
    if asked.name == "form":
        return "no form of ours", {"form": None}
    return f"{asked.name} none of {words}", {asked.name: "" if asked.name == "point" else None}
