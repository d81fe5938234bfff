"""`inbox page`: the clerks' page. Needs the extra `office`."""

import signal
import threading
from functools import partial

import typer

from intake.base.extras import needs
from intake.base.settings import load_settings
from workers.backoffice.setup import examined
from workers.cli import show
from workers.cli.office import HERE, ConfigOption, KeyOption, ProviderOption, UnitOption, key_file, office


def register(app: typer.Typer) -> None:
    """Add the verb to `inbox`."""
    app.command("page")(page)


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
