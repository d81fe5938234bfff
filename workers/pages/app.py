"""The counter page: what arrives, what it is, what it lacks, and the advisor's decision.

Serves pages and pictures only; everything it knows comes from the `Desk` it is given. Nothing of a citizen stands in a
URL, and no page may be kept by a browser.
"""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import FastAPI, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from sse_starlette.sse import EventSourceResponse

from intake.base.errors import NotFound, Stale, VireilleError, WrongUse
from intake.base.settings import Point
from intake.base.texts import Language
from intake.forms.model import Definition
from workers import design
from workers.access.door import Site, asked_by_itself, put_behind, someone
from workers.access.looks import Before, looks_page
from workers.access.words import HERE as ACCESS
from workers.access.words import LANGUAGE_COOKIE, language_of
from workers.access.words import words as access_words
from workers.pages.acts import Acting, Acts
from workers.pages.decisions import Refusal
from workers.pages.entries import DeskList, DeskRecipient
from workers.pages.looks import KeptLooks
from workers.pages.matters import CardView
from workers.pages.narrowing import FILTERS, Narrowing
from workers.pages.news import Changing, news
from workers.pages.rows import list_rows
from workers.pages.views import filing_view
from workers.pages.words import ENDINGS, IDENTITIES, WHYS, key_help, words

HERE = Path(__file__).parent
LANGUAGES: tuple[Language, ...] = ("fi", "sv", "en")
LISTED = 60
SPOKEN = (
    "offline", "frozen", "disk_full", "too_many_open", "away", "hub_away", "hub_denied", "rules_refused", "no_answer",
    "failed", "cannot_show", "changed_meanwhile", "new_paper", "open_key", "need_advisor", "has_it", "somebody",
    "your_name", "too_soon", "on_its_way",
)  # fmt: skip
"""Keys of the sentences that the page's script says by itself."""


class Desk(Acting, Changing, Protocol):
    """The questions that the page may ask of the point."""

    looks: KeptLooks
    """Who looked at what."""

    def now(self) -> datetime:
        """The time by the point's clock."""

    def entries(self, limit: int, narrowing: Narrowing) -> DeskList:
        """All filings that wait for a person, the newest of the others, refused scans and files still arriving."""

    def scanners(self) -> list[str]:
        """Ids of the scanners that papers come from."""

    def recipients(self) -> list[DeskRecipient]:
        """Whom a filing can be sent to."""

    def picture(self, filing: str, page: int) -> bytes:
        """A JPEG of one page, upright. Raises NotFound."""

    def receipt(self, filing: str, language: Language) -> bytes:
        """The customer's receipt as a PDF. Raises NotFound."""

    def cover_sheet(self, filing: str, language: Language) -> bytes:
        """The cover sheet for the post as a PDF. Raises NotFound."""

    def matters(self, language: Language, query: str) -> list[CardView]:
        """The matters of today that fit the words of `query`, the best first."""

    def matter(self, matter: str, language: Language) -> CardView:
        """One matter. Raises NotFound."""

    def matter_of(self, form: str | None, language: Language) -> CardView | None:
        """The matter that a form starts."""

    def blank(self, form: str, edition: str, language: str) -> bytes:
        """A form's blank PDF. Raises NotFound."""

    def blank_picture(self, form: str, edition: str, language: str) -> bytes:
        """A JPEG of a form's first page. Raises NotFound."""

    def forms(self, filing: str) -> tuple[list[Definition], list[Definition]]:
        """The forms that a filing's first page resembles, the likeliest first, and all others. Raises NotFound."""


_STATUS: tuple[tuple[type[VireilleError], int], ...] = ((NotFound, 404), (Stale, 409), (WrongUse, 422))


