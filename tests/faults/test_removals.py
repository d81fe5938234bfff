"""The tests tested, for folders, jail, seal and the running point; the ledger's own list is beside its tests.

All of them one by one: `VIREILLE_MUTANTS=1 pytest -m slow tests/faults/test_removals.py`.
"""

from pathlib import Path
from typing import Any

import pytest

from tests import mutating

_MUTANTS = mutating.mutants_in(Path(__file__).with_name("removals.toml"))
_TAKEN = mutating.taken(_MUTANTS, 10)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole project but the tests that have no part in this."""
    tests = ("faults", "scanners", "jail", "seal", "contract", "ledger", "access", "pages")
    folders = ("intake", "routing_rules", "scanners", "workers", *(f"tests/{name}" for name in tests))
    target = mutating.copied(tmp_path_factory.mktemp("removals"), folders, skip=())
    (target / "tests" / "mutating.py").write_text(Path(mutating.__file__).read_text("utf-8"), "utf-8")
    return target


@pytest.mark.parametrize("mutant", _MUTANTS, ids=[mutant["name"] for mutant in _MUTANTS])
def test_each_safeguard_to_remove_is_there(mutant: dict[str, Any]) -> None:
    """The list follows the code: what it takes out stands in the file exactly once."""
    mutating.stands_once(mutant)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", _TAKEN, ids=[mutant["name"] for mutant in _TAKEN])
def test_removing_the_safeguard_turns_a_test_red(mutant: dict[str, Any], copy: Path) -> None:
    """The tests named for the fault fail without the line that prevents it."""
    mutating.turns_red(mutant, copy, copy / "tests")
