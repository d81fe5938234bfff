"""Routing rules as frozen data: what a rule asks, where it sends, and the examples that travel with it.

The language is described in LANGUAGE.md. It is closed: no code, no expressions, no patterns from users, only lists of
known words and ranges of counts, so that a rule set can be proved total and free of dead rules.
"""

from collections.abc import Callable, Hashable
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PrivateAttr, ValidationInfo, model_validator

from intake.base.texts import Text
from routing_rules.when import (
    IN_USE,
    Asked,
    Conditions,
    Count,
    FindingWord,
    Frozen,
    Kind,
    NamedSet,
    Verdict,
    When,
    Words,
)

Basis = Literal["source", "law_or_rule", "assumption"]
Priority = Literal["normal", "urgent"]
ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,59}$"
_REMEMBERED = 4096


def within(day: date, start: date | None, end: date | None) -> bool:
    """Whether `day` lies in the window; both ends are included and None is open."""
    return (start is None or start <= day) and (end is None or day <= end)


def _said(text: Text, info: ValidationInfo) -> Text:
    empty = [language for language, sentence in text if not sentence.strip()]
    if empty and info.context != IN_USE:
        msg = f"nothing is said in {', '.join(empty)}; write the sentence that a person reads"
        raise ValueError(msg)
    return text


Sentence = Annotated[Text, AfterValidator(_said)]


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


Day = Annotated[date, Field(ge=date(1950, 1, 1), le=date(2199, 12, 31))]


class Deadline(Frozen):
    """Days by which a matter must be with its authority; the next of them counts."""

    dates: tuple[Day, ...] = Field(min_length=1, max_length=200)
    source: str
    basis: Basis


class Target(Frozen):
    """A recipient: a provider and, if it has units, one of them."""

    provider: str
    unit: str | None = None


class Due(Frozen):
    """The day by which the paper is due: the next of a deadline, or so long after the hand-over."""

    deadline: str | None = None
    days: Annotated[Count, Field(le=3660)] | None = None
    workdays: Annotated[Count, Field(le=2000)] | None = None
    urgent_days: Annotated[Count, Field(le=3660)] | None = None
    """From so many days before the deadline on the paper is urgent."""

    @model_validator(mode="after")
    def _says_one_day(self) -> "Due":
        if [self.deadline, self.days, self.workdays].count(None) != 2:
            msg = "write exactly one of deadline, days, workdays"
            raise ValueError(msg)
        if self.urgent_days is not None and self.deadline is None:
            msg = "urgent_days counts back from a deadline; name it"
            raise ValueError(msg)
        return self


class Rule(Frozen):
    """One rule. `to` absent means that a person must choose."""

    id: str = Field(pattern=ID_PATTERN)
    when: When
    to: Target | None = None
    fallback: Target | None = None
    """Takes the paper on days when `to` does not exist."""
    hold: Sentence | None = None
    """The paper waits until a person releases it, for this reason; then it goes to `to`."""
    priority: Priority = "normal"
    due: Due | None = None
    text: Sentence
    basis: Basis
    source: str
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _has_recipient(self) -> "Rule":
        for name in ("fallback", "hold", "due"):
            if getattr(self, name) is not None and self.to is None:
                msg = f"{name} needs a recipient; write to"
                raise ValueError(msg)
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            msg = f"it ends before it begins: valid_until {self.valid_until} is before valid_from {self.valid_from}"
            raise ValueError(msg)
        return self

    def in_force(self, day: date) -> bool:
        """Whether the rule counts on `day`."""
        return within(day, self.valid_from, self.valid_until)

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """All that the rule asks but for its days, the provider first."""
        unless = self.when.unless
        wanted = [
            Asked(name, value, wanted=True)
            for name in ("provider", *Conditions.model_fields)
            if (value := getattr(self.when, name))
        ]
        unwanted = [
            Asked(name, value, wanted=False)
            for name in Conditions.model_fields
            if unless is not None and (value := getattr(unless, name))
        ]
        return (*wanted, *unwanted)


class ExampleFacts(Frozen):
    """The facts of an example, as in `RoutingFacts`; what is left out makes it one page with nothing wrong."""

    provider: str
    form: str | None = None
    edition: str | None = None
    language: str | None = None
    point: str = "example"
    municipality: str | None = None
    kind: Kind = "form"
    verdict: Verdict | None = "complete"
    findings: tuple[FindingWord, ...] = ()
    pages: Count = 1
    attachments: Count = 0


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
    set: dict[str, NamedSet] = {}
    deadline: dict[str, Deadline] = {}
    rule: tuple[Rule, ...] = Field(default=(), max_length=500)
    example: tuple[Example, ...] = Field(default=(), max_length=1000)


class RuleSet(Frozen):
    """All rules in the order in which they are tried."""

    version: str
    """First 16 hex digits of the SHA-256 over the names and bytes of all files."""
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...] = ()
    areas: dict[str, Area] = {}
    deadlines: dict[str, Deadline] = {}
    sets: dict[str, NamedSet] = {}
    places: dict[str, str] = {}
    """`file.toml:line` by `rule ID`, `set NAME` and `example NUMBER`; empty for a set that is not from files."""
    _narrowed: dict[Hashable, tuple[Rule, ...]] = PrivateAttr(default_factory=dict)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule with that id, if there is one."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def narrowed(self, key: Hashable, find: Callable[[], tuple[Rule, ...]]) -> tuple[Rule, ...]:
        """The rules that `find` finds for `key`, found once."""
        if key not in self._narrowed:
            if len(self._narrowed) >= _REMEMBERED:
                self._narrowed.clear()
            self._narrowed[key] = find()
        return self._narrowed[key]
