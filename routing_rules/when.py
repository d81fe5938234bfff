"""What a rule may ask of a filing: lists of known words and ranges of counts, all frozen."""

import re
from functools import cache
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from intake.base.texts import Language
from routing_rules.calendar import DayKind, Weekday
from routing_rules.facts import Found

Kind = Literal["form", "attachment", "unknown"]
Verdict = Literal["complete", "incomplete", "unsure"]
FindingCode = Literal[
    "missing", "unclear", "invalid", "contradiction", "missing_page", "missing_attachment", "edition", "no_demands"
]
FieldKind = Literal["text", "comb", "date", "check", "radio", "signature"]


IN_USE = {"in_use": True}
"""How a set is read that was accepted before: what was allowed then is no reason to close a counter."""


def _word(word: str, info: ValidationInfo) -> str:
    if info.context != IN_USE and word.startswith("("):
        msg = f'"{word}" is no word: nothing is named so, and the proof speaks of what no rule names in brackets'
        raise ValueError(msg)
    return word


Words = tuple[Annotated[str, AfterValidator(_word)], ...]
SET_MARK = "@"
OPEN = ("form", "edition", "point", "municipality", "finding")
"""Conditions whose words may be a named set's."""


class Frozen(BaseModel):
    """A record that never changes; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@cache
def finding_of(word: str) -> Found:
    """`missing`, `signature missing`, `missing:FIELD` or both, as a condition or a fact. Raises ValueError."""
    parts = re.fullmatch(r"(?:([a-z]+) )?([a-z_]+)(?::(.+))?", word)
    if parts is None or parts[2] not in get_args(FindingCode) or parts[1] not in {None, *get_args(FieldKind)}:
        known = ", ".join(get_args(FindingCode))
        msg = (
            f'"{word}" is no finding; write one of {known}, with the kind of field before it ("signature missing") or '
            'the field behind it ("missing:nimi")'
        )
        raise ValueError(msg)
    return Found(parts[2], parts[3], parts[1])


def _finding_word(word: str) -> str:
    if not word.startswith(SET_MARK):
        finding_of(word)
    return word


FindingWord = Annotated[str, AfterValidator(_finding_word)]


class NamedSet(Frozen):
    """Words of one condition under one name; `@name` among a condition's words stands for them."""

    form: Words = ()
    edition: Words = ()
    point: Words = ()
    municipality: Words = ()
    finding: tuple[FindingWord, ...] = ()

    @model_validator(mode="after")
    def _of_one_condition(self) -> "NamedSet":
        if len([name for name in OPEN if getattr(self, name)]) != 1:
            msg = f"a set holds the words of exactly one of {', '.join(OPEN)}"
            raise ValueError(msg)
        other = next((word for name in OPEN for word in getattr(self, name) if word.startswith(SET_MARK)), None)
        if other is not None:
            msg = f"'{other}': a set holds no other set; write that one's words out"
            raise ValueError(msg)
        return self


Count = Annotated[int, Field(strict=True, ge=0, le=10_000)]


class Range(Frozen):
    """A count from `at_least` to `at_most`, both included; one may be left out."""

    at_least: Count | None = None
    at_most: Count | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> "Range":
        if self.at_least is None and self.at_most is None:
            msg = "write at_least, at_most or both"
            raise ValueError(msg)
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            msg = f"at_most {self.at_most} is less than at_least {self.at_least}"
            raise ValueError(msg)
        return self

    def has(self, count: int) -> bool:
        """Whether the count lies in it."""
        return (self.at_least is None or self.at_least <= count) and (self.at_most is None or count <= self.at_most)


class DaysLeft(Range):
    """Days left to the next date of a deadline."""

    deadline: str


class Conditions(Frozen):
    """A list holds when the fact is one of its words. What is left out asks nothing."""

    form: Words = ()
    edition: Words = ()
    language: tuple[Language, ...] = ()
    point: Words = ()
    municipality: Words = ()
    area: Words = ()
    kind: tuple[Kind, ...] = ()
    verdict: tuple[Verdict, ...] = ()
    finding: tuple[FindingWord, ...] = ()
    weekday: tuple[Weekday, ...] = ()
    calendar: tuple[DayKind, ...] = ()
    pages: Range | None = None
    attachments: Range | None = None
    days_left: DaysLeft | None = None


class When(Conditions):
    """All must hold, and none of `not`."""

    provider: Words = Field(min_length=1, max_length=20)
    unless: Conditions | None = Field(default=None, alias="not")


class Asked(NamedTuple):
    """One condition of a rule: its name, what it asks, and whether that must hold or must not."""

    name: str
    value: Words | Range
    wanted: bool

    @property
    def words(self) -> Words:
        """The list that is asked; empty where a count is."""
        return () if isinstance(self.value, Range) else self.value
