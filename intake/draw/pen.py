"""A pen on a page measured in millimetres from the top left, over reportlab's canvas."""

from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from intake.base.filing import Box
from intake.draw.styles import PAGE_HEIGHT


def wrapped(text: str, font: str, size: float, width_mm: float) -> list[str]:
    """`text` broken into lines that fit into `width_mm`."""
    return [str(line) for line in simpleSplit(text, font, size, width_mm * mm)]


def width_of(text: str, font: str, size: float) -> float:
    """The width of `text` in millimetres."""
    return float(stringWidth(text, font, size)) / float(mm)


class Pen:
    """Draws on the canvas's current page."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    def line(self, x0: float, y0: float, x1: float, y1: float, *, width: float = 0.25, grey: float = 0.0) -> None:
        """A straight line, `width` in millimetres."""
        self.canvas.setLineWidth(width * mm)
        self.canvas.setStrokeGray(grey)
        self.canvas.line(x0 * mm, (PAGE_HEIGHT - y0) * mm, x1 * mm, (PAGE_HEIGHT - y1) * mm)

    def box(self, box: Box, *, line: float = 0.25, fill: float | None = None, radius: float = 0) -> None:
        """A rectangle; `line` 0: no border; `fill`: grey inside."""
        x0, y0, x1, y1 = box
        self.canvas.setStrokeGray(0)
        self.canvas.setLineWidth(line * mm)
        if fill is not None:
            self.canvas.setFillGray(fill)
        place = (x0 * mm, (PAGE_HEIGHT - y1) * mm, (x1 - x0) * mm, (y1 - y0) * mm)
        drawn = {"stroke": int(line > 0), "fill": int(fill is not None)}
        if radius:
            self.canvas.roundRect(*place, radius * mm, **drawn)
        else:
            self.canvas.rect(*place, **drawn)

    def ring(self, box: Box, *, line: float = 0.25) -> None:
        """A circle inside `box`."""
        x0, y0, x1, y1 = box
        self.canvas.setStrokeGray(0)
        self.canvas.setLineWidth(line * mm)
        radius = min(x1 - x0, y1 - y0) / 2
        self.canvas.circle((x0 + x1) / 2 * mm, (PAGE_HEIGHT - (y0 + y1) / 2) * mm, radius * mm)

    def words(
        self, text: str, x: float, y: float, *, font: str = "Helvetica", size: float = 8, grey: float = 0.0
    ) -> Box:
        """One line of text with its baseline at `y`; returns the box it takes."""
        self.canvas.setFillGray(grey)
        self.canvas.setFont(font, size)
        self.canvas.drawString(x * mm, (PAGE_HEIGHT - y) * mm, text)
        return (x, y - size * 0.27, x + width_of(text, font, size), y + size * 0.08)

    def words_right(self, text: str, x: float, y: float, *, font: str = "Helvetica", size: float = 8) -> Box:
        """One line of text that ends at `x`; returns the box it takes."""
        return self.words(text, x - width_of(text, font, size), y, font=font, size=size)

    def paragraph(
        self, text: str, x: float, y: float, *, width: float, font: str = "Helvetica", size: float = 8
    ) -> float:
        """Wrapped text with its first baseline at `y`; returns the baseline after the last line."""
        for line in wrapped(text, font, size, width):
            self.words(line, x, y, font=font, size=size)
            y += size * 0.42
        return y
