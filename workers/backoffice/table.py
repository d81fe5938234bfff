"""One table of many filings, for a spreadsheet: a row each, columns as a mapping file says.

Semicolons and decimal commas, as spreadsheets in Finland and Sweden expect; UTF-8 with a byte order mark. What a person
wrote is made safe as in `data.csv`; an amount is a number of ours and stays one.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from intake.base.errors import BadFile
from intake.base.filing import Frozen
from intake.base.toml import load_toml
from workers.backoffice.data import safe_cell

USUAL = Path(__file__).with_name("columns.toml")
STAR = "*"
Json = object


class Mapped(Frozen):
    """A mapping file: column to path in `data.json`."""

    columns: dict[str, str]


def load_columns(path: Path) -> dict[str, str]:
    """The columns that the file `path` asks for. Raises BadFile."""
    columns = load_toml(path, Mapped).columns
    if not columns:
        raise BadFile(path, "names no column", key="columns")
    for column, place in columns.items():
        if place.endswith(f".{STAR}") or place.count(STAR) > 1:
            raise BadFile(path, f'"{place}": a star stands for each key of a block, with a name behind it', key=column)
    return columns


def filings_in(out: Path) -> Iterator[Mapping[str, Json]]:
    """`data.json` of every filing in the folder `out`, in the order of their bundle ids. Raises BadFile."""
    for path in sorted(out.glob("*/data.json")):
        try:
            said = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise BadFile(path, "cannot be read") from error
        if isinstance(said, dict):
            yield said


def table_of(filings: Iterable[Mapping[str, Json]], columns: Mapping[str, str]) -> bytes:
    """The table as CSV; a column with a star in its path becomes one for each key that any of the filings has."""
    rows = [{name: cell for column, path in columns.items() for name, cell in _cells(column, path, filing)}
            for filing in filings]  # fmt: skip
    names: list[str] = []
    for column, path in columns.items():
        if STAR not in path.split("."):
            names.append(column)
            continue
        names += sorted({name for row in rows for name in row if name.startswith(f"{column} ")})
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in names])
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cells(column: str, path: str, said: Json) -> Iterator[tuple[str, str]]:
    """The column's cells of one filing: one, or one for each key where the path has a star."""
    before, star, after = path.partition(f".{STAR}.")
    if not star:
        yield column, _written(path, _at(said, path))
        return
    under = _at(said, before)
    for key, value in under.items() if isinstance(under, dict) else ():
        yield f"{column} {key}", _written(path, _at(value, after))


def _at(said: Json, path: str) -> Json:
    for step in path.split("."):
        said = said.get(step) if isinstance(said, dict) else None
    return said


def _written(path: str, value: Json) -> str:
    if isinstance(value, int) and path.endswith("cents"):
        return f"{'-' if value < 0 else ''}{abs(value) // 100},{abs(value) % 100:02}"
    if value is None or isinstance(value, dict | list):
        return ""
    return safe_cell(str(value))
