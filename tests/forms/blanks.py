"""Small blank forms made for tests: printed words by reportlab, form fields by pypdf, every oddity on demand."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from reportlab.pdfgen.canvas import Canvas

A4 = (595.276, 841.89)
MM = 72 / 25.4
Words = tuple[float, float, float, str]
"""x and baseline in mm from the top left, size in points, text."""


@dataclass
class Widget:
    """One spot of a field; `box` in mm from the top left of the media box."""

    name: str
    box: tuple[float, float, float, float]
    sort: str = "/Tx"
    on: str | None = None
    flags: int = 0
    shown: int = 4
    more: dict[str, object] = field(default_factory=dict)


def printed(path: Path, pages: list[list[Words]], *, draw=None, size: tuple[float, float] = A4) -> Path:
    """A PDF with words on its pages and whatever `draw(canvas, page number)` draws."""
    canvas = Canvas(str(path), pagesize=size, invariant=1)
    for number, words in enumerate(pages, start=1):
        for x, y, points, text in words:
            canvas.setFont("Helvetica", points)
            canvas.drawString(x * MM, size[1] - y * MM, text)
        if draw is not None:
            draw(canvas, number)
        canvas.showPage()
    canvas.save()
    return path


def fillable(path: Path, pages: list[list[Words]], widgets: list[list[Widget]], *, draw=None, extra=None) -> Path:
    """The same with a form of its own. Widgets of one name are children of one field; `extra` adds to the form."""
    printed(path, pages, draw=draw)
    writer = PdfWriter(clone_from=PdfReader(BytesIO(path.read_bytes())))
    parents: dict[str, DictionaryObject] = {}
    roots = ArrayObject()
    for page, on_page in zip(writer.pages, widgets, strict=True):
        annotations = ArrayObject()
        for widget in on_page:
            if widget.name not in parents:
                parents[widget.name] = _field(writer, widget, roots)
            reference = writer._add_object(_annotation(widget, parents[widget.name], float(page.mediabox.height)))
            parents[widget.name]["/Kids"].append(reference)
            annotations.append(reference)
        page[NameObject("/Annots")] = annotations
    form = DictionaryObject({NameObject("/Fields"): roots})
    form.update({NameObject(key): value for key, value in (extra or {}).items()})
    writer._root_object[NameObject("/AcroForm")] = form
    writer.write(path)
    return path


def _field(writer: PdfWriter, widget: Widget, roots: ArrayObject) -> DictionaryObject:
    """The field itself, under a parent for each part of a dotted name."""
    *above, last = widget.name.split(".")
    made = DictionaryObject(
        {
            NameObject("/T"): TextStringObject(last),
            NameObject("/FT"): NameObject(widget.sort),
            NameObject("/Ff"): NumberObject(widget.flags),
            NameObject("/Kids"): ArrayObject(),
        }
    )
    for key, value in widget.more.items():
        made[NameObject(key)] = NumberObject(value) if isinstance(value, int) else TextStringObject(value)
    reference = writer._add_object(made)
    child, child_reference = made, reference
    for name in reversed(above):
        parent = DictionaryObject(
            {NameObject("/T"): TextStringObject(name), NameObject("/Kids"): ArrayObject([child_reference])}
        )
        parent_reference = writer._add_object(parent)
        child[NameObject("/Parent")] = parent_reference
        child, child_reference = parent, parent_reference
    roots.append(child_reference)
    return made


def _annotation(widget: Widget, parent: DictionaryObject, height: float) -> DictionaryObject:
    x0, y0, x1, y1 = widget.box
    made = DictionaryObject(
        {
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/Parent"): parent.indirect_reference,
            NameObject("/F"): NumberObject(widget.shown),
            NameObject("/Rect"): ArrayObject(
                [
                    FloatObject(x0 * MM),
                    FloatObject(height - y1 * MM),
                    FloatObject(x1 * MM),
                    FloatObject(height - y0 * MM),
                ]
            ),
        }
    )
    if widget.on is not None:
        states = DictionaryObject({NameObject(f"/{widget.on}"): StreamObject(), NameObject("/Off"): StreamObject()})
        made[NameObject("/AP")] = DictionaryObject({NameObject("/N"): states})
    return made


def changed(path: Path, change) -> Path:
    """The PDF after `change(writer)`."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(path.read_bytes())))
    change(writer)
    writer.write(path)
    return path


APPLICATION: list[list[Words]] = [
    [
        (20, 20, 18, "Matkakorvaushakemus"),
        (180, 15, 9, "SV 4"),
        (20, 40, 9, "Henkilötunnus"),
        (20, 55, 9, "Hakijan nimi ja osoite, jos se on muuttunut"),
        (20, 290, 8, "SV 4 09.09"),
        (180, 290, 8, "Sivu 1 (2)"),
    ],
    [(20, 40, 9, "Päiväys ja allekirjoitus"), (20, 290, 8, "SV 4 09.09"), (180, 290, 8, "Sivu 2 (2)")],
]
FIELDS = [
    [
        Widget("hakija.hetu", (50, 35, 105, 42), flags=1 << 24, more={"/MaxLen": 11, "/TU": "Henkilötunnus"}),
        Widget("hakija.nimi", (20, 57, 120, 64), flags=2),
        Widget("aihe", (20, 70, 24, 74), "/Btn", on="sairaus", flags=1 << 15),
        Widget("aihe", (60, 70, 64, 74), "/Btn", on="kuntoutus", flags=1 << 15),
        Widget("saattaja", (20, 80, 24, 84), "/Btn", on="Yes"),
        Widget("tulosta", (150, 80, 180, 90), "/Btn", flags=1 << 16),
    ],
    [
        Widget("hakija.hetu", (50, 15, 105, 22), flags=1 << 24),
        Widget("allekirjoitus", (20, 45, 120, 60), "/Sig"),
    ],
]
TRUE = BooleanObject(True)
