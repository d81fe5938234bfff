"""Verbs that prove or rescue: verify, reconcile, backup, restore; and the two printed sheets: cover, receipt."""

from pathlib import Path
from typing import Annotated

import typer

from intake.base import durable
from intake.base.settings import load_settings
from intake.base.texts import Language
from workers.cli import show
from workers.cli.decide import by_whom
from workers.cli.here import FilingArgument

ConfigOption = Annotated[Path, typer.Option("--config", help="The point's settings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="The PDF to write; default: named after the filing.")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="fi, sv or en; default: the point's first.")]
HERE = Path("vireille.toml")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (verify, reconcile, backup, restore, cover, receipt):
        app.command()(verb)


def verify(config: ConfigOption = HERE, json_: JsonOption = False) -> None:
    """Hash everything again and check the chained log. Exit 5 if something is wrong."""
    from workers.ledger.opening import open_blobs, open_ledger
    from workers.ledger.verify import verify as faults_of

    settings = load_settings(config)
    with open_ledger(settings) as ledger:
        problems = faults_of(ledger, open_blobs(settings))
    if json_:
        show.as_json({"problems": problems})
    else:
        _tell(problems, "everything is as it was stored")
    if problems:
        raise typer.Exit(5)


def reconcile(config: ConfigOption = HERE, json_: JsonOption = False) -> None:
    """Count in against count out: pages, bundles at the providers, receipts. Exit 5 if something is missing."""
    from workers.deliver.connect import open_store
    from workers.ledger.opening import open_ledger
    from workers.send.reconcile import reconcile as count

    settings = load_settings(config)
    with open_ledger(settings) as ledger:
        account = count(ledger, open_store(settings.store.url))
    if json_:
        show.as_json(account.model_dump())
    else:
        where = ", ".join(f"{count} {state}" for state, count in account.pages_by_state.items())
        show.line(f"{account.pages_in} pages in: {where}")
        show.line(
            f"{account.bundles_delivered} bundles delivered, {account.bundles_at_provider} still in the store, "
            f"{account.receipts} receipts"
        )
        _tell(account.problems, "count in equals count out")
    if account.problems:
        raise typer.Exit(5)


def _tell(problems: list[str], well: str) -> None:
    for problem in problems or [well]:
        show.line(problem)


def backup(
    into: Annotated[Path, typer.Argument(help="The folder to copy into; made if it is not there.")],
    config: ConfigOption = HERE,
) -> None:
    """Copy the ledger and its blobs, still encrypted, into a folder; the keys are not in it."""
    from workers.ledger.backup import back_up
    from workers.ledger.opening import open_blobs, open_ledger

    settings = load_settings(config)
    with open_ledger(settings) as ledger:
        made = back_up(ledger, open_blobs(settings), into.absolute())
    show.line(f"{into}: {made.events} events, {made.blobs} blobs, as of {made.at}")


def restore(
    backup: Annotated[Path, typer.Argument(help="A folder that 'vireille backup' made.")], config: ConfigOption = HERE
) -> None:
    """Bring a backup back; a ledger that is there is moved aside. Exit 5 if something is wrong with it."""
    from intake.base.clock import SystemClock
    from intake.base.errors import Stale, WrongUse
    from workers.ledger.backup import restore as bring_back
    from workers.ledger.opening import open_vault

    settings = load_settings(config)
    data = settings.here.data
    durable.make_folder(data)
    try:
        with durable.locked(data, alone=True, wait=False):
            problems = bring_back(backup.absolute(), data, clock=SystemClock(), vault=open_vault(settings))
    except Stale as error:
        raise WrongUse(f"{data}: the point is at work; stop 'vireille run' first, then restore again") from error
    _tell(problems, "restored; everything is as it was stored")
    if problems:
        raise typer.Exit(5)


def cover(
    filing: FilingArgument,
    config: ConfigOption = HERE,
    out: OutOption = None,
    language: LanguageOption = None,
    advisor: Annotated[str | None, typer.Option("--advisor", help="Who decides.")] = None,
) -> None:
    """Make a cover sheet for the post while the line is down; the filing is then not delivered as well unless asked."""
    from workers.run.open_point import open_desk

    settings = load_settings(config)
    who = by_whom(settings, advisor)
    with open_desk(settings) as desk:
        sheet = desk.cover(filing, _language(language, settings.here.languages), who)
    _write(out or Path(f"cover-{filing}.pdf"), sheet)


def receipt(
    filing: FilingArgument, config: ConfigOption = HERE, out: OutOption = None, language: LanguageOption = None
) -> None:
    """Make the customer's receipt, with the time of arrival once the authority has confirmed."""
    from workers.run.open_point import open_desk

    settings = load_settings(config)
    with open_desk(settings) as desk:
        sheet = desk.receipt(filing, _language(language, settings.here.languages))
    _write(out or Path(f"receipt-{filing}.pdf"), sheet)


def _language(wanted: str | None, known: tuple[Language, ...]) -> Language:
    return next((language for language in known if language == wanted), known[0])


def _write(out: Path, sheet: bytes) -> None:
    show.write(out, sheet)
    show.line(str(out.absolute()))
