"""Reads one rule file; each fault is told with file, line, the rule's id, and what to write instead.

Knows where each rule, example and key is written, also inside inline tables.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from intake.base.toml import read_toml
from routing_rules.model import Area, Deadline, Due, Example, ExampleFacts, Rule, RuleFile, Target
from routing_rules.near import near
from routing_rules.when import IN_USE, Conditions, DaysLeft, NamedSet, Range, When

Location = Sequence[int | str]
_LISTS = ("rule", "example")
_TABLES = ("area", "set", "deadline")
_WRITE = {
    "when": '{ provider = ["vero"] }',
    "not": '{ language = ["sv"] }',
    "to": '{ provider = "vero", unit = "turku" }',
    "fallback": '{ provider = "vero", unit = "turku" }',
    "text": '{ fi = "…", sv = "…", en = "…" }',
    "hold": '{ fi = "…", sv = "…", en = "…" }',
    "due": "{ days = 14 }",
    "facts": '{ provider = "vero", form = "vero-14a" }',
    "pages": "{ at_least = 2 }",
    "attachments": "{ at_least = 1 }",
    "days_left": '{ deadline = "NAME", at_most = 3 }',
    "valid_from": "2015-01-31, a date without quotes",
    "valid_until": "2015-01-31, a date without quotes",
    "on": "2015-01-31, a date without quotes",
    "dates": "[2015-01-31], dates without quotes",
    "provider": '"vero"',
    "unit": '"turku"',
    "rule": '"vero-swedish"',
    "source": '"where it is said"',
    "municipalities": '["729"]',
    "basis": '"source", "law_or_rule" or "assumption"',
    "id": '"vero-swedish": lower case letters, digits, - and _',
}
_MODELS: dict[str, type[BaseModel]] = {
    "": RuleFile, "rule": Rule, "example": Example, "area": Area, "set": NamedSet, "deadline": Deadline,
    "when": When, "not": Conditions, "to": Target, "fallback": Target, "due": Due, "facts": ExampleFacts,
    "pages": Range, "attachments": Range, "days_left": DaysLeft,
}  # fmt: skip


class WrongFile(ValueError):
    """A rule file is wrong; `problems`: one sentence each, with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        """In the order of the file."""
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Written:
    """A rule file and where things stand in it."""

    name: str
    file: RuleFile
    lines: "Lines"

    def place(self, *location: int | str) -> str:
        """`file.toml:line`, or the file alone where a thing is written in an unusual way."""
        line = self.lines.of(location)
        return f"{self.name}:{line}" if line else self.name


def read_rules(path: Path, *, in_use: bool = False) -> Written:
    """The file at `path`; `in_use`: of a set that was accepted before, perhaps by an earlier release.

    Raises BadFile where it cannot be read or is no TOML, WrongFile for what it says.
    """
    table = read_toml(path)
    lines = Lines(path.read_text("utf-8-sig"))
    try:
        file = RuleFile.model_validate(table, context=IN_USE if in_use else None)
    except ValidationError as error:
        # where a word of a list is wrong, the list is not empty
        found = [
            mistake
            for mistake in error.errors(include_url=False)
            if mistake["type"] != "too_short" or not mistake["input"]
        ]
        raise WrongFile([_problem(path.name, mistake, table, lines) for mistake in found]) from error
    written = Written(path.name, file, lines)
    empty = [] if in_use else list(_empty_lists(written, table))
    if empty:
        raise WrongFile(empty)
    return written


def _empty_lists(written: Written, table: Mapping[str, Any]) -> Iterator[str]:
    """An empty list would ask nothing, which is never what the writer of it means."""
    for number, rule in enumerate(table.get("rule", ())):
        for part in (("when",), ("when", "not")):
            asked = rule["when"] if len(part) == 1 else rule["when"].get("not", {})
            if not asked and "not" in rule["when"]:
                place = written.place("rule", number, *part)
                yield f"{place}: rule {rule['id']}: when.not: it is empty; name a condition, or leave not out"
            for key, value in asked.items():
                if value == []:
                    place = written.place("rule", number, *part, key)
                    what = f"rule {rule['id']}: {'.'.join(part)}.{key}"
                    yield f"{place}: {what}: the list is empty; name a word, or leave {key} out"


class Lines:
    """Finds the line on which something is written."""

    def __init__(self, text: str) -> None:
        """`text`: the whole file."""
        self._lines = text.split("\n")

    def of(self, location: Location) -> int | None:
        """The 1-based line of the deepest part of `location` that is found."""
        if not location:
            return None
        first, end, keys = self._block(location)
        if first is None:
            return None
        line, column = first, 0
        for key in keys:
            if isinstance(key, int):
                continue
            found = self._key(str(key), line, column, end)
            if found is None:
                break
            line, column = found
        return line + 1

    def _block(self, location: Location) -> tuple[int | None, int, Location]:
        """The first line of the table that the location begins with, the line behind it, and the keys in it."""
        kind = str(location[0])
        if kind in _LISTS and len(location) > 1 and isinstance(location[1], int):
            heads = self._heads(rf"\[\[\s*{kind}\s*\]\]")
            if heads:
                start = heads[location[1]] if location[1] < len(heads) else None
                return start, self._end(start, kind), location[2:]
        if kind in _TABLES and len(location) > 1:
            heads = self._heads(rf"\[\s*{kind}\s*\.\s*[\"']?{re.escape(str(location[1]))}[\"']?\s*\]")
            return (heads[0] if heads else None), self._end(heads[0] if heads else None, ""), location[2:]
        found = self._key(kind, 0, 0, len(self._lines))
        return (found[0] if found else None), len(self._lines), location[1:]

    def _heads(self, pattern: str) -> list[int]:
        return [number for number, line in enumerate(self._lines) if re.match(rf"\s*{pattern}", line)]

    def _end(self, start: int | None, kind: str) -> int:
        """The line of the next table that is no part of this one."""
        for number in range(len(self._lines) if start is None else start + 1, len(self._lines)):
            if re.match(r"\s*\[", self._lines[number]) and not re.match(rf"\s*\[\s*{kind}\.", self._lines[number]):
                return number
        return len(self._lines)

    def _key(self, key: str, line: int, column: int, end: int) -> tuple[int, int] | None:
        """Where `key` is written from (line, column) on: as a key, or as the last part of a table's head."""
        name = rf"[\"']?{re.escape(key)}[\"']?"
        pattern = re.compile(rf"(?:(?<![\w\"'-]){name}\s*(?=[=.])|^\s*\[+[^\]]*\b{name}\s*\])")
        for number in range(line, end):
            found = pattern.search(self._lines[number], column if number == line else 0)
            if found:
                return number, found.end()
        return None


