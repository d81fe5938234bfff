"""Prints for verbs: one JSON document, a table, or progress."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from workers.ledger.looks import BY_ITSELF, VIEWED


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


_PLAIN = (
    "state", "since", "owner", "kind", "form", "edition", "language", "verdict", "scanner", "label", "handed_over",
    "bundle", "joined_to", "attempt", "version",
)  # fmt: skip


def figures(name: str, value: Any) -> None:  # noqa: ANN401 as `stats --json` prints it
    """Print a figure on a line, a group of figures on a line each, rows as a table; a dash where nothing is known."""
    if isinstance(value, dict):
        for key, one in value.items():
            figures(f"{name}, {key}", one)
    elif isinstance(value, list) and value:
        line(f"{name}:")
        table(tuple(value[0]), (row.values() for row in value))
    else:
        line(f"{name}: {'-' if value in (None, []) else value}")


def filing(found: Any) -> None:  # noqa: ANN401 as `show --json` prints it
    """One filing in English, a line for each thing that is known."""
    line(f"id: {found['id']}")
    for name in _PLAIN:
        if found[name] is not None:
            line(f"{name}: {found[name]}")
    if found["recipient"]:
        ids = "/".join(part for part in (found["provider"], found["unit"]) if part)
        by_hand = ", chosen by hand" if found["chosen"] else ""
        line(f"goes to: {found['recipient']['en']} ({ids}{by_hand})")
    line(f"pages: {len(found['pages'])}")
    if found["why"]:
        line(f"reason: {found['why']['en']} ({found['reason']})")
    if found["sentence"]:
        line(f"because: {found['sentence']['en']}")
    if found["note"]:
        line(f"the authority wrote: {found['note']}")
    for finding in found["findings"]:
        label = next((finding["labels"][one] for one in ("en", "fi", "sv") if finding["labels"].get(one)), "")
        about = f" {label}:" if label and label not in finding["text"]["en"] else ""
        line(f"{'gap' if finding['blocks'] else 'note'} ({finding['code']}):{about} {finding['text']['en']}")
    for one in found["people"]:
        said = "; ".join(f"{name} {one[name]}" for name in ("reason", "identity", "contact") if one[name])
        line(f"{one['at']} {one['what']} by {one['advisor'] or 'somebody unnamed'}{f': {said}' if said else ''}")
    _happened(found["events"])


def _happened(events: Any) -> None:  # noqa: ANN401 as above
    for one in events:
        if one["what"] == VIEWED:
            how = "shown by the page itself to" if one["code"] == BY_ITSELF else "opened by"
            line(f"{one['at']} {how} {one.get('advisor') or 'somebody unnamed'}")
    columns = ("at", "what", "from", "to", "code")
    table(columns, ([event[name] for name in columns] for event in events))
