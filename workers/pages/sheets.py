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
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4, A5
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from intake.base.filing import EService
from intake.base.states import State
from intake.base.texts import Language, Text
from intake.base.toml import load_toml
from workers.pages.entries import DECIDABLE, DeskEntry

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
    contact: str = ""
    """How the customer reaches the recipient."""
    eservice: EService | None = None
    arrived: datetime | None = None
    gaps: tuple[Text, ...] = ()
    """What was missing when it was sent, or still is."""
    kept: bool = False
    """It waits at the point and has not been sent."""


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
        contact=entry.contact,
        eservice=entry.documents[0].eservice if entry.documents else None,
        arrived=arrived[-1] if arrived else None,
        gaps=tuple(finding.text for document in entry.documents for finding in document.findings if finding.blocks),
        kept=entry.state in DECIDABLE,
    )


@cache
def _words() -> dict[str, Text]:
    return load_toml(Path(__file__).with_name("sheets.toml"), _Words).root


def receipt(facts: SheetFacts, language: Language) -> bytes:
    """The customer's receipt, A5; of a paper that waits at the point, a slip that says so."""
    if facts.kept:
        return _sheet("kept", facts, language, size=A5, lines=("kept_about",))
    return _sheet("receipt", facts, language, size=A5, lines=("receipt_about", "two_times"))


def cover(facts: SheetFacts, language: Language) -> bytes:
    """The cover sheet that goes by post on top of the paper, A4."""
    return _sheet("cover", facts, language, size=A4, lines=("cover_about",))


def local_time(moment: datetime) -> str:
    """Day and minute in Finnish time."""
    return moment.astimezone(HELSINKI).strftime("%d.%m.%Y %H:%M")


def _rows(kind: str, facts: SheetFacts, language: Language) -> list[tuple[str, str]]:
    words = {key: text.in_language(language) for key, text in _words().items()}
    form = facts.form.get(language) or next(iter(facts.form.values()), words["unknown_form"])
    rows = [
        (words["code"], facts.code),
        (words["point"], facts.point),
        (words["form"], form),
        (words["pages"], str(facts.pages)),
        (words["handed_over"], local_time(facts.handed_over)),
    ]
    if kind != "kept":
        rows.append((words["arrived"], local_time(facts.arrived) if facts.arrived else words["not_arrived"]))
    if facts.recipient is not None:
        rows.insert(2, (words["recipient"], facts.recipient.in_language(language)))
    if facts.contact and kind != "cover":
        rows.insert(3, (words["contact"], facts.contact))
    if facts.eservice is not None and kind != "cover":
        rows.append((words["eservice"], f"{facts.eservice.called(language)} · {facts.eservice.url}"))
    return rows


@dataclass(slots=True)
class _Pen:
    """Writes down a page, and goes on on another one at its end."""

    page: Canvas
    size: tuple[float, float]
    y: float = 0.0

    def __post_init__(self) -> None:
        self.y = self.size[1] - 22 * mm

    def write(
        self, text: str, font: str, points: float, *, before: float, indent: float = 0.0, room: float = 0.0
    ) -> None:
        """`text` in lines of the page's width, less `room`; `before` mm above it."""
        self.y -= before * mm
        for line in simpleSplit(text, font, points, self.size[0] - (30 + indent + room) * mm):
            if self.y < 14 * mm:
                self.page.showPage()
                self.y = self.size[1] - 18 * mm
            self.page.setFont(font, points)
            self.page.drawString((15 + indent) * mm, self.y, line)
            self.y -= points * 1.3


def _sheet(
    kind: Literal["receipt", "kept", "cover"], facts: SheetFacts, language: Language, *, size: tuple[float, float],
    lines: tuple[str, ...],
) -> bytes:  # fmt: skip
    out = io.BytesIO()
    words = {key: text.in_language(language) for key, text in _words().items()}
    page = Canvas(out, pagesize=size, invariant=True, lang=language)
    page.setTitle(f"{words[f'{kind}_title']} {facts.code}")
    _draw_code(page, facts.code, size)
    pen = _Pen(page, size)
    pen.write(words[f"{kind}_title"], "Helvetica-Bold", 15, before=0, room=26)
    for key in lines:
        pen.write(words[key], "Helvetica", 10, before=1.5, room=26 if key == lines[0] else 0)
    for name, value in _rows(kind, facts, language):
        pen.write(name, "Helvetica", 8, before=1.5)
        pen.write(value, "Helvetica-Bold", 12, before=0.5)
    if facts.gaps:
        pen.write(words["gaps_sent" if kind == "receipt" else "gaps_open"], "Helvetica-Bold", 11, before=3)
        for gap in facts.gaps:
            pen.write(f"– {gap.in_language(language)}", "Helvetica", 10, before=0.5, indent=2)
    page.showPage()
    page.save()
    return out.getvalue()


def _draw_code(page: Canvas, code: str, size: tuple[float, float]) -> None:
    """The code as a square in the top right corner, so that it need not be typed."""
    square = QrCodeWidget(code, barLevel="M")
    x0, y0, x1, y1 = square.getBounds()
    drawing = Drawing(22 * mm, 22 * mm, transform=(22 * mm / (x1 - x0), 0, 0, 22 * mm / (y1 - y0), 0, 0))
    drawing.add(square)
    renderPDF.draw(drawing, page, size[0] - 34 * mm, size[1] - 34 * mm)
