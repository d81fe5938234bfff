"""The figures of one or several points: counts by point, day and kind of paper, which can be added up.

Everything that a report shows is counted in cells here, times too (rounded to two digits, so that a median of five
points is that of their papers together). Nothing personal is in them, yet a cell may speak of a single paper: `tables`
says how they are shown to the public. FIGURES.md defines each count.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from importlib.metadata import version
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from intake.base.errors import WrongUse
from intake.base.filing import Frozen, Kind, Verdict
from intake.base.settings import Point
from routing_rules.calendar import day_kind
from workers.figures.papers import Paper, papers_of, rule_sets
from workers.ledger import Ledger

SCHEMA = 1
HELSINKI = ZoneInfo("Europe/Helsinki")
MONTH = len("2015-03")
TIMES = ("verdict", "decision", "delivery", "answer", "receipt")


class Cell(NamedTuple):
    """What was counted: `what` of `of`, for papers of a kind that came in on a day at a point."""

    point: str
    day: str
    """`2015-03-02`, or `2015-03` in monthly figures; the day of the hand-over in Finland."""
    what: str
    of: str = ""
    provider: str = ""
    unit: str = ""
    form: str = ""
    language: str = ""


class About(Frozen):
    """A point's part in the figures: its name, the days counted, and the versions that did the work."""

    name: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
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
            if point in points and about.first <= before.last and before.first <= about.last:
                period = f"{max(about.first, before.first)} to {min(about.last, before.last)}"
                raise WrongUse(f"the figures of {point} from {period} are there twice; leave one file out")
            both = {"first": min(before.first, about.first), "last": max(before.last, about.last)}
            rules = tuple(dict.fromkeys((*before.rules, *about.rules)))
            points[point] = about.model_copy(update=both | {"rules": rules})
        left, right = (self, other) if self.monthly == other.monthly else (self.by_month(), other.by_month())
        return Figures(points, Counter(left.cells) + Counter(right.cells), left.monthly)

    def between(self, first: date, last: date) -> "Figures":
        """The papers that came in from `first` to `last`. Raises WrongUse where a month would be cut."""
        if self.monthly:
            for edge in (first, last + timedelta(days=1)):
                if edge.day != 1 and any(about.first < edge <= about.last for about in self.points.values()):
                    raise WrongUse("monthly figures can be cut between months only: name a month's first or last day")
        start, end = first.isoformat(), last.isoformat()
        of_month = {"first": start[:MONTH], "last": end[:MONTH]}
        low, high = (of_month["first"], of_month["last"]) if self.monthly else (start, end)
        points = {
            point: about.model_copy(update={"first": max(first, about.first), "last": min(last, about.last)})
            for point, about in self.points.items()
            if about.first <= last and first <= about.last
        }
        return Figures(points, {c: n for c, n in self.cells.items() if low <= c.day <= high}, self.monthly)

    def of_point(self, point: str) -> "Figures":
        """One point's."""
        mine = {cell: count for cell, count in self.cells.items() if cell.point == point}
        return Figures({point: self.points[point]}, mine, self.monthly)

    def by_month(self) -> "Figures":
        """The same without days."""
        cells: Counter[Cell] = Counter()
        for cell, count in self.cells.items():
            cells[cell._replace(day=cell.day[:MONTH])] += count
        return Figures(self.points, cells, monthly=True)

    @property
    def first(self) -> date:
        """The first day counted."""
        return min(about.first for about in self.points.values())

    @property
    def last(self) -> date:
        """The last day counted."""
        return max(about.last for about in self.points.values())

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
        *names, count = row
        texts = [name for name in names if isinstance(name, str)]
        if len(texts) != len(Cell._fields) or not isinstance(count, int) or count < 0 or texts[0] not in points:
            raise WrongUse(f"{source}: row {number} of its cells is not as this program writes it")
        yield Cell(*texts), count


def figures_of(papers: Iterable[Paper], point: str, about: About) -> Figures:
    """The figures of the papers that came in on the days of `about`."""
    cells: Counter[Cell] = Counter()
    hand_overs: dict[tuple[str, str], list[str]] = {}
    for paper in papers:
        day = paper.handed_over.astimezone(HELSINKI).date()
        if about.first <= day <= about.last:
            hand_overs.setdefault((day.isoformat(), paper.hand_over), []).append(paper.provider or "")
            for cell, count in _counted(paper, point, day.isoformat()):
                cells[cell] += count
    for (day_text, _), providers in hand_overs.items():
        for provider in set(providers):
            cells[Cell(point, day_text, "handovers", provider=provider)] += 1
        several = "several_providers" if len(set(providers)) > 1 else "several_papers"
        cells[Cell(point, day_text, "visits", "one_paper" if len(providers) == 1 else several)] += 1
    return Figures({point: about}, cells)


