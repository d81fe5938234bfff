"""Signing in and out, and a new password: the pages that every site has."""

import math
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from intake.base.errors import WrongUse
from workers import design
from workers.access import people
from workers.access.door import Site, home, someone
from workers.access.sessions import NotSignedIn, SignedIn, change_password, sign_in, sign_out
from workers.access.store import Access
from workers.access.words import HERE, LANGUAGE_COOKIE, language_of, templates, words

DEVICE_COOKIE = "vireille-device"
_DEVICE_SECONDS = 400 * 86_400
Typed = Annotated[str, Form(max_length=300)]


class Signing:
    """The answers of a site to sign-in, sign-out and a new password."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def add_to(self, app: FastAPI) -> None:
        """Add the routes; their rows are `table.SIGNING`."""
        app.mount("/access", StaticFiles(directory=HERE / "static"), name="access")
        app.mount("/design", StaticFiles(directory=design.STATIC), name="design")
        app.get("/sign-in", response_class=HTMLResponse)(self.sign_in_page)
        app.post("/sign-in", response_class=HTMLResponse)(self.signed_in)
        app.post("/sign-out")(self.signed_out)
        app.get("/password", response_class=HTMLResponse)(self.password_page)
        app.post("/password", response_class=HTMLResponse)(self.new_password)

    def sign_in_page(self, request: Request, next: str = "/") -> Response:
        """The form; whoever is signed in goes on at once."""
        if self._site.who(request) is not None:
            return _go(inside(next))
        empty = self._site.access is not None and not people.anybody(self._site.access)
        return self._page(request, "sign_in.html", next=inside(next), said="nobody_yet" if empty else "")

    def signed_in(self, request: Request, name: Typed = "", password: Typed = "", next: Typed = "/") -> Response:
        """Begin a session and go on to the page that was asked for; or say that it was wrong, never what."""
        if self._site.access is None:
            return _go(inside(next))
        address = request.client.host if request.client else ""
        device = request.cookies.get(DEVICE_COOKIE)
        done = sign_in(self._site.access, name, password, address=address, device=device)
        if isinstance(done, NotSignedIn):
            status, key = (429, "too_soon") if done.wait_seconds else (422, "wrong")
            seconds = math.ceil(done.wait_seconds)
            answer = self._page(
                request, "sign_in.html", next=inside(next), said=key, seconds=seconds, name=name, status=status
            )
            if seconds:
                answer.headers["Retry-After"] = str(seconds)
            return answer
        answer = _go(inside(next))
        self._give(answer, done)
        return answer

    def signed_out(self, request: Request) -> Response:
        """End the session."""
        token = request.cookies.get(self._site.session_cookie)
        if self._site.access is not None and token:
            sign_out(self._site.access, token)
        answer = _go("/sign-in")
        answer.delete_cookie(self._site.session_cookie, secure=self._site.tls, httponly=True, samesite="lax")
        return answer

    def password_page(self, request: Request) -> Response:
        """The form for a new password."""
        return self._page(request, "password.html")

    def new_password(self, request: Request, password: Typed = "", fresh: Typed = "", again: Typed = "") -> Response:
        """Change the password of whoever asks: every session ends, this browser begins a new one."""
        person, access = someone(request), cast("Access", self._site.access)
        if self._site.access is None:
            return _go("/")
        device = request.cookies.get(DEVICE_COOKIE)
        address = request.client.host if request.client else ""
        if fresh != again:
            return self._page(request, "password.html", said="not_the_same", status=422)
        if isinstance(sign_in(access, person.name, password, address=address, device=device), NotSignedIn):
            return self._page(request, "password.html", said="wrong_password", status=422)
        try:
            done = change_password(access, person.name, fresh)
        except WrongUse as error:
            text = error.text.in_language(language_of(request, self._site.languages))
            return self._page(request, "password.html", text=text, status=422)
        answer = _go(home(self._site.table, person.roles))
        self._give(answer, done)
        return answer

    def _give(self, answer: Response, done: SignedIn) -> None:
        safe = {"httponly": True, "samesite": "lax", "secure": self._site.tls}
        answer.set_cookie(self._site.session_cookie, done.session, **safe)  # type: ignore[arg-type]
        answer.set_cookie(DEVICE_COOKIE, done.device, max_age=_DEVICE_SECONDS, **safe)  # type: ignore[arg-type]

    def _page(
        self, request: Request, template: str, *, status: int = 200, said: str = "", text: str = "", **more: object
    ) -> Response:
        language = language_of(request, self._site.languages)
        t = words(language)
        shown = {
            "t": t, "language": language, "languages": self._site.languages, "place": self._site.name,
            "said": text or (t[said] if said else ""), **more,
        }  # fmt: skip
        answer: Response = templates.TemplateResponse(request, template, shown, status_code=status)
        answer.set_cookie(LANGUAGE_COOKIE, language, httponly=True, samesite="strict", secure=self._site.tls)
        return answer


def inside(wanted: str) -> str:
    """The path within this site that was asked for, else its front (G-08: no way out to another site)."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    plain = wanted.isprintable() and wanted.isascii() and "\\" not in wanted
    return wanted if plain and wanted.startswith("/") and not wanted.startswith("//") and not parts.netloc else "/"


def _go(to: str) -> Response:
    return RedirectResponse(to, status_code=303)
