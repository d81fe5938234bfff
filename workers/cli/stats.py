"""`stats` and `stats merge`: the figures of this point or of several, as tables, files and a report."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from intake.base import durable
from intake.base.clock import SystemClock
from intake.base.errors import WrongUse
from intake.base.settings import Settings, load_settings
from intake.base.texts import Language
from workers.cli import show
from workers.cli.here import HERE, point_here, require_files

if TYPE_CHECKING:
    from workers.figures.figures import Figures
    from workers.figures.report import MonthlyReport
    from workers.figures.tables import Table

app = typer.Typer(rich_markup_mode=None)


By = Literal["month", "day", "hour"]
_DAY = ["%Y-%m-%d"]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="The point's settings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document; 'stats merge' reads it.")]
FromOption = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="Papers from this day on.")]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Papers to this day.")]
ByOption = Annotated[By | None, typer.Option("--by", help="Count along time.")]
ClassesOption = Annotated[bool, typer.Option("--classes", help="Hand-overs a month, and the pilot's classes.")]
CompareOption = Annotated[
    datetime | None,
    typer.Option("--compare", formats=_DAY, help="The time before this day beside the time from it on."),
]
MinutesOption = Annotated[
    float | None,
    typer.Option("--minutes-per-paper", min=0, max=480, help="Reckon the work at each unit in working days."),
]
CsvOption = Annotated[Path | None, typer.Option("--csv", help="A folder for every table as CSV.")]
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write the report as a web page.")]
PdfOption = Annotated[Path | None, typer.Option("--pdf", help="Write the report as a PDF.")]
LanguageOption = Annotated[
    Language | None,
    typer.Option(
        "--language", help="Of the report and its tables; default: the point's first one, on the terminal en."
    ),
]
PublicOption = Annotated[
    bool, typer.Option("--public", help="To publish: counts under 5 as '< 5', others rounded so that no sum tells.")
]


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    root.add_typer(app, name="stats")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options as they were given."""

    by: By | None = None
    classes: bool = False
    compare: datetime | None = None
    minutes: float | None = None
    csv: Path | None = None
    html: Path | None = None
    pdf: Path | None = None
    language: Language | None = None
    public: bool = False

    def must_fit(self, *, as_json: bool) -> None:
        """Raise WrongUse for `--json` beside an option that it would not heed."""
        if as_json and self != Wanted():
            raise WrongUse("--json gives all counts, exact; of the other options only --from and --to go with it")

    def answer(self, figures: "Figures", settings: Settings | None) -> None:
        """Write the files asked for, or print the tables asked for. Raises WrongUse."""
        files = [path for path in (self.csv, self.html, self.pdf) if path is not None]
        usual = settings.here.languages[0] if settings is not None and files else "fi" if files else "en"
        report = _report(figures, settings, self, self.language or usual)
        if self.html is not None:
            show.write(self.html, report.html().encode())
        if self.pdf is not None:
            from workers.figures.print import pdf

            show.write(self.pdf, pdf(report))
        if self.csv is not None:
            durable.make_folder(self.csv)
            for name, content in report.csv().items():
                durable.write(self.csv / name, content)
        for path in files:
            show.line(f"{path}: {report.period}, {', '.join(about.name for about in figures.points.values())}")
        for table in () if files else self._tables(report):
            show.line(f"{table.title}:")
            show.table(table.columns, report.text_rows(table))

    def _tables(self, report: "MonthlyReport") -> Iterator["Table"]:
        from workers.figures import seasons
        from workers.figures.tables import Tables

        made = Tables(report.figures, report.say, minutes=report.minutes)
        if self.by is not None:
            yield {"month": seasons.by_month, "day": seasons.by_day, "hour": seasons.by_hour}[self.by](made)
        if self.classes:
            yield from (made.volumes(), made.classes())
        if self.minutes is not None:
            yield made.load()
        if self.compare is not None:
            yield seasons.compare(made, self.compare.date())
        if not (self.by or self.classes or self.minutes is not None or self.compare):
            yield from (made.numbers(), made.quality())


