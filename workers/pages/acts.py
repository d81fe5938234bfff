"""What a person does on the page, each a request of its own: decides, puts right what was read, says why on paper.

Whoever is signed in did it, whatever name was sent; where nobody signs in the name on the page counts.
"""

from typing import Annotated, Protocol

from fastapi import Form, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, field_validator

from workers.access.door import someone
from workers.ledger import Person
from workers.pages.arranging import Arranging
from workers.pages.correcting import Said, SaidForm
from workers.pages.decisions import Deciding, Decision, Refusal, decide
from workers.pages.presence import Presence
from workers.pages.words import WHYS

LARGEST = 2**63 - 1
"""The largest number that a ledger can hold."""


class Acting(Deciding, Protocol):
    """What a person can have done. Each raises NotFound, Stale, WrongUse."""

    @property
    def presence(self) -> Presence:
        """Who has what open."""

    def correct(self, said: Said) -> int:
        """What was read of a filing is put right; returns its new version."""

    def name_form(self, said: SaidForm) -> int:
        """A person says which form it is; returns the filing's new version."""

    def arrange(self, filing: str, said: Arranging, person: Person) -> tuple[int, str | None]:
        """The pages are ordered, turned, or taken out; returns the new version, and the filing made of them."""

    def dismiss(self, number: int, person: Person, *, back: bool) -> None:
        """A refused file is seen to."""

    def note_why(self, filing: str, person: Person, code: str) -> None:
        """Why the matter came on paper."""


class Opened(BaseModel):
    """The page that shows a filing, and whose it is."""

    filing: str = Field(max_length=40)
    tab: str = Field(min_length=1, max_length=60)
    advisor: str = Field(default="", max_length=80)
    take: bool = False

    @field_validator("take", mode="before")
    @classmethod
    def _not_said(cls, given: object) -> object:
        return given or False


class Acts:
    """The requests that change something, over one desk.

    An answer without words says that it is done, one with `version` also what it made of a filing that stays here: the
    page's next act is about that version, so that a colleague's change in between is refused and not overridden.
    """

    def __init__(self, desk: Acting) -> None:
        """`desk` does it."""
        self._desk = desk

    def decision(self, request: Request, filing: str, said: Annotated[Decision, Form()]) -> Response:
        """The advisor's decision: by who is signed in, whatever name was sent."""
        version = decide(self._desk, filing, said.model_copy(update={"advisor": _name(request, said.advisor)}))
        return Response(status_code=204) if version is None else JSONResponse({"version": version})

    def value(self, request: Request, filing: str, said: Annotated[Said, Form()]) -> Response:
        """The advisor puts right, or confirms, what was read in one field."""
        if said.filing != filing:
            raise Refusal("other_filing", 409)
        name = _name(request, said.advisor)
        if not name:
            raise Refusal("need_advisor")
        return JSONResponse({"version": self._desk.correct(said.model_copy(update={"advisor": name}))})

    def form(self, request: Request, filing: str, said: Annotated[SaidForm, Form()]) -> Response:
        """The advisor says which form it is."""
        if said.filing != filing:
            raise Refusal("other_filing", 409)
        name = _name(request, said.advisor)
        if not name:
            raise Refusal("need_advisor")
        return JSONResponse({"version": self._desk.name_form(said.model_copy(update={"advisor": name}))})

    def pages(self, request: Request, filing: str, said: Annotated[Arranging, Form()]) -> Response:
        """The pages are ordered, turned, or taken out; the answer has the version and the filing made of them."""
        if said.filing != filing:
            raise Refusal("other_filing", 409)
        name = _name(request, said.advisor)
        if not name:
            raise Refusal("need_advisor")
        version, made = self._desk.arrange(filing, said, Person(advisor=name, version=said.version))
        return JSONResponse({"version": version, "filing": made})

    def why(
        self, request: Request, filing: str, code: Annotated[str, Form()], advisor: Annotated[str, Form()] = ""
    ) -> Response:
        """Why the matter came on paper: one tap, about no person."""
        if code not in WHYS:
            raise Refusal("not_understood", 400)
        self._desk.note_why(filing, Person(advisor=_name(request, advisor) or None), code)
        return Response(status_code=204)

    def dismiss(
        self,
        request: Request,
        number: Annotated[int, Path(ge=1, le=LARGEST)],
        advisor: Annotated[str, Form()] = "",
        back: Annotated[str, Form()] = "",
    ) -> Response:
        """A refused file is seen to and leaves the list, or comes back."""
        name = _name(request, advisor.strip()[:80])
        if not name:
            raise Refusal("need_advisor")
        self._desk.dismiss(number, Person(advisor=name), back=bool(back))
        return Response(status_code=204)

    def open(self, request: Request, seen: Annotated[Opened, Form()]) -> Response:
        """A page shows the filing, or its person takes it over; the answer says who else has it."""
        name = _name(request, seen.advisor)
        return JSONResponse({"holder": self._desk.presence.look(seen.filing, seen.tab, name, take=seen.take)})


def _name(request: Request, sent: str) -> str:
    return someone(request).shown or sent
