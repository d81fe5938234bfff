"""`matters`: look up what a customer may come with, before any paper; prove the point's cards."""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intake.base.clock import SystemClock, today
from intake.base.errors import CheckFailed, WrongUse
from intake.base.settings import Matters as MattersAt
from intake.base.settings import Settings
from intake.base.texts import Language
from workers.cli import show
from workers.cli.here import PointOption, known_forms, point_here

if TYPE_CHECKING:
    from routing_rules.providers import Provider
    from workers.pages.matters import CardView, MatterBook

app = typer.Typer(help="What a customer may come with, and what to bring.", no_args_is_help=True)
LangOption = Annotated[Language | None, typer.Option("--lang", help="fi, sv or en; default: the point's first, or fi.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document.")]
DayOption = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Default: the point's day, or today.")
]
MOST = 8


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    root.add_typer(app, name="matters")


@app.command()
def find(
    words: Annotated[list[str], typer.Argument(help="Everyday words, in any form: passin uusiminen, gifta sig.")],
    lang: LangOption = None,
    as_of: DayOption = None,
    config: PointOption = None,
    json_: JsonOption = False,
) -> None:
    """Find matters by everyday words, the best first. Exit 0 also when there is none."""
    book, language = _book(config, as_of, lang)
    found = book.find(" ".join(words), language)[:MOST]
    if json_:
        show.as_json([asdict(matter) for matter in found])
        return
    show.table(
        ("id", "matter", "handled by", "mind"),
        (
            (matter.id, matter.name, matter.handled_by, " ".join(warning.text for warning in matter.warnings))
            for matter in found
        ),
    )


@app.command("show")
def show_(
    matter: Annotated[str, typer.Argument(help="Its id, as 'vireille matters find' prints it.")],
    lang: LangOption = None,
    as_of: DayOption = None,
    config: PointOption = None,
    json_: JsonOption = False,
) -> None:
    """Print one card: who handles it, what to bring, deadline, e-service, booking, forms, sources."""
    book, language = _book(config, as_of, lang)
    card = book.card(matter, language)
    if json_:
        show.as_json(asdict(card))
    else:
        _print(card)


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="Cards that are not in use yet; default: those in use.")] = None,
    config: PointOption = None,
) -> None:
    """Prove cards: well written, and every form and authority that they name exists. Exit 5 if not."""
    from routing_rules.matters import load_matters
    from workers.pages.matters import folders_of, problems_of

    if folder is not None and not folder.is_dir():
        raise WrongUse(f"{folder}: no such folder of matters")
    settings = point_here(config)
    folders = (folder,) if folder else folders_of(settings.matters if settings else MattersAt())
    matters = load_matters(folders)
    problems = problems_of(matters, known_forms(config, None), _providers(settings, every=True))
    for problem in problems:
        show.line(problem)
    if problems:
        raise CheckFailed(f"{len(problems)} faults in the matters")
    show.line(f"{len(matters.cards)} matters are in order")


def _book(config: Path | None, as_of: datetime | None, lang: Language | None) -> "tuple[MatterBook, Language]":
    from workers.pages.matters import MatterBook, folders_of

    settings = point_here(config)
    point = settings.point if settings else None
    day: date = as_of.date() if as_of else today(SystemClock(), point.as_of if point else None)
    folders = folders_of(settings.matters if settings else MattersAt())
    book = MatterBook(folders, known_forms(config, None), _providers(settings), on=day, point=point)
    return book, lang or (point.languages[0] if point else "fi")


def _providers(settings: Settings | None, *, every: bool = False) -> "dict[str, Provider]":
    """The point's authorities, or the shipped ones; `every`: both."""
    from routing_rules.providers import BUILTIN, load_providers

    ours = load_providers(settings.providers.directory) if settings and settings.providers else {}
    return ours if ours and not every else {**load_providers(BUILTIN), **ours}


def _print(card: "CardView") -> None:
    show.line(f"{card.name} ({card.id})")
    for warning in card.warnings:
        show.line(f"! {warning.text}")
    show.line(card.about)
    parts: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("handled by", (card.handled_by,)),
        ("bring", card.bring),
        ("attachments, where they apply", card.attachments),
        ("deadline", card.deadlines),
        ("fee", card.fees),
        ("online", tuple(f"{eservice.text} {eservice.url}".strip() for eservice in card.eservices)),
        ("booking", tuple(f"{place.text} {place.url}".strip() for place in card.booking)),
        ("note", card.notes),
        ("contact", card.contacts),
        ("form", tuple(f"{form.form} {form.edition} {form.language}: {form.title}" for form in card.forms)),
        ("source", card.sources),
    )
    for name, said_of in parts:
        for text in said_of:
            show.line(f"  {name}: {text}")
    if card.assumption:
        show.line("  not all of this is confirmed by a source; check with the authority")
