"""Read form definitions: one file, or whole catalogues.

Promises: an unknown key or a wrong value is an error that names file, line and key; the order of definitions is the
order of their paths, on every machine.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from intake.base.errors import BadFile
from intake.base.toml import load_toml
from intake.forms.model import Definition
from intake.forms.save import BLANK_SUFFIX, FACE_SUFFIX, SUFFIX

BUILTIN = Path(__file__).parent / "catalogue"
"""The catalogue that comes with the product."""


def load_definition(path: Path) -> Definition:
    """The definition in `path`, its blank's and face's places filled in. Raises BadFile."""
    definition = load_toml(path, Definition)
    _check_name(path, definition)
    return _placed(definition, path)


def load_catalogue(folders: Sequence[Path]) -> tuple[Definition, ...]:
    """All definitions below `folders`, in the order of their paths. Raises BadFile, also for the same edition twice."""
    found: dict[tuple[str, str, str], Definition] = {}
    for folder in folders:
        if not folder.is_dir():
            raise BadFile(folder, "no such folder of forms")
        for path in sorted(folder.rglob(f"*{SUFFIX}")):
            definition = load_definition(path.absolute())
            name = (definition.form, definition.edition, definition.language)
            if name in found:
                raise BadFile(path, f"the same form, edition and language as {found[name].definition}; remove one")
            found[name] = definition
    return tuple(found.values())


def valid_on(definitions: Iterable[Definition], day: date) -> tuple[Definition, ...]:
    """Those that may be handed in on `day`."""
    return tuple(definition for definition in definitions if definition.valid_on(day))


def _check_name(path: Path, definition: Definition) -> None:
    """A file renamed by hand without its keys, or the other way round, would be found under neither name."""
    expected = f"{definition.edition}.{definition.language}{SUFFIX}"
    if path.name != expected:
        raise BadFile(path, f"its edition and language ask for the file name '{expected}'", key="edition")
    if path.parent.name != definition.form:
        raise BadFile(path, f"its form id asks for the folder name '{definition.form}'", key="form")


def _placed(definition: Definition, path: Path) -> Definition:
    stem = path.name.removesuffix(SUFFIX)
    return definition.model_copy(
        update={
            "definition": path,
            "blank": path.with_name(stem + BLANK_SUFFIX),
            "face": path.with_name(stem + FACE_SUFFIX),
        }
    )
