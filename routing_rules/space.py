"""The space of all facts that one provider's rules can tell apart, and the boxes of it that each rule takes.

One axis for each thing a rule may ask; on it only the words and counts that some rule names can make a difference, so
all others are one value. Days are cut where a rule or deadline begins or ends; where a rule asks for weekdays or
holidays, a value is one kind of day that does occur in such a span. Findings are many at once: there is an axis for
each field that a rule names, and one for each kind of field among the others. A box allows some values on each axis.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import get_args

from routing_rules.calendar import day_kind, weekday
from routing_rules.conditions import days_asked
from routing_rules.facts import Found
from routing_rules.model import Area, Deadline, Rule
from routing_rules.when import Asked, DaysLeft, Kind, Range, finding_of

OTHER = "(any other)"
NONE = "(none)"
UNKNOWN = "(unknown)"
_WORDS = ("form", "edition", "language", "point", "municipality", "kind", "verdict")
_COUNTS = ("pages", "attachments")
_CYCLE = timedelta(days=40 * 366)
"""In so long a time every kind of day has occurred on every weekday on which it can."""
_DAY = timedelta(days=1)

Box = tuple[int, ...]
"""For each axis the values allowed, one bit each."""
_Part = dict[str, int]
"""The axes that are asked about, with the values allowed."""


@dataclass(frozen=True, slots=True)
class _DayValue:
    first: date
    weekday: str
    kind: str

    def __str__(self) -> str:
        return " ".join(word for word in (self.first.isoformat(), self.weekday, self.kind) if word)


class Space:
    """The axes for some rules of one provider."""

    def __init__(self, rules: Sequence[Rule], areas: Mapping[str, Area], deadlines: Mapping[str, Deadline]) -> None:
        """`rules`: all that ask for the provider."""
        self._areas, self._deadlines = areas, deadlines
        asked = [condition for rule in rules for condition in rule.asked]
        self._days = _day_values(rules, asked, deadlines)
        self._findings = _finding_axes(asked)
        self._axes: dict[str, list[str]] = {
            "date": [str(day) for day in self._days],
            **{name: _words(name, asked, areas) for name in _WORDS},
            **{name: [*(str(low) for low in _steps(name, asked)), UNKNOWN] for name in _COUNTS},
            **self._findings,
        }
        self.all: Box = tuple((1 << len(values)) - 1 for values in self._axes.values())

    def boxes(self, rule: Rule) -> list[Box]:
        """All that the rule's own conditions take, as boxes that may overlap."""
        in_force = _bits(rule.in_force(day.first) for day in self._days)
        parts: list[_Part] = [{"date": in_force}]
        for condition in rule.asked:
            if condition.name != "provider":
                parts = [
                    both for part in parts for other in self._parts(condition) if (both := self._both(part, other))
                ]
        return [self._box(part) for part in parts]

    def told(self, box: Box) -> str:
        """A fact in the box, in words; an axis on which it allows all is left out."""
        said = []
        for (name, values), allowed, every in zip(self._axes.items(), box, self.all, strict=True):
            if allowed != every:
                said.append(f"{name} {values[(allowed & -allowed).bit_length() - 1]}")
        return ", ".join(said) or "any paper"

    def _full(self, name: str) -> int:
        return (1 << len(self._axes[name])) - 1

    def _box(self, part: _Part) -> Box:
        return tuple(part.get(name, self._full(name)) for name in self._axes)

    def _both(self, part: _Part, other: _Part) -> _Part | None:
        """What lies in both; None where that is nothing."""
        both = {name: part.get(name, -1) & other.get(name, -1) for name in {*part, *other}}
        return both if all(both.values()) else None

    def _only(self, name: str, values: Iterable[bool], *, wanted: bool) -> _Part:
        found = _bits(values)
        return {name: found if wanted else self._full(name) & ~found}

    def _parts(self, asked: Asked) -> list[_Part]:
        """The ways to meet one condition."""
        name, value, wanted = asked
        if isinstance(value, DaysLeft):
            dates = self._deadlines[value.deadline].dates
            return [self._only("date", (days_asked(value, dates, day.first) for day in self._days), wanted=wanted)]
        if isinstance(value, Range):
            known = self._full(name) >> 1
            met = self._only(name, (low != UNKNOWN and value.has(int(low)) for low in self._axes[name]), wanted=wanted)
            return [{name: met[name] & known}]
        if name == "area":
            return self._in_areas([self._areas[word] for word in asked.words], wanted=wanted)
        if name == "finding":
            return self._with_findings([finding_of(word) for word in asked.words], wanted=wanted)
        if name in {"weekday", "calendar"}:
            kinds = (day.weekday if name == "weekday" else day.kind for day in self._days)
            return [self._only("date", (kind in asked.words for kind in kinds), wanted=wanted)]
        return [self._only(name, (word in asked.words for word in self._axes[name]), wanted=wanted)]

    def _in_areas(self, areas: Sequence[Area], *, wanted: bool) -> list[_Part]:
        """By municipality, and by point where none is given."""
        places = {code for area in areas for code in area.municipalities}
        points = {point for area in areas for point in area.points}
        codes, names = self._axes["municipality"], self._axes["point"]
        none = _bits(code == NONE for code in codes)
        inside = self._only("municipality", (code in places for code in codes), wanted=wanted)["municipality"] & ~none
        by_point = self._only("point", (point in points for point in names), wanted=wanted)
        return [part for part in ({"municipality": inside}, {"municipality": none} | by_point) if all(part.values())]

    def _with_findings(self, words: Sequence[Found], *, wanted: bool) -> list[_Part]:
        """One way for each axis on which a finding may lie; without any of them there is one way."""
        known = {"findings": 1}
        where: dict[str, int] = {}
        for word in words:
            for axis, values in self._findings.items():
                met = _met_on(axis, values, word)
                if met:
                    where[axis] = where.get(axis, 0) | met
        if wanted:
            return [known | {axis: met} for axis, met in where.items()]
        return [known | {axis: self._full(axis) & ~met for axis, met in where.items()}]


