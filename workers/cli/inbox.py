"""`inbox`: the back office's side of the queue, its page, and the points that it trusts.

All works from the plain installation but the page, which needs the extra `office`.
"""

import signal
import threading
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from intake.base.clock import iso
from intake.base.errors import NotFound, WrongUse
from intake.base.extras import needs
from intake.base.settings import load_settings
from workers.backoffice import inbox, service
from workers.backoffice.desk import LOST
from workers.backoffice.office import Office
from workers.backoffice.setup import examined, hook_of, keep_of, trusted
from workers.backoffice.why import sentence
from workers.cli import answers, received, show
from workers.cli.office import (
    HERE,
    ConfigOption,
    KeyOption,
    OutOption,
    ProviderOption,
    UnitOption,
    key_file,
    office,
    outside,
)
from workers.deliver.ports import DeadLetter
from workers.seal import keys
from workers.seal.trust import bind

LEAST_SECONDS, MOST_SECONDS = 1.0, 3600.0
"""How often a service may look; leases are renewed in each round and last longer than the longest."""

app = typer.Typer(help="The back office: receive filings, acknowledge or return them.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    for part in (answers, received):
        part.register(app)
    app.command("page")(page)
    app.command("trust")(trust)
    root.add_typer(app, name="inbox")


def _as_json(letter: DeadLetter) -> dict[str, object]:
    said = {"code": letter.code, "text": sentence(letter.code)}
    return {**letter.message.model_dump(mode="json"), **said}


def _table_of_dead(letters: tuple[DeadLetter, ...]) -> None:
    rows = ((letter.message.bundle, letter.message.unit, letter.code, sentence(letter.code)) for letter in letters)
    show.table(("given up", "unit", "code", "why"), rows)


@app.command("list")
def list_(
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List what waits in the queue, how old the oldest is, and what could not be opened."""
    del key  # the queue can be looked at without it
    found = inbox.overview(outside(load_settings(config), provider, unit))
    if json_:
        show.as_json(
            {
                "waiting": [message.model_dump(mode="json") for message in found.waiting],
                "dead": [_as_json(letter) for letter in found.dead],
                "depth": found.stats.depth,
                "oldest": iso(found.stats.oldest) if found.stats.oldest else None,
            }
        )
        return
    columns = ("bundle", "unit", "form", "priority", "handed over", "bytes")
    rows = (
        (message.bundle, message.unit, message.form, message.priority, iso(message.handed_over), message.bytes)
        for message in found.waiting
    )
    show.table(columns, rows)
    if found.dead:
        _table_of_dead(found.dead)
    show.line(f"{found.stats.waiting} waiting, {found.stats.leased} in work, {found.stats.dead} given up")


@app.command()
def receive(
    out: OutOption,
    most: Annotated[int, typer.Option("--max", help="Try at most this many.")] = 100,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
) -> None:
    """Take what is there: verify, decrypt, one folder a filing. Exit 3 if a bundle could not be opened."""
    settings = load_settings(config)
    here, hook = office(config, provider, unit, key), hook_of(settings)
    look = partial(examined, settings=settings, key=key_file(settings, provider, key))
    done = service.one_round(here, out.absolute(), hook, most=most, look=look, keep=keep_of(settings))
    _say(done)
    show.line(f"{len(done.round.received)} received")
    if done.round.ended is not None:
        raise done.round.ended
    if done.round.failed:
        raise typer.Exit(3)


def _say(done: service.Done) -> None:
    for filing in done.round.received:
        show.line(f"{filing.bundle}: {filing.form or 'no known form'} in {filing.folder}")
    for bundle in done.round.repeated:
        show.line(f"{bundle}: came before, answered again")
    for bundle in done.round.lost:
        show.line(f"{bundle}: the lease is over and somebody else has it, or answered it; its folder lies in {LOST}")
    for failure in done.round.failed:
        show.line(f"{failure.bundle}: not opened ({failure.code}): {failure.message}")
    for notice in done.telling.failed:
        after = "'vireille inbox notices --again' sends it" if notice.given_up else f"again after {notice.again}"
        show.line(f"{notice.bundle}: the case system did not take the notice ({notice.code}); {after}")


@app.command()
def serve(
    out: OutOption,
    every: Annotated[float, typer.Option("--every", help="Seconds between two looks.")] = service.REST_SECONDS,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
) -> None:
    """Receive until SIGTERM, keep leases, and notify the case system that [inbox] webhook names."""
    if not LEAST_SECONDS <= every <= MOST_SECONDS:
        raise WrongUse(f"--every must lie between {LEAST_SECONDS:.0f} and {MOST_SECONDS:.0f} seconds")
    settings = load_settings(config)
    here, hook = office(config, provider, unit, key), hook_of(settings)
    look = partial(examined, settings=settings, key=key_file(settings, provider, key))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    show.line(f"receiving for {here.provider} every {every:g} s into {out.absolute()}")

    def work(here: Office, out: Path) -> None:
        done = service.one_round(here, out, hook, look=look, keep=keep_of(settings))
        _say(done)
        if done.round.ended is not None:
            show.line(f"round ended: {done.round.ended.message}")

    service.serve(here, out.absolute(), stop, work=work, rest_seconds=every)


@app.command()
def dead(
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the filings that were given up on, and why. 'inbox redrive' gives them another life."""
    letters = inbox.dead(outside(load_settings(config), provider, unit))
    if json_:
        show.as_json({"dead": [_as_json(letter) for letter in letters]})
        return
    _table_of_dead(letters)
    show.line(f"{len(letters)} given up")


@app.command()
def redrive(
    bundle: Annotated[str | None, typer.Argument(help="One filing's bundle id; all of them without it.")] = None,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
) -> None:
    """Give filings that were given up on another life, after their cause was mended. Exit 4: no such dead letter."""
    here = outside(load_settings(config), provider, unit)
    count = here.queue.redrive(here.provider, here.unit, bundle)
    if bundle is not None and count == 0:
        raise NotFound(f"{bundle} is not among the dead letters of {here.provider}; see 'vireille inbox dead'")
    show.line(f"{count} wait again; 'vireille inbox receive' takes them")


def page(
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
    unit: UnitOption = None,
    key: KeyOption = None,
) -> None:
    """Receive, keep the filings sealed, and serve the clerks' page until SIGTERM. Clerks: 'vireille people add'."""
    settings = load_settings(config)
    here = office(config, provider, unit, key)
    with needs("office"):
        from workers.office.serve import serve
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    look = partial(examined, settings=settings, key=key_file(settings, provider, key))
    serve(settings, here, look, stop, show.line)


def trust(
    ca: Annotated[Path | None, typer.Argument(help="The ca.pem that a point sent; without it: list.")] = None,
    point: Annotated[
        str | None, typer.Option("--point", help="The point's id, if the certificate's name lacks it.")
    ] = None,
    config: Annotated[Path, typer.Option("--config", help="Settings with [inbox].")] = HERE,
) -> None:
    """Trust a point: its CA certificate is bound to its id, and signs for no other. Without a file: list them."""
    settings = load_settings(config)
    if ca is None:
        rows = (
            (signer.point or "none: bind it", signer.ca.not_valid_after_utc.date(), keys.fingerprint(signer.ca))
            for signer in trusted(settings)
        )
        show.table(("point", "until", "fingerprint"), rows)
        return
    bound = bind(settings.keys.directory, ca, point)
    show.line(f"{bound.id}: {bound.fingerprint} is trusted to sign for it, and for no other point")
    show.line(f"Compare the fingerprint with {bound.id} by telephone ('vireille keys show' there).")
