"""How figures are written: numbers, shares and times in a language, and names instead of ids.

To the public no count under five is shown, and every other one is rounded by itself to the nearest five: then no sum,
difference or share, in this table or another, gives a small count away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from pathlib import Path

from intake.base.reasons import reason_text
from intake.base.texts import Language
from intake.check import sentences
from intake.forms.model import Definition
from routing_rules.providers import Provider
from workers.access.words import sentences as words_of
from workers.figures.figures import Period, share_of

LEAST = 5
"""Counts under it are not shown to the public; other counts are rounded to it."""
CLASSES = ((20, "0–20"), (50, "21–50"), (100, "51–100"), (400, "101–400"), (600, "401–600"))
_TEXTS = Path(__file__).with_name("texts.toml")


@dataclass(frozen=True, slots=True)
class Count:
    """How many."""

    of: int


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    of: int
    whole: int


@dataclass(frozen=True, slots=True)
class Rate:
    """How many in so many months or days; `digits` behind the comma."""

    of: int
    per: float
    digits: int = 0
    classed: bool = False
    """The pilot's class stands beside it."""


@dataclass(frozen=True, slots=True)
class Rank:
    """The time below which a share of the times lie, and how many times there are."""

    counts: Mapping[str, int]
    share: float


Value = str | Count | Share | Rate | Rank


def class_of(a_month: float, say: "Say") -> str:
    """The pilot's class of so many hand-overs a month."""
    return next((name for most, name in CLASSES if round(a_month) <= most), say.t["over"].format(value=CLASSES[-1][0]))


def rounded(count: int, *, public: bool) -> int:
    """The count as it may be used in a public number: to the nearest five."""
    return LEAST * round(count / LEAST) if public else count


@dataclass(frozen=True, slots=True)
class Say:
    """Writes figures in one language, for the public or not."""

    language: Language
    public: bool
    providers: Mapping[str, Provider]
    definitions: Sequence[Definition]

    @property
    def t(self) -> Mapping[str, str]:
        """All words of the report."""
        return words_of(_TEXTS, self.language)

    def text(self, value: Value, *, plain: bool = False) -> str:
        """The value for people; `plain` without spaces in numbers, for a spreadsheet."""
        if isinstance(value, str):
            return value
        if isinstance(value, Count):
            return self._count(value.of, plain=plain)
        if isinstance(value, Share):
            return self._share(value)
        if isinstance(value, Rank):
            return self._rank(value, plain=plain)
        return self._rate(value, plain=plain)

    def _count(self, count: int, *, plain: bool) -> str:
        if self.public and 0 < count < LEAST:
            return f"< {LEAST}"
        return self._number(rounded(count, public=self.public), 0, plain=plain)

    def _share(self, value: Share) -> str:
        whole = rounded(value.whole, public=self.public)
        if not whole or (self.public and value.whole < LEAST):
            return "–"
        if self.public and 0 < value.of < LEAST:
            return f"< {min(100, ceil(100 * LEAST / whole))} %"
        share = min(100.0, 100 * rounded(value.of, public=self.public) / whole)
        if self.public and 0 < share < 1:
            return "< 1 %"
        return f"{self._number(share, 0 if self.public or share in {0, 100} else 1, plain=True)} %"

    def _rate(self, value: Rate, *, plain: bool) -> str:
        if not value.per:
            return "–"
        if self.public and 0 < value.of < LEAST:
            return f"< {LEAST}"
        rate = rounded(value.of, public=self.public) / value.per
        small = self.public and not value.digits and 0 < rate < LEAST
        shown = f"< {LEAST}" if small else self._number(rate, value.digits, plain=plain)
        return f"{shown} ({class_of(rate, self)})" if value.classed else shown

    def _rank(self, value: Rank, *, plain: bool) -> str:
        if sum(value.counts.values()) < (LEAST if self.public else 1):
            return "–"
        seconds = share_of(value.counts, value.share) or 0.0
        if plain:
            return self._number(seconds, 1, plain=True)
        for name, length, below in (("second", 1, 100), ("minute", 60, 100), ("hour", 3600, 48)):
            if seconds < below * length:
                digits = 0 if seconds >= 10 * length or (seconds / length).is_integer() else 1
                return self.t[name].format(value=self._number(seconds / length, digits, plain=False))
        return self.t["days"].format(value=self._number(seconds / 86_400, 1, plain=False))

    def _number(self, number: float, digits: int, *, plain: bool) -> str:
        text = f"{number:,.{digits}f}"
        if self.language == "en":
            return text.replace(",", "") if plain else text
        return text.replace(",", "" if plain else "\N{NO-BREAK SPACE}").replace(".", ",")

    def day(self, day: date) -> str:
        """A day as people write it."""
        return day.isoformat() if self.language == "en" else f"{day.day}.{day.month}.{day.year}"

    def periods(self, periods: Sequence[Period]) -> str:
        """Periods as people write them."""
        said = (self.t["period"].format(first=self.day(first), last=self.day(last)) for first, last in periods)
        return ", ".join(said)

    def provider(self, name: str) -> str:
        """The authority's name."""
        if name in self.providers:
            return self.providers[name].names.in_language(self.language)
        return name or self.t["not_known"]

    def unit(self, provider: str, unit: str) -> str:
        """The unit's name; a dash for an authority without units."""
        known = self.providers[provider].unit(unit) if provider in self.providers and unit else None
        return known.names.in_language(self.language) if known else unit or self.t["no_unit"]

    def form(self, form: str) -> str:
        """The form's title, the newest edition's."""
        found = self._newest(form)
        title = (found.titles.get(self.language) or next(iter(found.titles.values()), form)) if found else form
        return title or self.t["form_not_known"]

    def returned(self, code: str) -> str:
        """Why a filing was returned, in the sentence that the advisor saw."""
        text = reason_text("returned", code)
        return text.in_language(self.language) if text else code

    def gap(self, form: str, gap: str) -> str:
        """The sentence of a gap of a form, as its newest edition says it; without one what kind of gap it is."""
        code, _, key = gap.partition(" ")
        found = self._newest(form)
        fallback = self.t.get(f"gap_{code}", code)
        if found is None:
            return f"{fallback}: {key}" if key else fallback
        field = next((known for known in found.fields if known.key == key), None)
        if field is not None and (field.required or code in {"unclear", "invalid"}):
            said = sentences.INVALID if code == "invalid" else sentences.UNCLEAR if code == "unclear" else None
            said = said or (sentences.UNSIGNED if field.kind == "signature" else sentences.MISSING)
            return sentences.about(said, found, key).in_language(self.language)
        if code == "missing_attachment":
            rules = [rule for rule in found.rules if rule.attachment]
            return rules[0].text.in_language(self.language) if len(rules) == 1 else fallback
        rule = next((rule for rule in found.rules if key and key in rule.fields), None)
        if rule is not None:
            return rule.text.in_language(self.language)
        return f"{fallback}: {sentences.label(field, key, self.language, found)}" if field else fallback

    def _newest(self, form: str) -> Definition | None:
        """The newest edition of a form, in the report's language if there is one."""
        editions = [definition for definition in self.definitions if definition.form == form]
        in_language = [edition for edition in editions if edition.language == self.language]
        return max(in_language or editions, key=lambda edition: edition.valid_from or date.min, default=None)
