"""What else is in a PDF: things that would like to act (C-06), signatures (C-07), and the values typed into a form."""

from collections.abc import Iterator, Sequence

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, PdfObject

from intake.jail.inside.opened import Unfit
from intake.jail.inside.pdf_objects import (
    array_at,
    dictionaries,
    dictionary_at,
    inherited,
    name_at,
    name_of,
    number_at,
    text_of,
    value_at,
    with_parents,
)
from intake.jail.protocol import MAX_TYPED

_MOST_ACTIONS = 50
_MOST_WIDGETS = 5000
_SIGNATURES_EXIST = 1
_PUSH_BUTTON = 1 << 16
_ACTIONS = {"/JavaScript": "javascript", "/Launch": "launch_action"}


def notes_of(reader: PdfReader, pages: Sequence[DictionaryObject]) -> set[str]:
    """Codes of `frames.NOTES` for what the catalogue, the pages and their annotations hold."""
    root = reader.root_object
    names, form = dictionary_at(root, "/Names"), dictionary_at(root, "/AcroForm")
    notes: set[str] = set()
    if "/JavaScript" in names:
        notes.add("javascript")
    if "/EmbeddedFiles" in names or "/AF" in root:
        notes.add("embedded_files")
    if number_at(form, "/SigFlags", 0) & _SIGNATURES_EXIST or "/Perms" in root:
        notes.add("signed")
    if "/XFA" in form:
        notes.add("xfa")
    notes |= _action_notes(root)
    for page in pages:
        notes |= _action_notes(page)
        for annotation in _annotations(page):
            notes |= _action_notes(annotation)
            if name_at(annotation, "/Subtype") == "/FileAttachment":
                notes.add("embedded_files")
            if name_of(inherited(annotation, "/FT")) == "/Sig" and inherited(annotation, "/V") is not None:
                notes.add("signed")
    return notes


def _annotations(page: DictionaryObject) -> Iterator[DictionaryObject]:
    for number, annotation in enumerate(dictionaries(array_at(page, "/Annots"))):
        if number == _MOST_WIDGETS:
            raise Unfit("too_large")  # what is left out would be missed by nobody
        yield annotation


def _action_notes(holder: DictionaryObject) -> set[str]:
    """Notes for the actions that hang on a catalogue, page or annotation, followed through their chains."""
    waiting: list[PdfObject | None] = [value_at(holder, "/OpenAction"), value_at(holder, "/A")]
    triggers = dictionary_at(holder, "/AA")
    waiting += [value_at(triggers, key) for key in list(triggers)[:_MOST_ACTIONS]]
    notes: set[str] = set()
    for _ in range(_MOST_ACTIONS):
        if not waiting:
            break
        action = waiting.pop()
        if isinstance(action, ArrayObject):
            waiting += dictionaries(action)
        elif isinstance(action, DictionaryObject):
            notes |= {_ACTIONS[kind] for kind in (name_at(action, "/S"),) if kind in _ACTIONS}
            waiting.append(value_at(action, "/Next"))
    return notes


def typed_values(page: DictionaryObject) -> tuple[tuple[str, str], ...]:
    """(full field name, value) of the filled widgets on a page; for ticks and radios the state that is on."""
    values: list[tuple[str, str]] = []
    for widget in _annotations(page):
        if name_at(widget, "/Subtype") != "/Widget":
            continue
        value = _value(widget)
        name = _full_name(widget)
        if value and name:
            values.append((name, value))
    if len(values) > MAX_TYPED:
        raise Unfit("too_large")
    return tuple(values)


def _full_name(widget: DictionaryObject) -> str:
    parts = [text_of(value_at(node, "/T")) for node in with_parents(widget)]
    return ".".join(reversed([part for part in parts if part]))


def _value(widget: DictionaryObject) -> str | None:
    kind = name_of(inherited(widget, "/FT"))
    if kind == "/Btn":
        flags = inherited(widget, "/Ff")
        state = name_at(widget, "/AS").removeprefix("/")
        is_push = isinstance(flags, int) and bool(flags & _PUSH_BUTTON)
        return None if is_push or state == "Off" else state
    if kind not in ("/Tx", "/Ch"):
        return None
    value = inherited(widget, "/V")
    if isinstance(value, ArrayObject):
        return ", ".join(text for text in (text_of(item.get_object()) for item in value) if text)
    return text_of(value)
