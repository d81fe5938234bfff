"""A whole form on paper: pages, section heads, notes and rows, as a PDF with widgets and as a definition."""

import io

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from intake.draw.boxes import FieldPen, Spot
from intake.draw.flow import NOTE_POINTS, Strip, lay_out
from intake.draw.heads import Sheet, furnish
from intake.draw.naming import names_of
from intake.draw.pen import Pen
from intake.draw.source import Edition, Source
from intake.draw.styles import STYLES
from intake.draw.widgets import add_widgets
from intake.forms.model import Mark


def paint(source: Source, edition: Edition, language: str) -> tuple[bytes, list[Spot], list[Mark]]:
    """The blank as a PDF, where its fields are, and the marks printed on it."""
    style = STYLES[source.style]
    plan = lay_out(source, edition.id, style)
    rl_config.invariant = 1  # the same drawing gives the same bytes
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=1)
    title = source.titles.sv if language == "sv" else source.titles.fi
    canvas.setTitle(f"{title} ({edition.mark.of(language) or edition.id})")
    canvas.setAuthor("Vireille: layout replica")
    canvas.setSubject(f"{source.form} {edition.id} {language}")
    spots: list[Spot] = []
    marks: list[Mark] = []
    for number, strips in enumerate(plan, start=1):
        sheet = Sheet(Pen(canvas), source, edition, language, style, number, len(plan))
        furnish(sheet)
        for strip in strips:
            spots += _strip(sheet, strip)
        _frames(sheet, strips)
        marks += sheet.marks
        canvas.showPage()
    canvas.save()
    labels = {key: names[language] for key, names in names_of(spot.field for spot in spots).items()}
    return add_widgets(buffer.getvalue(), spots, labels=labels), spots, marks


def _strip(sheet: Sheet, strip: Strip) -> list[Spot]:
    style = sheet.style
    if strip.kind == "title":
        _title(sheet, strip)
        return []
    if strip.kind == "note":
        sheet.pen.paragraph(
            sheet.say(strip.section.note), style.fields_left + 0.8, strip.y0 + NOTE_POINTS * 0.4,
            width=style.right - style.fields_left - 2, font=style.font, size=NOTE_POINTS,
        )  # fmt: skip
        return []
    pen = FieldPen(sheet.pen, style, sheet.language, sheet.page, office=strip.section.office)
    return [
        spot
        for cell in strip.cells
        for spot in pen.field(cell, strip.y0, strip.y1, labelled=strip.first_of_repeat)
    ]  # fmt: skip


def _title(sheet: Sheet, strip: Strip) -> None:
    pen, style = sheet.pen, sheet.style
    text = sheet.say(strip.section)
    x0, x1, y0, y1 = style.left, style.right, strip.y0, strip.y1
    if style.title == "bar":
        pen.box((x0, y0, x1, y1 - 0.8), line=0, fill=0.15)
        pen.words(text, x0 + 2, y1 - 2.4, font=style.bold, size=9.5, grey=1)
    elif style.title == "grey":
        pen.box((x0, y0, x1, y1 - 0.6), line=0, fill=0.82)
        pen.words(text, x0 + 1.5, y1 - 2.2, font=style.bold, size=10)
    elif style.title == "rule":
        pen.line(x0, y0, x1, y0, width=0.7)
        pen.words(text, x0, y1 - 1.8, font=style.bold, size=10)
    elif style.title == "column":
        pen.line(x0, y0 - style.gap / 2, x1, y0 - style.gap / 2, width=0.5)
        pen.paragraph(text, x0, y0 + 4, width=style.column - 3, font=style.bold, size=9)
    elif style.title == "frame":
        pen.words(text.upper(), x0 + 3, y1 - 2.0, font=style.bold, size=8.6)
    else:
        pen.words(text, x0, y1 - 1.4, font=style.bold, size=9.6)


def _frames(sheet: Sheet, strips: tuple[Strip, ...]) -> None:
    """For the framed style: one outline around each section."""
    if sheet.style.title != "frame":
        return
    for section in dict.fromkeys(id(strip.section) for strip in strips):
        strips_of = [strip for strip in strips if id(strip.section) == section]
        outline = (sheet.style.left - 2, strips_of[0].y0, sheet.style.right + 2, strips_of[-1].y1 + 0.6)
        sheet.pen.box(outline, line=0.5, radius=1.5)
