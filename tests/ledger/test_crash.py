"""A-02, A-03, A-05 on accepting: killed at each sync and rename, refused each sync, and the power cut."""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from intake.base import durable
from tests.ledger import crashing
from workers.ledger import reports, verify
from workers.ledger.scans import PointInlet

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root for loop mounts"),
]
_PROGRAM = [sys.executable, "-m", "tests.ledger.crashing"]
_MOST_CALLS = 40


def _inject(folder: Path, call: str, what: str, number: int) -> subprocess.CompletedProcess[str]:
    """Accept scan 1 with a fault at the `number`-th `call`."""
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e"]
    return subprocess.run(
        [*strace, f"inject={call}:{what}:when={number}", *_PROGRAM, str(folder), "1", "1"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def _check(folder: Path, acknowledged: list[str]) -> None:
    """What was acknowledged is there, all else is whole, and taking the scan again makes it one filing."""
    ledger, blobs = crashing.open_point(folder)
    assert verify.verify(ledger, blobs) == []
    there = {str(scan["sha256"]) for scan in reports.status(ledger)["scans"]}
    assert set(acknowledged) <= there
    again = PointInlet(ledger, blobs).accept([crashing.arrival(folder, 1)])
    mine = [scan for scan in reports.status(ledger)["scans"] if scan["sha256"] == again.scan]
    assert [(scan["arrivals"], len(scan["filings"])) for scan in mine] == [(1, 1)]
    assert verify.verify(ledger, blobs) == []
    ledger.close()


@pytest.mark.parametrize("call", ["fsync", "fdatasync", "rename", "unlink"])
def test_a_02_killed_at_each_call(tmp_path: Path, call: str) -> None:
    """Whichever sync, rename or removal is the last thing done, nothing acknowledged is missing after it."""
    kills = 0
    for number in range(1, _MOST_CALLS):
        folder = tmp_path / str(number)
        folder.mkdir()
        crashing.take(folder, 0, 1)
        done = _inject(folder, call, "signal=KILL", number)
        _check(folder, done.stdout.split())
        shutil.rmtree(folder)
        if done.returncode == 0:
            break
        kills += 1
    assert done.returncode == 0
    assert kills > 0 or call == "unlink"


@pytest.mark.parametrize("call", ["fsync", "fdatasync"])
def test_a_05_a_refused_sync_is_never_survived(tmp_path: Path, call: str) -> None:
    """When the disk says no to a sync, the process ends at once and acknowledges nothing that rests on it."""
    refused = 0
    for number in range(1, _MOST_CALLS):
        folder = tmp_path / str(number)
        folder.mkdir()
        crashing.take(folder, 0, 1)
        done = _inject(folder, call, "error=EIO", number)
        _check(folder, done.stdout.split())
        shutil.rmtree(folder)
        if done.returncode == 0:
            break
        assert done.returncode == durable.FSYNC_FAILED_EXIT, done.stderr
        refused += 1
    assert refused > 0


@contextmanager
def _mounted(image: Path, at: Path) -> Iterator[Path]:
    at.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(at)], check=True, timeout=60)
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True, timeout=60)


def _power_cut(folder: Path, rng: random.Random, *words: str) -> tuple[list[str], list[str]]:
    """Cut the power while scans are accepted; returns what was acknowledged and what is wrong afterwards."""
    image, after = folder / "disk", folder / "after"
    with image.open("wb") as file:
        file.truncate(48_000_000)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True, timeout=60)
    with _mounted(image, folder / "before") as disk:
        program = subprocess.Popen([*_PROGRAM, str(disk), "0", "100000", *words], stdout=subprocess.PIPE, text=True)
        assert program.stdout is not None
        try:
            acknowledged = [program.stdout.readline().strip() for _ in range(rng.randint(1, 12))]
            program.send_signal(signal.SIGSTOP)
            subprocess.run(["cp", "--sparse=always", str(image), str(after)], check=True, timeout=60)
        finally:
            program.kill()
            program.wait(timeout=60)
            program.stdout.close()
    with _mounted(after, folder / "later") as disk:
        try:
            ledger, blobs = crashing.open_point(disk)
        except Exception as error:  # whatever it is, it is the answer
            return acknowledged, [type(error).__name__]
        problems = verify.verify(ledger, blobs)
        there = {str(scan["sha256"]) for scan in reports.status(ledger)["scans"]}
        ledger.close()
    return acknowledged, problems + [f"lost {sha256}" for sha256 in acknowledged if sha256 not in there]


def test_a_03_a_power_cut_loses_nothing_acknowledged(mount_path: Path) -> None:
    """20 cuts on a real file system: what was acknowledged is there, no row points to a torn or empty blob."""
    rng = random.Random(3)
    for number in range(20):
        folder = mount_path / str(number)
        folder.mkdir()
        acknowledged, problems = _power_cut(folder, rng)
        assert acknowledged
        assert problems == []
        shutil.rmtree(folder)


def test_a_03_the_power_cut_test_can_fail(mount_path: Path) -> None:
    """Without our fsync the same cuts lose blobs: the test above is worth something."""
    rng = random.Random(3)
    found: list[str] = []
    for number in range(5):
        folder = mount_path / str(number)
        folder.mkdir()
        found += _power_cut(folder, rng, "unsynced")[1]
        shutil.rmtree(folder)
    assert found


KILLED = """
import os, signal, subprocess
from pathlib import Path

def test_is_killed(mount_path: Path) -> None:
    (mount_path / "at").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(mount_path / "at")], check=True)
    print(mount_path, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_test_left_mounted_is_gone_with_the_next(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A run of its own mounts and is killed; the next test that mounts takes the mount away first."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import mount_path\n__all__ = ['mount_path']\n")
    (tmp_path / "test_killed.py").write_text(KILLED)
    words = [sys.executable, "-m", "pytest", "-s", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    left = Path(done.stdout.splitlines()[0])
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (left / "at").is_mount()

    request.getfixturevalue("mount_path")

    assert not left.exists()
