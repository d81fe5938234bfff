"""Verbs by which a person decides on a filing: release, hold, join, part, destroy.

The ledger keeps the person's name and reason sealed.
"""

import os
import pwd
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from intake.base.errors import WrongUse
from intake.base.settings import Settings, load_settings
from workers.cli import show
from workers.cli.here import FilingArgument

ConfigOption = Annotated[Path, typer.Option("--config", help="The point's settings.")]
AdvisorOption = Annotated[str, typer.Option("--advisor", help="Who decides.")]
HERE = Path("vireille.toml")


class As(StrEnum):
    """The part that a paper plays in the filing it is joined to."""

    RESCAN = "rescan"
    ATTACHMENT = "attachment"


def by_whom(settings: Settings, advisor: str | None) -> str | None:
    """The name that the log gets: as given where nobody signs in, else one that is true (`workers/access/ACCESS.md`).

    Raises WrongUse for the name of nobody who may sign in here.
    """
    from workers.access.people import listed
    from workers.access.store import open_access

    with open_access(settings) as access:
        known = [person for person in listed(access) if person.removed is None]
    if not known:
        return advisor
    shell = pwd.getpwuid(os.getuid()).pw_name
    if advisor in {None, shell}:
        return f"{shell} (command line)"
    shown = [person.shown for person in known if str(advisor).casefold() in {person.name, person.shown.casefold()}]
    if not shown:
        raise WrongUse(
            f"'{advisor}' may not sign in here: name one of 'vireille people list', or --advisor {shell} for yourself"
        )
    return f"{shown[0]} (command line, {shell})"


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (release, hold, join, part, destroy):
        app.command()(verb)


def release(
    filing: FilingArgument,
    config: ConfigOption = HERE,
    reason: Annotated[str | None, typer.Option("--reason", help="Why it goes in spite of what is missing.")] = None,
    advisor: Annotated[str | None, typer.Option("--advisor", help="Who decides.")] = None,
    identity: Annotated[
        str | None, typer.Option("--identity", help="Kind of document the identity was checked by; no number.")
    ] = None,
    contact: Annotated[str | None, typer.Option("--contact", help="Phone or e-mail, if the customer wishes.")] = None,
    provider: Annotated[
        str | None, typer.Option("--provider", help="Send it to this authority, whatever the rules say.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", help="The authority's unit; alone: of the form's own authority.")
    ] = None,
) -> None:
    """Let a waiting, held or returned filing go on. A recipient named here is obeyed."""
    from workers.ledger import Person
    from workers.run.open_point import open_desk

    settings = load_settings(config)
    person = Person(advisor=by_whom(settings, advisor), reason=reason, identity=identity, contact=contact)
    with open_desk(settings) as desk:
        state = desk.release(filing, person, provider, unit)
    show.line(f"{filing}: goes on from {state.value}")


def hold(
    filing: FilingArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why it must stay.")],
    config: ConfigOption = HERE,
    advisor: Annotated[str | None, typer.Option("--advisor", help="Who decides.")] = None,
) -> None:
    """Keep a filing here."""
    from workers.ledger import Person, people
    from workers.ledger.opening import open_ledger

    settings = load_settings(config)
    person = Person(advisor=by_whom(settings, advisor), reason=reason)
    with open_ledger(settings) as ledger:
        people.hold(ledger, filing, person)
    show.line(f"{filing}: held")


def join(
    filing: FilingArgument,
    into: Annotated[str, typer.Option("--into", help="The filing it belongs to.")],
    as_: Annotated[As, typer.Option("--as", help="A re-scan takes its place; an attachment's pages are added to it.")],
    advisor: AdvisorOption,
    config: ConfigOption = HERE,
) -> None:
    """Say that a paper belongs to another filing. Both are kept, one goes on; 'part' undoes it."""
    from workers.ledger import Person, joins
    from workers.ledger.opening import open_ledger

    settings = load_settings(config)
    person = Person(advisor=by_whom(settings, advisor))
    with open_ledger(settings) as ledger:
        if as_ is As.RESCAN:
            joins.join(ledger, into, filing, person)
            show.line(f"{into}: joined; {filing} goes on in its place")
        else:
            joins.attach(ledger, filing, into, person)
            show.line(f"{filing}: joined; its pages are with {into}, which is judged again")


def part(
    filing: FilingArgument,
    config: ConfigOption = HERE,
    advisor: Annotated[str | None, typer.Option("--advisor", help="Who decides.")] = None,
) -> None:
    """Undo a join: the filing that was joined waits by itself again."""
    from workers.ledger import Person, joins
    from workers.ledger.opening import open_ledger

    settings = load_settings(config)
    person = Person(advisor=by_whom(settings, advisor))
    with open_ledger(settings) as ledger:
        joins.part(ledger, filing, person)
    show.line(f"{filing}: waits by itself again")


def destroy(
    filing: FilingArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why it shall not be sent.")],
    advisor: AdvisorOption,
    config: ConfigOption = HERE,
) -> None:
    """End a paper that shall not be sent: what was read and scanned goes, who destroyed it and why stays."""
    from workers.ledger import Person, retention
    from workers.ledger.opening import open_blobs, open_ledger

    settings = load_settings(config)
    person = Person(advisor=by_whom(settings, advisor), reason=reason)
    with open_ledger(settings) as ledger:
        retention.destroy(ledger, filing, open_blobs(settings), person)
    show.line(f"{filing}: destroyed")
