"""Guards every page: refusal of cross-site requests, allowed hosts, strict headers, a cap on what is sent.

A request that changes something must come from our own page: `Sec-Fetch-Site` says so, or, where a browser sends
none, `Origin` must name our host (the algorithm of the Fetch metadata guidance). Requests with neither are refused.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

MOST_BYTES = 20_000
_HEADERS = {
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


def same_site(request: Request) -> bool:
    """Whether a changing request comes from our own page (G-01)."""
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def host_allowed(request: Request, hosts: frozenset[str]) -> bool:
    """Whether the request names this server (G-08: no rebinding of a stranger's name to us)."""
    name = urlsplit(f"//{request.headers.get('host', '')}").hostname
    return name in hosts


def guard(app: FastAPI, hosts: frozenset[str]) -> None:
    """Put the guards before `app`; `hosts` are the names it answers to."""

    @app.middleware("http")
    async def checked(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        response: Response
        if not host_allowed(request, hosts):
            response = PlainTextResponse("wrong host", status_code=400)
        elif request.method not in {"GET", "HEAD"} and not same_site(request):
            response = PlainTextResponse("cross-site request refused", status_code=403)
        elif int(request.headers.get("content-length") or 0) > MOST_BYTES:
            response = PlainTextResponse("too large", status_code=413)
        else:
            response = await go_on(request)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response
