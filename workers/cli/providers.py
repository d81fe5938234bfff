"""`providers`: pin an authority's certificate, look whether filings can be sealed to each, list them."""

from pathlib import Path
from typing import Annotated

import typer

from intake.base.clock import SystemClock, today
from intake.base.errors import BadFile, CheckFailed, VireilleError
from intake.base.settings import Settings, load_settings
from routing_rules.providers import Provider, load_providers
from workers.cli import show
from workers.deliver.connect import open_queue, open_store, require_store
from workers.doctor.finding import how_long
from workers.seal import keys, pins
from workers.seal.seal import pinned_certificate, recipients_for

app = typer.Typer(help="The authorities that filings are sealed to.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option("--config", help="The point's settings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document.")]
HERE = Path("vireille.toml")


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    root.add_typer(app, name="providers")


def _directory(settings: Settings) -> Path:
    if settings.providers is None:
        raise BadFile(settings.file, "name the folder of provider files", key="providers.directory")
    return settings.providers.directory


@app.command()
def add(
    certificate: Annotated[Path, typer.Argument(help="The PEM file that the authority sent.")],
    provider: Annotated[str, typer.Option("--provider", help="The authority's id.")],
    config: ConfigOption = HERE,
) -> None:
    """Pin an authority's certificate: filings are sealed to it from the point's next start on."""
    settings = load_settings(config)
    if settings.catalogue and settings.providers != load_settings(config, own=True).providers:
        problem = f"providers come with the set {settings.catalogue}; its publisher pins certificates"
        raise BadFile(settings.file, problem, key="updates")
    known = load_providers(_directory(settings))  # a broken file is told before anything is written
    done = pins.pin(_directory(settings), provider, certificate, now=SystemClock().now())
    show.line(
        f"{provider}: pinned {done.fingerprint}; {len(done.provider.certificates)} of its certificates are pinned"
    )
    show.line(f"  {done.certificate}")
    show.line(f"  {done.file}, at its end:")
    show.line(done.lines)
    show.line(f"Compare the fingerprint with {provider} by telephone, then restart the point.")
    for note in pins.shared_keys((known | {provider: done.provider}).values()):
        show.line(f"note {note}")


@app.command()
def check(config: ConfigOption = HERE) -> None:
    """Check whether filings can be sealed to each authority of today. Exit 5 if a pinned certificate is not fit."""
    settings = load_settings(config)
    now, on = SystemClock().now(), today(SystemClock(), settings.here.as_of)
    known = [provider for provider in load_providers(_directory(settings)).values() if provider.valid_on(on)]
    bad = 0
    for provider in known:
        if not provider.certificates:
            show.line(f"note {provider.id}: no certificate; filings for it are held")
            continue
        try:
            recipients_for(provider.certificates, now=now)
        except VireilleError as error:
            bad += 1
            show.line(f"BAD  {provider.id}: {error.message}")
            continue
        for problem in pins.pinned_twice([provider]):
            show.line(f"note {problem}")
        found = [pinned_certificate(pin) for pin in provider.certificates]
        for line in how_long("provider", found, now, provider=provider.id):
            show.line(f"{'ok  ' if line.ok else 'note'} {line.text.en}")
    for note in pins.shared_keys(known):
        show.line(f"note {note}")
    if bad:
        raise CheckFailed(f"filings for {bad} of the authorities are held; see the lines marked BAD")


@app.command()
def prepare(config: ConfigOption = HERE) -> None:
    """Make the queues that are missing at the hub, one for each authority and unit of today; changes none."""
    settings, on = load_settings(config), today(SystemClock(), load_settings(config).here.as_of)
    queue = open_queue(settings.queue.url, create=True)
    for provider in load_providers(_directory(settings)).values():
        if provider.valid_on(on):
            units = [None, *(unit.id for unit in provider.units)]
            for unit in units:
                queue.prepare(provider.id, unit)
            show.line(f"{provider.id}: there is a queue, {len(units) - 1} units")
    require_store(settings.store.url)
    next(open_store(settings.store.url).list("doctor/"), None)
    show.line(f"store {settings.store.url} answers")


@app.command("list")
def list_(config: ConfigOption = HERE, json_: JsonOption = False) -> None:
    """List all authorities with their units and pinned certificates."""
    known = load_providers(_directory(load_settings(config))).values()
    if json_:
        show.as_json([provider.model_dump(mode="json") for provider in known])
        return
    columns = ("id", "name", "from", "until", "units", "certificates")
    show.table(
        columns,
        (
            (*_row(provider), "\n".join(_pin(pin.path, pin.fingerprint) for pin in provider.certificates))
            for provider in known
        ),
    )


def _row(provider: Provider) -> tuple[object, ...]:
    units = " ".join(unit.id for unit in provider.units)
    return provider.id, provider.names.fi, provider.valid_from, provider.valid_until, units


def _pin(path: Path, fingerprint: str) -> str:
    try:
        until = f"{keys.load_certificate(path).not_valid_after_utc:%Y-%m-%d}"
    except BadFile:
        until = "file missing or wrong"
    return f"{fingerprint[:19]} until {until}"
