"""Each fault we say we survive has a test that carries its row's id, in its name or its docstring.

The rows are those of the fault matrix whose sections are built. A row added here without a test, and a test that
is removed without its row, turn this red.
"""

import ast
import re
from collections import defaultdict
from functools import cache

import pytest

from tests.habits.tree import ROOT

FINISHED = {
    "A": range(1, 16),  # crash, disk, power
    "B": range(1, 24),  # scanners and folders
    "C": range(1, 15),  # hostile or broken documents, as they concern accepting and recognising
    "D": range(1, 11),  # ledger, workers, time
    "E": range(1, 15),  # delivery
    "F": range(1, 12),  # crypto and keys
    "J": range(1, 7),  # load and endurance
}
_ROW = re.compile(r"(?<![A-Za-z0-9])([A-J])[-_]?(\d\d)(?!\d)", re.IGNORECASE)


@cache
def rows_in_tests() -> dict[str, set[str]]:
    """For each row the tests that name it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                named = f"{node.name.replace('_', ' ')} {ast.get_docstring(node) or ''}"
                named = re.sub(r"\b([a-jA-J]) (\d\d)\b", r"\1-\2", named)
                for letter, number in _ROW.findall(named):
                    found[f"{letter.upper()}-{number}"].add(f"{path.relative_to(ROOT)}::{node.name}")
    return found


@pytest.mark.parametrize("section", FINISHED)
def test_every_row_of_a_finished_section_has_a_test(section: str) -> None:
    """The missing rows are named."""
    rows = [f"{section}-{number:02d}" for number in FINISHED[section]]

    assert [row for row in rows if not rows_in_tests().get(row)] == []


def test_the_search_finds_names_and_docstrings_only() -> None:
    """The habit can fail: a row that nobody tests is not found, and one that is tested is."""
    assert "A-99" not in rows_in_tests()
    assert any("test_kill_journey" in test for test in rows_in_tests()["A-01"])
