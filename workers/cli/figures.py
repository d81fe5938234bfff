"""`figures push` and `figures show`: a point's figures go to the hub, and all points' are read from there."""

from typing import Annotated

import typer

from intake.base.clock import SystemClock, iso
from intake.base.errors import NotFound
from intake.base.settings import load_settings
from workers.cli import show
from workers.cli.point import HERE, ConfigOption, JsonOption
from workers.cli.stats import (
    ByOption,
    ClassesOption,
    CompareOption,
    CsvOption,
    FromOption,
    HtmlOption,
    LanguageOption,
    MinutesOption,
    PdfOption,
    PublicOption,
    ToOption,
    Wanted,
    answer,
)

app = typer.Typer(help="All points' figures, by the hub.", rich_markup_mode=None, no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    root.add_typer(app, name="figures")


@app.command("push")
def push(config: ConfigOption = HERE) -> None:
    """Send this point's figures of the last thirteen months to the hub, signed; `[figures] push` does it once a day."""
    from workers.figures.hub import push_figures
    from workers.ledger.opening import open_ledger
    from workers.run.new_point import load_point_keys

    settings = load_settings(config)
    with open_ledger(settings) as ledger:
        figures = push_figures(ledger, settings, load_point_keys(settings).signer)
    papers = figures.count("papers").total()
    show.line(
        f"{settings.here.id}: {papers} papers from {figures.first} to {figures.last}, by month, are told to the hub"
    )


@app.command("show")
def show_(
    config: ConfigOption = HERE, json_: JsonOption = False, start: FromOption = None, end: ToOption = None,
    by: ByOption = None, classes: ClassesOption = False, compare: CompareOption = None, minutes: MinutesOption = None,
    csv_: CsvOption = None, html: HtmlOption = None, pdf: PdfOption = None, language: LanguageOption = None,
    public: PublicOption = False,
    point: Annotated[str | None, typer.Option("--point", help="Only this point's; its id.")] = None,
) -> None:  # fmt: skip
    """All points' figures as their signed notes at the hub tell, added up; the same options as `stats`."""
    from workers.figures.hub import figures_at_hub, together
    from workers.operator.overview import hub_of

    settings = load_settings(config)
    notes, problem = figures_at_hub(hub_of(settings, SystemClock()))
    mine = [note for note in notes if point in {None, note.point}]
    found = together(mine)
    if not json_:
        rows = ((note.point, note.at and iso(note.at), note.problem or "") for note in mine)
        show.table(("point", "figures of", "not believed"), rows)
        if problem is not None:
            show.line(f"the hub does not answer ({problem}): these are the figures that were read before")
    if found is None:
        raise NotFound("no point's figures lie at the hub; 'vireille figures push' at the points sends them")
    wanted = Wanted(by, classes, compare, minutes, csv_, html, pdf, language, public)
    answer(found, wanted, start, end, as_json=json_, settings=settings if settings.point is not None else None)
