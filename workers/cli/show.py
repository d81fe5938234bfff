"""Prints for verbs: one JSON document, a table, or progress."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from intake.base import durable
from intake.base.errors import WrongUse


def as_json(value: Any) -> None:  # noqa: ANN401 whatever JSON can hold
    """Print one JSON document and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def line(text: str) -> None:
    """Print one line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a plain table; wide enough not to cut when it is not a terminal."""
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)
    made = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(made)


def write(path: Path, content: bytes) -> None:
    """Write a file that an option names. Raises WrongUse where it cannot lie there, DiskFull, Denied."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise WrongUse(f"{path}: there is no folder {folder}; make it first, or name another file")
    if path.is_dir():
        raise WrongUse(f"{path} is a folder; name a file")
    durable.write(path.absolute(), content)


@contextmanager
def progress(what: str, total: int) -> Iterator[Any]:
    """A bar on a terminal, a line for every tenth elsewhere; yields `step()`."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)
        return
    done = 0
    marks = {max(1, round(total * tenth / 10)) for tenth in range(1, 11)}

    def step() -> None:
        nonlocal done
        done += 1
        if done in marks and total > 1:
            sys.stderr.write(f"{what}: {done} of {total}\n")

    yield step


def figures(name: str, value: Any) -> None:  # noqa: ANN401 as `stats --json` prints it
    """Print a figure on a line, a group of figures on a line each, rows as a table; a dash where nothing is known."""
    if isinstance(value, dict):
        for key, inner in value.items():
            figures(f"{name}, {key}", inner)
    elif isinstance(value, list) and value:
        line(f"{name}:")
        table(tuple(value[0]), (row.values() for row in value))
    else:
        line(f"{name}: {'-' if value in (None, []) else value}")
