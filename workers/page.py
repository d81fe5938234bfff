"""Serve the counter page in the main thread until the point stops."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from intake.console.app import create_app
from workers.desk import PointDesk, World

if TYPE_CHECKING:
    from workers.main import Running


def serve(running: "Running", stop: threading.Event, announce: Callable[[str], None]) -> None:
    """Serve until `stop`; `announce` gets the address once the port is ours (0 picks a free one)."""
    tools = running.tools
    console = tools.settings.console
    world = World(tools.settings.here, tools.providers, running.definitions, tools.on())
    desk = PointDesk(tools.ledger, tools.blobs, world, running.health)
    hosts = frozenset({console.host, "127.0.0.1", "localhost"})
    app = create_app(desk, tools.settings.here, hosts)
    config = uvicorn.Config(
        app, host=console.host, port=console.port, log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=1, limit_concurrency=200, h11_max_incomplete_event_size=32_768,
    )  # fmt: skip
    server = uvicorn.Server(config)

    def end() -> None:
        stop.wait()
        server.should_exit = True

    with config.bind_socket() as listening:  # closed by us: the server leaves it open if it does not come up
        listening.listen()  # who connects at once waits a moment instead of being refused
        announce(f"http://{console.host}:{listening.getsockname()[1]}/")
        threading.Thread(target=end, name="page-end", daemon=True).start()
        server.run(sockets=[listening])
