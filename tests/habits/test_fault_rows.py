"""Each fault we say we survive has a test that carries its row's id, in its name or its docstring, or is named here.

The rows are read from `tests/faults/FAULTS.md`. A row without a test, and a test that is removed without its row, turn
this red, and so does an id anywhere in the repository that is not explained there. What a person meets (G and K) is
tested through a door: the page, the command line or a whole journey.
"""

import ast
import re
import subprocess
from collections import defaultdict
from functools import cache

import pytest

from tests.habits.tree import ROOT

NAMED = {
    "G-11": ("tests/backoffice/test_data.py::test_libreoffice_sees_no_formula",),
    "K-01": (
        "tests/pages/test_decisions.py::test_send_is_about_the_filing_that_is_shown",
        "tests/pages/test_decisions.py::test_pressing_twice_decides_once",
    ),
    "K-02": ("tests/pages/test_decisions.py::test_a_new_paper_does_not_take_the_page_from_who_types",),
    "K-03": ("tests/pages/test_decisions.py::test_open_work_is_listed_first_whatever_is_newer",),
    "K-04": (
        "tests/recognise/test_crowded.py::test_copies_of_two_people_in_one_stack_never_become_one_complete_filing",
    ),
    "K-12": ("tests/backoffice/test_trust.py::test_m4_a_point_that_signs_as_another_is_refused_by_the_inbox",),
    "K-17": (
        "tests/faults/test_leftovers.py::test_h1_a_scratch_folder_that_is_not_ours_alone_is_not_used",
        "tests/scanners/test_rows_a.py::test_M1_a_copy_dies_with_the_process_that_made_it",
    ),
    "K-09": ("tests/journeys/test_added_forms.py::test_a_blank_paper_never_leaves_by_itself",),
    "K-10": ("tests/backoffice/test_inbox_faults.py::test_the_offices_own_trouble_kills_no_message",),
    "K-11": (
        "tests/contract/test_office.py::test_h6_one_bad_bundle_ends_neither_receive_nor_what_lies_behind_it",
        "tests/contract/test_office.py::test_the_service_says_and_logs_each_failure_and_goes_on",
    ),
    "K-13": (
        "tests/faults/test_machines.py::test_two_machines_on_one_ledger_work_on_their_own_papers",
        "tests/faults/test_machines.py::test_bytes_that_are_not_there_are_waited_for",
    ),
    "K-14": ("tests/journeys/test_past.py::test_rules_are_explained_replayed_and_compared_after_the_purge",),
    "K-15": ("tests/routing/test_proof.py::test_a_candidate_that_would_fail_one_day_is_refused",),
    "K-21": (
        "tests/journeys/test_taking_rules.py::test_a_broken_set_does_not_stop_a_start",
        "tests/journeys/test_taking_rules.py::test_a_running_point_takes_changed_rules_and_leaves_broken_ones",
    ),
    "K-16": ("tests/read/test_titles.py::test_a_busy_machine_leaves_no_attachment_unread",),
    "K-20": (
        "tests/seal/test_growing.py::test_a_bundle_of_a_later_release_is_opened_by_hand",
        "tests/ledger/test_migrations.py::test_a_14_an_older_program_refuses_a_newer_ledger",
    ),
    "K-22": (
        "tests/journeys/test_choice.py::test_a_rule_that_holds_says_why_and_the_advisors_unit_is_obeyed",
        "tests/journeys/test_choice.py::test_an_unknown_name_is_refused_at_once",
    ),
}
"""Tests whose sentence is about what they show, and which prove a row all the same."""
DOORS = ("tests/pages/", "tests/access/", "tests/journeys/", "tests/backoffice/", "tests/publish/test_verbs.py",
         "tests/contract/test_office.py", "tests/seal/test_growing.py")  # fmt: skip