@app.callback(invoke_without_command=True)
def stats(
    context: typer.Context, config: ConfigOption = None, json_: JsonOption = False, start: FromOption = None,
    end: ToOption = None, by: ByOption = None, classes: ClassesOption = False, compare: CompareOption = None,
    minutes: MinutesOption = None, csv_: CsvOption = None, html: HtmlOption = None, pdf: PdfOption = None,
    language: LanguageOption = None, public: PublicOption = False,
) -> None:  # fmt: skip
    """Count papers, gaps, returns, times and load of this point; write the monthly report."""
    wanted = Wanted(by, classes, compare, minutes, csv_, html, pdf, language, public)
    plain = wanted == Wanted() and not start and not end
    if context.invoked_subcommand is not None:
        if json_ or config or not plain:
            raise WrongUse("options stand behind 'merge', before or after the files")
        return
    from workers.figures.counting import figures_at
    from workers.ledger.opening import open_ledger
    from workers.ledger.stats import stats as figures_of

    wanted.must_fit(as_json=json_)
    settings = load_settings(config or HERE)
    with open_ledger(settings) as ledger:
        found: dict[str, Any] = {"point": settings.here.id, **figures_of(ledger)} if json_ or plain else {}
        if json_ or not plain:
            first, last = _period(start, end)
            figures = figures_at(ledger, settings.here, settings.catalogue, first, last)
    if json_:
        show.as_json({**found, "figures": figures.as_json()})
    elif plain:
        for name, value in found.items():
            show.figures(name.replace("_", " "), value)
    else:
        wanted.answer(figures, settings)


@app.command("merge")
def merge(
    files: Annotated[list[Path], typer.Argument(help="Files made by 'stats --json' at each point.")],
    config: ConfigOption = None, json_: JsonOption = False, start: FromOption = None, end: ToOption = None,
    by: ByOption = None, classes: ClassesOption = False, compare: CompareOption = None, minutes: MinutesOption = None,
    csv_: CsvOption = None, html: HtmlOption = None, pdf: PdfOption = None, language: LanguageOption = None,
    public: PublicOption = False,
) -> None:  # fmt: skip
    """Add up the figures of several points, and report on all and each."""
    from workers.figures.figures import read_figures

    require_files(*files)
    found: Figures | None = None
    for file in files:
        try:
            said = json.loads(file.read_bytes())
        except ValueError as error:
            raise WrongUse(f"{file}: this is no JSON; make it by 'vireille stats --json'") from error
        figures = read_figures(said.get("figures", said) if isinstance(said, dict) else said, str(file))
        found = figures if found is None else found + figures
    assert found is not None  # noqa: S101 at least one file is asked for
    wanted = Wanted(by, classes, compare, minutes, csv_, html, pdf, language, public)
    answer(found, wanted, start, end, as_json=json_, settings=point_here(config))


def answer(
    found: "Figures", wanted: Wanted, start: datetime | None, end: datetime | None,
    *, as_json: bool, settings: Settings | None,
) -> None:  # fmt: skip
    """Print or write the figures of the period as asked. Raises WrongUse: there are none of it."""
    wanted.must_fit(as_json=as_json)
    first, last = _period(start, end)
    if first is not None or last is not None:
        found = found.between(first or date.min, last or date.max)
    if not found.points:
        raise WrongUse("there are no figures of that period; see what --from and --to say")
    if as_json:
        show.as_json(found.as_json())
    else:
        wanted.answer(found, settings)


def _period(start: datetime | None, end: datetime | None) -> tuple[date | None, date | None]:
    first, last = start.date() if start else None, end.date() if end else None
    if first and last and last < first:
        raise WrongUse(f"--to {last} lies before --from {first}; turn them round")
    return first, last


def _report(figures: "Figures", settings: Settings | None, wanted: Wanted, language: Language) -> "MonthlyReport":
    """The report with the names of this point's authorities and forms, or the shipped ones where there is no point."""
    from intake.forms.load import BUILTIN as FORMS
    from intake.forms.load import load_catalogue
    from routing_rules.providers import BUILTIN as PROVIDERS
    from routing_rules.providers import load_providers
    from workers.figures.figures import HELSINKI
    from workers.figures.report import USUAL_MINUTES, MonthlyReport
    from workers.figures.shown import Say
    from workers.run.open_point import definitions_of

    folder = settings.providers.directory if settings is not None and settings.providers else PROVIDERS
    definitions = definitions_of(settings) if settings is not None else load_catalogue((FORMS,))
    say = Say(language, wanted.public, load_providers(folder), definitions)
    minutes = USUAL_MINUTES if wanted.minutes is None else wanted.minutes
    made = SystemClock().now().astimezone(HELSINKI).date()
    return MonthlyReport(figures, say, made, minutes, wanted.compare.date() if wanted.compare else None)
