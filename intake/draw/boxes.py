"""One field on paper: its label, its box, comb, tick or line, and the spot where a person writes."""

from dataclasses import dataclass

from intake.base.filing import Box
from intake.draw.flow import OPTION_STEP, Cell, label_height
from intake.draw.pen import Pen, wrapped
from intake.draw.source import SourceField
from intake.draw.styles import Style

OFFICE_GREY = 0.87
COMB_HEIGHT = 5.8
INSET = 0.5


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to be written in: becomes a widget of the PDF and a place of the definition."""

    field: SourceField
    page: int
    box: Box
    option: str | None = None
    cells: int | None = None


@dataclass(frozen=True, slots=True)
class FieldPen:
    """Draws fields of one page in one language."""

    pen: Pen
    style: Style
    language: str
    page: int
    office: bool = False

    def field(self, cell: Cell, y0: float, y1: float, *, labelled: bool = True) -> list[Spot]:
        """Draw the field of `cell` between `y0` and `y1`; returns its spots."""
        field = cell.field
        frame = self._frame(cell, y0, y1)
        if not field.key:
            self._words_only(field, frame)
            return []
        if field.kind == "check":
            return [self._check(field, frame)]
        label = label_height(field, self.style, cell.x1 - cell.x0) if labelled else 0.6
        if self.style.box == "joined":
            self.pen.box(frame, line=self.style.line, fill=OFFICE_GREY if self._is_office(field) else None)
        self._label(field, frame, labelled=labelled)
        inner = (frame[0], y0 + label, frame[2], frame[3])
        if field.kind == "radio":
            return self._radio(field, inner)
        return [self._writing(field, inner)]

    def _is_office(self, field: SourceField) -> bool:
        return self.office or field.office

    def _frame(self, cell: Cell, y0: float, y1: float) -> Box:
        if self.style.box == "joined":
            return (cell.x0, y0, cell.x1, y1)
        return (cell.x0, y0, cell.x1 - 1.6, y1 - 1.4)

    def _label(self, field: SourceField, frame: Box, *, labelled: bool) -> None:
        if not labelled:
            return
        left = frame[0] + (1.0 if self.style.box == "joined" else 0.2)
        size = self.style.label_size
        self.pen.paragraph(
            field.of(self.language), left, frame[1] + 0.5 + size * 0.3, width=frame[2] - left - 0.8,
            font=self.style.font, size=size,
        )  # fmt: skip

    def _words_only(self, field: SourceField, frame: Box) -> None:
        """Printed words: beside boxes in the middle of the row, in a tall space at its top."""
        size = self.style.label_size + 0.6
        width = frame[2] - frame[0] - 1.6
        lines = len(wrapped(field.of(self.language), self.style.font, size, width))
        spare = frame[3] - frame[1] - lines * size * 0.42
        top = frame[1] + (spare * 0.62 if spare < 14 else 1.2)
        self.pen.paragraph(
            field.of(self.language), frame[0] + 0.8, top + size * 0.3, width=width, font=self.style.font, size=size
        )

    def _tick(self, x: float, middle: float) -> Box:
        half = self.style.tick_size / 2
        box = (x, middle - half, x + 2 * half, middle + half)
        if self.style.tick == "round":
            self.pen.ring(box, line=self.style.line)
        else:
            self.pen.box(box, line=max(self.style.line, 0.25))
        return box

    def _check(self, field: SourceField, frame: Box) -> Spot:
        size = self.style.label_size + 1
        if self.style.box == "joined":
            self.pen.box(frame, line=self.style.line, fill=OFFICE_GREY if self._is_office(field) else None)
        tick = self._tick(frame[0] + 1.2, frame[1] + min(3.4, (frame[3] - frame[1]) / 2))
        self.pen.paragraph(
            field.of(self.language), tick[2] + 1.2, (tick[1] + tick[3]) / 2 + size * 0.12,
            width=frame[2] - tick[2] - 1.6, font=self.style.font, size=size,
        )  # fmt: skip
        return Spot(field, self.page, tick, option="X")

    def _radio(self, field: SourceField, inner: Box) -> list[Spot]:
        columns = field.columns or len(field.options)
        step = (inner[2] - inner[0]) / columns
        rows = -(-len(field.options) // columns)
        height = max(OPTION_STEP - 0.4, (inner[3] - inner[1] - 0.6) / rows)
        spots = []
        for number, option in enumerate(field.options):
            row, column = divmod(number, columns)
            x, middle = inner[0] + 1.2 + column * step, inner[1] + (row + 0.5) * height
            tick = self._tick(x, middle)
            size = self.style.label_size + 0.8
            room = step - self.style.tick_size - 2.6
            text = option.of(self.language)
            if len(wrapped(text, self.style.font, size, room)) > 1:
                size -= 1.2
            lines = wrapped(text, self.style.font, size, room)
            first = middle + size * 0.12 - (len(lines) - 1) * size * 0.21
            self.pen.paragraph(text, tick[2] + 1.0, first, width=room, font=self.style.font, size=size)
            spots.append(Spot(field, self.page, tick, option=option.id))
        return spots

    def _writing(self, field: SourceField, inner: Box) -> Spot:
        x0, y0, x1, y1 = inner
        if field.cells:
            return self._comb(field, inner)
        if self.style.box == "apart":
            box = (x0, y0, x1, y1)
            self.pen.box(
                box, line=self.style.line, fill=OFFICE_GREY if self._is_office(field) else None,
                radius=1.0 if self.style.tick == "round" else 0,
            )  # fmt: skip
        elif self.style.box == "line":
            if self._is_office(field):
                self.pen.box((x0, y0, x1, y1), line=0, fill=OFFICE_GREY)
            self._rules(inner)
        if field.kind == "signature" and self.style.box == "joined":
            self.pen.line(x0 + 3, y1 - 2.4, x1 - 3, y1 - 2.4, width=0.15)
        return Spot(field, self.page, (x0 + INSET, y0 + 0.2, x1 - INSET, y1 - INSET))

    def _rules(self, inner: Box) -> None:
        """Lines to write on: one, or several in a tall field."""
        x0, y0, x1, y1 = inner
        lines = max(1, int((y1 - y0) // 7.5))
        for number in range(lines):
            y = y1 - number * (y1 - y0) / lines
            self.pen.line(x0, y, x1, y, width=self.style.line)

    def _comb(self, field: SourceField, inner: Box) -> Spot:
        cells = field.cells or 1
        left = inner[0] + (1.4 if self.style.box == "joined" else 0)
        width = min(self.style.cell, (inner[2] - left - 1) / cells)
        bottom = inner[3] - (0.9 if self.style.box == "joined" else 0)
        top = max(inner[1], bottom - COMB_HEIGHT)
        box = (left, top, left + cells * width, bottom)
        if self.style.comb == "cells":
            self.pen.box(box, line=self.style.line, fill=OFFICE_GREY if self._is_office(field) else 1.0)
        else:
            self.pen.line(left, bottom, box[2], bottom, width=self.style.line)
        tall = top if self.style.comb == "cells" else bottom - 2.2
        for number in range(0 if self.style.comb == "teeth" else 1, cells + (1 if self.style.comb == "teeth" else 0)):
            x = left + number * width
            heavy = field.kind == "date" and cells == 8 and number in (2, 4)
            self.pen.line(x, (top if heavy else tall), x, bottom, width=self.style.line * (1.8 if heavy else 0.8))
        return Spot(field, self.page, box, cells=cells)
