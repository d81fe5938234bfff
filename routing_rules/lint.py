"""Prove a rule set before it is used: total, no dead rules, recipients exist, examples hold (I-03, I-04)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from routing_rules.cover import TooIntricateError, coverage
from routing_rules.decide import NoRoute, decide, target_problem, unknown_target
from routing_rules.facts import RoutingFacts
from routing_rules.model import Days, Example, RuleSet, Target
from routing_rules.names import named
from routing_rules.providers import Provider
from routing_rules.when import finding_of
from routing_rules.words import KnownWords, authorities, unknown_words

_DAY = timedelta(days=1)


def lint(
    rule_set: RuleSet,
    providers: Mapping[str, Provider],
    *,
    days: Days | None = None,
    words: KnownWords | None = None,
    in_use: bool = False,
) -> list[str]:
    """The faults of a set, one sentence each; empty if it may be used.

    With `days`, recipients and examples are checked only as far as the world of those days has them: a point need not
    know the authorities of the past, one with a fixed day no others. With `words`, what a rule asks for must be known.
    A set that is `in_use` is not asked what holds papers only: a fallback that is none, a time without certificate.
    """
    return [
        *_covered(rule_set, providers),
        *_recipients(rule_set, providers, days or Days(), in_use=in_use),
        *_examples(rule_set, providers, days),
        *(() if words is None else unknown_words(rule_set, providers, words)),
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
            found = coverage(rules, rule_set.areas, rule_set.deadlines)
        except TooIntricateError as error:
            where = named(rule_set, f"rule {error.args[0]}")
            yield f"{where}: up to here the rules for '{name}' are too intricate to prove; ask fewer things at once"
            alive.update(rule.id for rule in rules)
            continue
        alive.update(rule.id for rule in rules if rule.id not in found.dead)
        if found.gap is not None:
            last = named(rule_set, f"rule {rules[-1].id}")
            yield (
                f"{last}: after it '{name}' has no rule for {found.gap}; end with a rule that asks only for the "
                f'provider: when = {{ provider = ["{name}"] }}'
            )
    for rule in rule_set.rules:
        if rule.id not in alive:
            where = named(rule_set, f"rule {rule.id}")
            yield f"{where} never decides: the rules before it take all its cases; put it before them, or remove it"


def _recipients(rule_set: RuleSet, providers: Mapping[str, Provider], days: Days, *, in_use: bool) -> Iterator[str]:
    """On every one of `days` that the rule is in force, its recipient or fallback exists, with a certificate."""
    for rule in rule_set.rules:
        first = max(rule.valid_from or date.min, days.first)
        last = min(rule.valid_until or date.max, days.last)
        if rule.to is None or last < first:
            continue
        targets = [rule.to, *([rule.fallback] if rule.fallback else [])]
        problem = _gone(targets, providers, first, last)
        if problem is None and not in_use:
            found = (
                _unsealed(providers[target.provider], first, last) for target in targets if target.provider in providers
            )
            problem = next(filter(None, found), None)
        if problem:
            yield f"{named(rule_set, f'rule {rule.id}')}: to: {problem}"
        elif rule.fallback is not None and not in_use:
            elsewhere = rule.fallback.provider in authorities(providers) - providers.keys()
            if not elsewhere and (unknown := unknown_target(rule.fallback, providers)):
                yield f"{named(rule_set, f'rule {rule.id}')}: fallback: {unknown}"


def notes(rule_set: RuleSet, providers: Mapping[str, Provider], days: Days) -> Iterator[str]:
    """What is no fault of a set and holds papers: a recipient lacks a certificate as a rule begins, or before it ends.

    A rule without a last day says nothing about how long certificates must last; `doctor` tells when one ends soon.
    """
    noted = set()
    for rule in rule_set.rules:
        first, last = max(rule.valid_from or date.min, days.first), min(rule.valid_until or date.max, days.last)
        provider = providers.get(rule.to.provider) if rule.to else None
        if provider is None or provider.id in noted or last < first:
            continue
        ends = max((certificate.valid_until or date.max for certificate in provider.certificates), default=date.max)
        if not any(certificate.valid_on(first) for certificate in provider.certificates):
            since = f" on {first}, when rule {rule.id} is in force" if provider.certificates else ""
        elif ends < last and rule.valid_until is not None:
            since = f" after {ends}, while rule {rule.id} is in force until {last}"
        else:
            continue
        noted.add(provider.id)
        yield f"{provider.id}: there is no certificate{since}; its filings are held ('vireille providers add')"


def _gone(targets: Sequence[Target], providers: Mapping[str, Provider], first: date, last: date) -> str | None:
    """Why on a day from `first` to `last` none of the recipients exists; None if one always does.

    Each has one span of days, so the days on which a span begins or has ended are enough to look at.
    """
    spans = [span for target in targets for span in _spans(target, providers)]
    turns = {date.min, *(start for start, _ in spans), *(end + _DAY for _, end in spans if end < date.max)}
    for day in sorted({first, last, *(turn for turn in turns if first <= turn <= last)}):
        problems = [target_problem(target, providers, day) for target in targets]
        if None not in problems:
            return "; nor the fallback: ".join(problem for problem in problems if problem)
    return None


def _spans(target: Target, providers: Mapping[str, Provider]) -> Iterator[tuple[date, date]]:
    provider = providers.get(target.provider)
    unit = provider.unit(target.unit) if provider and target.unit else None
    for thing in (provider, unit):
        if thing is not None:
            yield thing.valid_from or date.min, thing.valid_until or date.max


def _unsealed(provider: Provider, first: date, last: date) -> str | None:
    """A time between two certificates; before the first and after the last of them none is known, which is no fault."""
    covered: date | None = None
    for start, end in sorted(
        (certificate.valid_from or date.min, certificate.valid_until or date.max)
        for certificate in provider.certificates
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
            where = named(rule_set, f"example {number}")
            yield f"{where} (rule {example.rule}): wanted {_told(wanted)}, got {_told(found)}"


def _told(outcome: tuple[str | None, str | None, str | None]) -> str:
    rule, provider, unit = outcome
    return f"{provider or 'a person'}{f'/{unit}' if unit else ''} by {rule or 'no rule'}"


def facts_of(example: Example) -> RoutingFacts:
    """The example's facts as rules see them."""
    given = example.facts.model_dump()
    return RoutingFacts(**given | {"findings": frozenset(map(finding_of, example.facts.findings))})


def run_example(
    example: Example, rule_set: RuleSet, providers: Mapping[str, Provider]
) -> tuple[str | None, str | None, str | None]:
    """The rule, provider and unit that the example's facts lead to; provider None where a person must choose."""
    try:
        decision = decide(facts_of(example), rule_set, providers, example.on)
    except NoRoute as error:
        return error.rule, None, None
    return decision.rule, decision.provider, decision.unit
