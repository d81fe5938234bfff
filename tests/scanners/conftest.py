"""Fixtures of the drop-folder tests."""

from pathlib import Path

import pytest

from tests.scanners.support import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A local folder with the plain profile."""
    return Bench(tmp_path)
