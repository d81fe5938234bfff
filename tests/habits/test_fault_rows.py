"""Each fault we say we survive has a test that carries its row's id, in its name or its docstring, or is named here.

The rows are those of the fault matrix whose sections are built. A row added here without a test, and a test that
is removed without its row, turn this red. What a person meets (G and K) is tested through a door: the page, the command
line or a whole journey. A row that we do not survive yet stands in `NOT_YET` with the reason.
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
    "G": range(1, 13),  # the page and people
    "H": range(1, 7),  # leakage
    "I": range(1, 8),  # rules and forms as input
    "J": range(1, 7),  # load and endurance
    "K": range(1, 23),  # quiet faults
}
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
    "K-09": ("tests/journeys/test_added_forms.py::test_a_blank_paper_never_leaves_by_itself",),
    "K-10": ("tests/backoffice/test_inbox_faults.py::test_the_offices_own_trouble_kills_no_message",),
    "K-11": (
        "tests/contract/test_office.py::test_h6_one_bad_bundle_ends_neither_receive_nor_what_lies_behind_it",
        "tests/contract/test_office.py::test_the_service_says_and_logs_each_failure_and_goes_on",
    ),
    "K-16": ("tests/read/test_titles.py::test_a_busy_machine_leaves_no_attachment_unread",),
    "K-20": (
        "tests/seal/test_growing.py::test_a_bundle_of_a_later_release_is_opened_by_hand",
        "tests/ledger/test_forgetting.py::test_a_14_an_older_program_refuses_a_newer_ledger",
    ),
    "K-22": (
        "tests/journeys/test_choice.py::test_a_rule_that_holds_says_why_and_the_advisors_unit_is_obeyed",
        "tests/journeys/test_choice.py::test_an_unknown_name_is_refused_at_once",
    ),
}
"""Tests whose sentence is about what they show, and which prove a row all the same."""
DOORS = ("tests/pages/", "tests/journeys/", "tests/backoffice/", "tests/publish/test_verbs.py",
         "tests/contract/test_office.py", "tests/seal/test_growing.py")  # fmt: skip
THROUGH_A_DOOR = "GK"
HIGHEST_THERE_IS = {
    "K-04": "`inspect` and the journey look through the same eyes; whole papers are put before them",
    "K-16": "a machine made busy for a whole journey would be busy for every other test",
}
"""Rows a person meets whose test stands lower, and why."""
NOT_YET = {
    "G-02": "nobody signs in yet; comes with the counter's accounts",
    "G-03": "there are no roles yet; comes with the counter's accounts",
    "G-04": "there are no passwords yet; comes with the counter's accounts",
    "G-09": "a view is not logged yet, since nobody is known by name; comes with the counter's accounts",
    "G-12": "no second pair of eyes and no recall yet; comes with the counter",
    "K-05": "a picture with holes counts as seen where its decoder fills them",
    "K-06": "widgets without /AcroForm and inherited resources are not drawn as viewers show them",
    "K-07": "a highlighter over an empty field may count as filled; measured by the bench, not promised",
    "K-08": "99 of 100 is measured by the bench on material that is not in the project",
    "K-12": "the point's name in the certificate is compared by the sealing side only",
    "K-13": "a second machine takes work whose bytes it does not have",
    "K-14": "what the rules asked is forgotten with the filing's content",
    "K-15": "a rule that will name nothing next year is accepted today",
    "K-17": "the scratch folder's owner is not asked about",
    "K-18": "headers and bodies without a length are not bounded in time",
    "K-19": "what unfolds in the parent is bounded by the jail's caps only",
    "K-21": "a point does not start with broken rules; the last good set is not kept",
}
_ROW = re.compile(r"(?<![A-Za-z0-9])([A-K])[-_]?(\d\d)(?!\d)", re.IGNORECASE)


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


@pytest.mark.parametrize("section", FINISHED)
def test_every_row_of_a_finished_section_has_a_test(section: str) -> None:
    """The missing rows are named; what a person meets is tested where a person meets it."""
    rows = [f"{section}-{number:02d}" for number in FINISHED[section]]
    rows = [row for row in rows if row not in NOT_YET]
    lower = [row for row in rows if section in THROUGH_A_DOOR and row not in HIGHEST_THERE_IS
             and not any(test.startswith(DOORS) for test in proofs_of(row))]  # fmt: skip

    assert [row for row in rows if not proofs_of(row)] == []
    assert lower == []


def test_the_tests_that_are_named_here_exist() -> None:
    """A test that was renamed or taken out takes its row along."""
    named = {name for names in NAMED.values() for name in names}
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
