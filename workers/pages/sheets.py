"""Two printed sheets: the customer's receipt on hand-over, and a cover for the post when the line is down.

Neither holds a name or an identity code: only a code that means nothing elsewhere, what kind of paper it is, where it
goes, and two times that are both true: handed over at the point, arrived at the authority.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import RootModel
from reportlab.lib.pagesizes import A4, A5
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from intake.base.states import State
from intake.base.texts import Language, Text
from intake.base.toml import load_toml
from workers.pages.entries import DeskEntry

HELSINKI = ZoneInfo("Europe/Helsinki")


class _Words(RootModel[dict[str, Text]]):
    """Key to sentence."""


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """The contents of a sheet."""

    code: str
    point: str
    pages: int
    handed_over: datetime
    form: Mapping[str, str]
    """The form's title by language; empty for a paper that is none of our forms."""
    recipient: Text | None = None
    arrived: datetime | None = None


def facts_of(entry: DeskEntry, point: str) -> SheetFacts:
    """The sheet's facts of a filing at the point of that name."""
    arrived = [at for at, state in entry.moves if state is State.CONFIRMED]
    return SheetFacts(
        code=entry.id,
        point=point,
        pages=sum(len(document.pages) for document in entry.documents),
        handed_over=entry.handed_over,
        form=entry.titles,
        recipient=entry.recipient,
        arrived=arrived[-1] if arrived else None,
    )


@cache
def _words() -> dict[str, Text]:
    return load_toml(Path(__file__).with_name("sheets.toml"), _Words).root


def receipt(facts: SheetFacts, language: Language) -> bytes:
    """The customer's receipt, A5."""
    return _sheet("receipt", facts, language, size=A5, lines=("receipt_about", "two_times"))


def cover(facts: SheetFacts, language: Language) -> bytes:
    """The cover sheet that goes by post on top of the paper, A4."""
    return _sheet("cover", facts, language, size=A4, lines=("cover_about",))


def local_time(moment: datetime) -> str:
    """Day and minute in Finnish time."""
    return moment.astimezone(HELSINKI).strftime("%d.%m.%Y %H:%M")


def _rows(facts: SheetFacts, language: Language) -> list[tuple[str, str]]:
    words = {key: text.in_language(language) for key, text in _words().items()}
    form = facts.form.get(language) or next(iter(facts.form.values()), words["unknown_form"])
    rows = [
        (words["code"], facts.code),
        (words["point"], facts.point),
        (words["form"], form),
        (words["pages"], str(facts.pages)),
        (words["handed_over"], local_time(facts.handed_over)),
        (words["arrived"], local_time(facts.arrived) if facts.arrived else words["not_arrived"]),
    ]
    if facts.recipient is not None:
        rows.insert(2, (words["recipient"], facts.recipient.in_language(language)))
    return rows


def _sheet(
    kind: Literal["receipt", "cover"], facts: SheetFacts, language: Language, *, size: tuple[float, float],
    lines: tuple[str, ...],
) -> bytes:  # fmt: skip
    out = io.BytesIO()
    page = Canvas(out, pagesize=size, invariant=True)
    page.setTitle(f"{_words()[f'{kind}_title'].in_language(language)} {facts.code}")
    width, height = size
    y = height - 25 * mm
    page.setFont("Helvetica-Bold", 15)
    page.drawString(15 * mm, y, _words()[f"{kind}_title"].in_language(language))
    page.setFont("Helvetica", 10)
    for key in lines:
        for line in simpleSplit(_words()[key].in_language(language), "Helvetica", 10, width - 30 * mm):
            y -= 6 * mm
            page.drawString(15 * mm, y, line)
        y -= 2 * mm
    for name, value in _rows(facts, language):
        y -= 11 * mm
        page.setFont("Helvetica", 8)
        page.drawString(15 * mm, y, name)
        page.setFont("Helvetica-Bold", 12)
        page.drawString(15 * mm, y - 5 * mm, value)
    page.showPage()
    page.save()
    return out.getvalue()
