"""The style of each authority's forms: measures in millimetres, sizes in points, greys from 0 (black) to 1."""

from dataclasses import dataclass
from typing import Literal

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0


@dataclass(frozen=True, slots=True)
class Style:
    """The measures one authority's forms share."""

    left: float
    right: float
    """Where the columns of fields begin and end."""
    top: float
    """Where the first section of page 1 begins, below the head."""
    top_next: float
    bottom: float
    font: str
    bold: str
    title: Literal["bar", "grey", "rule", "column", "frame", "plain"]
    """How a section is headed; `column`: its name stands in a column at the left."""
    title_height: float
    gap: float
    """Above each section."""
    box: Literal["joined", "apart", "line"]
    """Fields as a grid, as boxes under their labels, or as lines to write on."""
    label_size: float
    row: float
    """Height of an ordinary row."""
    comb: Literal["cells", "teeth"]
    cell: float
    """Widest cell of a comb."""
    tick: Literal["square", "round"]
    tick_size: float
    line: float
    """Width of rules in millimetres."""
    column: float = 0.0
    """Width of the left column of section names."""

    @property
    def fields_left(self) -> float:
        """The left edge of the fields."""
        return self.left + self.column


STYLES: dict[str, Style] = {
    "kela": Style(
        left=16, right=196, top=58, top_next=27, bottom=275, font="Helvetica", bold="Helvetica-Bold",
        title="rule", title_height=7.0, gap=2.6, box="joined", label_size=6.6, row=9.6, comb="teeth", cell=5.2,
        tick="square", tick_size=3.4, line=0.22,
    ),
    "vero": Style(
        left=13, right=199, top=58, top_next=30, bottom=277, font="Helvetica", bold="Helvetica-Bold",
        title="bar", title_height=6.0, gap=2.4, box="apart", label_size=6.4, row=10.4, comb="cells", cell=5.0,
        tick="square", tick_size=4.0, line=0.3,
    ),
    "te": Style(
        left=14, right=198, top=47, top_next=24, bottom=278, font="Helvetica", bold="Helvetica-Bold",
        title="column", title_height=0.0, gap=1.6, box="joined", label_size=6.8, row=10.0, comb="cells", cell=4.8,
        tick="square", tick_size=3.2, line=0.18, column=40,
    ),
    "maistraatti": Style(
        left=20, right=192, top=58, top_next=28, bottom=274, font="Times-Roman", bold="Times-Bold",
        title="grey", title_height=6.4, gap=3.2, box="line", label_size=7.6, row=11.0, comb="teeth", cell=5.0,
        tick="square", tick_size=3.6, line=0.25,
    ),
    "poliisi": Style(
        left=17, right=195, top=46, top_next=30, bottom=276, font="Helvetica", bold="Helvetica-Bold",
        title="frame", title_height=6.6, gap=3.0, box="apart", label_size=7.0, row=11.4, comb="cells", cell=5.0,
        tick="round", tick_size=3.8, line=0.4,
    ),
    "ara": Style(
        left=15, right=200, top=54, top_next=22, bottom=280, font="Helvetica", bold="Helvetica-Bold",
        title="plain", title_height=5.2, gap=1.2, box="joined", label_size=6.0, row=8.8, comb="cells", cell=4.6,
        tick="square", tick_size=3.0, line=0.35,
    ),
    "kunta": Style(
        left=20, right=190, top=60, top_next=28, bottom=276, font="Helvetica", bold="Helvetica-Bold",
        title="plain", title_height=7.4, gap=3.0, box="line", label_size=7.4, row=10.4, comb="cells", cell=5.0,
        tick="square", tick_size=3.6, line=0.25,
    ),
    "ytj": Style(
        left=14, right=198, top=62, top_next=26, bottom=278, font="Helvetica", bold="Helvetica-Bold",
        title="grey", title_height=5.6, gap=2.0, box="joined", label_size=6.4, row=9.8, comb="cells", cell=5.0,
        tick="square", tick_size=3.6, line=0.3,
    ),
}  # fmt: skip