class Views:
    """The page's answers over one desk, in the language of the one who asks."""

    def __init__(self, desk: Desk, point: Point, site: Site) -> None:
        """`point` gives the languages and the name in the head; `site` who asks."""
        self._desk, self._point, self._site = desk, point, site
        self._templates = Jinja2Templates(directory=[HERE / "templates", design.TEMPLATES, ACCESS / "templates"])

    def language_of(self, request: Request) -> Language:
        """The language of the one who asks."""
        return language_of(request, self._point.languages)

    def front(self, request: Request) -> Response:
        """The whole page with the list as it is now."""
        shown = self._rows(request, Narrowing())
        keys = key_help(self.language_of(request))
        desks = self._desk.scanners()
        return self._render(
            request, "desk.html", spoken=SPOKEN, key_help=keys, filters=FILTERS, scanners=desks, **shown
        )

    def all_rows(self, request: Request) -> Response:
        """The list alone, of everything."""
        return self.rows(request, Narrowing())

    def rows(self, request: Request, narrowing: Annotated[Narrowing, Form()]) -> Response:
        """The list alone, narrowed as the advisor wishes; what is looked for never stands in an address."""
        who = someone(request).shown
        mine = narrowing.model_copy(update={"advisor": who}) if who else narrowing
        return self._render(request, "list.html", **self._rows(request, mine))

    def filing(self, request: Request, filing: str) -> Response:
        """One filing with its pages and gaps."""
        language = self.language_of(request)
        identities = [(kind, words(language)[f"identity_{kind}"]) for kind in IDENTITIES]
        self._desk.looks.note(someone(request), filing, by_itself=asked_by_itself(request))
        entry = self._desk.entry(filing)
        view = filing_view(entry, language, self._desk.now())
        recipients = self._desk.recipients() if view.picker else []
        card = self._desk.matter_of(entry.form, language)
        shown = {"v": view, "identities": identities, "recipients": recipients, "card": card}
        shown |= {"endings": ENDINGS, "whys": WHYS}
        return self._render(request, "filing.html", **shown)

    def picture(self, request: Request, filing: str, page: int) -> Response:
        """One page's picture."""
        self._desk.looks.note(someone(request), filing, part=True)
        return Response(self._desk.picture(filing, page), media_type="image/jpeg")

    def matters(self, request: Request, narrowing: Annotated[Narrowing, Form()]) -> Response:
        """The matters that fit some words, before any paper is scanned."""
        found = self._desk.matters(self.language_of(request), narrowing.q)[:8]
        return self._render(request, "matters.html", matters=found)

    def matter(self, request: Request, matter: str, language: Language) -> Response:
        """One matter as a page of its own, to read and to print for the customer in `language`."""
        shown = {
            "t": words(language), "language": language, "languages": self._point.languages, "place": self._point.name,
            "card": self._desk.matter(matter, language),
        }  # fmt: skip
        return self._templates.TemplateResponse(request, "matter.html", shown)

    def blank(self, form: str, edition: str, language: str) -> Response:
        """A blank to print."""
        return Response(self._desk.blank(form, edition, language), media_type="application/pdf")

    def blank_picture(self, form: str, edition: str, language: str) -> Response:
        """The picture of a blank, to choose it by."""
        return Response(self._desk.blank_picture(form, edition, language), media_type="image/jpeg")

    def forms(self, request: Request, filing: str) -> Response:
        """The forms that an unknown paper may be, by picture."""
        self._desk.looks.note(someone(request), filing, part=True)
        likely, others = self._desk.forms(filing)
        known = self._desk.entry(filing).kind == "form"
        return self._render(request, "forms.html", likely=likely, others=others, known=known)

    def receipt(self, request: Request, filing: str) -> Response:
        """The customer's receipt, or the slip of a paper that waits, to print: in the paper's language if not asked."""
        self._desk.looks.note(someone(request), filing)
        language = self._customers_language(request, filing)
        return Response(self._desk.receipt(filing, language), media_type="application/pdf")

    def cover(self, request: Request, filing: str) -> Response:
        """The cover sheet of a paper that goes by post, to print."""
        self._desk.looks.note(someone(request), filing)
        sheet = self._desk.cover_sheet(filing, self._customers_language(request, filing))
        return Response(sheet, media_type="application/pdf")

    def customer(self, request: Request, filing: str) -> Response:
        """What is missing, large, for the customer's eyes: on a screen turned round, or printed. Nothing personal."""
        self._desk.looks.note(someone(request), filing)
        language, entry = self._customers_language(request, filing), self._desk.entry(filing)
        shown = {
            "t": words(language), "language": language, "languages": LANGUAGES, "place": self._point.name,
            "v": filing_view(entry, language, self._desk.now()), "card": self._desk.matter_of(entry.form, language),
        }  # fmt: skip
        return self._templates.TemplateResponse(request, "customer.html", shown)

    def _customers_language(self, request: Request, filing: str) -> Language:
        """The language asked for, else the paper's own, else the page's."""
        wanted = request.query_params.get("language") or self._desk.entry(filing).language
        return next((language for language in LANGUAGES if language == wanted), self.language_of(request))

    def views(self, request: Request, before: Before = None, paper: str = "") -> Response:
        """Who looked at which filing, for the auditor; nothing of the papers."""
        return looks_page(request, self._site, self._desk.looks.newest(before=before, filing=paper or None), paper)

    async def events(self, request: Request) -> EventSourceResponse:
        """News for the page, as it happens."""
        still = partial(self._site.who, request, by_itself=True)
        return EventSourceResponse(news(self._desk, request, still), ping=15)

    async def refused(self, request: Request, error: Exception) -> Response:
        """What cannot be done as it was asked, in the advisor's words."""
        language = self.language_of(request)
        if isinstance(error, VireilleError):
            status = next((status for kind, status in _STATUS if isinstance(error, kind)), 503)
            return JSONResponse({"text": error.text.in_language(language)}, status_code=status)
        key, status = (error.key, error.status) if isinstance(error, Refusal) else ("not_understood", 422)
        return JSONResponse({"text": words(language)[key]}, status_code=status)

    def _rows(self, request: Request, narrowing: Narrowing) -> dict[str, object]:
        listed = self._desk.entries(LISTED * narrowing.pages, narrowing)
        rows = list_rows(listed, self.language_of(request), self._desk.now())
        found = len(listed.open) + len(listed.others) if narrowing.narrowed else 0
        return rows | {
            "narrowed": narrowing.narrowed,
            "found": found,
            "holders": self._desk.presence.holders(narrowing.tab),
        }

    def _render(self, request: Request, template: str, **context: object) -> Response:
        language = self.language_of(request)
        shown = {
            "t": words(language), "language": language, "languages": self._point.languages, "place": self._point.name,
            "a": access_words(language), "someone": someone(request), **context,
        }  # fmt: skip
        response: Response = self._templates.TemplateResponse(request, template, shown)
        response.set_cookie(LANGUAGE_COOKIE, language, httponly=True, samesite="strict", secure=self._site.tls)
        return response


