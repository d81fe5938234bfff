"""Names the values that the check itself needs: reading the others can wait until the customer has the verdict."""

import re

from intake.base.identifiers import CHECKED
from intake.check.conditions import facts_in, parse
from intake.forms.model import Definition, Rule

_ALWAYS = CHECKED | {"date", "postcode"}
"""Kinds of values that are findings when they are wrong."""


def asked_values(definition: Definition) -> frozenset[str]:
    """Keys of the fields whose value, not only their ink, can change the findings."""
    named = {key for rule in definition.rules for key in _named(rule)}
    return frozenset(field.key for field in definition.fields if field.value in _ALWAYS or field.key in named)


def _named(rule: Rule) -> set[str]:
    compared = (
        {fact.key for fact in facts_in(parse(rule.when)) if fact.verb not in ("filled", "empty")}
        if rule.when
        else set()
    )
    return compared | set(rule.fields) | set(re.findall(r"[^\s=+-]+", rule.value or ""))
