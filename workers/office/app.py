"""The clerks' page: the queue, a filing with its pages beside what was read, and what a clerk decides.

Nothing of a citizen stands in a URL: searches are sent in the body, filings are named by their bundle.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Form, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from sqlalchemy import RowMapping

from intake.base.errors import NotFound, Stale, VireilleError, WrongUse
from intake.base.texts import Language
from workers import design
from workers.access.door import Site, put_behind, someone
from workers.access.looks import Before, Looks, looks_page
from workers.access.words import HERE as ACCESS
from workers.access.words import LANGUAGE_COOKIE, language_of, wants_page
from workers.access.words import words as access_words
from workers.backoffice.data import data_json
from workers.backoffice.forward import units_of
from workers.office import queue
from workers.office.desk import Desk
from workers.office.filing import filing_view
from workers.office.untold import notice_rows, told
from workers.office.views import HERE, Row, bars, dead_rows, reasons, row_of, words

TEMPLATES = (HERE / "templates", ACCESS / "templates", design.TEMPLATES)
_STATUS: tuple[tuple[type[VireilleError], int], ...] = ((NotFound, 404), (Stale, 409), (WrongUse, 422))
PageNumber = Annotated[int, Query(ge=0, le=1_000_000)]
Short = Annotated[str, Form(max_length=200)]
Note = Annotated[str, Form(max_length=1000)]


class Views:
    """The page's answers over one desk."""

    def __init__(self, desk: Desk, site: Site) -> None:
        self._desk, self._site = desk, site
        self._looks = Looks(lambda bundle, who, _: desk.shelf.opened(bundle, who))
        self._templates = Jinja2Templates(directory=TEMPLATES)

    def front(self, request: Request, show: str = "open", page: PageNumber = 0) -> Response:
        """The queue."""
        return self._render(request, "office.html", self._queue(request, show, page))

    def rows(self, request: Request, show: str = "open", page: PageNumber = 0) -> Response:
        """The queue's rows alone: the page asks for them by itself."""
        return self._render(request, "rows.html", self._queue(request, show, page))

    def find(self, request: Request, q: Short = "") -> Response:
        """Filings that have all words of `q`: name, code, form, point, bundle."""
        hits = queue.found(self._desk.shelf, q, someone(request).units)
        rows = [self._row(request, row) for row in hits.rows]
        shown = {"rows": rows, "total": hits.total, "show": "found", "q": q, "page": 0, "more": False}
        return self._render(request, "office.html", shown)

    def filing(self, request: Request, bundle: str, show: str = "open") -> Response:
        """One filing beside the queue."""
        self._looks.note(someone(request), bundle)
        found = self._desk.shelf.filing(bundle)
        language, office = language_of(request, self._site.languages), self._desk.rounds.office
        view = filing_view(found, office.clock.now(), language)
        units = {unit: name.in_language(language) for unit, name in units_of(office.provider).items()}
        units.pop(found.row["unit"] or "", None)
        me = someone(request).shown
        shown = self._queue(request, show, 0) | {
            "v": view, "reasons": reasons(language), "units": units, "mine": view.clerk == me,
            "others": self._colleagues(me, found.row["unit"]), "told": self._told(bundle, language),
        }  # fmt: skip
        return self._render(request, "office.html", shown)

    def picture(self, request: Request, bundle: str, number: int) -> Response:
        """One page's picture."""
        self._looks.note(someone(request), bundle)
        pictures = self._desk.shelf.filing(bundle).pictures
        if not 1 <= number <= len(pictures):
            raise NotFound("no such page")
        return Response(self._desk.shelf.blobs.read(pictures[number - 1]), media_type="image/jpeg")

    def document(self, request: Request, bundle: str) -> Response:
        """The document as a PDF."""
        self._looks.note(someone(request), bundle)
        blob = self._desk.shelf.filing(bundle).document
        if blob is None:
            raise NotFound("no document")
        return Response(self._desk.shelf.blobs.read(blob), media_type="application/pdf")

    def data(self, request: Request, bundle: str) -> Response:
        """`data.json` with what clerks here put right, for the case system."""
        self._looks.note(someone(request), bundle)
        found = self._desk.shelf.filing(bundle)
        if found.manifest is None:
            raise NotFound("its content has ended")
        headers = {"Content-Disposition": f'attachment; filename="{bundle}.json"'}
        return Response(data_json(found.manifest, found.corrections), media_type="application/json", headers=headers)

    def claim(self, request: Request, bundle: str, from_whom: Short = "") -> Response:
        """The clerk takes it."""
        self._desk.shelf.claim(bundle, someone(request).shown, from_whom=from_whom or None)
        return _to(bundle)

    def hand_over(self, request: Request, bundle: str, to: Short = "") -> Response:
        """The clerk gives it to a colleague, or back to all."""
        self._desk.shelf.hand_over(bundle, someone(request).shown, to or None)
        return _to(bundle)

    def correct(self, request: Request, bundle: str, field: Short, value: Note = "") -> Response:
        """The clerk says what stands in a field; the same value confirms it."""
        self._desk.shelf.correct(bundle, someone(request).shown, field, value.strip() or None)
        return Response(status_code=204) if not wants_page(request) else _to(bundle)

    def accept(self, request: Request, bundle: str) -> Response:
        """Accept the filing: it is ours now."""
        self._desk.accept(bundle, someone(request).shown)
        return _to(bundle)

    def send_back(self, request: Request, bundle: str, reason: Short, note: Note = "", unit: Short = "") -> Response:
        """Back to the point."""
        self._desk.send_back(bundle, someone(request).shown, reason, note, unit)
        return _to(bundle)

    def forward(self, request: Request, bundle: str, unit: Short) -> Response:
        """On to another unit."""
        self._desk.forward(bundle, someone(request).shown, unit)
        return _to(bundle)

    def views(self, request: Request, before: Before = None, paper: str = "") -> Response:
        """Show who looked at which filing, for the auditor; nothing of the papers."""
        found = self._desk.shelf.looks(before=before, bundle=paper or None, units=someone(request).units)
        return looks_page(request, self._site, found, paper)

    def dead(self, request: Request) -> Response:
        """Show what could not be opened, and why."""
        language = language_of(request, self._site.languages)
        units = someone(request).units
        letters, untold = dead_rows(self._desk.dead(units), language), notice_rows(self._desk.notices(units), language)
        return self._render(request, "dead.html", {"letters": letters, "untold": untold})

    def redrive(self, request: Request, bundle: str) -> Response:
        """Another life."""
        self._desk.redrive(bundle, someone(request).units)
        return RedirectResponse("/dead", status_code=303)

    def tell_again(self, bundle: str) -> Response:
        """Notify the case system once more."""
        self._desk.tell_again(bundle)
        return RedirectResponse("/dead", status_code=303)

    def load(self, request: Request) -> Response:
        """The load by day."""
        load = queue.load(self._desk.shelf, someone(request).units)
        return self._render(request, "load.html", {"load_": load, "bars": bars(load)})

    def theirs(self, request: Request, bundle: str) -> None:
        """A filing of another unit than the clerk's is as if it were not there. Raises NotFound."""
        if not self._desk.shelf.is_of(bundle, someone(request).units):
            raise NotFound(f"no filing {bundle}")

    def refused(self, request: Request, error: Exception) -> Response:
        """Say in the clerk's words what cannot be done as it was asked."""
        t = self._words(request)
        status, text = 422, t["not_understood"]
        if isinstance(error, VireilleError):
            status = next((status for kind, status in _STATUS if isinstance(error, kind)), 503)
            key = f"refused_{error.code}"
            text = t.get(key) or (t["refused_stale"] if isinstance(error, Stale) else error.message)
        if not wants_page(request):
            return JSONResponse({"text": text}, status_code=status)
        shown = {"text": text, "back": request.headers.get("referer") or "/"}
        return self._render(request, "sorry.html", shown, status)

    def _told(self, bundle: str, language: Language) -> str:
        rounds = self._desk.rounds
        return told(rounds.out, bundle, language) if rounds.hook is not None else ""

    def _queue(self, request: Request, show: str, page: int) -> dict[str, object]:
        which = show if show in queue.FILTERS else "open"
        me = someone(request)
        part = queue.listed(self._desk.shelf, which, me.shown, me.units, page * queue.LISTED)
        rows = [self._row(request, row) for row in part.rows]
        more = (page + 1) * queue.LISTED < part.total
        return {"rows": rows, "total": part.total, "show": which, "q": "", "page": page, "more": more}

    def _row(self, request: Request, row: RowMapping) -> Row:
        office, language = self._desk.rounds.office, language_of(request, self._site.languages)
        name = units_of(office.provider).get(row["unit"] or "") if office.unit is None else None
        unit = name.in_language(language) if name is not None else ""
        return row_of(row, self._desk.shelf, office.clock.now(), language, unit)

    def _colleagues(self, shown: str, unit: str | None) -> list[str]:
        if self._site.access is None:
            return []
        from workers.access.people import listed

        others = (person for person in listed(self._site.access) if person.removed is None and person.shown != shown)
        return [person.shown for person in others if person.units is None or unit in person.units]

    def _words(self, request: Request) -> Mapping[str, str]:
        language = language_of(request, self._site.languages)
        return {**access_words(language), **words(language)}

    def _render(self, request: Request, template: str, more: Mapping[str, object], status: int = 200) -> Response:
        language: Language = language_of(request, self._site.languages)
        shown = {
            "t": self._words(request), "language": language, "languages": self._site.languages,
            "place": self._site.name, "me": getattr(request.state, "someone", None), "filters": queue.FILTERS,
            "trouble": self._desk.rounds.trouble, "unheard": self._desk.rounds.unheard, "v": None, **more,
        }  # fmt: skip
        response: Response = self._templates.TemplateResponse(request, template, shown, status_code=status)
        response.set_cookie(LANGUAGE_COOKIE, language, httponly=True, samesite="strict", secure=self._site.tls)
        return response


