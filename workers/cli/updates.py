"""`publish`: sign rules, providers, forms and matters for all points; `update`: a point takes them, or goes back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intake.base.clock import SystemClock
from intake.base.errors import WrongUse
from intake.base.settings import Settings, load_settings
from routing_rules.providers import load_providers
from workers.cli import show
from workers.cli.preview import OnOption, show_later
from workers.deliver.connect import open_store

if TYPE_CHECKING:
    from workers.publish.rehearsal import Rehearsal
    from workers.publish.update import Update

ConfigOption = Annotated[Path, typer.Option("--config", help="The settings.")]
HERE = Path("vireille.toml")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (publish, update):
        app.command()(verb)


def publish(
    folder: Annotated[Path, typer.Argument(help="A folder with any of rules/, providers/, forms/, matters/.")],
    key: Annotated[Path, typer.Option("--key", help="The publisher's signing key; certificate and ca.pem beside it.")],
    config: ConfigOption = HERE,
    channel: Annotated[
        str | None, typer.Option("--channel", help="Default: that of [updates] in the settings, else main.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Parts the folder leaves out are left out, not taken from the last version.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Prove it and show its effect at each --point; nothing is stored.")
    ] = False,
    point: Annotated[
        list[Path] | None, typer.Option("--point", help="With --dry-run: a point's settings; may be repeated.")
    ] = None,
    on: OnOption = None,
) -> None:
    """Prove a set, sign it and put it into the store for the points. Exit 5 if something in it is wrong."""
    from workers.publish.publish import Publisher
    from workers.publish.publish import publish as put
    from workers.seal import keyring, keys

    settings = load_settings(config, own=True)
    publisher = Publisher(
        store=open_store(settings.store.url),
        channel=channel or (settings.updates.channel if settings.updates else "main"),
        identity=keyring.identity_beside(key, secret=keys.passphrase()),
        cas=keyring.load_cas(key.parent / "ca.pem"),
        clock=SystemClock(),
    )
    if dry_run:
        from workers.publish.rehearsal import rehearse

        points = [load_settings(file) for file in point or [config]]
        day = on.date() if on else None
        _show_rehearsal(rehearse(publisher, folder, settings, points, whole=whole, on=day))
        _note_shared_keys(folder / "providers")
        return
    if on is not None:
        raise WrongUse("--on shows a set's effect on that day; it goes with --dry-run")
    done = put(publisher, folder, settings, whole=whole)
    held = ", ".join(f"{count} files of {part}" for part, count in done.contents.parts.items())
    said = "published" if done.new else "is published already, unchanged"
    show.line(f"{done.contents.channel}-{done.contents.version} {said}: {held}")
    _note_shared_keys(folder / "providers")


def _note_shared_keys(providers: Path) -> None:
    """Say what may be meant, and may not."""
    from workers.seal.pins import shared_keys

    for note in shared_keys(load_providers(providers).values() if providers.is_dir() else ()):
        show.line(f"note {note}")


def _show_rehearsal(found: "Rehearsal") -> None:
    """Show what would be published, then each point's answer, what moves there and by which rule."""
    name = f"{found.contents.channel}-{found.contents.version}"
    show.line(f"{name} would be published" if found.new else f"{name} is published already, unchanged")
    for effect in found.effects:
        if effect.preview is None:
            show.line(f"{effect.point} would not take it: {'; '.join(effect.problems)}")
            continue
        show.line(
            f"{effect.point}: {len(effect.preview.changes)} filings would go elsewhere, of {effect.preview.filings}"
        )
        show_later(effect.preview)
        if effect.preview.changes:
            moves = ((row.rule or "no rule", row.before, row.after, row.filings) for row in effect.preview.moves())
            show.table(("by rule", "from", "to", "filings"), moves)


def update(
    config: ConfigOption = HERE,
    check: Annotated[bool, typer.Option("--check", help="Only say whether there is something newer.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Return to the set that was in use before.")] = False,
) -> None:
    """Take the newest signed rules, providers, forms and matters. Exit 3 if not signed so, 5 if not in order."""
    from workers.publish import update as updates

    settings = load_settings(config, own=True)
    point = updates.Updating(settings, open_store(settings.store.url), SystemClock(), _on_their_way(settings))
    _tell(updates.back(point) if back else updates.update(point, check=check))


def _tell(done: "Update") -> None:
    for version, why in done.distrusted:
        show.line(f"version {version} in the store is not used: {why}")
    for version in done.newer:
        show.line(f"version {version} is in the store and newer")
    for problem in done.problems:
        show.line(f"note {problem}; it comes back as it was in use here")
    name = f"{done.now.name}, signed {done.now.signed}" if done.now else "the point's own files"
    show.line(f"now in use: {name}" if done.took else f"in use: {name}{'' if done.newer else '; nothing newer'}")


def _on_their_way(settings: Settings) -> frozenset[str]:
    """Providers of filings that are not at their end yet; a set without one of them would strand those."""
    from intake.base.states import State
    from workers.ledger.opening import open_ledger
    from workers.ledger.reports import providers_but_in

    with open_ledger(settings) as ledger:
        return providers_but_in(ledger, (State.CONFIRMED, State.JOINED, State.PURGED))
