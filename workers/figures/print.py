"""The monthly report as a PDF to print or annex: A4 on its side, each point on pages of its own, plots as vectors.

It says its language and title, has an outline, and its text stands in the order in which it is read. Tags it has none:
fpdf2 makes them for pictures only. Whoever listens to the report takes the web page, whose tables have headings.
"""

from collections.abc import Sequence
from io import BytesIO

from fpdf import FPDF, FontFace
from fpdf.enums import Align, TableBordersLayout, VAlign, XPos, YPos
from fpdf.prefs import ViewerPreferences

from workers.figures.report import MonthlyReport, Section
from workers.figures.tables import Table

_MARGIN_MM, _FOOT_MM = 14.0, 14.0
_PLOT_MM = 190.0
_BLUE, _SOFT, _LINE, _GROUND = (11, 79, 158), (82, 96, 110), (213, 219, 227), (242, 244, 247)
_MOST_WIDE = 60
"""Letters to which a column grows for the sake of its longest cell."""


class _Paper(FPDF):
    """A page with its number and the report's period at the foot."""

    def __init__(self, foot: str) -> None:
        super().__init__(orientation="landscape", format="A4")
        self._foot = foot
        self.core_fonts_encoding = "windows-1252"  # dashes and quotation marks besides the letters
        self.set_margins(_MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(True, _FOOT_MM + 4)

    def normalize_text(self, text: str) -> str:
        """Put a question mark for a letter that the font lacks; fpdf2 asks for every text."""
        known: str = super().normalize_text(text.encode("cp1252", "replace").decode("cp1252"))
        return known

    def footer(self) -> None:
        """Write the foot; fpdf2 calls it for every page."""
        self.set_y(-_FOOT_MM)
        self.set_font("helvetica", size=8)
        self.set_text_color(*_SOFT)
        self.cell(0, 5, f"{self._foot} · {self.page_no()}/{{nb}}", align=Align.R)


def pdf(report: MonthlyReport) -> bytes:
    """The whole report."""
    t = report.say.t
    paper = _Paper(f"Vireille · {t['title']} · {report.period}")
    paper.set_title(f"{t['title']} {report.period}")
    paper.set_lang(report.say.language)
    paper.viewer_preferences = ViewerPreferences(display_doc_title=True)
    paper.add_page()
    _heading(paper, t["title"], 20)
    _heading(paper, f"{', '.join(about.name for about in report.figures.points.values())}", 13)
    _line(paper, f"{report.period} · {t['made'].format(day=report.say.day(report.made))}", 11)
    _heading(paper, t["about"], 13)
    for note in report.notes():
        _line(paper, f"– {note}", 9.5)
    for section in report.sections():
        _section(paper, report, section)
    return bytes(paper.output())


def _section(paper: _Paper, report: MonthlyReport, section: Section) -> None:
    paper.add_page()
    paper.start_section(section.name)
    _heading(paper, section.name, 16)
    for part in section.parts:
        for number, plot in enumerate(part.plots):
            height = _PLOT_MM * _ratio(plot)
            if number == 0:
                _part(paper, part.title, height)
            paper.image(BytesIO(plot.encode()), x=Align.C, w=_PLOT_MM, h=height)
            paper.ln(3)
        if not part.plots:
            _part(paper, part.title, 30)
        for table in part.tables:
            _table(paper, report, table)


def _ratio(plot: str) -> float:
    """Height by width of an SVG of ours."""
    width, height = (float(plot.split(f' {name}="', 1)[1].split('"', 1)[0]) for name in ("width", "height"))
    return height / width


def _part(paper: _Paper, title: str, room: float) -> None:
    """A heading that stays with what follows."""
    if paper.will_page_break(room + 12):
        paper.add_page()
    _heading(paper, title, 13)


def _heading(paper: _Paper, text: str, points: float) -> None:
    paper.ln(1)
    paper.set_font("helvetica", "B", points)
    paper.set_text_color(*_BLUE)
    paper.multi_cell(0, points * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align=Align.L)
    paper.ln(1)


def _line(paper: _Paper, text: str, points: float) -> None:
    paper.set_font("helvetica", size=points)
    paper.set_text_color(0)
    paper.multi_cell(0, points * 0.45, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align=Align.L)
    paper.ln(0.8)


def _table(paper: _Paper, report: MonthlyReport, table: Table) -> None:
    rows = report.text_rows(table)
    if paper.will_page_break(28):
        paper.add_page()
    paper.set_font("helvetica", "B", 9.5)
    paper.set_text_color(0)
    paper.multi_cell(0, 6, table.title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_font("helvetica", size=8)
    if not rows:
        _line(paper, report.say.t["nothing"], 9)
        return
    text = [table.is_text(number) for number in range(len(table.columns))]
    paper.set_draw_color(*_LINE)
    with paper.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=_widths([table.columns, *rows]), v_align=VAlign.T,
        text_align=tuple(Align.L if is_text else Align.R for is_text in text),
        headings_style=FontFace(emphasis="BOLD", color=_SOFT, fill_color=_GROUND),
        line_height=4.2, padding=(0.6, 1.2),
    ) as drawn:  # fmt: skip
        for cells in ([*table.columns], *rows):
            row = drawn.row(style=FontFace(emphasis="BOLD") if cells[0] == report.say.t["total"] else None)
            for cell in cells:
                row.cell(cell)
    paper.ln(4)


def _widths(rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """How wide each column is beside the others: its longest word at least, up to its longest cell."""
    heads, *cells = rows
    words = [max(len(word) for row in rows for word in row[number].split() or [""]) for number in range(len(heads))]
    longest = [max((len(row[number]) for row in cells), default=0) for number in range(len(heads))]
    return tuple(max(word, min(_MOST_WIDE, long)) + 3 for word, long in zip(words, longest, strict=True))