def _counted(paper: Paper, point: str, day: str) -> Iterator[tuple[Cell, int]]:
    """Everything that one paper counts in."""
    at = paper.handed_over.astimezone(HELSINKI)
    where = {"provider": paper.provider or "", "unit": paper.unit or ""}
    kind = where | {"form": paper.form or "", "language": paper.language or ""}
    of_form = {"provider": where["provider"], "form": kind["form"]}
    yield Cell(point, day, "papers", **kind), 1
    yield Cell(point, day, "pages", **kind), paper.pages
    yield Cell(point, day, "attachments", **kind), paper.attachments
    yield Cell(point, day, "hour", f"{at.weekday()} {at.hour:02}", **where), 1
    yield Cell(point, day, "quality", quality(paper), **of_form), 1
    yield Cell(point, day, "outcome", paper.outcome, **of_form), 1
    if paper.kind == Kind.FORM.value:
        known = {True: "yes", False: "no", None: "not_known"}[paper.eservice]
        yield Cell(point, day, "eservice", known, **of_form), 1
        yield Cell(point, day, "why", paper.why or "not_asked", **of_form), 1
    for gap in sorted({f"{gap.code} {gap.field or ''}".strip() for gap in paper.gaps}):
        yield Cell(point, day, "gap", gap, **of_form), 1
    for code in sorted(set(paper.corrections)):
        yield Cell(point, day, "corrected", code, **of_form), 1
    for reason in sorted(set(paper.returns)):
        yield Cell(point, day, "return", reason, **where), 1
    if paper.returns:
        yield Cell(point, day, "returned", **where), 1
    if paper.delivered_at is not None:
        same = _workday(paper.delivered_at) == _workday(paper.handed_over)
        yield Cell(point, day, "delivered", "same_day" if same else "later", **where), 1
        yield Cell(point, day, "sent_pages", **where), paper.pages
    for what, start, end in (
        ("verdict", paper.handed_over, paper.verdict_at), ("decision", paper.verdict_at, paper.decided_at),
        ("delivery", paper.handed_over, paper.delivered_at), ("answer", paper.delivered_at, paper.answered_at),
        ("receipt", paper.handed_over, paper.confirmed_at),
    ):  # fmt: skip
        if start is not None and end is not None:
            seconds = max(0.0, (end - start).total_seconds())
            yield Cell(point, day, f"{what}_seconds", f"{float(f'{seconds:.2g}'):g}", **where), 1


def quality(paper: Paper) -> str:
    """What became of the paper's gaps, one word for each paper."""
    if paper.first is None:
        return "form_not_known"
    if paper.first is Verdict.COMPLETE:
        return "complete"
    if paper.last is Verdict.COMPLETE:
        return "repaired" if paper.scanned_again else "cleared"
    if paper.delivered_at is None:
        return "not_sent"
    return "sent_with_gaps" if paper.last is Verdict.INCOMPLETE else "sent_unsure"


def _workday(moment: datetime) -> date:
    """The working day on which something done then is done: the same, or the next one after a day off."""
    day = moment.astimezone(HELSINKI).date()
    while day_kind(day) != "workday":
        day += timedelta(days=1)
    return day


def share_of(counts: Mapping[str, int], share: float) -> float | None:
    """The value below which `share` of the times lie, by the nearest rank; None without any."""
    total, seen = sum(counts.values()), 0
    for value, count in sorted((float(text), count) for text, count in counts.items()):
        seen += count
        if seen >= share * total:
            return value
    return None


def figures_at(ledger: Ledger, here: Point, catalogue: str | None, first: date | None, last: date | None) -> Figures:
    """This point's figures from `first` to `last`, both counted; None: from its first paper, to today."""
    papers = list(papers_of(ledger))
    today = ledger.clock.now().astimezone(HELSINKI).date()
    earliest = min((paper.handed_over for paper in papers), default=ledger.clock.now()).astimezone(HELSINKI).date()
    first, last = first or earliest, min(last or today, today)
    edges = (f"{day.isoformat()}T" for day in (first, last + timedelta(days=1)))
    about = About(
        name=here.name, software=version("vireille"), rules=rule_sets(ledger, *edges), catalogue=catalogue or "",
        **{"from": first, "to": max(first, last)},
    )  # fmt: skip
    return figures_of(papers, here.id, about)
