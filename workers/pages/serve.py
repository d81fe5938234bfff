"""Serve the counter page in the main thread until the point stops; say who has its port if it cannot be had."""

import errno
import hashlib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING

from intake.base.errors import WrongUse
from intake.base.settings import Point, Settings
from workers.access.connections import bound
from workers.access.door import Site
from workers.access.reach import admitted, hosts_of, monitors_of, must_be_safe, proxies_of, server_of
from workers.access.table import COUNTER
from workers.pages.app import create_app
from workers.pages.desk import PointDesk
from workers.pages.matters import folders_of
from workers.pages.records import World

if TYPE_CHECKING:
    from workers.run.open_point import Running


WHOSE = "x-vireille-point"
_ASK_SECONDS = 3.0


def listening(settings: Settings) -> socket.socket:
    """A socket bound to the page's address, not yet listening. Raises WrongUse: in use, not ours, without TLS."""
    must_be_safe(settings)
    host, port = settings.console.host, settings.console.port
    where = f"{host}:{port}"
    try:
        return bound(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            user = who_listens(host, port) or "another program"
            problem = f"is in use by {user}; stop that, or set another port (0 picks a free one)"
        else:
            problem = f"cannot be had ({error.strerror}); set another host or port"
        raise WrongUse(f"counter page: {where} {problem} under [console] in {settings.file}") from error


def who_listens(host: str, port: int) -> str | None:
    """Who answers there: a point by its mark (`whose_page`), else "another program"; None: nobody."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # asks for a name only, of whoever is there
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    at = (_reachable(host), port)
    plain = HTTPConnection(*at, timeout=_ASK_SECONDS)
    for connection in (plain, HTTPSConnection(*at, timeout=_ASK_SECONDS, context=trusting)):
        try:
            with closing(connection):
                connection.request("GET", "/sign-in")
                mark = connection.getresponse().getheader(WHOSE)
        except ConnectionRefusedError:
            return None
        except (OSError, HTTPException):
            continue
        if mark:
            return mark
    return "another program"


def whose_page(point: Point) -> str:
    """The mark of a point's pages; tells two of the same id on one machine apart by their data folders."""
    return f"the point {point.id} ({hashlib.sha256(str(point.data).encode()).hexdigest()[:8]})"


def _reachable(host: str) -> str:
    """Where this machine reaches what listens at `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 compared, not listened at


def serve(running: "Running", listens: socket.socket, stop: threading.Event, announce: Callable[[str], None]) -> None:
    """Serve at the socket `listens` until `stop`; `announce` gets the address (port 0 picked a free one)."""
    tools = running.tools
    console = tools.settings.console
    cards = folders_of(tools.settings.matters)
    world = World(tools.settings.here, tools.providers, running.definitions, tools.on(), cards)
    policy = tools.settings.release
    desk = PointDesk(tools.ledger, tools.blobs, world, running.health, policy=policy, memory=tools.memory)
    with admitted(tools.settings) as access:
        here = tools.settings.here
        site = Site(
            here.name, here.languages, COUNTER, hosts_of(console), access, tls=console.tls,
            proxies=proxies_of(console), monitors=monitors_of(console), vitals=running.health.vitals,
        )  # fmt: skip
        server = server_of(create_app(desk, here, site), console, {WHOSE: whose_page(here)})

        def end() -> None:
            stop.wait()
            server.should_exit = True

        listens.listen()  # who connects at once waits a moment instead of being refused
        announce(f"{'http' if console.certificate is None else 'https'}://{console.host}:{listens.getsockname()[1]}/")
        threading.Thread(target=end, name="page-end", daemon=True).start()
        server.run(sockets=[listens])
