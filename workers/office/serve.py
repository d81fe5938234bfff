"""Serves the office's page while its other half receives, until it is stopped."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from intake.base import durable
from intake.base.settings import Settings
from intake.base.texts import Language
from workers.access.door import Site
from workers.access.reach import hosts_of, listening, monitors_of, must_be_safe, proxies_of, serve_until, server_of
from workers.access.store import open_access, place_of
from workers.access.table import OFFICE
from workers.backoffice.office import Office
from workers.backoffice.setup import hook_of, keep_of
from workers.office.app import create_app
from workers.office.desk import Desk
from workers.office.rounds import Rounds
from workers.office.shelf import open_shelf

LANGUAGES: tuple[Language, ...] = ("fi", "sv", "en")
LEASES = "leases"
KEY = "office.key"


def serve(
    settings: Settings,
    here: Office,
    look: Callable[[Office], Office],
    stop: threading.Event,
    say: Callable[[str], None],
) -> None:
    """Receive, notify the case system and serve until `stop`.

    Raises WrongUse (page not safe, port in use), BadFile, Away or Denied.
    """
    must_be_safe(settings)
    folder, console = settings.file.parent / "data", settings.console
    with site_of(settings) as site, open_shelf(folder, settings.keys.directory / KEY, here.clock) as shelf:
        durable.make_private_folder(folder / LEASES)
        rounds = Rounds(replace(here, keeper=shelf), shelf, folder / LEASES, look, keep_of(settings), hook_of(settings))
        desk = Desk(shelf, rounds)
        server = server_of(create_app(desk, replace(site, vitals=desk.vitals)), console, {})
        listens = listening(console, "the office's page", "console")
        receiving = threading.Thread(target=rounds.run, args=(stop,), name="receive", daemon=True)
        receiving.start()
        serve_until(stop, server, listens, lambda address: say(f"{place_of(settings)}: {address}"))
        receiving.join(30)


@contextmanager
def site_of(settings: Settings) -> Iterator[Site]:
    """The office's page: its people, and how it is reached. Raises Away, Damaged, WrongUse."""
    console = settings.console
    with open_access(settings) as access:
        yield Site(
            name=place_of(settings), languages=LANGUAGES, table=OFFICE, hosts=hosts_of(console), access=access,
            tls=console.tls, proxies=proxies_of(console), monitors=monitors_of(console),
        )  # fmt: skip
