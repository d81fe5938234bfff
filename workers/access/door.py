"""The door before every route: who asks, and whether the table lets that role in. Refuses what it does not know.

`put_behind` gives an app the whole of it: guards, door, sign-in. The app asks `someone` for the person.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from intake.base.errors import VireilleError
from intake.base.log import logger
from intake.base.texts import Language
from workers.access.guards import Guards
from workers.access.machines import Machines, Vitals, only_itself
from workers.access.reach import BehindProxy
from workers.access.table import BY_ITSELF, BY_ITSELF_HEADER, SIGNING, STREAM, Allowed, Route, Table
from workers.access.who import Exercise, LocalAccounts, Someone, WhoAsks
from workers.access.words import refusal, wants_page

if TYPE_CHECKING:
    from workers.access.store import Access

STREAMS_EACH = 12
"""Open event streams of one person, or of one address where nobody signs in."""
STREAMS = 150


@dataclass(frozen=True, slots=True)
class Site:
    """A page: its name in the head, its languages, who may do what, who may ask under which host names."""

    name: str
    languages: tuple[Language, ...]
    table: Table
    hosts: frozenset[str]
    access: "Access | None" = None
    """The people who may sign in; None: an exercise, in which nobody signs in."""
    tls: bool = False
    """The page is reached by https only."""
    proxies: frozenset[str] = frozenset()
    """The reverse proxies that do TLS."""
    monitors: frozenset[str] = frozenset()
    """The machines that may read how the page is."""
    vitals: Callable[[], Vitals] = only_itself
    """How it is."""

    @property
    def session_cookie(self) -> str:
        """The name of the session's mark; with TLS one that no other host or plain http can set."""
        return "__Host-vireille-session" if self.tls else "vireille-session"

    @property
    def who(self) -> WhoAsks:
        """The one who knows whose request it is."""
        return Exercise() if self.access is None else LocalAccounts(self.access, self.session_cookie)


def put_behind(app: FastAPI, site: Site) -> None:
    """Put the door, the guards and the sign-in before `app`, whose every route must stand in the site's table."""
    from workers.access.signing import Signing

    Signing(site).add_to(app)
    Machines(site).add_to(app)
    app.add_middleware(Door, app.router.routes, site)
    if site.proxies:
        app.add_middleware(BehindProxy, site.proxies, site.languages)
    app.add_middleware(Guards, site.hosts, site.languages, tls=site.tls)

    async def refused(request: Request, error: Exception) -> Response:
        key = {404: "not_found", 405: "not_found"}.get(status := getattr(error, "status_code", 500), "not_understood")
        return refusal(request, site.languages, key, status)

    app.add_exception_handler(HTTPException, refused)


def someone(request: Request) -> Someone:
    """The person who asks; only behind the door."""
    found: Someone = request.state.someone
    return found


def home(table: Table, roles: Allowed) -> str:
    """The first page of the table that these roles may open."""
    allowed_routes = (
        route for route, allowed in table.items() if route not in SIGNING and allowed is not None and allowed & roles
    )
    pages = (path for method, path in allowed_routes if method == "GET" and path not in BY_ITSELF and "{" not in path)
    return next(pages, "/password")


def may(table: Table, route: Route, roles: Allowed) -> bool:
    """Whether one of these roles may ask for the route."""
    allowed = table.get(route, frozenset())
    return allowed is None or bool(allowed & roles)


class Door:
    """Asks who it is and looks into the table; what it lets pass carries the person."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute], site: Site) -> None:
        """`routes`: the app's own, also those that are added later."""
        self._app, self._routes, self._site = app, routes, site
        self._who, self._streams = site.who, Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        answer = self._app
        try:
            answer = await self._answer(request, scope)
        except VireilleError as error:
            logger().error("door_failed", code=error.code)
            answer = refusal(request, self._site.languages, "failed", 503)
        if scope["path"] == STREAM and answer is self._app:
            answer = self._counted(request)
        await answer(scope, receive, send)

    async def _answer(self, request: Request, scope: Scope) -> ASGIApp:
        route = _route(self._routes, scope)
        if route is not None and self._site.table.get(route, frozenset()) is None:
            return self._app
        alone = asked_by_itself(request) or (route is not None and route[1] in BY_ITSELF)
        found = await run_in_threadpool(self._who, request, by_itself=alone)
        if found is None:
            return self._not_signed_in(request)
        scope.setdefault("state", {})["someone"] = found
        if route is None or may(self._site.table, route, found.roles):
            return self._app  # the app itself answers what it has no route for
        if route not in self._site.table:
            logger().error("route_without_row", code=route[1])
        front = home(self._site.table, found.roles)
        if route == ("GET", "/") and front != "/password":
            return RedirectResponse(front, status_code=303)
        return refusal(request, self._site.languages, "not_yours", 403)

    def _not_signed_in(self, request: Request) -> Response:
        if request.method != "GET" or not wants_page(request):
            return refusal(request, self._site.languages, "signed_out", 401)
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        asked = {"next": path} | {name: value for name, value in request.query_params.items() if name == "language"}
        return RedirectResponse(f"/sign-in?{urlencode(asked)}", status_code=303)

    def _counted(self, request: Request) -> ASGIApp:
        """The app, as long as this person has not too many streams open (M5)."""
        person: Someone = request.state.someone
        key = person.session or (request.client.host if request.client else "")
        if self._streams[key] >= STREAMS_EACH or self._streams.total() >= STREAMS:
            return refusal(request, self._site.languages, "too_many_pages", 429)

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            self._streams[key] += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._streams[key] -= 1
                if not self._streams[key]:
                    del self._streams[key]

        return counted


def asked_by_itself(request: Request) -> bool:
    """Whether the page's script says that it asks without the person."""
    return BY_ITSELF_HEADER in request.headers


def _route(routes: Sequence[BaseRoute], scope: Scope) -> Route | None:
    """The table's key of the route that would answer; None if none would."""
    for route in routes:
        match, _ = route.matches(scope)
        if match is Match.FULL:
            return scope["method"] if getattr(route, "methods", None) else "GET", str(getattr(route, "path", ""))
    return None