def _problem(name: str, error: ErrorDetails, table: Mapping[str, Any], lines: Lines) -> str:
    location = error["loc"]
    where = location[:-1] if error["type"] == "missing" else location
    line = lines.of((*where, "id") if len(where) == 2 and where[0] == "rule" else where)
    what, keys = _named(location, table)
    key = ".".join(str(part) for part in keys if not isinstance(part, int))
    said = [f"{name}:{line}" if line else name, what, key, _sentence(error, location)]
    return ": ".join(part for part in said if part)


def _named(location: Location, table: Mapping[str, Any]) -> tuple[str, Location]:
    """`rule ID`, `example NUMBER`, `area NAME`, and the keys in it."""
    kind, *rest = location
    if kind in _LISTS and rest and isinstance(rest[0], int):
        entry = table[str(kind)][rest[0]]
        known = entry.get("id") if kind == "rule" and isinstance(entry, dict) else None
        return f"{kind} {known if isinstance(known, str) and known else rest[0] + 1}", rest[1:]
    if kind in _TABLES and rest:
        return f"{kind} {rest[0]}", rest[1:]
    return "", location


def _sentence(error: ErrorDetails, location: Location) -> str:
    """What is wrong and what to write instead, in plain words."""
    kind, given, about = error["type"], error["input"], error.get("ctx", {})
    key = next((part for part in reversed(location) if isinstance(part, str)), "")
    write = _write(key, location)
    if kind == "extra_forbidden":
        known = _keys_beside(location)
        return f"the language has no '{key}' here{near(key, known) or '; known: ' + ', '.join(known)}"
    if kind == "missing":
        return f"is missing{write or f'; write {key} = …'}"
    if kind in {"tuple_type", "list_type"} and key in _LISTS:
        return f"stands in double brackets; write [[{key}]]"
    if kind in {"tuple_type", "list_type"}:
        word = given if isinstance(given, str) else "WORD"
        return f"must be a list{write if key == 'dates' else f'; write {key} = [' + chr(34) + word + chr(34) + ']'}"
    if kind in {"model_type", "dict_type", "model_attributes_type"}:
        return f"must be {'one table, not a list' if isinstance(given, list) else 'a table'}{write}"
    if kind == "literal_error":
        return f"'{given}' is not known here; write one of {about.get('expected', '')}"
    if kind == "value_error":
        return str(about.get("error", error["msg"]))
    return _of_a_value(error, given) + write


def _write(key: str, location: Location) -> str:
    """What to write at the location; empty where it depends."""
    if len(location) == 2 and location[0] in _LISTS:
        return f"; write [[{location[0]}]]"
    if key in {"pages", "attachments"} and "facts" in location:
        return f"; write {key} = 2"
    if key == "provider" and "when" in location:
        return '; write provider = ["vero"]'
    return f"; write {key} = {_WRITE[key]}" if key in _WRITE else ""


def _of_a_value(error: ErrorDetails, given: object) -> str:
    """About a value of the wrong kind or size."""
    kind, about = error["type"], error.get("ctx", {})
    if kind == "too_short":
        return "the list is empty; name at least one word"
    if kind == "too_long":
        return f"has more than {about.get('max_length')} entries"
    if kind == "string_type":
        return f"must be text in quotes, not {given!r}"[:200]
    if kind == "string_pattern_mismatch":
        return f"'{given}' cannot be used"[:200]
    if kind in {"greater_than_equal", "less_than_equal"}:
        least = kind == "greater_than_equal"
        end = about["ge" if least else "le"]
        size = ("small" if least else "large") if isinstance(end, int) else ("early" if least else "late")
        return f"{str(given)[:40]} is too {size}; at {'least' if least else 'most'} {end}"
    if kind.startswith(("date", "int")):
        return f"{given!r} is no {'date' if kind.startswith('date') else 'whole number'}"[:200]
    return error["msg"][:1].lower() + error["msg"][1:]


def _keys_beside(location: Location) -> list[str]:
    """The keys that may stand where the last one of `location` stands."""
    words = [part for part in location[:-1] if isinstance(part, str)]
    parent = words[-1] if words else ""
    if words and words[0] in _TABLES and len(words) == 2:
        parent = words[0]
    model = _MODELS.get(parent)
    if model is None:
        return ["fi", "sv", "en"]
    return [field.alias or name for name, field in model.model_fields.items()]
