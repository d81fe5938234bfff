"""G-03: every route of the page is asked with every role and with none; what is not in the table is refused."""

import re
from dataclasses import replace

import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from tests.access.conftest import OURS, Staffed, ask
from tests.pages.conftest import HOST
from workers.access.door import Site, put_behind
from workers.access.sessions import begin
from workers.access.table import COUNTER, EVERYBODY, OFFICE, OPERATOR, Role, Route
from workers.ledger.looks import looks
from workers.office.app import create_app as office_app
from workers.office.desk import Desk as OfficeDesk
from workers.operator.app import Views as OperatorViews
from workers.operator.app import create_app as operator_app
from workers.operator.overview import Watch

NAMED = {"page": "1", "form": "kela-sv4", "edition": "2014-09", "language": "fi"}


def routes_of(app: FastAPI) -> list[Route]:
    """Every route of an app, as the table names it."""
    found: list[Route] = []
    for route in app.routes:
        methods = ["GET"] if isinstance(route, Mount) else sorted(getattr(route, "methods", []))
        found += [(method, str(getattr(route, "path", ""))) for method in methods]
    return found


def answer_to(staffed: Staffed, route: Route, cookie: str) -> int:
    """The status for somebody with this cookie, as our own page's script would ask."""
    method, path = route
    below = {"/static": "/console.css", "/access": "/access.css", "/design": "/design.css"}.get(path, "")
    path = re.sub(r"{(\w+)}", lambda name: {"filing": staffed.filing, **NAMED}.get(name[1], "x"), path) + below
    headers = {**OURS, "cookie": cookie, "content-type": "application/x-www-form-urlencoded"}
    return ask(staffed.app, method, path, headers)


def test_G_03_the_table_names_every_route_and_no_other(staffed: Staffed) -> None:
    """A new route without a row, or a row without a route, fails here."""
    assert sorted(routes_of(staffed.app)) == sorted(COUNTER)


def test_G_03_every_route_is_refused_to_who_is_not_signed_in(staffed: Staffed) -> None:
    """Only the way in and its looks are open: nothing of a paper is, from whatever process on this machine."""
    found = {route: answer_to(staffed, route, "") for route in routes_of(staffed.app)}

    assert {route for route, status in found.items() if status != 401} == {
        ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/static"), ("GET", "/access"),
        ("GET", "/design"), ("GET", "/healthz"), ("GET", "/metrics"),
    }  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_G_03_every_route_is_asked_with_every_role(staffed: Staffed, role: Role) -> None:
    """What the table gives to a role is answered, everything else is refused."""
    staffed.person("somebody", role)
    let_in = set()
    for route in routes_of(staffed.app):
        browser = staffed.signed_in("somebody")
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        if answer_to(staffed, route, cookie) not in {401, 403}:
            let_in.add(route)
    answered_home = {("GET", "/")} if role is Role.AUDITOR else set()

    allowed = {route for route, roles in COUNTER.items() if roles is None or role in roles}
    assert let_in == allowed | answered_home


def others(staffed: Staffed) -> tuple[tuple[Site, FastAPI], ...]:
    """The office's and the operator's page; the door is asked, not what is behind it."""
    office, operator = (Site("x", ("fi",), table, frozenset({HOST}), staffed.access) for table in (OFFICE, OPERATOR))
    views = OperatorViews(Watch(None), operator, None, None, None)  # type: ignore[arg-type]
    desk = OfficeDesk(None, None)  # type: ignore[arg-type]
    return (office, office_app(desk, office)), (operator, operator_app(views, operator))


@pytest.mark.parametrize("role", [None, *Role])
def test_G_03_every_route_of_the_other_pages_is_asked_with_every_role(staffed: Staffed, role: Role | None) -> None:
    """The office's and the operator's page stand behind the same door: their own people are let in, no others."""
    if role:
        staffed.person("somebody", role)
    for site, app in others(staffed):
        let_in = set()
        for method, path in routes_of(app):
            headers = {**OURS, "content-type": "application/x-www-form-urlencoded"}
            if role:
                with staffed.access.write() as connection:  # a session of its own: one of the routes ends it
                    headers["cookie"] = f"{site.session_cookie}={begin(connection, staffed.access, 1)}"
            below = "/x" if path in {"/access", "/design", "/static"} else ""
            if ask(app, method, re.sub(r"{\w+}", "1", path) + below, headers) not in {401, 403}:
                let_in.add((method, path))

        assert set(routes_of(app)) == set(site.table)
        at_home = site.table is OFFICE and role in {Role.SUPERVISOR, Role.AUDITOR}  # led to the page of looks
        wanted = {route for route, roles in site.table.items() if roles is None or role in roles}
        assert let_in == wanted | ({("GET", "/")} if at_home else set())


def test_who_may_see_papers_is_who_works_at_the_counter() -> None:
    """Said once more, apart from the code: an auditor reads who looked, not what is on the paper."""
    papers = {roles for route, roles in COUNTER.items() if "{filing}" in route[1] or route[1] in {"/", "/list"}}

    assert papers == {frozenset({Role.ADVISOR, Role.SUPERVISOR})}
    assert COUNTER["GET", "/views"] == {Role.SUPERVISOR, Role.AUDITOR}


def test_G_09_no_page_of_a_filing_is_shown_without_a_row_in_the_log(staffed: Staffed) -> None:
    """Whoever asks for anything of a filing stands in the log before it is shown; a new route that forgets it fails."""
    shown = [route for route in routes_of(staffed.app) if route[0] == "GET" and "{filing}" in route[1]]
    for number, route in enumerate(shown):
        staffed.person(f"reader{number}", Role.ADVISOR)
        cookie = f"vireille-session={staffed.signed_in(f'reader{number}').cookies['vireille-session']}"

        assert answer_to(staffed, route, cookie) == 200, route

    noted = {look.who for look in looks(staffed.ledger, 100)}
    assert len(shown) >= 3
    assert noted == {f"Reader{number}" for number in range(len(shown))}


def test_a_route_without_a_row_is_refused_to_everybody(staffed: Staffed) -> None:
    """Default is refusal: a route that somebody forgot to enter in the table answers nobody."""
    for role in Role:
        staffed.person(f"the-{role}", role)
    site = Site("x", ("fi",), {**COUNTER, ("GET", "/entered"): EVERYBODY}, frozenset({HOST}), staffed.access)
    app = FastAPI()
    app.get("/entered")(lambda: "x")
    app.get("/forgotten")(lambda: "x")
    put_behind(app, site)

    asked = {path: set() for path in ("/entered", "/forgotten")}
    for role in Role:
        cookies = staffed.signed_in(f"the-{role}").cookies
        cookie = f"{site.session_cookie}={cookies[site.session_cookie]}"
        for path, found in asked.items():
            found.add(ask(app, "GET", path, {"cookie": cookie}))

    assert asked == {"/entered": {200}, "/forgotten": {403}}


def test_a_role_counts_at_the_place_where_it_was_given(staffed: Staffed) -> None:
    """An advisor of one point is nobody at another, on the same server's people."""
    staffed.person("aino", Role.ADVISOR)
    cookies = staffed.signed_in("aino").cookies
    elsewhere = Site("x", ("fi",), COUNTER, frozenset({HOST}), replace(staffed.access, place="mikkeli"))
    app = FastAPI()
    app.get("/")(lambda: "x")
    put_behind(app, elsewhere)

    cookie = f"{elsewhere.session_cookie}={cookies[elsewhere.session_cookie]}"
    assert ask(app, "GET", "/", {"cookie": cookie}) == 403
