"""The conditions of rules: `vahinko filled and not (aihe = "muu")`, read once and evaluated to yes, no or unknown.

    or_expression   = and_expression { "or" and_expression }
    and_expression  = negation { "and" negation }
    negation        = [ "not" ] ( "(" or_expression ")" | fact )
    fact            = key question
    question        = "filled" | "empty" | ("=" | "!=" | "before" | "after" | "is") text | ("under" | "over") number

Nothing else exists: no arithmetic, no functions, no regular expressions.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from intake.base.errors import WrongUse
from intake.base.identifiers import CHECKED
from intake.forms.model import Definition, Rule

LONGEST = 600
_TOKEN = re.compile(r'\s*(?:(?P<sign>\(|\)|!=|=)|"(?P<text>[^"]*)"|(?P<word>[^\s()="!]+))')
_WORDS = {"and", "or", "not", "filled", "empty", "under", "over", "before", "after", "is"}
Verb = Literal["filled", "empty", "=", "!=", "under", "over", "before", "after", "is"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One question about one field."""

    key: str
    verb: Verb
    operand: str = ""


@dataclass(frozen=True, slots=True)
class Not:
    """True where its part is not."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class Both:
    """`and`, or `or` when `either`."""

    parts: tuple["Condition", ...]
    either: bool


Condition = Fact | Not | Both


@lru_cache(maxsize=2000)
def parse(text: str) -> Condition:
    """The condition written in `text`. Raises WrongUse saying what is not understood."""
    if len(text) > LONGEST:
        raise WrongUse(f"a condition is longer than {LONGEST} characters")
    reader = _Reader(list(_tokens(text)))
    found = reader.alternatives()
    if reader.position < len(reader.tokens):
        raise WrongUse(f"condition '{text}': '{reader.tokens[reader.position][1]}' is not expected here")
    return found


def keys_in(condition: Condition) -> tuple[str, ...]:
    """The fields a condition asks about, in the order they are written."""
    if isinstance(condition, Fact):
        return (condition.key,)
    if isinstance(condition, Not):
        return keys_in(condition.part)
    return tuple(dict.fromkeys(key for part in condition.parts for key in keys_in(part)))


def facts_in(condition: Condition) -> tuple[Fact, ...]:
    """All questions of a condition."""
    if isinstance(condition, Fact):
        return (condition,)
    if isinstance(condition, Not):
        return facts_in(condition.part)
    return tuple(fact for part in condition.parts for fact in facts_in(part))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None:
            raise WrongUse(f"condition '{text}': not understood from '{text[position:].strip()[:20]}' on")
        position = found.end()
        kind = found.lastgroup or ""
        yield kind, found[kind]


@dataclass(slots=True)
class _Reader:
    tokens: list[tuple[str, str]]
    position: int = 0
    depth: int = 0

    def alternatives(self) -> Condition:
        return self._joined("or")

    def _joined(self, word: str) -> Condition:
        parts = [self._joined("and") if word == "or" else self._negation()]
        while self._takes(word):
            parts.append(self._joined("and") if word == "or" else self._negation())
        return parts[0] if len(parts) == 1 else Both(tuple(parts), either=word == "or")

    def _negation(self) -> Condition:
        if self._takes("not"):
            return Not(self._negation())
        if self._takes("("):
            self.depth += 1
            if self.depth > 20:
                raise WrongUse("a condition has more than 20 brackets inside each other")
            inner = self.alternatives()
            if not self._takes(")"):
                raise WrongUse("a condition lacks a closing bracket")
            self.depth -= 1
            return inner
        return self._fact()

    def _fact(self) -> Fact:
        key = self._next("word", "a field's key")
        if key in _WORDS:
            raise WrongUse(f"a condition has '{key}' where a field's key is expected")
        verb = self._next(None, "what to ask")
        if verb in ("filled", "empty"):
            return Fact(key, verb)  # type: ignore[arg-type]  # narrowed by the line above
        if verb in ("=", "!=", "before", "after", "is"):
            return Fact(key, verb, self._next("text", "a text in quotes"))  # type: ignore[arg-type]
        if verb in ("under", "over"):
            number = self._next("word", "a number")
            if not re.fullmatch(r"\d{1,9}", number):
                raise WrongUse(f"'{verb}' wants a whole number, not '{number}'")
            return Fact(key, verb, number)  # type: ignore[arg-type]
        raise WrongUse(f"'{verb}' is nothing that can be asked about '{key}'")

    def _takes(self, token: str) -> bool:
        if self.position < len(self.tokens) and self.tokens[self.position] in (("word", token), ("sign", token)):
            self.position += 1
            return True
        return False

    def _next(self, kind: str | None, expected: str) -> str:
        if self.position >= len(self.tokens):
            raise WrongUse(f"a condition ends where {expected} is expected")
        found, token = self.tokens[self.position]
        if kind is not None and found != kind:
            raise WrongUse(f"a condition has '{token}' where {expected} is expected")
        self.position += 1
        return token


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
