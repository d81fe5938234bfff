"""A promise has a door: product code that only tests call is not built."""

import shutil
from pathlib import Path

import pytest

from tests.habits.doors import unreached_definitions, unreached_names
from tests.habits.tree import PACKAGES, ROOT


def test_no_code_is_called_by_tests_only() -> None:
    """Every function, class, method, field and constant of the product is used by the product: wire it or delete it."""
    assert unreached_names(ROOT) == []
    assert unreached_definitions(ROOT) == []


PLANTED = '''"""Planted."""

NEVER_READ = 1


def never_called() -> None:
    pass


def check() -> None:
    pass


class Report:
    def never_asked(self) -> None:
        pass
'''


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product's code in which things are planted that only a test calls, two under well-known names."""
    root = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        only_code = shutil.ignore_patterns("__pycache__", "catalogue", "*.npz", "*.pdf")
        shutil.copytree(ROOT / package, root / package, ignore=only_code)
    (root / "tests").mkdir()
    (root / "tests" / "test_it.py").write_text("from workers.planted import check, never_called\n", "utf-8")
    (root / "workers" / "planted.py").write_text(PLANTED, "utf-8")
    (root / "scanners" / "__init__.py").write_text('"""Hands on."""\n\nfrom workers.planted import Report\n', "utf-8")
    return root


def test_what_only_a_test_calls_is_found(planted: Path) -> None:
    """By its name, and by who imports it where others bear the same name; handing it on is no use of it."""
    names = [found.split()[1] for found in unreached_names(planted) if "planted.py" in found]

    assert names == ["NEVER_READ", "never_called", "Report", "never_asked"]
    assert [found for found in unreached_definitions(planted) if "planted" in found] == [
        "workers.planted.never_called",
        "workers.planted.check",
        "workers.planted.Report",
    ]
