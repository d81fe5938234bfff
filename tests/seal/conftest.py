"""Keys made once for all tests here, and a folder in memory: thousands of openings need no disk."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seal.world import World, make_world

_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def world() -> World:
    """A point and its providers."""
    return make_world()


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory where there is one."""
    usable = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    with tempfile.TemporaryDirectory(prefix="vireille-", dir=_MEMORY if usable else None) as folder:
        yield Path(folder)
