"""A folder in memory, and small file systems that only root can make."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def memory_path() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of durable files are not what such a test is about."""
    place = Path("/dev/shm")
    usable = place.is_dir() and os.access(place, os.W_OK) and shutil.disk_usage(place).free > 200_000_000
    with tempfile.TemporaryDirectory(prefix="vireille-", dir=place if usable else None) as folder:
        yield Path(folder)
