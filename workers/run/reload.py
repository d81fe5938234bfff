"""Reloads a running point: each turn lasts until a new set was taken, the point's own forms changed, or the end.

A point that takes a new set of rules, providers and forms, or new forms of its own, closes everything and opens it
again with them, at a moment when no paper is between its recognition and its sealing: what began with one version is
finished with it (D-08). Open pages of the counter find it again by themselves.
"""

import threading
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from intake.base.errors import BadFile, VireilleError
from intake.base.log import logger
from intake.base.settings import Settings
from intake.base.states import State
from intake.base.taken import read_taken
from intake.forms.model import Definition
from workers.ledger import Ledger, reports
from workers.run.health import Health
from workers.run.own_forms import Found, OwnForms
from workers.run.own_rules import OwnRules
from workers.tools import Tools

LOOK_SECONDS = 2.0
_ON_THE_TABLE = frozenset(
    state.value
    for state in (State.OPENED, State.RECOGNISED, State.READ, State.CHECKED, State.READY, State.ROUTED)
)  # fmt: skip


class Turns:
    """Counts the turns of a running point, and knows whether there is another."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        """Ends the turn under way."""
        self.over = False
        """Whether this is the last turn."""

    def end(self, *_: object) -> None:
        """No further turn; may be called by a signal."""
        self.over = True
        self.stop.set()

    def another(self) -> bool:
        """Begin the next turn, unless it is over."""
        if not self.over:
            self.stop = threading.Event()
        return not self.over  # again: the signal may have come in between


class Announced:
    """Keeps the counter page's port from turn to turn, so that open pages find it again."""

    def __init__(self, announce: Callable[[str], None]) -> None:
        self._announce = announce
        self._address: str | None = None

    def __call__(self, address: str) -> None:
        """Pass a new address on, once."""
        if address != self._address:
            self._announce(address)
        self._address = address

    def kept(self, settings: Settings) -> Settings:
        """The settings with the port in use in place of 0."""
        if self._address is None or settings.console.port:
            return settings
        console = settings.console.model_copy(update={"port": urlsplit(self._address).port})
        return settings.model_copy(update={"console": console})


def until_new_set(tools: Tools, definitions: Sequence[Definition], health: Health, stop: threading.Event) -> None:
    """Set `stop` at a quiet moment after another set came into use than the one these settings have, or other forms.

    So do other rules and providers of the point's own, once they are proved; broken ones are told and left alone.
    `definitions`: those in use. With broken forms of its own the point keeps all that it has: it could not open again.
    """
    settings = tools.settings
    forms = OwnForms(settings, definitions)
    rules = OwnRules(settings, tools.rules, tools.providers, tools.clock, health)
    while not stop.wait(LOOK_SECONDS):
        try:
            found, other_rules = forms.look(), rules.look()
            changed = _in_use(settings) != settings.catalogue
            new = changed or other_rules or found is Found.NEW
            if found is not Found.BROKEN and new and _quiet(tools.ledger):
                logger().info("set_changed" if changed else "rules_changed" if other_rules else "forms_changed")
                stop.set()
        except VireilleError as error:
            logger().warning("set_unknown", code=error.code)
        except OSError:  # a folder that is another account's, or went in between, never closes a counter
            logger().warning("set_unknown", code=BadFile.code)


def _in_use(settings: Settings) -> str | None:
    if settings.updates is None:
        return None
    taken = read_taken(settings.updates_folder)
    return taken.now.name if taken and taken.now else None


def _quiet(ledger: Ledger) -> bool:
    counts = reports.status(ledger)["counts"]
    assert isinstance(counts, dict)  # noqa: S101 as `status --json` is contracted
    return not _ON_THE_TABLE & counts.keys()
