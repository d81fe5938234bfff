"""Prove a rule set before it is used: total, no dead rules, recipients exist, examples hold (I-03, I-04)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from difflib import get_close_matches

from routing_rules.cover import TooIntricateError, coverage
from routing_rules.decide import NoRoute, decide, target_problem
from routing_rules.facts import Facts
from routing_rules.model import Days, Example, Rule, RuleSet
from routing_rules.providers import BUILTIN, Provider


def lint(
    rule_set: RuleSet,
    providers: Mapping[str, Provider],
    *,
    days: Days | None = None,
    forms: Mapping[str, Collection[str]] | None = None,
    point: str | None = None,
) -> list[str]:
    """The faults of a set, one sentence each; empty if it may be used.

    With `days`, recipients and examples are checked only as far as the world of those days has them: a point need not
    know the authorities of the past, one with a fixed day no others. With `forms` (editions by form), every form and
    edition, provider, municipality and service point that a rule asks for must exist; `point` is the one asking.
    """
    return [
        *_covered(rule_set, providers),
        *_recipients(rule_set, providers, days or Days()),
        *_examples(rule_set, providers, days),
        *(() if forms is None else _words(rule_set, providers, forms, point)),
    ]


def _named(rule: Rule, rule_set: RuleSet) -> str:
    place = rule_set.places.get(rule.id)
    return f"{place}: rule {rule.id}" if place else f"rule {rule.id}"


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
            backwards = rule.valid_from and rule.valid_until and rule.valid_until < rule.valid_from
            why = "it ends before it begins" if backwards else "the rules before it take all its cases"
            yield f"{_named(rule, rule_set)} never decides: {why}"


def _recipients(rule_set: RuleSet, providers: Mapping[str, Provider], days: Days) -> Iterator[str]:
    """On every one of `days` that the rule is in force, its recipient exists and no gap parts its certificates."""
    for rule in rule_set.rules:
        first = max(rule.valid_from or date.min, days.first)
        last = min(rule.valid_until or date.max, days.last)
        if rule.to is None or last < first:
            continue
        found = (target_problem(rule, providers, day) for day in (first, last))  # each recipient has one span of days
        problem = next(filter(None, found), None) or _half_gone(rule, providers)
        problem = problem or _unsealed(providers[rule.to.provider], first, last)
        if problem:
            yield f"{_named(rule, rule_set)}: {problem}"


def _half_gone(rule: Rule, providers: Mapping[str, Provider]) -> str | None:
    """A recipient whose own dates make no sense; ends are enough otherwise, for each recipient has one span of time."""
    if rule.to is None:
        return None
    provider = providers[rule.to.provider]
    for thing in (provider, provider.unit(rule.to.unit) if rule.to.unit else None):
        if thing is not None and thing.valid_from and thing.valid_until and thing.valid_until < thing.valid_from:
            return f"'{thing.id}' ends before it begins"
    return None


def _unsealed(provider: Provider, first: date, last: date) -> str | None:
    """A time between two certificates; before the first and after the last of them none is known, which is no fault."""
    covered: date | None = None
    for start, end in sorted(
        (one.valid_from or date.min, one.valid_until or date.max) for one in provider.certificates
    ):
        if covered is not None and covered < date.max and covered + timedelta(days=1) < start:
            gap, until = covered + timedelta(days=1), start - timedelta(days=1)
            if gap <= last and first <= until:
                return f"provider '{provider.id}' has no certificate from {gap.isoformat()} to {until.isoformat()}"
        covered = max(end, covered or date.min)
    return None


def _examples(rule_set: RuleSet, providers: Mapping[str, Provider], days: Days | None) -> Iterator[str]:
    for number, example in enumerate(rule_set.examples, start=1):
        if days is not None and example.provider is not None and example.provider not in providers:
            continue
        found = run_example(example, rule_set, providers)
        wanted = (example.rule, example.provider, example.unit)
        if found != wanted:
            yield f"example {number} (rule {example.rule}): wanted {_told(wanted)}, got {_told(found)}"


def _told(outcome: tuple[str | None, str | None, str | None]) -> str:
    rule, provider, unit = outcome
    return f"{provider or 'a person'}{f'/{unit}' if unit else ''} by {rule or 'no rule'}"


def _words(
    rule_set: RuleSet, providers: Mapping[str, Provider], forms: Mapping[str, Collection[str]], point: str | None
) -> Iterator[str]:
    """Every word that a rule asks for exists. The known service points are the asking one and those of the areas."""
    points = {name for area in rule_set.areas.values() for name in area.points} | ({point} if point else set())
    authorities = {*providers, *(path.stem for path in BUILTIN.glob("*.toml"))}  # a fixed day has not all of them
    for rule in rule_set.rules:
        when = rule.when
        editions = {one for form in when.form or forms for one in forms.get(form, ())}
        asked: tuple[tuple[str, tuple[str, ...], Collection[str]], ...] = (
            ("provider", when.provider, authorities),
            ("form", when.form, forms),
            ("edition", when.edition, editions),
            ("point", when.point, points),
        )
        for kind, words, known in asked:
            for word in words:
                if word not in known:
                    yield f"{_named(rule, rule_set)}: there is no {kind} '{word}'{_near(word, known)}"
        for code in when.municipality:
            if not (len(code) == 3 and code.isascii() and code.isdigit()):
                yield f"{_named(rule, rule_set)}: there is no municipality '{code}'; write its three-digit code"


def _near(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, sorted(known), n=3)
    return f"; did you mean {' or '.join(repr(one) for one in near)}?" if near else ""


def run_example(
    example: Example, rule_set: RuleSet, providers: Mapping[str, Provider]
) -> tuple[str | None, str | None, str | None]:
    """The rule, provider and unit that the example's facts lead to; provider None where a person must choose."""
    try:
        decision = decide(Facts(**example.facts.model_dump()), rule_set, providers, example.on)
    except NoRoute as error:
        return error.rule, None, None
    return decision.rule, decision.provider, decision.unit
