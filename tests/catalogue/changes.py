"""Change a filing so that a condition holds or not, or so that a rule's demand is met or not.

Everything is derived from the rule itself: what it names is written or left out; nothing is listed by hand.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from intake.check.conditions import Both, Condition, Fact, Not, parse
from intake.check.rules import terms_of, window
from intake.forms.model import Definition, Field, Rule
from intake.trial import person, value_for

ON = date(2015, 3, 2)
PROHIBITIONS = ("contradiction", "forbidden")
"""Kinds that are broken by what is there, not by what is missing."""


def day_for(definition: Definition) -> date:
    """A day on which the edition is in use."""
    return max(ON, definition.valid_from or ON)


def facts(condition: Condition) -> Iterator[Fact]:
    """All questions of a condition."""
    if isinstance(condition, Fact):
        yield condition
    else:
        for part in (condition.part,) if isinstance(condition, Not) else condition.parts:
            yield from facts(part)


def make(condition: Condition, values: dict[str, str], definition: Definition, *, holds: bool, choice: int = 0) -> None:
    """Change `values` so that the condition holds, or does not; `choice`: by which part, where one is enough."""
    if isinstance(condition, Not):
        make(condition.part, values, definition, holds=not holds, choice=choice)
    elif isinstance(condition, Both):
        every = condition.either != holds
        for part in condition.parts if every else (condition.parts[choice % len(condition.parts)],):
            make(part, values, definition, holds=holds, choice=choice)
    elif holds:
        _make_fact(condition, values, definition)
    elif condition.verb == "empty":
        _make_fact(Fact(condition.key, "filled"), values, definition)
    else:
        values.pop(condition.key, None)


def _make_fact(fact: Fact, values: dict[str, str], definition: Definition) -> None:
    """Make one fact true."""
    field = definition.field(fact.key)
    if fact.verb == "empty":
        values.pop(fact.key, None)
    elif fact.verb == "=":
        values[fact.key] = fact.operand
    elif fact.verb == "is":
        values[fact.key] = person(1).hetu
    elif fact.verb in ("under", "over"):
        number = int(fact.operand) + (-2 if fact.verb == "under" else 3)
        is_person = field.value in ("hetu", "hetu_or_ytunnus")
        values[fact.key] = person(1, age=number, on=day_for(definition)).hetu if is_person else str(number)
    elif fact.verb == "filled":
        values.setdefault(fact.key, something(field, definition))
    else:
        raise ValueError(f"no way is known to make '{fact.verb}' true; add one here")


def something(field: Field, definition: Definition) -> str:
    """Anything that may stand in the field."""
    return value_for(field, person(7, on=day_for(definition)), Random(7), day_for(definition))


def break_demand(definition: Definition, rule: Rule, values: dict[str, str], attachments: list[str]) -> None:
    """Change the filing so that what the rule demands is not there; its condition is made elsewhere."""
    on, keys = day_for(definition), rule.fields
    if rule.kind in ("required", "signed", "exactly_one_of", "at_least_one_of"):
        for key in keys:
            values.pop(key, None)
    elif rule.kind == "all_or_none":
        values[keys[0]] = something(definition.field(keys[0]), definition)
        values.pop(keys[1], None)
    elif rule.kind == "in_order":
        _write_days(definition, keys[:2], values, on + timedelta(days=13), on + timedelta(days=12))
    elif rule.kind == "date_window":
        first, last = window(rule.value or "..", on)
        wrong = first - timedelta(days=1) if first else (last or on) + timedelta(days=1)
        _write_days(definition, keys[:1], values, wrong)
    elif rule.kind == "sum":
        _write_sum(rule, values, off_by=-1)
    elif rule.kind == "at_most":
        _write_euros(values, keys, "200", "100")
    elif rule.kind == "attachment":
        attachments[:] = [name for name in attachments if name not in (rule.attachment or "").split("|")]
    elif rule.kind not in PROHIBITIONS:
        raise ValueError(f"no way is known to break a rule of kind '{rule.kind}'; add one here")


def meet_demand(definition: Definition, rule: Rule, values: dict[str, str], attachments: list[str]) -> None:
    """Change the filing so that what the rule demands is there, in so many words and not by an empty field."""
    on, keys = day_for(definition), rule.fields
    if rule.kind in ("required", "signed", "all_or_none", "exactly_one_of", "at_least_one_of"):
        for key in keys if "one_of" not in rule.kind else keys[:1]:
            values.setdefault(key, something(definition.field(key), definition))
        if rule.kind == "exactly_one_of":
            for key in keys[1:]:
                values.pop(key, None)
    elif rule.kind in ("in_order", "date_window"):
        first, last = window(rule.value or "0..", on)
        step = rule.kind == "in_order"
        begin = first or last or on
        _write_days(definition, keys, values, *(begin + timedelta(days=step * n) for n in range(len(keys))))
    elif rule.kind == "sum":
        _write_sum(rule, values, off_by=0)
    elif rule.kind == "at_most":
        _write_euros(values, keys, "100", "200")
    elif rule.kind == "attachment":
        attachments.append((rule.attachment or "").split("|")[0])
    elif rule.kind not in PROHIBITIONS:
        raise ValueError(f"no way is known to keep a rule of kind '{rule.kind}'; add one here")


def condition_of(rule: Rule) -> Condition | None:
    """When the rule counts; None: always."""
    return parse(rule.when) if rule.when is not None else None


def _write_days(definition: Definition, keys: tuple[str, ...], values: dict[str, str], *days: date) -> None:
    for key, day in zip(keys, days, strict=True):
        in_cells = any(place.cells for place in definition.field(key).places)
        values[key] = f"{day:%d%m%Y}" if in_cells else f"{day.day}.{day.month}.{day.year}"


def _write_euros(values: dict[str, str], keys: tuple[str, ...], *amounts: str) -> None:
    for key, amount in zip(keys, amounts, strict=False):
        values[key] = amount
        values.pop(f"{key}_snt", None)


def _write_sum(rule: Rule, values: dict[str, str], *, off_by: int) -> None:
    """Whole euros; the result is right, or off by a euro or two (a euro may be cents that could not be read)."""
    terms, result = terms_of(rule.value or "")
    amounts = [300 if sign > 0 else 100 for sign, _ in terms]
    total = sum(sign * amount for (sign, _), amount in zip(terms, amounts, strict=True))
    keys = (*(key for _, key in terms), result)
    _write_euros(values, keys, *map(str, amounts), str(total + 2 * off_by))
