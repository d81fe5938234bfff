"""Reads a TOML file into a typed object in one place; the error about a wrong file names line and key."""

import re
import stat
import tomllib
import unicodedata
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from intake.base.errors import BadFile

MOST_BYTES = 1_000_000
Model = TypeVar("Model", bound=BaseModel)
_TEXT_OR_DAY = 'text stands in straight quotes ("), a day as 2015-01-31'
_ADVICE = {
    "Expected '='": "a key is letters a-z, digits, - and _, and then comes =",
    "Invalid value": _TEXT_OR_DAY,
    "Expected newline": _TEXT_OR_DAY,
    "Invalid initial character": "here a key is missing; all between { and } stands on one line",
    "Invalid statement": "a line is KEY = VALUE, [TABLE] or [[TABLE]], or begins with #",
    "Illegal character '\\n'": "a text ends with a quote on the line on which it begins",
    "invalid character '\\r'": "save the file with the line ends of today (LF or CRLF)",
    "Invalid date": "there is no such day",
    "Cannot": "it is written before already, perhaps in another way ([NAME] and [[NAME]])",
    "Unclosed": "a bracket is not closed",
}
"""What to do about it, by a part of what the parser says."""


def read_bytes(path: Path) -> bytes:
    """What the file holds. Raises BadFile where it is missing or too large, or is a folder, a pipe or a device."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadFile(path, "is no file with text in it; move it away")
        if found.st_size > MOST_BYTES:
            raise BadFile(path, f"is larger than {MOST_BYTES} bytes")
        return path.read_bytes()
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror})") from error


def read_toml(path: Path) -> dict[str, Any]:
    """The parsed table. Raises BadFile for a missing, oversized or malformed file."""
    data = read_bytes(path)
    try:
        return tomllib.loads(data.decode("utf-8-sig"))  # Windows editors put a mark before the text
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(path, "is not valid TOML: not UTF-8 text; save the file as UTF-8", line=line) from error
    except (ValueError, RecursionError) as error:
        lines = data.decode("utf-8-sig").removesuffix("\n").split("\n")  # as the parser counts
        raise _not_toml(path, str(error), lines) from error


def _not_toml(path: Path, said: str, lines: list[str]) -> BadFile:
    """What the parser says, with the line and what to do about it."""
    found = re.search(r"line (\d+), column (\d+)", said)
    number = int(found[1]) if found else None
    advice = next((text for part, text in _ADVICE.items() if part in said), "")
    if "end of document" in said and not found:
        number, advice = len(lines), "the file ends too early: is it saved whole?"
    if "Exceeds the limit" in said:
        number = next((at for at, line in enumerate(lines, start=1) if re.search(r"\d{4300}", line)), None)
        said = "a number has too many digits"
    at = lines[number - 1][int(found[2]) - 1 :][:1] if found and number and number <= len(lines) else ""
    return BadFile(path, f"is not valid TOML: {said}{strange(at)}{f'; {advice}' if advice else ''}", line=number)


def strange(text: str) -> str:
    """` ('е' is CYRILLIC SMALL LETTER IE)`: the first character that may pass for another."""
    found = next((one for one in text if not one.isascii() and not unicodedata.name(one, "").startswith("LATIN")), None)
    return "" if found is None else f" ({found!r} is {unicodedata.name(found, f'U+{ord(found):04X}')})"


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
    lines = text.split("\n")
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
