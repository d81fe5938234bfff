"""The log is documented: every event that the code writes, with its level and fields, and no other."""

import ast
import re
from collections.abc import Iterator

from intake.base.log import FIELDS
from tests.habits.tree import ROOT, sources

LEVELS = {"debug", "info", "warning", "error"}
Event = tuple[str, str, frozenset[str]]


def written() -> Iterator[Event]:
    """Every call of the logger: event, level, fields."""
    for module in sources().values():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
                if ast.unparse(node.func.value) != "logger()":
                    continue
                names = [one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
                yield from (
                    (str(name), node.func.attr, frozenset(one.arg or "" for one in node.keywords)) for name in names
                )


def documented() -> Iterator[Event]:
    """Every row of the tables of events."""
    text = (ROOT / "workers" / "LOG.md").read_text("utf-8").split("## A paper's way")[1]
    for names, level, fields in re.findall(r"^\| (`[^|]+`) \| (\w+) \|([^|]*)\|", text, re.MULTILINE):
        named = frozenset(field.strip() for field in fields.split(",") if field.strip())
        yield from ((name, level, named) for name in re.findall(r"`(\w+)`", names))


def test_every_event_stands_in_the_log_page() -> None:
    """Whoever watches a point's log finds each event, its severity and its fields there."""
    assert set(written()) == set(documented())


def test_the_log_page_lists_every_field_that_may_be_written() -> None:
    """The closed list of fields is the documented one."""
    table = (ROOT / "workers" / "LOG.md").read_text("utf-8").split("## Fields")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == FIELDS
