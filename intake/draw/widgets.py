"""The fillable part of a blank: AcroForm fields written with pypdf, each in its printed place.

Promises: same input, same bytes; fields carry their keys as names, radio buttons their options as states, combs their
cells as MaxLen, signatures are real signature fields; nothing is drawn over the printed form while it is empty.
"""

import io
from collections.abc import Sequence
from typing import cast

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from intake.base.filing import Box
from intake.draw.boxes import Spot
from intake.draw.styles import PAGE_HEIGHT

POINTS = 72 / 25.4
_MULTILINE, _RADIO, _COMB, _NO_TOGGLE_OFF = 1 << 12, 1 << 15, 1 << 24, 1 << 14
_PRINT = 4
MULTILINE_MM = 15.0


def add_widgets(printed: bytes, spots: Sequence[Spot], *, labels: dict[str, str]) -> bytes:
    """The printed form with a widget at every spot; `labels`: tooltip for each key."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(printed)))
    kids: list[IndirectObject] = []
    groups: dict[str, list[Spot]] = {}
    for spot in spots:
        groups.setdefault(spot.field.key, []).append(spot)
    for key, places in groups.items():
        kids.append(_field(writer, key, places, labels[key]))
    form = DictionaryObject()
    form[NameObject("/Fields")] = ArrayObject(kids)
    form[NameObject("/DA")] = TextStringObject("/Helv 0 Tf 0 g")
    form[NameObject("/DR")] = _resources(writer)
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(form)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _resources(writer: PdfWriter) -> DictionaryObject:
    helvetica = DictionaryObject()
    for name, value in (("/Type", "/Font"), ("/Subtype", "/Type1"), ("/BaseFont", "/Helvetica")):
        helvetica[NameObject(name)] = NameObject(value)
    helvetica[NameObject("/Encoding")] = NameObject("/WinAnsiEncoding")
    fonts = DictionaryObject()
    fonts[NameObject("/Helv")] = writer._add_object(helvetica)
    resources = DictionaryObject()
    resources[NameObject("/Font")] = fonts
    return resources


def _field(writer: PdfWriter, key: str, places: list[Spot], label: str) -> IndirectObject:
    field = DictionaryObject()
    field[NameObject("/T")] = TextStringObject(key)
    field[NameObject("/TU")] = TextStringObject(label)
    kind = places[0].field.kind
    if kind == "signature":
        field[NameObject("/FT")] = NameObject("/Sig")
    elif kind in ("check", "radio"):
        field[NameObject("/FT")] = NameObject("/Btn")
        field[NameObject("/V")] = NameObject("/Off")
        field[NameObject("/Ff")] = NumberObject(_RADIO | _NO_TOGGLE_OFF if kind == "radio" else 0)
    else:
        _text(field, places[0])
    if len(places) == 1 and kind != "radio":
        _widget(writer, field, places[0])
        reference = writer._add_object(field)
        _on_page(writer, places[0].page, reference)
        return reference
    parent = writer._add_object(field)
    children = ArrayObject()
    for place in places:
        kid = DictionaryObject()
        kid[NameObject("/Parent")] = parent
        _widget(writer, kid, place)
        reference = writer._add_object(kid)
        _on_page(writer, place.page, reference)
        children.append(reference)
    field[NameObject("/Kids")] = children
    return parent


def _text(field: DictionaryObject, place: Spot) -> None:
    field[NameObject("/FT")] = NameObject("/Tx")
    field[NameObject("/DA")] = TextStringObject("/Helv 10 Tf 0 g")
    if place.cells:
        field[NameObject("/MaxLen")] = NumberObject(place.cells)
        field[NameObject("/Ff")] = NumberObject(_COMB)
    elif place.box[3] - place.box[1] > MULTILINE_MM:
        field[NameObject("/Ff")] = NumberObject(_MULTILINE)


def _widget(writer: PdfWriter, widget: DictionaryObject, place: Spot) -> None:
    x0, y0, x1, y1 = place.box
    corners = (x0, PAGE_HEIGHT - y1, x1, PAGE_HEIGHT - y0)
    widget[NameObject("/Type")] = NameObject("/Annot")
    widget[NameObject("/Subtype")] = NameObject("/Widget")
    widget[NameObject("/Rect")] = ArrayObject(FloatObject(round(value * POINTS, 3)) for value in corners)
    widget[NameObject("/F")] = NumberObject(_PRINT)
    widget[NameObject("/P")] = writer.pages[place.page - 1].indirect_reference
    if place.option is not None:
        state = DictionaryObject()
        state[NameObject(f"/{place.option}")] = _appearance(writer, place.box, cross=True)
        state[NameObject("/Off")] = _appearance(writer, place.box, cross=False)
        faces = DictionaryObject()
        faces[NameObject("/N")] = state
        widget[NameObject("/AP")] = faces
        widget[NameObject("/AS")] = NameObject("/Off")


def _appearance(writer: PdfWriter, box: Box, *, cross: bool) -> IndirectObject:
    width, height = (box[2] - box[0]) * POINTS, (box[3] - box[1]) * POINTS
    stream = StreamObject()
    drawing = f"1.4 w 1 1 m {width - 1:.2f} {height - 1:.2f} l 1 {height - 1:.2f} m {width - 1:.2f} 1 l S"
    stream.set_data(drawing.encode() if cross else b"")
    stream[NameObject("/Type")] = NameObject("/XObject")
    stream[NameObject("/Subtype")] = NameObject("/Form")
    stream[NameObject("/BBox")] = ArrayObject(FloatObject(round(value, 3)) for value in (0, 0, width, height))
    return writer._add_object(stream)


def _on_page(writer: PdfWriter, page: int, reference: IndirectObject) -> None:
    sheet = writer.pages[page - 1]
    if "/Annots" not in sheet:
        sheet[NameObject("/Annots")] = ArrayObject()
    cast("ArrayObject", sheet["/Annots"]).append(reference)
