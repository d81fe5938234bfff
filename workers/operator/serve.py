"""Serves the operator's page until it is stopped."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from intake.base.clock import Clock, SystemClock
from intake.base.settings import Settings
from intake.base.texts import Language
from routing_rules.model import RuleSet
from workers.access.door import Site
from workers.access.reach import (
    admitted,
    hosts_of,
    listening,
    monitors_of,
    must_be_safe,
    proxies_of,
    serve_until,
    server_of,
)
from workers.access.store import place_of
from workers.access.table import OPERATOR
from workers.operator.app import Views, create_app, vitals_of
from workers.operator.overview import Watch, hub_of

LANGUAGES: tuple[Language, ...] = ("fi", "sv", "en")


def serve(settings: Settings, stop: threading.Event, say: Callable[[str], None], clock: Clock | None = None) -> None:
    """Serve until `stop`. Raises WrongUse (page not safe, port in use, nobody trusted), BadFile, Away or Denied."""
    console = settings.operator_page
    here = settings.model_copy(update={"console": console})
    must_be_safe(here)
    clock = clock or SystemClock()
    watch = Watch(hub_of(settings, clock))
    with ExitStack() as stack:
        access = stack.enter_context(admitted(here))
        ledger = None
        if settings.point is not None:
            from workers.ledger.opening import open_ledger

            ledger = stack.enter_context(open_ledger(settings, clock))
        site = Site(
            place_of(settings), settings.point.languages if settings.point else LANGUAGES, OPERATOR, hosts_of(console),
            access, tls=console.tls, proxies=proxies_of(console), monitors=monitors_of(console),
            vitals=partial(vitals_of, watch),
        )  # fmt: skip
        views = Views(watch, site, settings, ledger, partial(_rules, settings, clock))
        server = server_of(create_app(views, site), console, {})
        listens = listening(console, "the operator's page", "operator")
        serve_until(stop, server, listens, lambda address: say(f"operator's page: {address}"))


def _rules(settings: Settings, clock: Clock) -> RuleSet | None:
    """The rules that this machine's point works with; None: it is no point. Raises BadFile."""
    from routing_rules.providers import load_providers
    from workers.run.own_rules import rules_in_use

    if settings.point is None or settings.providers is None or settings.routing is None:
        return None
    return rules_in_use(settings, load_providers(settings.providers.directory), clock).rules
