"""Checks that every word a rule asks for exists, and offers those that come near."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from routing_rules.model import RuleSet
from routing_rules.names import named
from routing_rules.near import near
from routing_rules.providers import BUILTIN, Provider
from routing_rules.when import Conditions, finding_of


@dataclass(frozen=True, slots=True)
class KnownForm:
    """What rules may ask of a form: its editions and the names of its fields."""

    editions: frozenset[str]
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class KnownWords:
    """The forms by id, and the service points that are known beside those of the areas."""

    forms: Mapping[str, KnownForm]
    points: Collection[str] = field(default=())


def authorities(providers: Mapping[str, Provider]) -> set[str]:
    """The providers given and all that are shipped: a point with a fixed day has only those of that day."""
    return {*providers, *(path.stem for path in BUILTIN.glob("*.toml"))}


def unknown_words(rule_set: RuleSet, providers: Mapping[str, Provider], known: KnownWords) -> Iterator[str]:
    """Each word that rules ask for and that does not exist."""
    points = {name for area in rule_set.areas.values() for name in area.points} | set(known.points)
    there = authorities(providers)
    told_at_sets = set()
    for name, found in rule_set.sets.items():
        for problem in _unknown(Conditions.model_validate(found.model_dump()), (), known, points):
            told_at_sets.add(problem)
            yield f"{named(rule_set, f'set {name}')}: {problem}"
    for rule in rule_set.rules:
        unknown = [provider for provider in rule.when.provider if provider not in there]
        problems = [f"there is no provider '{provider}'{near(provider, there)}" for provider in unknown]
        for conditions in filter(None, (rule.when, rule.when.unless)):
            problems += _unknown(conditions, rule.when.form, known, points)
        for problem in problems:
            if problem not in told_at_sets:  # of a set's word it is said at the set
                yield f"{named(rule_set, f'rule {rule.id}')}: {problem}"
    for number, example in enumerate(rule_set.examples, start=1):
        facts = example.facts
        asked = {name: (word,) for name in ("form", "edition", "municipality") if (word := getattr(facts, name))}
        of_it = Conditions.model_validate(asked | {"finding": facts.findings})
        for problem in _unknown(of_it, asked.get("form", ()), known, points):
            yield f"{named(rule_set, f'example {number}')}: {problem}"


def _unknown(
    conditions: Conditions, forms: Collection[str], known: KnownWords, points: Collection[str]
) -> Iterator[str]:
    """`forms`: those of the rule; its editions and fields are looked for in them, or in all forms."""
    of_them = [known.forms[form] for form in forms or known.forms if form in known.forms]
    editions = {edition for form in of_them for edition in form.editions}
    fields = {name for form in of_them for name in form.fields}
    wanted = [found for word in conditions.finding if (found := finding_of(word).field) is not None]
    for kind, words, there in (
        ("form", conditions.form, known.forms),
        ("edition", conditions.edition, editions),
        ("point", conditions.point, points),
        ("field", wanted, fields),
    ):
        for word in words:
            if word not in there:
                yield f"there is no {kind} '{word}'{near(word, there)}"
    for code in conditions.municipality:
        if not (len(code) == 3 and code.isascii() and code.isdigit()):
            yield f"there is no municipality '{code}'; write its three-digit code"
