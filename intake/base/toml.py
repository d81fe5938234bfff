"""Reads a TOML file into a typed object in one place; the error about a wrong file names line and key."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from intake.base.errors import BadFile

MOST_BYTES = 1_000_000
Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path) -> dict[str, Any]:
    """The parsed table. Raises BadFile for a missing, oversized or malformed file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror})") from error
    if len(data) > MOST_BYTES:
        raise BadFile(path, f"is larger than {MOST_BYTES} bytes")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))  # Windows editors put a mark before the text
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(path, "is not valid TOML: not UTF-8 text; save the file as UTF-8", line=line) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise BadFile(path, f"is not valid TOML: {error}", line=int(found[1]) if found else None) from error


def load_toml(path: Path, model: type[Model]) -> Model:
    """`path` as a `model`. Raises BadFile naming file, line and key; unknown keys are errors if the model says so."""
    return validate(path, model, read_toml(path))


def validate(path: Path, model: type[Model], table: dict[str, Any], *, context: dict[str, Any] | None = None) -> Model:
    """`table`, read from `path`, as a `model`. Raises BadFile naming file, line and key."""
    try:
        return model.model_validate(table, context=context)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        location = first["loc"]
        key = ".".join(str(part) for part in location)
        problem = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        raise BadFile(path, problem, line=line_of(path.read_text("utf-8"), location), key=key) from error


def line_of(text: str, location: tuple[int | str, ...]) -> int | None:
    """The 1-based line where the last key of `location` (or the deepest table that exists) is written, if found."""
    lines = text.splitlines()
    best, start = None, 0
    for depth, part in enumerate(location):
        if isinstance(part, int):
            continue
        name = re.escape(part)
        count = location[depth + 1] if depth + 1 < len(location) and isinstance(location[depth + 1], int) else 0
        seen = -1
        for number in range(start, len(lines)):
            if re.match(rf"\s*(\[+\s*(\S+\.)?\"?{name}\"?\s*\]+|\"?{name}\"?\s*=)", lines[number]):
                seen += 1
                if seen == count:
                    best, start = number + 1, number
                    break
    return best
