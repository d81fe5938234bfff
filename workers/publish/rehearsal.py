"""A set before it is signed: proved, and what it would do at each point. Nothing is stored and nothing changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from intake.base.clock import Clock
from intake.base.errors import BadFile
from intake.base.settings import Settings, with_folders
from routing_rules.providers import load_providers
from routing_rules.replay import Preview, World
from workers.ledger.opening import open_ledger
from workers.publish.contents import Contents
from workers.publish.prove import prove
from workers.publish.publish import Publisher, require_good, scratch_folder, whole_set
from workers.run.own_rules import rules_in_use
from workers.run.proved_rules import proved_rules
from workers.send.routing_facts import all_past


@dataclass(frozen=True, slots=True)
class Effect:
    """The set's effect at one point. `problems`: why the point would not take it."""

    point: str
    problems: list[str]
    preview: Preview | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The package as it would be signed, whether anything in it is new, and its effect at each point."""

    contents: Contents
    new: bool
    effects: tuple[Effect, ...]


def rehearse(
    publisher: Publisher,
    folder: Path,
    settings: Settings,
    points: Sequence[Settings],
    *,
    whole: bool = False,
    on: date | None = None,
) -> Rehearsal:
    """Do all that publishing does but for the signature, then try the set on the past of each point.

    `on`: take every filing as if it were handed over on that day.
    Raises CheckFailed, WrongUse, Away, Denied, and what opening a ledger raises.
    """
    with scratch_folder(folder.absolute().parent) as scratch:
        made = whole_set(publisher, folder, scratch, whole=whole)
        require_good(publisher, made, settings)
        effects = tuple(_effect(point, made.root, publisher.clock, on) for point in points)
        return Rehearsal(made.contents, made.new, effects)


def _effect(point: Settings, root: Path, clock: Clock, on: date | None) -> Effect:
    after = with_folders(point, root, "package")
    problems = prove(point, after, root, clock=clock)
    if problems:
        return Effect(point.here.id, problems, None)
    found = Preview(on)
    with open_ledger(point) as ledger:
        found.add(all_past(ledger, point.here), _world(point, clock, now=True), _world(after, clock, now=False))
    return Effect(point.here.id, [], found)


def _world(settings: Settings, clock: Clock, *, now: bool) -> World:
    if settings.providers is None:
        raise BadFile(settings.file, "a point needs [providers] directory")
    known = load_providers(settings.providers.directory)
    if now:
        return World(rules_in_use(settings, known, clock).rules, known)
    return World(proved_rules(settings, known, clock, in_use=True), known)  # what the set brings was proved before
