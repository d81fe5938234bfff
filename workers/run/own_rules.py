"""The rules that a point works with: its own while they are proved, else the last set that was, and watches them.

A broken set never stops a start and never comes into use: the log, the page and `doctor` say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from intake.base.clock import Clock
from intake.base.errors import BadFile, NotFound, VireilleError
from intake.base.log import logger
from intake.base.settings import Settings
from routing_rules.load import load_rules
from routing_rules.model import RuleSet
from routing_rules.providers import Provider, load_providers
from workers.run.health import Health
from workers.run.kept_rules import folder_of, history, keep, kept_at
from workers.run.proved_rules import proved_rules

PART = "rules"
NOTICE = "rules_refused"
Stamp = frozenset[tuple[str, int, int]]
"""Path, time of change and size of each file."""


@dataclass(frozen=True, slots=True)
class InUse:
    """The rules in use, and the folder they are from.

    `problem`: why they are not those in the point's folder, or would not be taken today; None: nothing is wrong.
    """

    rules: RuleSet
    folder: Path | None
    problem: str | None = None


def are_own(settings: Settings) -> bool:
    """Whether the rules are the point's own files, and not of a set that was taken."""
    return settings.routing is not None and not settings.routing.rules.is_relative_to(settings.updates_folder)


def rules_in_use(settings: Settings, providers: Mapping[str, Provider], clock: Clock) -> InUse:
    """The set in the point's folder if it is proved, else the newest kept one that is. Raises BadFile if none is.

    What was in use before is read as an earlier release read it: the kept sets, a set that was taken, and, where
    nothing is kept yet, the point's folder.
    """
    own_folder = settings.routing.rules if settings.routing else None
    try:
        return InUse(proved_rules(settings, providers, clock), own_folder)
    except BadFile as error:
        if not are_own(settings):
            return InUse(proved_rules(settings, providers, clock, in_use=True), own_folder)
        versions = list(dict.fromkeys(entry.version for entry in reversed(history(settings.here.data))))
        for version in versions:
            try:
                folder = kept_at(settings.here.data, version)
                rules = proved_rules(settings, providers, clock, folder=folder, in_use=True)
                return InUse(rules, folder, error.message)
            except (BadFile, NotFound):
                continue
        if versions:
            raise
        return InUse(proved_rules(settings, providers, clock, in_use=True), own_folder, error.message)


def take_rules(settings: Settings, providers: Mapping[str, Provider], clock: Clock, health: Health) -> RuleSet:
    """At a start: the rules in use, kept for later starts; a refused set is told. Raises BadFile if none is proved."""
    found = rules_in_use(settings, providers, clock)
    _tell(health, refused=found.problem is not None)
    if are_own(settings) and settings.routing is not None and found.folder == settings.routing.rules:
        try:
            keep(settings.here.data, found.folder, found.rules.version, clock)
        except VireilleError as error:  # the rules are good; that they cannot be kept is no reason to close
            logger().warning("rules_not_kept", code=error.code)
    return found.rules


def _tell(health: Health, *, refused: bool) -> None:
    """For the page, and once for the log."""
    if health.changed(PART, refused) and refused:
        logger().warning("rules_refused", code=BadFile.code)
    health.report(PART, NOTICE if refused else None)


class OwnRules:
    """Watches the point's rules and providers; files count once they have lain still from one look to the next."""

    def __init__(self, settings: Settings, rules: RuleSet, providers: Mapping[str, Provider], clock: Clock,
                 health: Health) -> None:  # fmt: skip
        """`rules` and `providers`: those in use."""
        self._settings, self._clock, self._health = settings, clock, health
        self._in_use = (rules.version, dict(providers))
        self._seen: Stamp | None = None
        self._judged: Stamp | None = None

    def look(self) -> bool:
        """Whether other rules or providers lie there, and are proved."""
        if not are_own(self._settings) or self._settings.providers is None or self._settings.routing is None:
            return False
        kept = folder_of(self._settings.here.data)
        folders = (self._settings.routing.rules, self._settings.providers.directory, kept)
        stamp = frozenset(found for folder in folders for found in _stamp(folder))
        still, self._seen = stamp == self._seen, stamp
        if not still or stamp == self._judged:
            return False
        new = self._judge(*folders[:2])
        if not new:
            self._judged = stamp
        return new

    def _judge(self, rules: Path, directory: Path) -> bool:
        """A set that would not be taken today counts if it is the one kept last: somebody went back to it.

        Where nothing is kept, one in the folder was read as a start reads it, and nobody went back to it.
        """
        try:
            providers = load_providers(directory)
            found = rules_in_use(self._settings, providers, self._clock)
            there = load_rules(rules, in_use=True).version
        except VireilleError:
            _tell(self._health, refused=True)
            return False
        _tell(self._health, refused=found.problem is not None)
        wanted = found.problem is None or found.folder != rules
        return wanted and found.rules.version == there and (there, providers) != self._in_use


def _stamp(folder: Path) -> Stamp:
    found = []
    for path in folder.glob("*"):
        try:
            at = path.stat()
        except OSError:  # it went in between, or this account may not see it
            continue
        found.append((str(path), at.st_mtime_ns, at.st_size))
    return frozenset(found)
