"""`inbox`: the back office's side of the queue. Works from the plain installation."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from intake.base.clock import SystemClock, iso
from intake.base.errors import WrongUse
from intake.base.settings import load_settings
from workers.backoffice import inbox, service
from workers.backoffice.inbox import Office
from workers.backoffice.setup import hook_of, trusted
from workers.backoffice.webhook import tell
from workers.cli import show
from workers.deliver.connect import open_queue, open_store
from workers.seal import keyring, keys

LEAST_SECONDS, MOST_SECONDS = 1.0, 3600.0
"""How often a service may look; leases are renewed in each round and last longer than the longest."""

app = typer.Typer(help="The back office: receive filings, acknowledge or return them.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option("--config", help="Settings with [store], [queue] and maybe [inbox].")]
ProviderOption = Annotated[str | None, typer.Option("--provider", help="The authority's id.")]
UnitOption = Annotated[str | None, typer.Option("--unit", help="Only this unit's filings.")]
KeyOption = Annotated[
    Path | None, typer.Option("--key", help="The authority's private key, its certificate beside it.")
]
OutOption = Annotated[Path, typer.Option("--out", help="Where the received filings lie.")]
HERE = Path("vireille.toml")


def office(config: Path, provider: str | None, unit: str | None, key: Path | None) -> Office:
    """The office named by the options, else by [inbox]; in a demo point its keys are at hand. Raises WrongUse."""
    settings = load_settings(config)
    chosen = provider or (settings.inbox.provider if settings.inbox else None)
    if chosen is None:
        raise WrongUse("say whose queue it is with --provider, or write an [inbox] table")
    place = key or (settings.inbox.key if settings.inbox else settings.keys.directory / f"{chosen}.key.pem")
    secret = keys.passphrase()
    openers = keyring.openers(place, secret=secret)
    return Office(
        provider=chosen,
        unit=unit or (settings.inbox.unit if settings.inbox else None),
        store=open_store(settings.store.url),
        queue=open_queue(settings.queue.url),
        openers=openers,
        cas=trusted(settings),
        clock=SystemClock(),
        identity=keyring.identity_beside(place, secret=secret),
    )


@app.command("list")
def list_(
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """What waits in the queue, how old the oldest is, and what could not be opened."""
    found = inbox.overview(office(config, provider, unit, key))
    if json_:
        show.as_json(
            {
                "waiting": [message.model_dump(mode="json") for message in found.waiting],
                "dead": [{**letter.message.model_dump(mode="json"), "code": letter.code} for letter in found.dead],
                "depth": found.stats.depth,
                "oldest": iso(found.stats.oldest) if found.stats.oldest else None,
            }
        )
        return
    columns = ("bundle", "unit", "form", "priority", "handed over", "bytes")
    rows = ((one.bundle, one.unit, one.form, one.priority, iso(one.handed_over), one.bytes) for one in found.waiting)
    show.table(columns, rows)
    show.line(f"{found.stats.waiting} waiting, {found.stats.leased} in work, {found.stats.dead} given up")


@app.command()
def receive(
    out: OutOption,
    most: Annotated[int, typer.Option("--max", help="At most so many.")] = 100,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
) -> None:
    """Take what is there: verify, decrypt, one folder a filing. Exit 3 if a bundle could not be opened."""
    here, hook = office(config, provider, unit, key), hook_of(load_settings(config))
    done = inbox.receive(here, out.absolute(), most)
    untold = tell(out.absolute(), hook, here.clock).failed if hook else ()
    for one in done.received:
        show.line(f"{one.bundle}: {one.form or 'no known form'} in {one.folder}")
    for bundle in done.repeated:
        show.line(f"{bundle}: came before, answered again")
    for failure in done.failed:
        show.line(f"{failure.bundle}: not opened ({failure.code}): {failure.message}")
    for bundle, code in untold:
        show.line(f"{bundle}: the case system was not told ({code}); it is next time")
    show.line(f"{len(done.received)} received")
    if done.failed:
        raise typer.Exit(3)


@app.command()
def serve(
    out: OutOption,
    every: Annotated[float, typer.Option("--every", help="Seconds between two looks.")] = service.REST_SECONDS,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
) -> None:
    """Receive until told to stop (SIGTERM), keep leases, tell the case system that [inbox] webhook names."""
    if not LEAST_SECONDS <= every <= MOST_SECONDS:
        raise WrongUse(f"--every must lie between {LEAST_SECONDS:.0f} and {MOST_SECONDS:.0f} seconds")
    here, hook = office(config, provider, unit, key), hook_of(load_settings(config))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    show.line(f"receiving for {here.provider} every {every:g} s into {out.absolute()}")
    service.serve(here, out.absolute(), stop, hook=hook, rest_seconds=every)


@app.command()
def ack(
    bundle: str,
    out: OutOption,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
) -> None:
    """Sign and send the receipt: the filing has arrived and is yours now."""
    receipt = inbox.ack(office(config, provider, unit, key), out.absolute(), bundle)
    show.line(f"{bundle}: {receipt.outcome} at {iso(receipt.at)}")


@app.command("return")
def return_(
    bundle: str,
    out: OutOption,
    reason: Annotated[str, typer.Option("--reason", help="A code: wrong_provider, incomplete, unreadable, ...")],
    note: Annotated[str | None, typer.Option("--note", help="A line for the advisor.")] = None,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
) -> None:
    """Send the filing back to its point, with a reason the advisor sees."""
    receipt = inbox.return_(office(config, provider, unit, key), out.absolute(), bundle, reason=reason, note=note)
    show.line(f"{bundle}: {receipt.outcome} ({receipt.reason}) at {iso(receipt.at)}")
