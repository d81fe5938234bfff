"""Fields from a PDF's own form (AcroForm): names, kinds, options, comb cells, places.

Promises: a name on several places is one field; buttons of one name with different values are one choice; what a
person cannot see on the printed page (hidden, without size, off the page) is left out. Widgets are found from the
pages, not from the form's tree: broken trees are common, and only what lies on a page can be filled in on paper.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pypdf import PageObject
from pypdf.generic import DictionaryObject, IndirectObject, NumberObject, StreamObject

from intake.adding.blank import Blank
from intake.adding.page_space import PageSpace
from intake.forms.model import FieldKind, Place

_HIDDEN, _PRINT, _NO_VIEW = 1 << 1, 1 << 2, 1 << 5
_REQUIRED = 1 << 1
_MULTILINE, _PASSWORD, _RADIO, _PUSHBUTTON, _FILE, _COMB = 1 << 12, 1 << 13, 1 << 15, 1 << 16, 1 << 20, 1 << 24
_DEEPEST = 50
_MOST_CELLS = 200


@dataclass(slots=True)
class Found:
    """One field as the PDF has it, before it is named and labelled for people."""

    key: str
    kind: FieldKind
    places: list[Place] = field(default_factory=list)
    tooltip: str = ""
    label: str = ""
    """The printed words that name it, where whoever found it knows better than its nearness tells."""
    scripts: str = ""
    required: bool = False
    drawn: bool = False
    """Found from the print on the page: in a text field of the PDF's own form people type, also their names."""


@dataclass(frozen=True, slots=True)
class _Widget:
    """One spot of a field: the annotation and its ancestors, itself first."""

    chain: tuple[DictionaryObject, ...]

    def get(self, name: str) -> object:
        """An inheritable attribute."""
        for part in self.chain:
            value = part.get(name)
            if value is not None:
                return value.get_object() if isinstance(value, IndirectObject) else value
        return None

    @property
    def flags(self) -> int:
        value = self.get("/Ff")
        return int(value) if isinstance(value, NumberObject | int) else 0

    @property
    def name(self) -> str:
        """The full name: the partial names from the root, joined by dots."""
        return ".".join(str(part["/T"]) for part in reversed(self.chain) if "/T" in part)

    @property
    def on_state(self) -> str | None:
        """The name that stands for "ticked": the one appearance that is not Off."""
        looks = self.chain[0].get("/AP")
        normal = looks.get_object().get("/N") if looks is not None else None
        states = normal.get_object() if normal is not None else None
        if isinstance(states, DictionaryObject) and not isinstance(states, StreamObject):
            for state in states:
                if state != "/Off":
                    return str(state).removeprefix("/")
        return None


def widget_fields(blank: Blank) -> tuple[list[Found], list[str]]:
    """All fields of the form in page order, and notes on what was left out."""
    fields: dict[str, Found] = {}
    unseen = unnamed = 0
    for number, (page, space) in enumerate(zip(blank.reader.pages, blank.spaces, strict=True), start=1):
        for widget in _widgets(page):
            kind = _kind(widget)
            if kind is None:
                continue
            box = _box(widget, space)
            if box is None:
                unseen += 1
                continue
            name = widget.name
            if not name:
                unnamed += 1
                name = f"p{number}_unnamed{unnamed:02d}"
            found = fields.setdefault(name, Found(name, kind))
            _describe(found, widget)
            found.places.append(_place(widget, found.kind, number, box))
    for found in fields.values():
        _settle_choice(found)
    notes = [f"{unseen} widgets are hidden, without size or off the page and were left out"] if unseen else []
    if unnamed:
        notes.append(f"{unnamed} widgets have no name; they were given one")
    return list(fields.values()), notes


def _widgets(page: PageObject) -> Iterator[_Widget]:
    annotations = page.get("/Annots")
    listed = annotations.get_object() if annotations is not None else None
    seen: set[int] = set()
    for reference in listed if isinstance(listed, list) else ():
        annotation = reference.get_object()
        if not isinstance(annotation, DictionaryObject) or annotation.get("/Subtype") != "/Widget":
            continue
        if id(annotation) not in seen:  # some writers list one widget twice
            seen.add(id(annotation))
            yield _Widget(_chain(annotation))


def _chain(annotation: DictionaryObject) -> tuple[DictionaryObject, ...]:
    chain, part = [annotation], annotation
    for _ in range(_DEEPEST):  # a parent may point back to its child
        parent = part.get("/Parent")
        above = parent.get_object() if parent is not None else None
        if not isinstance(above, DictionaryObject) or any(above is known for known in chain):
            break
        chain.append(above)
        part = above
    return tuple(chain)


def _kind(widget: _Widget) -> FieldKind | None:
    """None for a push button and for what is no field."""
    sort, flags = widget.get("/FT"), widget.flags
    if sort == "/Sig":
        return "signature"
    if sort == "/Btn":
        if flags & _PUSHBUTTON:
            return None
        return "radio" if flags & _RADIO else "check"
    if sort == "/Tx":
        comb = flags & _COMB and not flags & (_MULTILINE | _PASSWORD | _FILE) and _cells(widget)
        return "comb" if comb else "text"
    return "text" if sort == "/Ch" else None


def _cells(widget: _Widget) -> int | None:
    most = widget.get("/MaxLen")
    return int(most) if isinstance(most, NumberObject | int) and 0 < int(most) <= _MOST_CELLS else None


def _box(widget: _Widget, space: PageSpace) -> tuple[float, float, float, float] | None:
    flags = widget.chain[0].get("/F", 0)
    flags = int(flags) if isinstance(flags, NumberObject | int) else 0
    if flags & _HIDDEN or (flags & _NO_VIEW and not flags & _PRINT):
        return None
    rectangle = widget.chain[0].get("/Rect")
    sides = rectangle.get_object() if rectangle is not None else None
    if not isinstance(sides, list) or len(sides) != 4:
        return None
    x0, y0, x1, y1 = (float(side) for side in sides)
    return space.clipped_mm((x0, y0, x1, y1))


def _place(widget: _Widget, kind: FieldKind, page: int, box: tuple[float, float, float, float]) -> Place:
    return Place(
        page=page,
        box_mm=box,
        option=widget.on_state if kind in ("check", "radio") else None,
        cells=_cells(widget) if kind == "comb" else None,
    )


def _describe(found: Found, widget: _Widget) -> None:
    tooltip = widget.get("/TU")
    if not found.tooltip and isinstance(tooltip, str):
        found.tooltip = " ".join(tooltip.split())[:300]
    found.required = found.required or bool(widget.flags & _REQUIRED)
    actions = widget.get("/AA")
    for event in ("/F", "/K", "/C") if isinstance(actions, DictionaryObject) else ():
        action = actions.get(event) if isinstance(actions, DictionaryObject) else None
        script = action.get_object().get("/JS") if action is not None else None
        script = script.get_object() if script is not None else None
        text = script.get_data().decode("latin-1") if isinstance(script, StreamObject) else script
        if isinstance(text, str):
            found.scripts += text[:2000] + "\n"


def _settle_choice(found: Found) -> None:
    """Tick boxes of one name with different values are one choice; a lone tick box stands for nothing but itself."""
    if found.kind not in ("check", "radio"):
        return
    options = {place.option for place in found.places}
    if found.kind == "check" and len(options) > 1:
        found.kind = "radio"
    if found.kind == "check":
        found.places = [place.model_copy(update={"option": None}) for place in found.places]
    else:
        found.places = [
            place if place.option else place.model_copy(update={"option": str(number)})
            for number, place in enumerate(found.places, start=1)
        ]
