"""What the list is narrowed to, as the page sends it: a desk, what is open or mine, words, days.

Words are looked for in all that the point still keeps of a paper: its code, its form, the values that were read. They
may be a customer's name or identity code, so they are sent as a body and never stand in an address.
"""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict, Field, field_validator

from intake.base.clock import iso
from intake.base.filing import Document
from intake.base.states import State
from workers.ledger.recent import OPEN, Wanted
from workers.pages.sheets import HELSINKI

FILTERS = ("", "mine", "open", "returned", "sent", "ended")
_FIRST, _LAST = date(1900, 1, 1), date(9000, 1, 1)
_STATES: dict[str, tuple[str, ...]] = {
    "open": OPEN,
    "returned": (State.RETURNED.value,),
    "sent": (State.READY.value, State.ROUTED.value, State.SEALED.value, State.DELIVERED.value, State.CONFIRMED.value),
    "ended": (State.JOINED.value, State.PURGED.value),
}


class Narrowing(BaseModel):
    """What the advisor wants to see; empty: everything."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    q: str = Field(default="", max_length=80)
    show: str = Field(default="", max_length=20)
    scanner: str = Field(default="", max_length=60)
    advisor: str = Field(default="", max_length=80)
    since: date | None = None
    until: date | None = None
    tab: str = Field(default="", max_length=60)
    """Which of the open pages asks."""
    pages: int = Field(default=1, ge=1, le=200)

    @field_validator("since", "until", mode="before")
    @classmethod
    def _no_day(cls, given: object) -> object:
        return given or None

    @property
    def narrowed(self) -> bool:
        """Whether something that is there may be left out, the desk aside."""
        return bool(self.q or self.show or self.since or self.until)

    def wanted(self, fits: Callable[[str], Callable[..., bool]]) -> Wanted:
        """The same for the ledger; `fits` makes the test for the words."""
        return Wanted(
            scanner=self.scanner,
            states=_STATES.get(self.show, ()),
            since=_midnight(self.since) if self.since else "",
            until=_midnight(min(self.until, _LAST) + timedelta(days=1)) if self.until else "",
            advisor=self.advisor if self.show == "mine" else "",
            fits=fits(self.q) if self.q else None,
        )


def _midnight(day: date) -> str:
    """When a day begins; one far from every paper's counts as the nearest that a clock can tell."""
    return iso(datetime.combine(min(max(day, _FIRST), _LAST), time(), HELSINKI))


def plain(text: str) -> str:
    """Small letters without accents or signs between them, so that `Ylönen` is found by `ylonen`."""
    letters = unicodedata.normalize("NFD", text.lower())
    return "".join(letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))


def has_words(query: str, *texts: str) -> bool:
    """Whether every word of `query` stands somewhere in `texts`, the gaps within a code aside."""
    searched = plain(" ".join(texts))
    joined = searched.replace(" ", "")
    return all(word in searched or word.replace(" ", "") in joined for word in plain(query).split())


def values_of(documents: tuple[Document, ...]) -> list[str]:
    """All that was read, the doubtful too."""
    readings = (reading for document in documents for reading in document.fields.values())
    return [text for reading in readings for text in (reading.value, *reading.candidates) if text]
