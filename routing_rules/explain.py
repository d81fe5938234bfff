"""Explains where a filing goes: every rule tried, in order, and the first condition that kept it from counting."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from routing_rules.conditions import failed_condition
from routing_rules.decide import Decision, NoRoute, decide
from routing_rules.facts import RoutingFacts
from routing_rules.model import RuleSet
from routing_rules.providers import Provider


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule and how it fared. `failed`: the condition that did not hold; None: this rule decided."""

    rule: str
    failed: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rules tried up to the one that decided, and what came of it."""

    tried: tuple[Tried, ...]
    decision: Decision | None
    problem: NoRoute | None


def explain(facts: RoutingFacts, rule_set: RuleSet, providers: Mapping[str, Provider], on: date) -> Explanation:
    """The same answer as `decide`, with the way to it."""
    tried: list[Tried] = []
    for rule in rule_set.rules:
        failed = failed_condition(rule, facts, rule_set, on)
        tried.append(Tried(rule.id, failed))
        if failed is None:
            break
    try:
        return Explanation(tuple(tried), decide(facts, rule_set, providers, on), None)
    except NoRoute as error:
        return Explanation(tuple(tried), None, error)
