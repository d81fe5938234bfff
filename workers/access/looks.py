"""Notes who looks at papers before anything is shown, for those who look after it (G-09).

A look is noted once for each person, paper and quarter of an hour, however often the page asks; so is what the page
showed by itself under the person's name, and is told from what the person opened. Where it is kept is the
site's matter: a point has its chained log, an office its shelf.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response

from workers.access.door import Site, home, someone
from workers.access.who import Someone
from workers.access.words import language_of, templates, words

AGAIN_SECONDS = 900.0
MOST = 200
Before = Annotated[int | None, Query(ge=1, lt=2**53)]
"""A look's number in an address."""
_MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Look:
    """One person's look at one paper. `who` is an employee's name: never log it."""

    number: int
    at: datetime
    paper: str
    who: str
    by_itself: bool = False
    """The page showed it without being asked by the person."""


class Looks:
    """Notes looks, and remembers those of a moment ago."""

    def __init__(self, keep: Callable[[str, str, bool], None]) -> None:
        """`keep` gets the paper, the person's shown name, and whether the page showed it by itself; raises NotFound."""
        self._keep, self._last, self._lock = keep, dict[tuple[str, str, bool], float](), threading.Lock()

    def note(self, someone: Someone, paper: str, *, by_itself: bool = False, part: bool = False) -> None:
        """Note it before anything of the paper is shown; nobody is noted where nobody signs in. Raises NotFound.

        A `part`, such as a picture, comes with the page that shows it, however that was asked for.
        """
        key, now = (someone.shown, paper, by_itself), time.monotonic()
        with self._lock:
            ways = (False, True) if part else (by_itself,)
            noted = [self._last.get((someone.shown, paper, way), -AGAIN_SECONDS) for way in ways]
            if not someone.shown or now - max(noted) < AGAIN_SECONDS:
                return
        self._keep(paper, someone.shown, by_itself)
        with self._lock:
            if len(self._last) >= _MOST_KEPT:
                self._last.clear()
            self._last[key] = now


def looks_page(request: Request, site: Site, found: Sequence[Look], paper: str) -> Response:
    """The page of the newest looks, for whoever looks after them; nothing of the papers but their codes."""
    language = language_of(request, site.languages)
    person = someone(request)
    shown = {
        "t": words(language), "a": words(language), "language": language, "languages": site.languages,
        "place": site.name, "someone": person, "paper": paper, "looks": found,
        "home": home(site.table, person.roles), "zone": ZoneInfo("Europe/Helsinki"),
        "older": found[-1].number if len(found) == MOST else None,
    }  # fmt: skip
    answer: Response = templates.TemplateResponse(request, "views.html", shown)
    return answer
