"""A folder in memory, and small file systems that only root can make."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def memory_path() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of durable files are not what such a test is about."""
    place = Path("/dev/shm")
    usable = place.is_dir() and os.access(place, os.W_OK) and shutil.disk_usage(place).free > 200_000_000
    with tempfile.TemporaryDirectory(prefix="vireille-", dir=place if usable else None) as folder:
        yield Path(folder)


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts a tmpfs with the given options at a folder; only root can, others skip."""
    mounted: list[Path] = []

    def make(folder: Path, options: str) -> Path:
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("needs the right to mount")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)
