"""The monthly report in its eight parts, for all points together and for each: a web page, a PDF, and CSV tables."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from workers import design
from workers.backoffice.data import safe_cell
from workers.figures import seasons
from workers.figures.figures import Figures
from workers.figures.plots import plots
from workers.figures.shown import Say
from workers.figures.tables import Table, Tables

USUAL_MINUTES = 5.0
"""Minutes a paper takes at the office: those that the pilot's evaluation reckoned with."""
DEFINITIONS = (
    "def_channel", "def_handover", "def_paper", "def_repaired", "def_eservice", "def_times", "def_post", "def_load",
    "def_whys", "def_class", "def_late",
)  # fmt: skip
OF_EACH_POINT = frozenset({"numbers", "volumes", "quality", "load", "outcomes", "whys", "months",
                           "compare"})  # fmt: skip
DRAWN_OF_EACH_POINT = frozenset({"volumes", "quality"})
"""Tables, and parts with plots, that stand once more for each of several points; the CSV has all of them for each."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the report: a heading, plots, tables of text."""

    title: str
    plots: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The parts for one point, or for all."""

    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """Figures with what a report of them says and how."""

    figures: Figures
    say: Say
    made: date
    minutes: float = USUAL_MINUTES
    before: date | None = None
    """The day that parts two periods which stand side by side."""

    def sections(self) -> Iterator[Section]:
        """All points together, then each by itself if there are several."""
        several = len(self.figures.points) > 1
        everything = self.say.t["all_points"] if several else next(iter(self.figures.points.values())).name
        yield Section(everything, tuple(self._parts(self.figures)))
        for point, about in self.figures.points.items() if several else ():
            yield Section(about.name, tuple(self._parts(self.figures.of_point(point), only=OF_EACH_POINT)))

    def tables(self, figures: Figures) -> dict[str, list[Table]]:
        """Every table of these figures, by the part that it stands in."""
        made = Tables(figures, self.say, minutes=self.minutes)
        along = [seasons.by_month(made), seasons.by_hour(made)]
        return {
            "head": [made.numbers()],
            "volumes": [made.volumes(), made.classes()],
            "quality": [made.quality(), made.returns(), made.forms()],
            "gaps": [made.gaps()],
            "times": [made.times(), made.times_by_month()],
            "load": [made.load()],
            "outcomes": [made.outcomes(), made.whys()],
            "seasons": along,
            **({} if self.before is None else {"compare": [seasons.compare(made, self.before)]}),
        }

    def _parts(self, figures: Figures, only: frozenset[str] | None = None) -> Iterator[Part]:
        drawn = list(plots(Tables(figures, self.say, minutes=self.minutes), self.before))
        for name, tables in self.tables(figures).items():
            title = self.say.t[f"part_{name}"]
            if self.before is not None:
                title = title.format(day=self.say.day(self.before))
            shown = [table for table in tables if only is None or table.name in only]
            if shown:
                charts = [svg for part, svg in drawn if part == name and (only is None or name in DRAWN_OF_EACH_POINT)]
                yield Part(title, tuple(charts), tuple(shown))

    def notes(self) -> Iterator[str]:
        """Say what a reader must know: who may read it, what is counted and how, and what did the counting."""
        t = self.say.t
        yield t["public" if self.say.public else "exact"]
        yield from (t[name] for name in DEFINITIONS)
        for about in self.figures.points.values():
            rules, forms = ", ".join(about.rules) or "–", about.catalogue or t["own_forms"]
            versions = f"{t['software']} {about.software}, {t['rules']} {rules}, {t['catalogue']} {forms}"
            yield f"{t['versions']}, {about.name}: {versions}"

    @property
    def period(self) -> str:
        """The days that are counted."""
        return self.say.periods(self.figures.periods)

    def text_rows(self, table: Table) -> list[list[str]]:
        """The table's rows as people read them."""
        return [[self.say.text(value) for value in row] for row in table.rows]

    def html(self) -> str:
        """The report as one file that fetches nothing."""
        pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
        sheet = (design.STATIC / "design.css").read_text("utf-8")
        return pages.get_template("report.html").render(report=self, t=self.say.t, sheet=sheet)

    def csv(self) -> dict[str, bytes]:
        """Each table as a file's name and content, points below each other, safe to open in a spreadsheet."""
        days = [] if self.figures.monthly else [seasons.by_day(Tables(self.figures, self.say, minutes=self.minutes))]
        several = len(self.figures.points) > 1
        found: dict[str, list[tuple[str, Table]]] = {}
        views = [(self.say.t["all_points"], self.figures)] if several else []
        views += [(about.name, self.figures.of_point(point)) for point, about in self.figures.points.items()]
        for name, figures in views:
            for table in (table for tables in self.tables(figures).values() for table in tables):
                found.setdefault(table.name, []).append((name, table))
        for table in days:
            found[table.name] = [(views[0][0], table)]
        return {f"{name}.csv": self._one_csv(tables) for name, tables in found.items()}

    def _one_csv(self, tables: Sequence[tuple[str, Table]]) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        for number, (name, table) in enumerate(tables):
            if number == 0 or table.columns != tables[number - 1][1].columns:
                writer.writerow([safe_cell(cell) for cell in (self.say.t["point"], *table.columns)])
            for row in table.rows:
                writer.writerow([safe_cell(name), *(safe_cell(self.say.text(value, plain=True)) for value in row)])
        return out.getvalue().encode("utf-8-sig")
