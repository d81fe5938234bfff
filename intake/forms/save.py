"""Write a definition as TOML that a person likes to edit: what is usual is left out, one field a paragraph.

Promises: `load` of what `save` wrote gives the same definition, down to every number.
"""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from intake.base import durable
from intake.base.filing import Box
from intake.forms.model import Definition, Field, Mark, Place, Rule

SUFFIX, BLANK_SUFFIX, FACE_SUFFIX = ".toml", ".pdf", ".face"
_MODE, _FOLDER_MODE = 0o644, 0o755
_HEAD = "# A form's definition; intake/forms/LANGUAGE.md says what each key means."


def paths_in(into: Path, form: str, edition: str, language: str) -> tuple[Path, Path, Path]:
    """The paths of definition, blank and face of this edition under `into`."""
    stem = f"{edition}.{language}"
    folder = into / form
    return folder / (stem + SUFFIX), folder / (stem + BLANK_SUFFIX), folder / (stem + FACE_SUFFIX)


def save(definition: Definition, into: Path, *, blank: bytes | None = None, face: bytes | None = None) -> Definition:
    """Write `<into>/<form>/<edition>.<language>.toml`, after its blank and face where given; returns it with its paths.

    The definition comes last: a reader never finds one without its companions. Raises DiskFull, Denied or Away.
    """
    toml, pdf, faces = paths_in(into.absolute(), definition.form, definition.edition, definition.language)
    durable.make_folder(toml.parent, _FOLDER_MODE)
    for path, content in ((pdf, blank), (faces, face)):
        if content is not None:
            durable.write(path, content, mode=_MODE)
    durable.write(toml, to_toml(definition).encode(), mode=_MODE)
    return definition.model_copy(update={"definition": toml, "blank": pdf, "face": faces})


def to_toml(definition: Definition) -> str:
    """The definition as TOML text, ending in a newline."""
    parts = ["\n".join([_HEAD, *_head(definition)])]
    parts += ["\n".join(["[[fields]]", *_field(field)]) for field in definition.fields]
    parts += ["\n".join(["[[rules]]", *_rule(rule)]) for rule in definition.rules]
    return "\n\n".join(parts) + "\n"


def _head(definition: Definition) -> list[str]:
    lines = [f"{name} = {_text(getattr(definition, name))}" for name in ("provider", "form", "edition", "language")]
    lines += _dates(definition.valid_from, definition.valid_until)
    if definition.replica:
        lines.append("replica = true")
    if definition.titles:
        lines.append(f"titles = {_texts(definition.titles)}")
    if definition.eservice is not None:
        eservice = definition.eservice
        names = f", names = {_texts(eservice.names)}" if eservice.names else ""
        lines.append(f"eservice = {{ name = {_text(eservice.name)}, url = {_text(eservice.url)}{names} }}")
    lines += _list(
        "pages", [f"{{ width_mm = {page.width_mm!r}, height_mm = {page.height_mm!r} }}" for page in definition.pages]
    )
    return lines + (_list("marks", [_mark(mark) for mark in definition.marks]) if definition.marks else [])


def _mark(mark: Mark) -> str:
    return (
        f"{{ kind = {_text(mark.kind)}, text = {_text(mark.text)}, page = {mark.page}, box_mm = {_box(mark.box_mm)} }}"
    )


def _field(field: Field) -> list[str]:
    lines = [f"key = {_text(field.key)}", f"kind = {_text(field.kind)}"]
    if field.value is not None:
        lines.append(f"value = {_text(field.value)}")
    if field.role is not None:
        lines.append(f"role = {_text(field.role)}")
    if field.labels:
        lines.append(f"labels = {_texts(field.labels)}")
    if field.required:
        lines.append("required = true")
    if field.basis != "assumption":
        lines.append(f"basis = {_text(field.basis)}")
    if field.office:
        lines.append("office = true")
    return lines + _list("places", [_place(place) for place in field.places])


def _place(place: Place) -> str:
    parts = [f"page = {place.page}", f"box_mm = {_box(place.box_mm)}"]
    if place.option is not None:
        parts.append(f"option = {_text(place.option)}")
    if place.labels:
        parts.append(f"labels = {_texts(place.labels)}")
    if place.cells is not None:
        parts.append(f"cells = {place.cells}")
    return f"{{ {', '.join(parts)} }}"


def _rule(rule: Rule) -> list[str]:
    lines = [f"id = {_text(rule.id)}", f"kind = {_text(rule.kind)}"]
    if rule.when is not None:
        lines.append(f"when = {_text(rule.when)}")
    if rule.fields:
        lines.append(f"fields = [{', '.join(_text(key) for key in rule.fields)}]")
    if rule.attachment is not None:
        lines.append(f"attachment = {_text(rule.attachment)}")
    if rule.value is not None:
        lines.append(f"value = {_text(rule.value)}")
    lines.append(f"text = {_texts({'fi': rule.text.fi, 'sv': rule.text.sv, 'en': rule.text.en})}")
    lines += [f"basis = {_text(rule.basis)}", f"source = {_text(rule.source)}"]
    return lines + _dates(rule.valid_from, rule.valid_until)


def _dates(first: date | None, last: date | None) -> list[str]:
    days = (("valid_from", first), ("valid_until", last))
    return [f"{name} = {day.isoformat()}" for name, day in days if day is not None]


def _list(name: str, items: Sequence[str]) -> list[str]:
    """One item stays on the line; several get a line each."""
    if len(items) <= 1:
        return [f"{name} = [{''.join(items)}]"]
    return [f"{name} = [", *(f"  {item}," for item in items), "]"]


def _box(box: Box) -> str:
    return f"[{', '.join(repr(float(side)) for side in box)}]"


def _texts(texts: dict[str, str]) -> str:
    return f"{{ {', '.join(f'{_key(name)} = {_text(text)}' for name, text in texts.items())} }}"


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else _text(name)


def _text(text: str) -> str:
    """A basic TOML string: JSON's escapes are TOML's, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
