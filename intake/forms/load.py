"""Read form definitions: one file, or whole catalogues.

Promises: an unknown key or a wrong value is an error that names file, line and key; the order of definitions is the
order of their paths, on every machine.
"""

import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import rtoml

from intake.base.errors import BadFile
from intake.base.toml import MOST_BYTES, validate
from intake.forms.model import Definition
from intake.forms.save import BLANK_SUFFIX, FACE_SUFFIX, SUFFIX

BUILTIN = Path(__file__).parent / "catalogue"
"""The catalogue that comes with the product."""


def load_definition(path: Path) -> Definition:
    """The definition in `path`, its blank's and face's places filled in. Raises BadFile."""
    definition = validate(path, Definition, _table(path))
    _check_name(path, definition)
    return _placed(definition, path)


def load_catalogue(folders: Sequence[Path]) -> tuple[Definition, ...]:
    """All definitions below `folders`, in the order of their paths. Raises BadFile, also for the same edition twice."""
    found: dict[tuple[str, str, str], Definition] = {}
    with _collector_at_rest():
        for path in _files(folders):
            definition = load_definition(path)
            name = (definition.form, definition.edition, definition.language)
            if name in found:
                raise BadFile(path, f"the same form, edition and language as {found[name].definition}; remove one")
            found[name] = definition
    return tuple(found.values())


def valid_on(definitions: Iterable[Definition], day: date) -> tuple[Definition, ...]:
    """Choose the editions that may be handed in on `day`."""
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


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    """A folder named twice, or within another, counts once."""
    seen: set[Path] = set()
    for folder in folders:
        if not folder.is_dir():
            raise BadFile(folder, "no such folder of forms")
        found = (path.absolute() for path in folder.rglob(f"*{SUFFIX}") if not path.name.startswith("."))
        fresh = sorted(path for path in found if path.resolve() not in seen)
        seen.update(path.resolve() for path in fresh)
        yield from fresh


def _table(path: Path) -> dict[str, object]:
    """The parsed file. rtoml, not tomllib: a thousand pages are 8 MB of TOML, 0.2 s instead of 2 s; depth is capped."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror})") from error
    if len(data) > MOST_BYTES:  # I-01
        raise BadFile(path, f"is larger than {MOST_BYTES} bytes")
    try:
        return rtoml.loads(data.decode("utf-8"))
    except (rtoml.TomlParsingError, UnicodeDecodeError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise BadFile(path, f"is not valid TOML: {error}", line=int(found[1]) if found else None) from error


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """No garbage collection meanwhile: a hundred thousand new records and no cycle; it would take half the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
