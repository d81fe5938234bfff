"""How a page is reached: from this machine alone, or from the network by TLS only, done here or by a reverse proxy."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from socket import socket

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from intake.base.console import Console
from intake.base.errors import WrongUse
from intake.base.settings import Settings
from intake.base.texts import Language
from workers.access.connections import bound, bounded
from workers.access.people import anybody
from workers.access.store import Access, open_access
from workers.access.words import refusal
from workers.seal.keys import passphrase


def must_be_safe(settings: Settings) -> None:
    """Raises WrongUse where the page could be read on its way."""
    console = settings.console
    if not console.loopback and not console.tls:
        raise WrongUse(
            f"{settings.file}: [console] host {console.host} is open to the network without TLS: set `certificate` and"
            " `key` (PEM files), or `proxy` to the address of the reverse proxy that does TLS, or host 127.0.0.1"
        )
    if console.certificate is not None:
        _must_load(settings.file, console.certificate, console.key)


def _must_load(settings: Path, certificate: Path, key: Path | None) -> None:
    try:
        tried = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tried.load_cert_chain(certificate, key, password=_secret() or "")
    except OSError as error:
        unfit = isinstance(error, ssl.SSLError)
        why = "not a certificate and its own private key in PEM" if unfit else error.strerror
        raise WrongUse(
            f"{settings}: [console] certificate {certificate} with key {key} cannot be used: {why}"
        ) from error


def _secret() -> str | None:
    """The passphrase of private keys at rest."""
    found = passphrase()
    return None if found is None else found.decode()


def is_exercise(settings: Settings) -> bool:
    """Whether the page may do without people: a demo, which is a point with a fixed day, on this machine alone."""
    fixed_day = settings.point is not None and settings.point.as_of is not None
    return fixed_day and settings.console.loopback and not settings.console.tls


@contextmanager
def admitted(settings: Settings) -> Iterator[Access | None]:
    """The people who must sign in; None: an exercise to which nobody was added, so nobody needs to."""
    with open_access(settings) as access:
        yield None if is_exercise(settings) and not anybody(access) else access


def hosts_of(console: Console) -> frozenset[str]:
    """The names under which the page answers."""
    return frozenset({console.host, "127.0.0.1", "localhost", *(name.lower() for name in console.names)})


def proxies_of(console: Console) -> frozenset[str]:
    """The reverse proxies' addresses."""
    return frozenset(str(address) for address in console.proxy)


def monitors_of(console: Console) -> frozenset[str]:
    """The addresses of the machines that may read how the page is."""
    return frozenset(str(address) for address in console.monitors)


def server_of(app: ASGIApp, console: Console, headers: Mapping[str, str]) -> uvicorn.Server:
    """A server for the page, with deadlines and limits; `headers` stand in every answer."""
    return uvicorn.Server(uvicorn.Config(
        app, host=console.host, port=console.port, log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=1, http=bounded(proxies_of(console)),
        headers=list(headers.items()), h11_max_incomplete_event_size=32_768,
        ssl_certfile=console.certificate, ssl_keyfile=str(console.key) if console.key else None,
        ssl_keyfile_password=_secret(),
    ))  # fmt: skip


def listening(console: Console, page: str, section: str) -> socket:
    """A socket that listens at a page's address. Raises WrongUse, naming the `page` and the settings' `section`."""
    try:
        listens = bound(console.host, console.port)
    except OSError as error:
        where = f"{console.host}:{console.port} cannot be had ({error.strerror})"
        raise WrongUse(f"{page}: {where}; set another port under [{section}]") from error
    listens.listen()
    return listens


def serve_until(stop: threading.Event, server: uvicorn.Server, listens: socket, say: Callable[[str], None]) -> None:
    """Serve until `stop`, which is set if the server ends first; `say` hears the address."""

    def end() -> None:
        stop.wait()
        server.should_exit = True

    scheme = "https" if server.config.is_ssl else "http"
    say(f"{scheme}://{server.config.host}:{listens.getsockname()[1]}/")
    threading.Thread(target=end, name="page-end", daemon=True).start()
    server.run(sockets=[listens])
    stop.set()


class BehindProxy:
    """Lets pass only what a trusted proxy brings and says came by https; the client is then whom the proxy names."""

    def __init__(self, app: ASGIApp, proxies: frozenset[str], languages: tuple[Language, ...]) -> None:
        self._app, self._proxies, self._languages = app, proxies, languages
        self._named = ProxyHeadersMiddleware(self._encrypted, trusted_hosts=sorted(proxies))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse whoever goes around the proxy."""
        client = scope.get("client")
        if scope["type"] == "http" and (client is None or client[0] not in self._proxies):
            await self._refuse(scope, receive, send)
        else:
            await self._named(scope, receive, send)  # type: ignore[arg-type]

    async def _encrypted(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["scheme"] != "https":
            await self._refuse(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        await refusal(Request(scope, receive), self._languages, "not_through_proxy", 403)(scope, receive, send)
