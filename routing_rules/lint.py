"""Prove a rule set before it is used: total, no dead rules, recipients exist, examples hold (I-03, I-04)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from routing_rules.cover import TooIntricateError, coverage
from routing_rules.decide import NoRoute, decide, target_problem
from routing_rules.facts import Facts
from routing_rules.model import Example, Rule, RuleSet
from routing_rules.providers import Provider


def lint(
    rule_set: RuleSet,
    providers: Mapping[str, Provider],
    *,
    on: date | None = None,
    forms: Collection[str] | None = None,
) -> list[str]:
    """The faults of a set, one sentence each; empty if it may be used.

    With `on`, recipients and examples are checked only as far as the world of that day has them: a point with a fixed
    day need not know the authorities of other years. With `forms`, every form that a rule names must be one of them.
    """
    return [
        *_covered(rule_set, providers),
        *_recipients(rule_set, providers, on),
        *_examples(rule_set, providers, on),
        *_forms(rule_set, forms),
    ]


def _covered(rule_set: RuleSet, providers: Mapping[str, Provider]) -> Iterator[str]:
    """Each provider's rules decide every fact, and each rule decides some; without rules and units it gets its own."""
    asked = sorted({*providers, *(name for rule in rule_set.rules for name in rule.when.provider)})
    alive: set[str] = set()
    for name in asked:
        rules = [rule for rule in rule_set.rules if name in rule.when.provider]
        if not rules:
            if providers[name].units:
                yield f"provider '{name}' has units and no rule says which of them takes what"
            continue
        try:
            found = coverage(rules, rule_set.areas)
        except TooIntricateError:
            yield f"the rules for provider '{name}' are too intricate to check; use fewer conditions"
            return
        alive.update(rule.id for rule in rules if rule.id not in found.dead)
        if found.gap is not None:
            facts = ", ".join(f"{axis} {word}" for axis, word in found.gap.items())
            yield f"provider '{name}' has no rule for {facts}; end with a rule that asks only for the provider"
    for rule in rule_set.rules:
        if rule.id not in alive:
            yield f"rule {rule.id} never decides: the rules before it take all its cases"


def _recipients(rule_set: RuleSet, providers: Mapping[str, Provider], on: date | None) -> Iterator[str]:
    """Each rule's recipient exists for as long as the rule is in force."""
    for rule in rule_set.rules:
        if on is not None:
            problem = target_problem(rule, providers, on) if rule.in_force(on) else None
        else:
            days = (rule.valid_from or date.min, rule.valid_until or date.max)
            problem = next((found for day in days if (found := target_problem(rule, providers, day))), None)
            problem = problem or _half_gone(rule, providers)
        if problem:
            yield f"rule {rule.id}: {problem}"


def _half_gone(rule: Rule, providers: Mapping[str, Provider]) -> str | None:
    """A recipient whose own dates make no sense; ends are enough otherwise, for each recipient has one span of time."""
    if rule.to is None:
        return None
    provider = providers[rule.to.provider]
    for thing in (provider, provider.unit(rule.to.unit) if rule.to.unit else None):
        if thing is not None and thing.valid_from and thing.valid_until and thing.valid_until < thing.valid_from:
            return f"'{thing.id}' ends before it begins"
    return None


def _examples(rule_set: RuleSet, providers: Mapping[str, Provider], on: date | None) -> Iterator[str]:
    for number, example in enumerate(rule_set.examples, start=1):
        if on is not None and example.provider is not None and example.provider not in providers:
            continue
        found = run_example(example, rule_set, providers)
        wanted = (example.rule, example.provider, example.unit)
        if found != wanted:
            yield f"example {number} (rule {example.rule}): wanted {_told(wanted)}, got {_told(found)}"


def _told(outcome: tuple[str | None, str | None, str | None]) -> str:
    rule, provider, unit = outcome
    return f"{provider or 'a person'}{f'/{unit}' if unit else ''} by {rule or 'no rule'}"


def _forms(rule_set: RuleSet, forms: Collection[str] | None) -> Iterator[str]:
    for rule in rule_set.rules:
        for form in rule.when.form:
            if forms is not None and form not in forms:
                yield f"rule {rule.id} names a form '{form}' that is in no catalogue"


def run_example(
    example: Example, rule_set: RuleSet, providers: Mapping[str, Provider]
) -> tuple[str | None, str | None, str | None]:
    """The rule, provider and unit that the example's facts lead to; provider None where a person must choose."""
    try:
        decision = decide(Facts(**example.facts.model_dump()), rule_set, providers, example.on)
    except NoRoute as error:
        return error.rule, None, None
    return decision.rule, decision.provider, decision.unit
