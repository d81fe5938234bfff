"""Takes a line that is there for a fault out of a copy of the project, and asks whether a test notices."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def mutants_in(file: Path) -> list[dict[str, Any]]:
    """The list in `file`: `at` names the module, `old` stands in it once, `new` takes its place, `tests` must fail."""
    found: list[dict[str, Any]] = tomllib.loads(file.read_text("utf-8"))["mutant"]
    return found


def taken(mutants: list[dict[str, Any]], every: int) -> list[dict[str, Any]]:
    """Those of one run: each takes seconds, so a few in every run, and all with VIREILLE_MUTANTS=1."""
    return mutants if os.environ.get("VIREILLE_MUTANTS") else mutants[::every]


def changes(mutant: dict[str, Any]) -> list[tuple[str, str]]:
    """What is taken out and what comes in its place."""
    return [(mutant["old"], mutant["new"]), *map(tuple, mutant.get("also", []))]


def stands_once(mutant: dict[str, Any]) -> None:
    """The list follows the code: what it takes out stands in the file exactly once, and what is left is a program."""
    text = (ROOT / mutant["at"]).read_text("utf-8")
    for old, new in changes(mutant):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    if mutant["at"].endswith(".py"):
        compile(text, mutant["at"], "exec")


def copied(target: Path, folders: Iterable[str], *, skip: tuple[str, ...] = ("*.pdf", "*.face")) -> Path:
    """Those parts of the project in `target`."""
    shutil.copy(ROOT / "pyproject.toml", target)
    for folder in folders:
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__", *skip))
    for shared in ("__init__.py", "browsing.py", "clock.py", "others.py"):
        shutil.copy(ROOT / "tests" / shared, target / "tests" / shared)
    return target


def turns_red(mutant: dict[str, Any], copy: Path, tests: Path) -> None:
    """The tests named for the fault fail without the line that prevents it."""
    file = copy / mutant["at"]
    good = bad = file.read_text("utf-8")
    for old, new in changes(mutant):
        bad = bad.replace(old, new)
    test, *words = mutant["tests"].split()
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(tests / test), *words]
    file.write_text(bad, "utf-8")
    try:
        done = subprocess.run(
            command, cwd=copy, capture_output=True, text=True, timeout=590, check=False,
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "VIREILLE_TEST_PATIENCE": "20"},
        )  # fmt: skip
    finally:
        file.write_text(good, "utf-8")
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
