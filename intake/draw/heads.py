"""Head and foot of each authority's pages: name, title, printed code, edition mark and page mark in its own style."""

from collections.abc import Callable
from dataclasses import dataclass, field

from intake.draw.pen import Pen, width_of
from intake.draw.source import Edition, Pair, Source
from intake.draw.styles import Style
from intake.forms.model import Mark

REPLICA = Pair(
    fi="Asettelujäljennös, ei viranomaisen lomake. Viranomaisen oma PDF lisätään komennolla: vireille forms add",
    sv="Layoutkopia, inte myndighetens blankett. Myndighetens egen PDF läggs till med: vireille forms add",
)


@dataclass(slots=True)
class Sheet:
    """One page being drawn, and the marks printed on it so far."""

    pen: Pen
    source: Source
    edition: Edition
    language: str
    style: Style
    page: int
    pages: int
    marks: list[Mark] = field(default_factory=list)

    def say(self, pair: Pair) -> str:
        """The text in the sheet's language."""
        return pair.of(self.language)

    @property
    def title(self) -> str:
        """The form's name."""
        return self.source.titles.sv if self.language == "sv" else self.source.titles.fi

    def mark(self, kind: str, text: str, x: float, y: float, *, size: float = 8, bold: bool = False) -> None:
        """Print a text that tells this edition from others, and remember where; `x` < 0: ends at -x."""
        if not text:
            return
        font = self.style.bold if bold else self.style.font
        if x < 0:
            x = -x - width_of(text, font, size)
        box = self.pen.words(text, x, y, font=font, size=size)
        rounded = tuple(round(value, 2) for value in box)
        self.marks.append(
            Mark.model_validate({"kind": kind, "text": text, "page": self.page, "box_mm": rounded}),
        )

    def titled(self, x: float, y: float, *, size: float, width: float) -> None:
        """Print the form's name, smaller where it would not fit."""
        natural = width_of(self.title, self.style.bold, size)
        self.mark("title", self.title, x, y, size=min(size, size * width / natural), bold=True)

    def advice(self, x: float, y: float, *, width: float, size: float = 7.4) -> float:
        """The box of advice; returns the baseline after it."""
        text = self.say(self.edition.advice) or self.say(self.source.advice)
        return self.pen.paragraph(text, x, y, width=width, font=self.style.font, size=size)


def _kela(sheet: Sheet) -> None:
    pen, style = sheet.pen, sheet.style
    pen.words("FPA" if sheet.language == "sv" else "Kela", style.left, 20, font=style.bold, size=24)
    sheet.mark("code", sheet.say(sheet.source.code), -style.right, 21, size=26 if sheet.page == 1 else 14, bold=True)
    if sheet.page == 1:
        pen.words(sheet.say(sheet.source.heading), style.left + 40, 17, size=12)
        sheet.titled(style.left + 40, 24, size=17, width=104)
        pen.box((style.left, 29, style.right, 53), line=0.3, radius=2)
        pen.words("L", style.left + 2, 35, font="Helvetica-Bold", size=11, grey=0.35)
        sheet.advice(style.left + 8, 34.5, width=style.right - style.left - 12, size=8.2)
    _kela_foot(sheet)


def _kela_foot(sheet: Sheet) -> None:
    pen, style = sheet.pen, sheet.style
    pen.line(style.left, 280, style.right, 280, width=0.5)
    sheet.mark("edition", sheet.say(sheet.edition.mark), style.left, 284.5, size=8, bold=True)
    pen.words("Webblankett (PDF)" if sheet.language == "sv" else "Verkkolomake (PDF)", 70, 284.5, size=7.5)
    pen.words("www.fpa.fi" if sheet.language == "sv" else "www.kela.fi", 112, 284.5, size=7.5)
    word = "Sida" if sheet.language == "sv" else "Sivu"
    sheet.mark("page", f"{word} {sheet.page} ({sheet.pages})", -style.right, 284.5, size=8)
    if sheet.page < sheet.pages:
        turn = "VÄND" if sheet.language == "sv" else "KÄÄNNÄ"
        pen.words_right(turn, style.right, 278.6, font="Helvetica-Bold", size=7)


