"""The tests tested: each line that is there for a fault is taken out, and some test must notice."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent
_MUTANTS = tomllib.loads((_HERE / "mutants.toml").read_text("utf-8"))["mutant"]
_TAKEN = _MUTANTS if os.environ.get("VIREILLE_MUTANTS") else _MUTANTS[::8]
"""Each takes seconds: a few in every run, all with VIREILLE_MUTANTS=1."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the project that the mutants touch, with their tests."""
    target = tmp_path_factory.mktemp("mutants")
    shutil.copy(_ROOT / "pyproject.toml", target)
    for folder in ("intake", "routing_rules", "tests/ledger", "tests/routing"):
        skipped = shutil.ignore_patterns("__pycache__", "*.pdf", "*.face")
        shutil.copytree(_ROOT / folder, target / folder, ignore=skipped)
    (target / "tests/__init__.py").write_text("", "utf-8")
    return target


@pytest.mark.parametrize("mutant", _MUTANTS, ids=[mutant["name"] for mutant in _MUTANTS])
def test_each_line_to_take_out_is_there(mutant: dict[str, str]) -> None:
    """The list follows the code: what it takes out stands in the file exactly once."""
    text = (_ROOT / mutant["at"]).read_text("utf-8")
    for old, _ in [(mutant["old"], ""), *mutant.get("also", [])]:
        assert text.count(old) == 1, old


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("mutant", _TAKEN, ids=[mutant["name"] for mutant in _TAKEN])
def test_taking_the_line_out_turns_a_test_red(mutant: dict[str, str], copy: Path) -> None:
    """The tests named for the fault fail without the line that prevents it."""
    file = copy / mutant["at"]
    good = file.read_text("utf-8")
    bad = good
    for old, new in [(mutant["old"], mutant["new"]), *mutant.get("also", [])]:
        bad = bad.replace(old, new)
    test, *words = mutant["tests"].split()
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(copy / "tests/ledger" / test)]
    file.write_text(bad, "utf-8")
    try:
        done = subprocess.run(
            [*command, *words], cwd=copy, capture_output=True, text=True, timeout=170,
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
    finally:
        file.write_text(good, "utf-8")
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
