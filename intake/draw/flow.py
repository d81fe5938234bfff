"""Lays out a page: sections flow down the page, rows share its width.

Promises that the Finnish and the Swedish edition share one geometry: every height is the larger of the two
languages' needs. Rows of a page with room to spare are stretched a little.
"""

from dataclasses import dataclass
from typing import Literal

from intake.base.errors import WrongUse
from intake.draw.pen import wrapped
from intake.draw.source import LANGUAGES, Pair, Section, Source, SourceField, pages_of
from intake.draw.styles import Style

LARGEST_STRETCH = 1.4
NOTE_POINTS = 7.2
OPTION_STEP = 5.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A field's share of a row."""

    field: SourceField
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Strip:
    """A horizontal piece of a page."""

    kind: Literal["title", "note", "row"]
    section: Section
    y0: float
    y1: float
    cells: tuple[Cell, ...] = ()
    first_of_repeat: bool = True
    """For a row that repeats the one above: False, and its labels are not printed again."""


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: Literal["title", "note", "row"]
    section: Section
    height: float
    gap: float = 0.0
    row: tuple[SourceField, ...] = ()
    first: bool = True


def lines_of(text: Pair, font: str, size: float, width: float) -> int:
    """The number of lines that the longer of the two languages takes."""
    return max(len(wrapped(text.of(language), font, size, width)) for language in LANGUAGES)


def label_height(field: SourceField, style: Style, width: float) -> float:
    """Room above the writing for the field's label."""
    if not (field.fi or field.sv):
        return 0.8
    return 0.9 + lines_of(field, style.font, style.label_size, width - 2) * style.label_size * 0.4


def option_rows(field: SourceField) -> int:
    """The number of lines that the options of a radio group take."""
    columns = field.columns or len(field.options)
    return -(-len(field.options) // columns)


def _natural(field: SourceField, style: Style, width: float) -> float:
    if field.h is not None:
        return field.h
    label = label_height(field, style, width)
    if field.kind == "check" or not field.key:
        room = width - style.tick_size - 3
        return max(6.0, 2.4 + lines_of(field, style.font, style.label_size + 1, room) * (style.label_size + 1) * 0.4)
    if field.kind == "radio":
        return label + 1.2 + option_rows(field) * OPTION_STEP
    if field.kind == "signature":
        return label + 12
    return max(style.row, label + 6.4)


def split(row: tuple[SourceField, ...], style: Style) -> tuple[Cell, ...]:
    """The cells of a row."""
    left, total = style.fields_left, sum(field.w for field in row)
    cells = []
    for field in row:
        right = left + (style.right - style.fields_left) * field.w / total
        cells.append(Cell(field, left, right))
        left = right
    return tuple(cells)


def _pieces(section: Section, style: Style) -> list[_Piece]:
    width = style.right - style.fields_left
    pieces = []
    if section.fi:
        pieces.append(_Piece("title", section, style.title_height, gap=style.gap))
    if section.note.fi:
        lines = lines_of(section.note, style.font, NOTE_POINTS, width - 2)
        pieces.append(_Piece("note", section, lines * NOTE_POINTS * 0.42 + 1.6))
    first_repeated = len(section.rows) - section.repeat + 1
    for number, row in enumerate(section.rows):
        first = number < first_repeated
        heights = [_natural(cell.field, style, cell.x1 - cell.x0) for cell in split(row, style)]
        height = max(heights) if first else max(7.0, max(field.h or 0 for field in row))
        pieces.append(_Piece("row", section, height, row=row, first=first))
    return pieces


def lay_out(source: Source, edition: str, style: Style) -> tuple[tuple[Strip, ...], ...]:
    """The strips of each page. Raises WrongUse where a page holds more than fits."""
    pages = []
    for number, sections in enumerate(pages_of(source, edition), start=1):
        pieces = [piece for section in sections for piece in _pieces(section, style)]
        top = style.top if number == 1 else style.top_next
        rows = sum(piece.height for piece in pieces if piece.kind == "row")
        rest = sum(piece.height + piece.gap for piece in pieces) - rows
        spare = style.bottom - top - rest
        if rows > spare + 0.01:
            raise WrongUse(f"{source.form} {edition} page {number}: {rows - spare:.1f} mm too much; move a section")
        stretch = min(LARGEST_STRETCH, spare / rows) if rows else 1.0
        strips, y = [], top
        for piece in pieces:
            y += piece.gap
            height = piece.height * (stretch if piece.kind == "row" else 1.0)
            cells = split(piece.row, style)
            strips.append(Strip(piece.kind, piece.section, y, y + height, cells, piece.first))
            y += height
        pages.append(tuple(strips))
    return tuple(pages)
