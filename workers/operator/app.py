"""The operator's page: what needs somebody, every point's health, figures, rules in force, the list of alarms.

Everything comes from the points' signed notes at the hub; of papers only codes are shown, and linked only on the
point's own machine for those who may open them at its counter.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from intake.base.errors import NotFound, VireilleError
from intake.base.settings import Settings
from intake.base.texts import Language
from routing_rules.model import RuleSet
from workers import design
from workers.access.door import Site, put_behind, someone
from workers.access.machines import Vitals
from workers.access.table import AT_THE_DESK
from workers.access.words import HERE as ACCESS
from workers.access.words import LANGUAGE_COOKIE, language_of
from workers.access.words import words as access_words
from workers.ledger import Ledger
from workers.operator.alarms import alarm_kinds
from workers.operator.figures import FiguresAtHub
from workers.operator.measures import overview_measures
from workers.operator.overview import Watch, needs_somebody
from workers.operator.views import (
    HERE,
    ago,
    alarm_rows,
    paper_links,
    point_cards,
    rule_rows,
    seen_at,
    sets_in_force,
    words,
)

TEMPLATES = (HERE / "templates", design.TEMPLATES, ACCESS / "templates")
VIEWS = {"points": "/", "figures": "/figures", "rules": "/rules", "alarms": "/alarms"}


class Views:
    """The page's answers."""

    def __init__(self, watch: Watch, site: Site, settings: Settings, ledger: Ledger | None,
                 rules: Callable[[], RuleSet | None]) -> None:  # fmt: skip
        """`ledger` and `rules`: those of the point on this machine, if it is one."""
        self._watch, self._site, self._settings = watch, site, settings
        self._ledger, self._rules = ledger, rules
        self._figures = FiguresAtHub(watch.hub, settings)
        self._templates = Jinja2Templates(directory=TEMPLATES)

    def front(self, request: Request) -> Response:
        """Show what needs somebody, then every point."""
        return self._render(request, "operator.html", "points", self._now(request))

    def now(self, request: Request) -> Response:
        """The same without the frame: the page asks for it by itself."""
        return self._render(request, "now.html", "points", self._now(request))

    def figures(self, request: Request) -> Response:
        """All points' figures: plots by point, tables, and every table as CSV."""
        shown = self._figures.view(self._language(request))
        return self._render(request, "figures.html", "figures", {"shown": shown, "age": self._ago(request)})

    def table(self, request: Request, table: str) -> Response:
        """One table of all points as CSV. Raises NotFound."""
        report = self._figures.view(self._language(request)).report
        found = report.csv().get(table) if report is not None else None
        if found is None:
            raise NotFound("no such table of figures")
        headers = {"Content-Disposition": f'attachment; filename="{table}"'}
        return Response(found, media_type="text/csv; charset=utf-8", headers=headers)

    def rules(self, request: Request) -> Response:
        """The rule sets in use, and this machine's rules one by one."""
        language, overview, rules, problem = self._language(request), self._watch.overview(), None, ""
        try:
            rules = self._rules()
        except VireilleError as error:
            problem = error.message
        day = self._settings.point.as_of if self._settings.point else None
        rows = rule_rows(rules, day or overview.now.date(), language) if rules else []
        shown = {"sets": sets_in_force(overview), "set": rules, "rows": rows, "problem": problem}
        return self._render(request, "rules.html", "rules", shown)

    def alarms(self, request: Request) -> Response:
        """Every alarm that there is, and what to do."""
        language = self._language(request)
        t = words(language)
        blanks = {"point": "…", "subject": "…", "count": "…"}
        rows = [
            (code, t[kind.severity].rstrip(":").lower(), kind.says.filled(**blanks).in_language(language),
             kind.todo.in_language(language))
            for code, kind in alarm_kinds().items()
        ]  # fmt: skip
        return self._render(request, "alarms.html", "alarms", {"rows": rows})

    def refused(self, request: Request, error: Exception) -> Response:
        """A certificate among the keys that cannot be read, and the like: in the operator's words."""
        message = error.message if isinstance(error, VireilleError) else ""
        return self._render(request, "sorry.html", "", {"text": message}, 404 if isinstance(error, NotFound) else 503)

    def _now(self, request: Request) -> dict[str, object]:
        language, overview = self._language(request), self._watch.overview()
        links: object = []
        if self._ledger is not None and someone(request).roles & AT_THE_DESK:
            with suppress(VireilleError):
                links = paper_links(self._settings, self._ledger, language)
        here = self._settings.point.id if self._settings.point else None
        return {
            "alarms": alarm_rows(overview, language), "cards": point_cards(overview, language), "links": links,
            "hub_problem": overview.hub_problem, "here": here, "at": seen_at(overview),
        }  # fmt: skip

    def _ago(self, request: Request) -> Callable[[datetime], str]:
        """How long ago something was, for templates."""
        language, now = self._language(request), self._watch.hub.clock.now()
        return lambda moment: ago(moment, now, language)

    def _language(self, request: Request) -> Language:
        return language_of(request, self._site.languages)

    def _render(
        self, request: Request, template: str, view: str, more: Mapping[str, object], status: int = 200
    ) -> Response:
        language = self._language(request)
        t = words(language)
        shown = {
            "t": t, "a": access_words(language), "language": language, "languages": self._site.languages,
            "place": t["title"], "someone": getattr(request.state, "someone", None), "views": VIEWS, "view": view,
            **more,
        }  # fmt: skip
        response: Response = self._templates.TemplateResponse(request, template, shown, status_code=status)
        response.set_cookie(LANGUAGE_COOKIE, language, httponly=True, samesite="strict", secure=self._site.tls)
        return response


def vitals_of(watch: Watch) -> Vitals:
    """Whether the hub answers and nothing is urgent; the measures of all points."""
    overview = watch.overview()
    urgent = {alarm.code for _, alarm in needs_somebody(overview) if alarm.kind.severity == "urgent"}
    trouble = sorted(urgent | ({f"hub_{overview.hub_problem}"} if overview.hub_problem else set()))
    return Vitals(tuple(trouble), overview_measures(overview))


def create_app(views: Views, site: Site) -> FastAPI:
    """The web application, behind the door of `site`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_exception_handler(VireilleError, views.refused)
    app.get("/", response_class=HTMLResponse)(views.front)
    app.get("/list", response_class=HTMLResponse)(views.now)
    app.get("/figures", response_class=HTMLResponse)(views.figures)
    app.get("/figures/{table}")(views.table)
    app.get("/rules", response_class=HTMLResponse)(views.rules)
    app.get("/alarms", response_class=HTMLResponse)(views.alarms)
    put_behind(app, site)
    return app
