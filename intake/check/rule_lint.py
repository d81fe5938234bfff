"""Finds faults in a definition's rules, for whoever writes them, before any paper meets them."""

from collections.abc import Iterator
from datetime import date
from typing import get_args

from intake.base.errors import WrongUse
from intake.check.attachments import attachment_kinds
from intake.check.conditions import facts_in, parse
from intake.check.rules import FINDERS, NOTES, terms_of, window
from intake.forms.model import Definition, Field, Rule, ValueKind

_FEWEST = {"exactly_one_of": 2, "at_least_one_of": 2, "all_or_none": 2, "in_order": 2, "at_most": 2}
_ONE = ("required", "signed", "forbidden", "date_window")


def problems(definition: Definition, *, forms: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """One line for each fault; `forms`: ids of forms that may be demanded as attachments, beside the known kinds."""
    fields = {field.key: field for field in definition.fields}
    attachments = {kind.id for kind in attachment_kinds()} | forms
    found = [f"rule {rule.id}: {line}" for rule in definition.rules for line in _rule(rule, fields, attachments)]
    names = [rule.id for rule in definition.rules]
    found += [f"rule {name}: written twice" for name in sorted({name for name in names if names.count(name) > 1})]
    return tuple(found)


def _rule(rule: Rule, fields: dict[str, Field], attachments: set[str]) -> Iterator[str]:
    if rule.kind not in FINDERS and rule.kind not in NOTES:
        yield f"kind '{rule.kind}' is unknown; one of {', '.join(sorted([*FINDERS, *NOTES]))}"
        return
    for key in rule.fields:
        if key not in fields:
            yield f"field '{key}' does not exist"
        elif fields[key].office:
            yield f"field '{key}' is filled by the office and never asked for"
    fewest = _FEWEST.get(rule.kind, 1 if rule.kind in _ONE else 0)
    if len(rule.fields) < fewest:
        yield f"kind '{rule.kind}' needs at least {fewest} field(s)"
    for language, text in (("fi", rule.text.fi), ("sv", rule.text.sv), ("en", rule.text.en)):
        if not text.strip():
            yield f"no sentence in {language}"
    yield from _when(rule, fields)
    yield from _value(rule, fields, attachments)


def _when(rule: Rule, fields: dict[str, Field]) -> Iterator[str]:
    if rule.when is None:
        if rule.kind == "contradiction":
            yield "kind 'contradiction' needs a condition"
        return
    try:
        facts = facts_in(parse(rule.when))
    except WrongUse as error:
        yield f"when: {error.message}"
        return
    for fact in facts:
        field = fields.get(fact.key)
        if field is None:
            yield f"when: field '{fact.key}' does not exist"
            continue
        options = {place.option for place in field.places}
        if fact.verb in ("=", "!=") and field.kind == "radio" and fact.operand not in options:
            yield f"when: '{fact.key}' has no option '{fact.operand}'"
        if fact.verb in ("before", "after") and not _is_day(fact.operand):
            yield f"when: '{fact.operand}' is not a day such as 2015-01-31"
        if fact.verb == "is" and fact.operand not in get_args(ValueKind):
            yield f"when: '{fact.operand}' is no kind of value"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _value(rule: Rule, fields: dict[str, Field], attachments: set[str]) -> Iterator[str]:
    try:
        if rule.kind == "sum":
            terms, result = terms_of(rule.value or "")
            yield from (
                f"field '{key}' does not exist" for key in [*(k for _, k in terms), result] if key not in fields
            )
        if rule.kind == "date_window":
            window(rule.value or "", date(2015, 1, 1))
    except ValueError as error:
        yield f"value: {error}"
    if rule.kind == "attachment":
        for name in (rule.attachment or "").split("|"):
            if name not in attachments:
                yield f"attachment '{name}' is no known kind and no known form"
