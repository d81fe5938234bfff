"""Routing rules as frozen data: what a rule asks, where it sends, and the examples that travel with it.

The language is described in LANGUAGE.md. It is closed: no code, no expressions, no patterns from users, only lists of
known words, so that a rule set can be proved total and free of dead rules.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from intake.base.texts import Language, Text

Basis = Literal["source", "law_or_rule", "assumption"]
Priority = Literal["normal", "urgent"]
Kind = Literal["form", "attachment", "unknown"]
Verdict = Literal["complete", "incomplete", "unsure"]

Words = tuple[str, ...]
ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,59}$"


class Frozen(BaseModel):
    """A record that never changes; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def within(day: date, start: date | None, end: date | None) -> bool:
    """Whether `day` lies in the window; both ends are included and None is open."""
    return (start is None or start <= day) and (end is None or day <= end)


class Days(Frozen):
    """The days for which a rule set must be sound; both ends are included."""

    first: date = date.min
    last: date = date.max


class Area(Frozen):
    """A named set of municipalities, by three-digit code."""

    municipalities: Words = Field(min_length=1, max_length=400)
    points: Words = ()
    """Service points that count as lying in the area when the facts name no municipality."""
    source: str
    basis: Basis


class When(Frozen):
    """All given lists must hold; a list holds when the fact is one of its words. An empty list asks nothing."""

    provider: Words = Field(min_length=1, max_length=20)
    form: Words = ()
    edition: Words = ()
    language: tuple[Language, ...] = ()
    point: Words = ()
    municipality: Words = ()
    area: Words = ()
    kind: tuple[Kind, ...] = ()
    verdict: tuple[Verdict, ...] = ()


class Target(Frozen):
    """A recipient: a provider and, if it has units, one of them."""

    provider: str
    unit: str | None = None


class Rule(Frozen):
    """One rule. `to` absent means that a person must choose."""

    id: str = Field(pattern=ID_PATTERN)
    when: When
    to: Target | None = None
    priority: Priority = "normal"
    text: Text
    basis: Basis
    source: str
    valid_from: date | None = None
    valid_until: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether the rule counts on `day`."""
        return within(day, self.valid_from, self.valid_until)


class ExampleFacts(Frozen):
    """The facts of an example, as in `routing_rules.facts.Facts`."""

    provider: str
    form: str | None = None
    edition: str | None = None
    language: str | None = None
    point: str = "example"
    municipality: str | None = None
    kind: Kind = "form"
    verdict: Verdict | None = "complete"


class Example(Frozen):
    """A filing and where it must go; run whenever the rules are loaded."""

    on: date
    facts: ExampleFacts
    rule: str
    provider: str | None = None
    unit: str | None = None


class RuleFile(Frozen):
    """One TOML file of the rules folder."""

    area: dict[str, Area] = {}
    rule: tuple[Rule, ...] = Field(default=(), max_length=500)
    example: tuple[Example, ...] = Field(default=(), max_length=1000)


class RuleSet(Frozen):
    """All rules in the order in which they are tried."""

    version: str
    """First 16 hex digits of the SHA-256 over the names and bytes of all files."""
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...] = ()
    areas: dict[str, Area] = {}
    places: dict[str, str] = {}
    """`file.toml:line` of each rule, by id, for messages; empty for a set that was not read from files."""

    def rule(self, rule_id: str) -> Rule | None:
        """The rule with that id, if there is one."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)
