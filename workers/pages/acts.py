"""What a person does on the page, each a request of its own: decides, puts right what was read, says why on paper.

Whoever is signed in did it, whatever name was sent; where nobody signs in the name on the page counts.
"""

from typing import Annotated, Protocol

from fastapi import Form, Request, Response

from workers.access.door import someone
from workers.ledger import Person
from workers.pages.correcting import Said
from workers.pages.decisions import Deciding, Decision, Refusal, decide
from workers.pages.words import WHYS


class Acting(Deciding, Protocol):
    """What a person can have done. Each raises NotFound, Stale, WrongUse."""

    def correct(self, said: Said) -> None:
        """What was read of a filing is put right."""

    def note_why(self, filing: str, person: Person, code: str) -> None:
        """Why the matter came on paper."""


class Acts:
    """The requests that change something, over one desk. An answer without words says that it is done."""

    def __init__(self, desk: Acting) -> None:
        """`desk` does it."""
        self._desk = desk

    def decision(self, request: Request, filing: str, said: Annotated[Decision, Form()]) -> Response:
        """The advisor's decision: by who is signed in, whatever name was sent."""
        decide(self._desk, filing, said.model_copy(update={"advisor": _name(request, said.advisor)}))
        return Response(status_code=204)

    def value(self, request: Request, filing: str, said: Annotated[Said, Form()]) -> Response:
        """The advisor puts right, or confirms, what was read in one field."""
        if said.filing != filing:
            raise Refusal("other_filing", 409)
        name = _name(request, said.advisor)
        if not name:
            raise Refusal("need_advisor")
        self._desk.correct(said.model_copy(update={"advisor": name}))
        return Response(status_code=204)

    def why(
        self, request: Request, filing: str, code: Annotated[str, Form()], advisor: Annotated[str, Form()] = ""
    ) -> Response:
        """Why the matter came on paper: one tap, about no person."""
        if code not in WHYS:
            raise Refusal("not_understood", 400)
        self._desk.note_why(filing, Person(advisor=_name(request, advisor) or None), code)
        return Response(status_code=204)


def _name(request: Request, sent: str) -> str:
    return someone(request).shown or sent