def _vero(sheet: Sheet) -> None:
    pen, style = sheet.pen, sheet.style
    pen.box((style.left, 10, style.left + 5, 15), line=0, fill=0)
    pen.box((style.right - 5, 10, style.right, 15), line=0, fill=0)
    name = "SKATTEFÖRVALTNINGEN" if sheet.language == "sv" else "VEROHALLINTO"
    pen.words(name, style.left + 8, 14.5, font="Helvetica-Bold", size=13)
    if sheet.page == 1:
        sheet.mark("code", sheet.say(sheet.source.code), style.left + 8, 33, size=40, bold=True)
        pen.words(sheet.say(sheet.source.heading), 62, 23, size=9)
        sheet.titled(62, 30, size=13, width=style.right - 62)
        sheet.advice(style.left, 42, width=style.right - style.left, size=7.6)
    else:
        sheet.mark("code", sheet.say(sheet.source.code), style.left + 8, 25, size=20, bold=True)
        sheet.titled(62, 24, size=9, width=style.right - 62)
    pen.box((style.left, 282, style.left + 5, 287), line=0, fill=0)
    text = sheet.say(sheet.edition.mark)
    sheet.mark("edition", text, style.left + 8, 286, size=8)
    sheet.mark("page", f"{sheet.page}/{sheet.pages}", style.left + 14 + width_of(text, style.font, 8), 286, size=8)


def _te(sheet: Sheet) -> None:
    pen, style = sheet.pen, sheet.style
    pen.words("TE-byrån" if sheet.language == "sv" else "TE-toimisto", style.left, 17, font="Helvetica-Bold", size=15)
    pen.line(style.left, 19.5, style.right, 19.5, width=1.0, grey=0.45)
    if sheet.page == 1:
        pen.words(sheet.say(sheet.source.heading), style.left + 60, 17, size=9)
        sheet.titled(style.left + 60, 27, size=15, width=style.right - style.left - 60)
        sheet.advice(style.left, 33, width=style.right - style.left, size=7.4)
    else:
        sheet.titled(style.left + 60, 17, size=9, width=style.right - style.left - 60)
    edition = sheet.say(sheet.edition.mark)
    sheet.mark("edition", edition, style.left, 286, size=8)
    sheet.mark("page", f"{sheet.page}({sheet.pages})", -style.right, 286, size=8)


def _maistraatti(sheet: Sheet) -> None:
    pen, style = sheet.pen, sheet.style
    pen.words("MAISTRAATTI", style.left, 18, font=style.bold, size=14)
    pen.words("MAGISTRATEN", style.left, 23, font=style.font, size=10)
    sheet.mark("page", f"{sheet.page} / {sheet.pages}", -style.right, 18, size=9)
    if sheet.page == 1:
        pen.words_right(sheet.say(sheet.source.heading), style.right, 24, font=style.font, size=10)
        sheet.titled(style.left, 36, size=18, width=style.right - style.left)
        pen.line(style.left, 38.5, style.right, 38.5, width=0.6)
        sheet.advice(style.left, 43.5, width=style.right - style.left, size=9)
    sheet.mark("edition", sheet.say(sheet.edition.mark), style.left, 284, size=7)


def _poliisi(sheet: Sheet) -> None:
    pen, style = sheet.pen, sheet.style
    pen.box((style.left, 10, style.right, 22), line=0, fill=0.12)
    pen.words("POLISEN" if sheet.language == "sv" else "POLIISI", style.left + 4, 18, font=style.bold, size=17, grey=1)
    text = sheet.say(sheet.source.heading)
    pen.words(text, style.right - 4 - width_of(text, style.font, 10), 17.5, size=10, grey=1)
    if sheet.page == 1:
        sheet.titled(style.left, 31, size=15, width=style.right - style.left)
        sheet.advice(style.left, 36.5, width=style.right - style.left, size=7.6)
    else:
        pen.words_right(sheet.title, style.right, 27, size=8)
    text = sheet.say(sheet.edition.mark)
    if text:
        sheet.mark("edition", text, style.left, 285, size=7)
    middle = (style.left + style.right) / 2
    sheet.mark("page", f"- {sheet.page} ({sheet.pages}) -", middle - 6, 285, size=8)


