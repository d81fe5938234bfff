"""Says whether a rule's conditions hold for a filing's facts on a day."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import partial

from routing_rules.calendar import day_kind, days_left, weekday
from routing_rules.facts import Found, RoutingFacts
from routing_rules.model import Area, Rule, RuleSet
from routing_rules.when import Asked, DaysLeft, Range, finding_of

DATE = "date"


def failed_condition(rule: Rule, facts: RoutingFacts, rule_set: RuleSet, on: date) -> str | None:
    """The name of the first condition of `rule` that does not hold; None if all hold."""
    return next(failed_conditions(rule, facts, rule_set, on), None)


def failed_conditions(rule: Rule, facts: RoutingFacts, rule_set: RuleSet, on: date) -> Iterator[str]:
    """The name of every condition of `rule` that does not hold; under `not`, of every one that does."""
    if not rule.in_force(on):
        yield DATE
    for condition in rule.asked:
        if _holds(condition, facts, rule_set, on) is not condition.wanted:
            yield condition.name if condition.wanted else f"not {condition.name}"


def rules_for(facts: RoutingFacts, rule_set: RuleSet) -> tuple[Rule, ...]:
    """The rules, in their order, that the filing's provider, form and point leave: a few of a large set.

    Found in three steps, each from what the one before left and each once, so that also the first paper costs little.
    """
    left: tuple[Rule, ...] = rule_set.rules
    key: tuple[str | None, ...] = ()
    for names, values in (
        ({"provider"}, (facts.provider,)),
        ({"form"}, (facts.form,)),
        ({"point", "municipality", "area"}, (facts.point, facts.municipality)),
    ):
        key = (*key, *values)
        left = rule_set.narrowed(key, partial(_left, left, names, facts, rule_set))
    return left


def _left(rules: Sequence[Rule], names: Collection[str], facts: RoutingFacts, rule_set: RuleSet) -> tuple[Rule, ...]:
    return tuple(
        rule
        for rule in rules
        if all(
            _holds(condition, facts, rule_set, date.min) is condition.wanted
            for condition in rule.asked
            if condition.name in names
        )
    )


def in_area(facts: RoutingFacts, area: Area) -> bool:
    """Whether the point's municipality lies in the area; the point's own name decides if none is given."""
    if facts.municipality is None:
        return facts.point in area.points
    return facts.municipality in area.municipalities


def days_asked(asked: DaysLeft, dates: Sequence[date], on: date) -> bool:
    """Whether as many days are left to the next of `dates` as is asked; after the last of them they are not."""
    left = days_left(dates, on)
    return left is not None and asked.has(left)


def _holds(asked: Asked, facts: RoutingFacts, rule_set: RuleSet, on: date) -> bool | None:
    """Whether the fact is what is asked; None where it is not known, which meets neither a condition nor `not`."""
    name, value = asked.name, asked.value
    if isinstance(value, DaysLeft):
        return days_asked(value, rule_set.deadlines[value.deadline].dates, on)
    if isinstance(value, Range):
        count: int | None = getattr(facts, name)
        return None if count is None else value.has(count)
    if name == "area":
        return any(in_area(facts, rule_set.areas[word]) for word in asked.words)
    if name == "finding":
        return None if facts.findings is None else _found(asked.words, facts.findings)
    if name == "weekday":
        return weekday(on) in asked.words
    if name == "calendar":
        return day_kind(on) in asked.words
    return getattr(facts, name) in asked.words


def _found(words: Sequence[str], findings: frozenset[Found]) -> bool:
    return any(found_by(finding_of(word), finding) for word in words for finding in findings)


def found_by(asked: Found, finding: Found) -> bool:
    """Whether the finding is what is asked."""
    return finding.code == asked.code and asked.field in {None, finding.field} and asked.kind in {None, finding.kind}
