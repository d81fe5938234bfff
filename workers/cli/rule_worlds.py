"""The rules and providers that a verb asks: the point's own, or a candidate's with the providers it is meant for."""

from pathlib import Path

from intake.base.clock import SystemClock
from intake.base.errors import BadFile
from intake.base.settings import Settings
from routing_rules.providers import load_providers
from routing_rules.replay import World


def world_of(
    settings: Settings, rules: Path | None = None, providers: Path | None = None, *, was_in_use: bool = False
) -> World:
    """The rules and providers in use, or a candidate's, whose words must exist, too. Raises BadFile.

    `was_in_use`: the candidate was proved once, perhaps by an earlier release, and counts as it did then.
    """
    from workers.run.own_rules import rules_in_use
    from workers.run.proved_rules import proved_rules

    folder = providers or (settings.providers.directory if settings.providers else None)
    if folder is None:
        raise BadFile(settings.file, "a point needs [providers] directory")
    known = load_providers(folder)
    if rules is None:
        return World(rules_in_use(settings, known, SystemClock()).rules, known)
    found = proved_rules(settings, known, SystemClock(), folder=rules, words=not was_in_use, in_use=was_in_use)
    return World(found, known)
