"""The options of the back office's verbs, and the office that they name."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from intake.base.clock import SystemClock
from intake.base.errors import WrongUse
from intake.base.settings import Settings, load_settings
from workers.backoffice.office import Office
from workers.backoffice.setup import opening, trusted
from workers.deliver.connect import open_queue, open_store

ConfigOption = Annotated[Path, typer.Option("--config", help="Settings with [store], [queue] and maybe [inbox].")]
ProviderOption = Annotated[str | None, typer.Option("--provider", help="The authority's id.")]
UnitOption = Annotated[str | None, typer.Option("--unit", help="Only this unit's filings.")]
KeyOption = Annotated[
    Path | None, typer.Option("--key", help="The authority's private key, its certificate beside it.")
]
OutOption = Annotated[Path, typer.Option("--out", help="Where the received filings lie.")]
BundleArgument = Annotated[str, typer.Argument(help="The bundle's id, as 'vireille inbox list' gives it.")]
HERE = Path("vireille.toml")


def office(config: Path, provider: str | None, unit: str | None, key: Path | None) -> Office:
    """The office named by the options, else by [inbox]; in a demo point its keys are at hand. Raises WrongUse."""
    settings = load_settings(config)
    openers, identity = opening(key_file(settings, provider, key))
    here = outside(settings, provider, unit)
    return replace(here, openers=openers, identity=identity, points=trusted(settings))


def provider_of(settings: Settings, provider: str | None) -> str:
    """Whose queue it is. Raises WrongUse."""
    chosen = provider or (settings.inbox.provider if settings.inbox else None)
    if chosen is None:
        raise WrongUse("say whose queue it is with --provider, or write an [inbox] table")
    return chosen


def key_file(settings: Settings, provider: str | None, key: Path | None) -> Path:
    """The key that opens: named, or that of [inbox], or the one among the point's keys."""
    beside = settings.keys.directory / f"{provider_of(settings, provider)}.key.pem"
    return key or (settings.inbox.key if settings.inbox else beside)


def outside(settings: Settings, provider: str | None, unit: str | None) -> Office:
    """The inbox without keys: enough to look at its queue, also while the key is what is wrong."""
    return Office(
        provider=provider_of(settings, provider),
        unit=unit or (settings.inbox.unit if settings.inbox else None),
        store=open_store(settings.store.url),
        queue=open_queue(settings.queue.url),
        openers=(),
        points=(),
        clock=SystemClock(),
    )
