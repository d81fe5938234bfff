"""`inbox ack / return / forward / give-back`: what an office says to a filing. Works from the plain installation."""

from typing import Annotated

import typer

from intake.base.clock import iso
from intake.base.settings import load_settings
from workers.backoffice import answers
from workers.backoffice.reasons import REASONS
from workers.cli import show
from workers.cli.office import (
    HERE,
    BundleArgument,
    ConfigOption,
    KeyOption,
    OutOption,
    ProviderOption,
    UnitOption,
    office,
    outside,
)


def register(app: typer.Typer) -> None:
    """Add the verbs to `inbox`."""
    app.command("ack")(ack)
    app.command("return")(return_)
    app.command("forward")(forward)
    app.command("give-back")(give_back)


def ack(
    bundle: BundleArgument,
    out: OutOption,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
) -> None:
    """Sign and send the receipt: the filing has arrived and is yours now."""
    receipt = answers.ack(office(config, provider, unit, key), out.absolute(), bundle)
    show.line(f"{bundle}: {receipt.outcome} at {iso(receipt.at)}")


def return_(
    bundle: BundleArgument,
    out: OutOption,
    reason: Annotated[str, typer.Option("--reason", help=f"One of {', '.join(REASONS)}.")],
    note: Annotated[str | None, typer.Option("--note", help="A line for the advisor.")] = None,
    belongs: Annotated[str | None, typer.Option("--belongs-to", help="The unit where it belongs, if known.")] = None,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
) -> None:
    """Send the filing back to its point, with a reason the advisor sees."""
    here = office(config, provider, unit, key)
    receipt = answers.return_(here, out.absolute(), bundle, reason=reason, note=note, unit=belongs)
    show.line(f"{bundle}: {receipt.outcome} ({receipt.reason}) at {iso(receipt.at)}")


def forward(
    bundle: BundleArgument,
    to: Annotated[str, typer.Option("--unit", help="The unit of the same authority that it goes to.")],
    out: OutOption,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    key: KeyOption = None,
) -> None:
    """Pass a filing on to another unit of this authority, still sealed; what lies here of it is removed."""
    answers.pass_on(office(config, provider, None, key), out.absolute(), bundle, to)
    show.line(f"{bundle}: goes to {to}; the receipt will name that unit")


def give_back(
    bundle: BundleArgument, out: OutOption, config: ConfigOption = HERE, provider: ProviderOption = None
) -> None:
    """Give a filing back to the queue unanswered, for a colleague to receive; its folder here is removed."""
    answers.give_back(outside(load_settings(config), provider, None), out.absolute(), bundle)
    show.line(f"{bundle}: waits again")
