"""What all tests share: strict logging, and where the measuring corpus lies."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from intake.base import log

# the same examples every time: a test that fails today and not tomorrow tells nobody anything
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.load_profile("same")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test tells what stood on its pages; not after a time limit, which leaves no browser to be asked."""
    report = yield
    browsing = sys.modules.get("tests.browsing")
    if browsing and call.when == "call" and call.excinfo and isinstance(call.excinfo.value, Exception):
        report.sections += [(f"page {url}", said) for url, said in browsing.what_pages_say()]
    return report


@pytest.fixture(autouse=True, scope="session")
def strict_log() -> Iterator[None]:
    """A log field that is not on the list fails the test that wrote it (H-01)."""
    log.configure(strict=True)
    yield


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The material nobody here wrote; the test is left out, with its reason, where it is not at hand."""
    place = os.environ.get("VIREILLE_CORPUS")
    if not place:
        pytest.skip("VIREILLE_CORPUS is not set: the measuring corpus is not at hand")
    return Path(place)


_MOUNTS = "vireille-mounts-"


def _unmount_below(folder: Path) -> None:
    """Take every mount at or below the folder away, the deepest first, though somebody is still at work in it."""
    there = [Path(line.split()[1]) for line in Path("/proc/self/mounts").read_text().splitlines()]
    for place in sorted((place for place in there if place.is_relative_to(folder)), reverse=True):
        subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)


def _sweep_mounts(root: Path) -> None:
    """Remove what a killed run left mounted: pytest itself would stumble over it when it clears its old folders."""
    for folder in root.glob(f"{_MOUNTS}*"):
        owner = folder.name.removeprefix(_MOUNTS).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            _unmount_below(folder)
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def mount_path() -> Iterator[Path]:
    """A folder for a test that mounts images, outside pytest's own; nothing of it stays, however the test ends."""
    root = Path(tempfile.gettempdir())
    _sweep_mounts(root)
    folder = Path(tempfile.mkdtemp(prefix=f"{_MOUNTS}{os.getpid()}-", dir=root))
    yield folder
    _unmount_below(folder)
    shutil.rmtree(folder, ignore_errors=True)


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
