"""`people`: who may sign in to this point's or office's page, and as what. A password is never an argument."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from intake.base.errors import WrongUse
from intake.base.settings import Settings, load_settings
from workers.access.people import Account, add, listed, remove, set_password, set_roles
from workers.access.store import open_access
from workers.access.table import MAY, Role
from workers.backoffice.forward import units_of
from workers.cli import show

app = typer.Typer(help="Who may sign in to the page, and as what.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option("--config", help="The point's or the office's settings.")]
NameArgument = Annotated[str, typer.Argument(help="The name to sign in with.")]
_ROLES = "; ".join(f"{role}: {may}" for role, may in MAY.items())
RoleOption = Annotated[list[Role], typer.Option("--role", help=f"What the person is; may be repeated. {_ROLES}.")]
UnitOption = Annotated[
    list[str] | None,
    typer.Option("--unit", help="Only this unit's filings, where one page serves several units."),
]
HERE = Path("vireille.toml")


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    root.add_typer(app, name="people")


@app.command("add")
def add_(
    name: NameArgument,
    role: RoleOption,
    shown: Annotated[
        str | None, typer.Option("--shown", help="Stands beside the person's decisions; default: the name.")
    ] = None,
    unit: UnitOption = None,
    config: ConfigOption = HERE,
) -> None:
    """Let a person sign in. Asks for a password, or reads it from the first line of standard input."""
    from workers.access.reach import is_exercise

    settings = load_settings(config)
    with open_access(settings) as access:
        units = _units(settings, unit)
        account = add(access, name, shown or name, role, _password(name), units=units)
        where = ", ".join(f"{access.place}/{unit}" for unit in units) or access.place
        show.line(f"{account.name}: may sign in at {where} as {_roles(account)}; shown as {account.shown}")
    if is_exercise(settings):
        show.line("a demo asks for sign-in from its page's next start on")


@app.command("list")
def list_(
    config: ConfigOption = HERE,
    json_: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List who may sign in, and who was removed."""
    with open_access(load_settings(config)) as access:
        found = listed(access)
    rows = [
        {
            "name": person.name, "shown": person.shown, "roles": list(person.roles), "since": person.since,
            "removed": person.removed, "units": None if person.units is None else sorted(person.units),
        }
        for person in found
    ]  # fmt: skip
    if json_:
        show.as_json(rows)
    elif rows:
        table = ((person.name, person.shown, _roles(person), person.since, person.removed) for person in found)
        show.table(tuple(rows[0])[:5], table)
    else:
        show.line("nobody yet: vireille people add NAME --role advisor")


@app.command()
def roles(name: NameArgument, role: RoleOption, unit: UnitOption = None, config: ConfigOption = HERE) -> None:
    """Give a person exactly these roles, at once."""
    settings = load_settings(config)
    with open_access(settings) as access:
        account = set_roles(access, name, role, units=_units(settings, unit))
    show.line(f"{account.name}: {_roles(account)}")


@app.command("remove")
def remove_(name: NameArgument, config: ConfigOption = HERE) -> None:
    """Let a person not sign in any more, and sign the person out. What the person decided stays."""
    with open_access(load_settings(config)) as access:
        remove(access, name)
    show.line(f"{name}: may not sign in any more")


@app.command()
def password(name: NameArgument, config: ConfigOption = HERE) -> None:
    """Give a person a new password, asked for or read from standard input, and sign the person out."""
    with open_access(load_settings(config)) as access:
        set_password(access, name, _password(name))
    show.line(f"{name}: has a new password and is signed out")


def _roles(account: Account) -> str:
    units = f" ({', '.join(sorted(account.units))} only)" if account.units else ""
    return ", ".join(account.roles) + units


def _units(settings: Settings, units: list[str] | None) -> list[str]:
    """Raises WrongUse: the page has one unit or is a point's, or there is no such unit."""
    if not units:
        return []
    if settings.inbox is None or settings.inbox.unit is not None:
        raise WrongUse("--unit is for an office whose page serves several units: one without [inbox] unit")
    known = sorted(units_of(settings.inbox.provider))
    for unit in units:
        if known and unit not in known:
            raise WrongUse(f"{settings.inbox.provider} has no unit '{unit}'; it has {', '.join(known)}")
    return units


def _password(name: str) -> str:
    """Typed twice on a terminal, else the first line of standard input. Raises WrongUse."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise WrongUse("no password: type it at a terminal, or give it as the first line of standard input")
        return line
    first = getpass.getpass(f"Password of {name}: ")
    if getpass.getpass("Once more: ") != first:
        raise WrongUse("the two passwords are not the same; nothing was changed")
    return first