def create_app(desk: Desk, site: Site) -> FastAPI:
    """The web application over `desk`, behind the door of `site`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.mount("/design", StaticFiles(directory=design.STATIC), name="design")
    views = Views(desk, site)
    for kind in (VireilleError, RequestValidationError):
        app.add_exception_handler(kind, views.refused)
    app.get("/", response_class=HTMLResponse)(views.front)
    app.get("/list", response_class=HTMLResponse)(views.rows)
    app.post("/find", response_class=HTMLResponse)(views.find)
    theirs = [Depends(views.theirs)]
    app.get("/filing/{bundle}", response_class=HTMLResponse, dependencies=theirs)(views.filing)
    app.get("/filing/{bundle}/page/{number}", dependencies=theirs)(views.picture)
    app.get("/filing/{bundle}/document.pdf", dependencies=theirs)(views.document)
    app.get("/filing/{bundle}/data.json", dependencies=theirs)(views.data)
    app.post("/filing/{bundle}/claim", dependencies=theirs)(views.claim)
    app.post("/filing/{bundle}/hand-over", dependencies=theirs)(views.hand_over)
    app.post("/filing/{bundle}/field", dependencies=theirs)(views.correct)
    app.post("/filing/{bundle}/accept", dependencies=theirs)(views.accept)
    app.post("/filing/{bundle}/return", dependencies=theirs)(views.send_back)
    app.post("/filing/{bundle}/forward", dependencies=theirs)(views.forward)
    app.post("/notice/{bundle}", dependencies=theirs)(views.tell_again)
    app.get("/dead", response_class=HTMLResponse)(views.dead)
    app.post("/dead/{bundle}")(views.redrive)
    app.get("/views", response_class=HTMLResponse)(views.views)
    app.get("/load", response_class=HTMLResponse)(views.load)
    put_behind(app, site)
    return app


def _to(bundle: str) -> Response:
    return RedirectResponse(f"/filing/{bundle}", status_code=303)
