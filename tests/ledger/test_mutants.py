"""The tests tested: each line that is there for a fault is taken out, and some test must notice."""

from pathlib import Path
from typing import Any

import pytest

from tests import mutating

_MUTANTS = mutating.mutants_in(Path(__file__).with_name("mutants.toml"))
_TAKEN = mutating.taken(_MUTANTS, 8)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the project that the mutants touch, with their tests."""
    folders = ("intake", "routing_rules", "workers", "tests/ledger", "tests/routing")
    return mutating.copied(tmp_path_factory.mktemp("mutants"), folders)


@pytest.mark.parametrize("mutant", _MUTANTS, ids=[mutant["name"] for mutant in _MUTANTS])
def test_each_line_to_take_out_is_there(mutant: dict[str, Any]) -> None:
    """The list follows the code: what it takes out stands in the file exactly once."""
    mutating.stands_once(mutant)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", _TAKEN, ids=[mutant["name"] for mutant in _TAKEN])
def test_taking_the_line_out_turns_a_test_red(mutant: dict[str, Any], copy: Path) -> None:
    """The tests named for the fault fail without the line that prevents it."""
    mutating.turns_red(mutant, copy, copy / "tests" / "ledger")
