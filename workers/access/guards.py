"""Guards every page: allowed hosts, no cross-site requests, a cap on what is sent, strict headers on every answer.

A request that changes something must come from our own page: `Sec-Fetch-Site` says so, or, where a browser sends
none, `Origin` must name our host (the algorithm of the Fetch metadata guidance). Requests with neither are refused.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake.base.log import logger
from intake.base.texts import Language
from workers.access.words import refusal

MOST_BYTES = 20_000
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # G-10: nothing stays on a shared desk
}
ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}


def _address_of(url: str) -> tuple[str | None, str]:
    """Host name and host with port of a URL; (None, "") for what is none, or names a user too."""
    try:
        parts = urlsplit(url)
        return (None, "") if "@" in parts.netloc else (parts.hostname, parts.netloc)
    except ValueError:
        return None, ""


def same_site(request: Request) -> bool:
    """Whether a changing request comes from our own page (G-01)."""
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    host = _address_of(request.headers.get("origin", ""))[1]
    return host != "" and host == request.headers.get("host")


def host_allowed(request: Request, hosts: frozenset[str]) -> bool:
    """Whether the request names this server (G-08: no rebinding of a stranger's name to us)."""
    return _address_of(f"//{request.headers.get('host', '')}")[0] in hosts


class Guards:
    """Stands before the whole app, its errors included."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], languages: Sequence[Language], *, tls: bool) -> None:
        """`hosts`: the names the page answers to; `tls`: it is reached by https only."""
        self._app, self._hosts, self._languages = app, hosts, languages
        self._headers = HEADERS | (ONLY_TLS if tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or refuse it in words; no answer is without the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, begun = Request(scope, receive), False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        refused = self._refused(request)
        body = None if refused else await _read(receive, request)
        if refused is None and body is None:
            refused = refusal(request, self._languages, "too_large", 413)
        if refused is not None:
            await refused(scope, receive, with_headers)
            return
        try:
            await self._app(scope, _again(body or b"", receive), with_headers)
        except Exception as error:  # the web error page: whatever it was, the answer has our words
            logger().error("page_failed", code=type(error).__name__)
            if not begun:
                await refusal(request, self._languages, "failed", 500)(scope, receive, with_headers)

    def _refused(self, request: Request) -> Response | None:
        """The refusal of what is not for us, before anything of it is read."""
        key, status = "", 200
        if not host_allowed(request, self._hosts):
            key, status = "wrong_host", 400
        elif request.method not in {"GET", "HEAD"} and not same_site(request):
            key, status = "cross_site", 403
        return refusal(request, self._languages, key, status) if key else None


async def _read(receive: Receive, request: Request) -> bytes | None:
    """The whole body; None as soon as it is larger than any form of ours, however it is sent (M6)."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MOST_BYTES:
        return None
    read = b""
    if request.method in {"GET", "HEAD"} and "transfer-encoding" not in request.headers and length in {"", "0"}:
        return read
    while True:
        message = await receive()
        read += bytes(message.get("body", b""))
        if len(read) > MOST_BYTES:
            return None
        if message["type"] == "http.disconnect":  # too slow, or gone: what has come is no whole request
            return None
        if not message.get("more_body"):
            return read


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the app what was read, then what else comes, such as the end of the connection."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