THROUGH_A_DOOR = "GK"
HIGHEST_THERE_IS = {
    "K-15": "it is the command line, run as an operator does, beside the other tests of the proof",
    "K-04": "`inspect` and the journey take the steps of one reader; whole papers are put before it",
    "K-13": "two whole points run beside each other; what stands between them is the ledger",
    "K-17": "a point that does not start is met before any screen",
    "K-16": "a machine made busy for a whole journey would be busy for every other test",
}
"""Rows a person meets whose test stands lower, and why."""
KEY = (ROOT / "tests/faults/FAULTS.md").read_text("utf-8")
"""The key to every id: promises, measured facts, tools, and the rows of the matrix."""
_LINE = re.compile(r"^\|\s*\**([A-K]-\d\d|[FT]\d+[a-z]?|[HM]\d)\b", re.MULTILINE)
_WALK = re.compile(r"`(tests/[\w/]+\.py::test_\w+)`")
_PROMISE = re.compile(r"^- \*\*(P\d+) ", re.MULTILINE)
_MATRIX, _OPEN = KEY.split("\n### Rows that do not hold yet\n")
NOT_YET = set(_LINE.findall(_OPEN.split("\n## ")[0]))
"""Rows whose behaviour is not built; the reason stands beside them in the same document."""
ROWS = [row for row in _LINE.findall(_MATRIX) if "-" in row]
KNOWN = {*_LINE.findall(_MATRIX), *_PROMISE.findall(_MATRIX)}
_ROW = re.compile(r"(?<![A-Za-z0-9])([A-K])[-_]?(\d\d)(?!\d)", re.IGNORECASE)
_ID = re.compile(r"(?<![\w./#-])([A-K]-\d\d|[B-EH-K]\d(?!\w)|[FPT]\d{1,2}[a-z]?)(?![\w-])")
_NO_IDS = ("pyproject.toml", "intake/draw/sources/", "intake/forms/catalogue/", "tests/habits/test_fault_rows.py",
           "tests/bench/", "tests/requirements.lock", "requirements.lock")  # fmt: skip
"""Ruff's rules, the printed codes of forms, labels of measurements, hashes."""


@cache
def rows_in_tests() -> dict[str, set[str]]:
    """For each row the tests that name it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                named = f"{node.name.replace('_', ' ')} {ast.get_docstring(node) or ''}"
                named = re.sub(r"\b([a-kA-K]) (\d\d)\b", r"\1-\2", named)
                for letter, number in _ROW.findall(named):
                    found[f"{letter.upper()}-{number}"].add(f"{path.relative_to(ROOT)}::{node.name}")
    return found


def proofs_of(row: str) -> set[str]:
    """The tests that prove a row."""
    return rows_in_tests().get(row, set()) | set(NAMED.get(row, ()))


@pytest.mark.parametrize("section", sorted({row[0] for row in ROWS}))
def test_every_row_has_a_test_or_its_reason(section: str) -> None:
    """The missing rows are named; what a person meets is tested where a person meets it."""
    rows = [row for row in ROWS if row[0] == section and row not in NOT_YET]
    lower = [row for row in rows if section in THROUGH_A_DOOR and row not in HIGHEST_THERE_IS
             and not any(test.startswith(DOORS) for test in proofs_of(row))]  # fmt: skip

    assert [row for row in rows if not proofs_of(row)] == []
    assert lower == []


def test_every_id_is_explained() -> None:
    """Whoever meets an id in code, tests or documents finds its row, fact, tool or promise in FAULTS.md."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    read = [path for path in listed if path.endswith((".py", ".md", ".toml", ".html", ".js")) or path == "Makefile"]
    unexplained = {
        f"{path}: {name}"
        for path in read
        if not path.startswith(_NO_IDS) and (ROOT / path).is_file()
        for name in _ID.findall((ROOT / path).read_text("utf-8"))
        if name not in KNOWN
    }

    assert len(ROWS) > 100
    assert set(ROWS) >= NOT_YET
    assert unexplained == set()


def test_the_tests_that_are_named_here_exist() -> None:
    """A test that was renamed or taken out takes its row along."""
    named = {name for names in NAMED.values() for name in names} | set(_WALK.findall(KEY))
    there = {
        f"{path}::{node.name}"
        for path in {name.split("::")[0] for name in named}
        if (ROOT / path).is_file()
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }

    assert named - there == set()


def test_the_search_finds_names_and_docstrings_only() -> None:
    """The habit can fail: a row that nobody tests is not found, and one that is tested is."""
    assert "A-99" not in rows_in_tests()
    assert any("test_kill_journey" in test for test in rows_in_tests()["A-01"])