def _ara(sheet: Sheet) -> None:
    pen, style = sheet.pen, sheet.style
    if sheet.page == 1:
        pen.words(sheet.say(sheet.source.heading), style.left, 13, size=8)
        sheet.titled(style.left, 22, size=20, width=95)
        sheet.advice(style.left, 28, width=98, size=7)
        pen.box((style.left + 105, 9, style.right, 49), line=0.5, fill=0.87)
        office = "Asukasvalinnan suorittaja täyttää", "Den som utför hyresgästvalet fyller i"
        pen.words(office[sheet.language == "sv"], style.left + 107, 13, font=style.bold, size=7)
        words = ("Hakemuksen numero / vuosi", "Saapunut"), ("Ansökans nummer / år", "Ankom")
        for number, text in enumerate(words[sheet.language == "sv"]):
            pen.words(text, style.left + 107, 18 + number * 16, size=6.4)
            pen.box((style.left + 107, 19 + number * 16, style.right - 2, 28 + number * 16), line=0.25, fill=1)
    else:
        pen.line(style.left, 14, style.right, 14, width=0.8)
        pen.words(sheet.title, style.left, 12, font=style.bold, size=9)
    edition, word = sheet.say(sheet.edition.mark), "Sida" if sheet.language == "sv" else "Sivu"
    sheet.mark("edition", edition, style.left, 286, size=8)
    sheet.mark("page", f"{word} {sheet.page}/{sheet.pages}", style.left + 4 + width_of(edition, style.font, 8), 286)


def _kunta(sheet: Sheet) -> None:
    pen, style = sheet.pen, sheet.style
    pen.words(sheet.say(sheet.source.heading).upper(), style.left, 16, font=style.bold, size=11)
    sheet.mark("page", f"{sheet.page}/{sheet.pages}", -style.right, 13, size=9)
    if sheet.page == 1:
        sheet.titled(style.left, 33, size=16, width=105)
        pen.box((132, 17, style.right, 37), line=0.35, fill=0.87)
        text = "Ankomstdatum" if sheet.language == "sv" else "Saapumispäivämäärä"
        pen.words(text, 134, 21.5, size=7)
        pen.words("____ / ____  20____", 137, 32, size=11)
        sheet.advice(style.left, 43, width=style.right - style.left, size=8)
    else:
        pen.line(style.left, 19, style.right, 19, width=0.5)
        pen.words(sheet.title, style.left, 24, size=8)
    sheet.mark("edition", sheet.say(sheet.edition.mark), style.left, 284, size=7)


def _ytj(sheet: Sheet) -> None:
    pen, style = sheet.pen, sheet.style
    name = "Patent- och registerstyrelsen – Skatteförvaltningen", "Patentti- ja rekisterihallitus – Verohallinto"
    pen.words(name[sheet.language != "sv"], style.left, 14, font=style.bold, size=9)
    if sheet.page == 1:
        sheet.mark("code", sheet.say(sheet.source.code), -style.right, 24, size=38, bold=True)
        pen.words(
            "PL 2000, 00231 HELSINKI" if sheet.language == "fi" else "PB 2000, 00231 HELSINGFORS", style.left, 18.5
        )
        pen.words(sheet.say(sheet.source.heading), style.left, 27, size=10)
        sheet.titled(style.left, 34, size=14, width=105)
        pen.box((130, 28, style.right, 56), line=0.4, fill=0.87)
        pen.words("För myndigheten" if sheet.language == "sv" else "Viranomaisen merkintöjä", 132, 32, size=7)
        sheet.advice(style.left, 41, width=112, size=7.4)
    else:
        pen.words_right(sheet.title, style.right, 14, size=8)
        pen.line(style.left, 17, style.right, 17, width=0.4)
    sheet.mark("edition", sheet.say(sheet.edition.mark), style.left, 286, size=7.5)
    sheet.mark("page", f"{sheet.page}/{sheet.pages}", -style.right, 286, size=8)


FURNITURE: dict[str, Callable[[Sheet], None]] = {
    "kela": _kela,
    "vero": _vero,
    "te": _te,
    "maistraatti": _maistraatti,
    "poliisi": _poliisi,
    "ara": _ara,
    "kunta": _kunta,
    "ytj": _ytj,
}


def furnish(sheet: Sheet) -> None:
    """Draw head and foot of a page, and the line that says whose drawing this is."""
    FURNITURE[sheet.source.style](sheet)
    text = sheet.say(REPLICA)
    sheet.pen.words(
        text, (sheet.style.left + sheet.style.right - width_of(text, "Helvetica", 5.4)) / 2, 291.2, size=5.4
    )