def _bits(values: Iterable[bool]) -> int:
    return sum(1 << place for place, value in enumerate(values) if value)


def _words(name: str, asked: Iterable[Asked], areas: Mapping[str, Area]) -> list[str]:
    """Every word that makes a difference on the axis; (any other) first, for it is what a gap is best told by."""
    if name == "kind":
        return list(get_args(Kind))
    words: set[str] = set()
    for condition in asked:
        if condition.name == name:
            words.update(condition.words)
        elif condition.name == "area":
            for area in condition.words:
                words.update(areas[area].municipalities if name == "municipality" else ())
                words.update(areas[area].points if name == "point" else ())
    return [OTHER, *([NONE] if name == "municipality" else ()), *sorted(words)]


def _steps(name: str, asked: Iterable[Asked]) -> list[int]:
    """The lowest count of each span that the rules tell apart."""
    ranges = [condition.value for condition in asked if condition.name == name and isinstance(condition.value, Range)]
    lows = {
        0,
        *(span.at_least or 0 for span in ranges),
        *(span.at_most + 1 for span in ranges if span.at_most is not None),
    }
    return sorted(lows)


def _day_values(rules: Sequence[Rule], asked: Sequence[Asked], deadlines: Mapping[str, Deadline]) -> list[_DayValue]:
    """A value for each span of days, or for each kind of day that occurs in it."""
    starts = {date.min}
    for rule in rules:
        starts.update([rule.valid_from] if rule.valid_from else [])
        starts.update([rule.valid_until + _DAY] if rule.valid_until and rule.valid_until < date.max else [])
    for condition in asked:
        if isinstance(condition.value, DaysLeft):
            starts.update(_edges(condition.value, deadlines[condition.value.deadline]))
    by_weekday, by_kind = (any(wanted.name == name for wanted in asked) for name in ("weekday", "calendar"))
    ordered = sorted(starts)
    if not (by_weekday or by_kind):
        return [_DayValue(first, "", "") for first in ordered]
    values: dict[tuple[date, str, str], _DayValue] = {}
    for first, after in pairwise([*ordered, date.max]):
        for day in _every_kind(first, after):
            key = (first, weekday(day) if by_weekday else "", day_kind(day) if by_kind else "")
            values.setdefault(key, _DayValue(*key))
    return list(values.values())


def _every_kind(first: date, after: date) -> Iterator[date]:
    """The days from `first` to before `after`; of a long span as many as show every kind of day there is."""
    if after - first > 2 * _CYCLE:
        first = max(first, date(1990, 1, 1)) if after > date(1990, 1, 1) + _CYCLE else after - _CYCLE
    last = min(after, first + 2 * _CYCLE)
    for number in range(max(1, (last - first).days)):
        yield first + number * _DAY


def _edges(asked: DaysLeft, deadline: Deadline) -> Iterator[date]:
    """Where the answer may change: behind each date, and where the range begins and ends before it."""
    for day in deadline.dates:
        yield day + _DAY
        if asked.at_most is not None:
            yield day - timedelta(days=asked.at_most)
        if asked.at_least is not None:
            yield day - timedelta(days=asked.at_least) + _DAY


def _finding_axes(asked: Iterable[Asked]) -> dict[str, list[str]]:
    """`findings` says whether they are known; the others are named `CODE field NAME` and `CODE kind NAME`."""
    words = [finding_of(word) for condition in asked if condition.name == "finding" for word in condition.words]
    axes = {"findings": ["known", UNKNOWN]} if words else {}
    for code in sorted({word.code for word in words}):
        kinds = sorted({word.kind for word in words if word.code == code and word.kind})
        for name in sorted({word.field for word in words if word.code == code and word.field}):
            axes[f"{code} field {name}"] = [NONE, OTHER, *kinds]
        for kind in (OTHER, *kinds):
            axes[f"{code} kind {kind}"] = [NONE, kind]
    return axes


def _met_on(axis: str, values: Sequence[str], word: Found) -> int:
    """The values of one finding axis that meet the word."""
    code, sort, name = [*axis.split(" ", 2), "", ""][:3]
    if code != word.code or (word.field is not None and (sort, name) != ("field", word.field)):
        return 0
    return _bits(value != NONE and word.kind in {None, value} for value in values)
