"""The figures of one or several points: counts by point, day and kind of paper, which can be added up.

Everything that a report shows is counted in cells here, times too (rounded to two digits, so that a median of five
points is that of their papers together). Nothing personal is in them, yet a cell may speak of a single paper: `tables`
says how they are shown to the public. FIGURES.md defines each count.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from intake.base.errors import WrongUse
from intake.base.filing import Frozen

SCHEMA = 1
HELSINKI = ZoneInfo("Europe/Helsinki")
MONTH = len("2015-03")
TIMES = ("verdict", "decision", "delivery", "answer", "receipt")


class Cell(NamedTuple):
    """A count: `what` of `of`, for papers of a kind that came in on a day at a point."""

    point: str
    day: str
    """`2015-03-02`, or `2015-03` in monthly figures; the day of the hand-over in Finland."""
    what: str
    of: str = ""
    provider: str = ""
    unit: str = ""
    form: str = ""
    language: str = ""


Period = tuple[date, date]
"""The first and the last day, both counted."""


class About(Frozen):
    """A point's part in the figures: its name, the days counted, and the versions that did the work."""

    name: str
    periods: tuple[Period, ...]
    software: str
    rules: tuple[str, ...] = ()
    catalogue: str


class _File(Frozen):
    """Figures as they are written down."""

    schema_version: int = Field(alias="schema", ge=1, le=SCHEMA)
    monthly: bool
    points: dict[str, About]
    columns: tuple[str, ...]
    cells: tuple[tuple[str | int, ...], ...]


_Row = tuple[str | int, ...]
_COLUMNS = (*Cell._fields, "count")


@dataclass(frozen=True)
class Figures:
    """Counts of one or several points. Adding two gives what their papers together would give."""

    points: Mapping[str, About]
    cells: Mapping[Cell, int]
    monthly: bool = False

    def __add__(self, other: Self) -> "Figures":
        """Both together. Raises WrongUse where a day of a point would count twice."""
        points = dict(self.points)
        for point, about in other.points.items():
            before = points.get(point, about)
            for (first, last), (start, end) in product(before.periods if point in points else (), about.periods):
                if first <= end and start <= last:
                    twice = f"{max(first, start)} to {min(last, end)}"
                    raise WrongUse(f"the figures of {point} from {twice} are there twice; leave one file out")
            rules = tuple(dict.fromkeys((*before.rules, *about.rules)))
            periods = joined((*before.periods, *about.periods))
            points[point] = about.model_copy(update={"periods": periods, "rules": rules})
        left, right = (self, other) if self.monthly == other.monthly else (self.by_month(), other.by_month())
        return Figures(points, Counter(left.cells) + Counter(right.cells), left.monthly)

    def between(self, first: date, last: date) -> "Figures":
        """The papers that came in from `first` to `last`. Raises WrongUse where a month would be cut."""
        points = {}
        for point, about in self.points.items():
            kept = tuple((max(first, start), min(last, end)) for start, end in about.periods)
            kept = tuple((start, end) for start, end in kept if start <= end)
            starts, ends = ({period[side] for period in about.periods} for side in (0, 1))
            cut = any((a not in starts and a.day != 1) or (b not in ends and not _ends_month(b)) for a, b in kept)
            if self.monthly and cut:
                raise WrongUse("monthly figures can be cut between months only: name a month's first or last day")
            if kept:
                points[point] = about.model_copy(update={"periods": kept})
        length = MONTH if self.monthly else None
        low, high = first.isoformat()[:length], last.isoformat()[:length]
        return Figures(points, {c: n for c, n in self.cells.items() if low <= c.day <= high}, self.monthly)

    def of_point(self, point: str) -> "Figures":
        """Take one point's figures out."""
        mine = {cell: count for cell, count in self.cells.items() if cell.point == point}
        return Figures({point: self.points[point]}, mine, self.monthly)

    def by_month(self) -> "Figures":
        """The same without days."""
        cells: Counter[Cell] = Counter()
        for cell, count in self.cells.items():
            cells[cell._replace(day=cell.day[:MONTH])] += count
        return Figures(self.points, cells, monthly=True)

    @property
    def periods(self) -> tuple[Period, ...]:
        """The days that are counted at any point."""
        return joined(period for about in self.points.values() for period in about.periods)

    @property
    def first(self) -> date:
        """The first day counted."""
        return self.periods[0][0]

    @property
    def last(self) -> date:
        """The last day counted."""
        return self.periods[-1][1]

    @cached_property
    def _counted(self) -> dict[str, list[tuple[Cell, int]]]:
        """The cells by what they count; a report asks some hundred times."""
        found: dict[str, list[tuple[Cell, int]]] = {}
        for cell, count in self.cells.items():
            found.setdefault(cell.what, []).append((cell, count))
        return found

    def count(self, what: str, *by: str, **only: str) -> Counter[tuple[str, ...]]:
        """The counts of `what` by some of a cell's columns, where other columns have these values."""
        found: Counter[tuple[str, ...]] = Counter()
        for cell, count in self._counted.get(what, ()):
            if all(getattr(cell, name) == value for name, value in only.items()):
                found[tuple(getattr(cell, name) for name in by)] += count
        return found

    def as_json(self) -> dict[str, Any]:
        """The figures as a file's content: what is nothing is left out, rows in their order."""
        return {
            "schema": SCHEMA, "monthly": self.monthly,
            "points": {point: about.model_dump(mode="json", by_alias=True) for point, about in self.points.items()},
            "columns": list(_COLUMNS),
            "cells": [[*cell, count] for cell, count in sorted(self.cells.items()) if count],
        }  # fmt: skip


def joined(periods: Iterable[Period]) -> tuple[Period, ...]:
    """The same days in the fewest periods, in their order."""
    found: list[Period] = []
    for first, last in sorted(periods):
        if found and first <= found[-1][1] + timedelta(days=1):
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def read_figures(said: object, source: str) -> Figures:
    """Figures from a file's content. Raises WrongUse, naming `source`."""
    try:
        file = _File.model_validate(said)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the whole"
        raise WrongUse(f"{source}: no figures of a point ({where}); make the file by 'vireille stats --json'") from None
    if file.columns != _COLUMNS:
        raise WrongUse(f"{source}: its columns are not those of this program; make it with the same version")
    return Figures(file.points, dict(_cells(file.cells, set(file.points), source)), file.monthly)


def _cells(rows: Iterable[_Row], points: set[str], source: str) -> Iterator[tuple[Cell, int]]:
    for number, row in enumerate(rows, start=1):
        texts = [name for name in row[:-1] if isinstance(name, str)]
        count = row[-1] if row else None
        if len(texts) != len(Cell._fields) or not isinstance(count, int) or count < 0 or texts[0] not in points:
            raise WrongUse(f"{source}: row {number} of its cells is not as this program writes it")
        yield Cell(*texts), count


def share_of(counts: Mapping[str, int], share: float) -> float | None:
    """The value below which `share` of the times lie, by the nearest rank; None without any."""
    total, seen = sum(counts.values()), 0
    for value, count in sorted((float(text), count) for text, count in counts.items()):
        seen += count
        if seen >= share * total:
            return value
    return None
