"""Prove a rule set before it is used: total, no dead rules, recipients exist, examples hold (I-03, I-04)."""

from collections.abc import Mapping
from datetime import date

from routing_rules.decide import Decision, NoRoute, decide, target_problem
from routing_rules.facts import Facts
from routing_rules.model import Example, RuleSet
from routing_rules.providers import Provider


def lint(rule_set: RuleSet, providers: Mapping[str, Provider], *, on: date | None = None) -> list[str]:
    """What is wrong, one sentence each; empty if the set may be used.

    With `on`, recipients are checked for that day and only for rules and examples of a world that has them.
    """
    return [*_recipients(rule_set, providers, on), *_examples(rule_set, providers, on)]


def _recipients(rule_set: RuleSet, providers: Mapping[str, Provider], on: date | None) -> list[str]:
    problems = []
    for rule in rule_set.rules:
        days = [on] if on is not None else [day for day in (rule.valid_from, rule.valid_until) if day is not None]
        for day in days or [date(2015, 1, 1)]:
            if rule.in_force(day) and (problem := target_problem(rule, providers, day)):
                problems.append(f"rule {rule.id}: {problem}")
                break
    return problems


def _examples(rule_set: RuleSet, providers: Mapping[str, Provider], on: date | None) -> list[str]:
    problems = []
    for number, example in enumerate(rule_set.examples, start=1):
        if on is not None and example.provider is not None and example.provider not in providers:
            continue
        found = run_example(example, rule_set, providers)
        wanted = (example.rule, example.provider, example.unit)
        if found != wanted:
            problems.append(f"example {number} (rule {example.rule}): wanted {wanted}, got {found}")
    return problems


def run_example(
    example: Example, rule_set: RuleSet, providers: Mapping[str, Provider]
) -> tuple[str | None, str | None, str | None]:
    """The rule, provider and unit that the example's facts lead to; provider None where a person must choose."""
    facts = Facts(**example.facts.model_dump())
    try:
        decision: Decision = decide(facts, rule_set, providers, example.on)
    except NoRoute as error:
        return error.rule, None, None
    return decision.rule, decision.provider, decision.unit
