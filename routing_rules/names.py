"""Names inside a rule set: areas, deadlines and named sets exist, and a set's words take its name's place."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from routing_rules.model import Rule, RuleSet
from routing_rules.near import near
from routing_rules.when import OPEN, SET_MARK, Conditions, NamedSet

Asks = TypeVar("Asks", bound=Conditions)


def named(rule_set: RuleSet, thing: str) -> str:
    """`file.toml:12: rule ID`: the thing with its place, if that is known."""
    place = rule_set.places.get(thing)
    return f"{place}: {thing}" if place else thing


def unknown_names(rule_set: RuleSet) -> Iterator[str]:
    """Each name that a rule uses and that the set does not define."""
    for rule in rule_set.rules:
        for problem in _unknown(rule, rule_set):
            yield f"{named(rule_set, f'rule {rule.id}')}: {problem}"


def _unknown(rule: Rule, rule_set: RuleSet) -> Iterator[str]:
    sets = rule_set.sets
    due = [rule.due.deadline] if rule.due and rule.due.deadline else []
    for conditions in filter(None, (rule.when, rule.when.unless)):
        for area in conditions.area:
            if area not in rule_set.areas:
                yield f"no area '{area}'{near(area, rule_set.areas, all_of=True)}"
        due += [conditions.days_left.deadline] if conditions.days_left else []
        for condition in OPEN:
            for word in getattr(conditions, condition):
                if word.startswith(SET_MARK) and not getattr(sets.get(word[1:]), condition, ()):
                    known = [f"{SET_MARK}{name}" for name, named_set in sets.items() if getattr(named_set, condition)]
                    yield f"there is no set '{word}' for {condition}{near(word, known, all_of=True)}"
    for deadline in due:
        if deadline not in rule_set.deadlines:
            yield f"no deadline '{deadline}'{near(deadline, rule_set.deadlines, all_of=True)}"


def with_sets(rule_set: RuleSet) -> RuleSet:
    """The set with each `@name` replaced by the words it stands for."""
    sets = rule_set.sets
    if not sets:
        return rule_set
    rules = []
    for rule in rule_set.rules:
        when = _expanded(rule.when, sets)
        unless = rule.when.unless and _expanded(rule.when.unless, sets)
        rules.append(rule.model_copy(update={"when": when.model_copy(update={"unless": unless})}))
    return rule_set.model_copy(update={"rules": tuple(rules)})


def _expanded(conditions: Asks, sets: Mapping[str, NamedSet]) -> Asks:
    changed = {}
    for name in OPEN:
        words = getattr(conditions, name)
        if any(word.startswith(SET_MARK) for word in words):
            parts = (getattr(sets[word[1:]], name) if word.startswith(SET_MARK) else (word,) for word in words)
            changed[name] = tuple(dict.fromkeys(word for part in parts for word in part))
    return conditions.model_copy(update=changed)