def create_app(desk: Desk, point: Point, site: Site) -> FastAPI:
    """The web application over `desk`, behind the door of `site`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    views, acts = Views(desk, point, site), Acts(desk)
    for kind in (VireilleError, Refusal, RequestValidationError):
        app.add_exception_handler(kind, views.refused)
    app.get("/", response_class=HTMLResponse)(views.front)
    app.get("/list", response_class=HTMLResponse)(views.all_rows)
    app.post("/list", response_class=HTMLResponse)(views.rows)
    app.get("/filing/{filing}", response_class=HTMLResponse)(views.filing)
    app.get("/filing/{filing}/page/{page}")(views.picture)
    app.get("/filing/{filing}/receipt")(views.receipt)
    app.get("/filing/{filing}/cover")(views.cover)
    app.get("/filing/{filing}/customer", response_class=HTMLResponse)(views.customer)
    app.post("/matters", response_class=HTMLResponse)(views.matters)
    app.get("/matter/{matter}/{language}", response_class=HTMLResponse)(views.matter)
    app.get("/filing/{filing}/forms", response_class=HTMLResponse)(views.forms)
    app.get("/blank/{form}/{edition}/{language}")(views.blank)
    app.get("/blank/{form}/{edition}/{language}/picture")(views.blank_picture)
    app.get("/views", response_class=HTMLResponse)(views.views)
    app.post("/filing/{filing}/decision")(acts.decision)
    app.post("/filing/{filing}/value")(acts.value)
    app.post("/filing/{filing}/form")(acts.form)
    app.post("/filing/{filing}/pages")(acts.pages)
    app.post("/filing/{filing}/why")(acts.why)
    app.post("/open")(acts.open)
    app.post("/refused/{number}")(acts.dismiss)
    app.get("/events", response_class=EventSourceResponse)(views.events)
    put_behind(app, site)
    return app
