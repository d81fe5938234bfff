"""The figures that the points sent to the hub, as the operator's page shows them: plots by point, tables, CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from intake.base.settings import Settings
from intake.base.texts import Language
from intake.forms.load import BUILTIN as FORMS
from intake.forms.load import load_catalogue
from intake.forms.model import Definition
from routing_rules.providers import BUILTIN as PROVIDERS
from routing_rules.providers import Provider, load_providers
from workers.figures.figures import HELSINKI
from workers.figures.hub import Told, figures_at_hub, together
from workers.figures.plots import small_plots
from workers.figures.report import MonthlyReport
from workers.figures.shown import Say
from workers.figures.tables import Tables
from workers.operator.overview import Hub

SHOWN = ("numbers", "times")
"""Tables that stand on the page; all of them are had as CSV."""


@dataclass(frozen=True, slots=True)
class PointFigures:
    """A point's plots, and when it told its figures."""

    told: Told
    name: str
    plots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FiguresView:
    """All points' figures, in one language."""

    points: tuple[PointFigures, ...]
    report: MonthlyReport | None
    """Of all points together; None: nobody has sent any."""
    hub_problem: str | None

    def tables(self) -> list[tuple[str, Sequence[str], list[list[str]]]]:
        """Title, headings and rows of the tables on the page."""
        if self.report is None:
            return []
        made = [table for tables in self.report.tables(self.report.figures).values() for table in tables]
        return [(table.title, table.columns, self.report.text_rows(table)) for table in made if table.name in SHOWN]


class FiguresAtHub:
    """Reads them, with the names of this machine's authorities and forms, or the shipped ones where it is no point."""

    def __init__(self, hub: Hub, settings: Settings) -> None:
        self._hub, self._settings = hub, settings

    @cached_property
    def _known(self) -> tuple[dict[str, Provider], Sequence[Definition]]:
        providers, forms = self._settings.providers, self._settings.forms
        folders = (*((FORMS,) if forms.builtin else ()), *forms.directories)
        return load_providers(providers.directory if providers else PROVIDERS), load_catalogue(folders)

    def view(self, language: Language) -> FiguresView:
        """Everything for the page. Raises BadFile."""
        notes, problem = figures_at_hub(self._hub)
        say, found = Say(language, False, *self._known), together(notes)
        report = None if found is None else MonthlyReport(found, say, self._hub.clock.now().astimezone(HELSINKI).date())
        return FiguresView(tuple(_point(note, say) for note in notes), report, problem)


def _point(note: Told, say: Say) -> PointFigures:
    if note.figures is None:
        return PointFigures(note, note.point, ())
    drawn = tuple(small_plots(Tables(note.figures, say, minutes=0)))
    return PointFigures(note, note.figures.points[note.point].name, drawn)
