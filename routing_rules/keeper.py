"""The rule set in use while files change under it: a new set counts only when it is whole and proved (D-08, I-06)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from intake.base.errors import BadFile
from routing_rules.load import load_rules
from routing_rules.model import RuleSet
from routing_rules.providers import Provider, load_providers


@dataclass(frozen=True, slots=True)
class InUse:
    """A rule set and the providers it was proved against."""

    rule_set: RuleSet
    providers: Mapping[str, Provider]


class Keeper:
    """Holds the set in use; asks the folders again when told to."""

    def __init__(self, rules: Path, providers: Path, *, on: date | None = None) -> None:
        """Loads the first set. Raises BadFile: without any good set nothing can start."""
        self._rules, self._providers, self._on = rules, providers, on
        self.in_use = self._load()
        self.problem: BadFile | None = None
        """Why the files as they lie there now are not in use."""

    def _load(self) -> InUse:
        providers = load_providers(self._providers)
        return InUse(load_rules(self._rules, providers=providers, on=self._on), providers)

    def refresh(self) -> InUse:
        """The set in use: the files' if they are good, else the one before, with `problem` saying why."""
        try:
            self.in_use, self.problem = self._load(), None
        except BadFile as error:
            self.problem = error
        return self.in_use
