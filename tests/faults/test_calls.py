"""A-02, A-05 over the whole journey: killed at, and refused, each sync, rename and put of `run --once`.

A forked process stops itself, strace takes hold of it, and it goes on: so a round costs no new start of Python.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.base.durable import FSYNC_FAILED_EXIT
from tests.faults import points

EVERY = bool(os.environ.get("VIREILLE_EVERY_CALL"))
"""All calls one by one: VIREILLE_EVERY_CALL=1 pytest -m slow tests/faults/test_calls.py"""
MOST_CALLS = 200
FEW = (1, 2, 3, 5, 8, 12, 13, 21, 31, 34, 55)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900 if EVERY else 240),
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to trace another process"),
]
CALLS = {
    "sync": "fsync,fdatasync",
    "rename": "rename,renameat,renameat2",
    "put": "link,linkat",
    "remove": "unlink,unlinkat",
}


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """What every forked process needs is loaded once, here."""
    points.warm()


def numbers() -> Iterator[int]:
    """Which calls are hit, in order."""
    yield from range(1, MOST_CALLS) if EVERY else FEW


def _injected(point: points.FaultPoint, calls: str, what: str, number: int) -> tuple[int, bool]:
    """`run --once` with a fault at the `number`-th of the calls; its exit code, and whether there were so many."""
    seen = point.folder / "strace"

    def job() -> None:
        os.kill(os.getpid(), signal.SIGSTOP)
        points.main.run_once(point.settings)

    child = points.fork(job)
    os.waitpid(child, os.WUNTRACED)
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", str(seen), "-e", f"trace={calls}", "-e", f"inject={calls}:{what}:when={number}",
         "-p", str(child)],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        status = Path(f"/proc/{child}/status")
        points.until(lambda: "TracerPid:\t0\n" not in status.read_text(), what="strace")
        os.kill(child, signal.SIGCONT)
        code = points.ended(child)
    finally:
        tracer.wait(timeout=120)
    return code, code == -signal.SIGKILL or "(INJECTED)" in seen.read_text()


def _hit(place: Path, call: str, what: str) -> tuple[list[int], int]:
    """Exit codes of runs hit at ever later calls, until one was not hit, and how many left something undone.

    Each is put right by the next start.
    """
    codes, undone = [], 0
    for number in numbers():
        point = points.fault_point(place / str(number))
        for at, kind in enumerate(("complete", "gap")):
            point.scan(kind, at)
        code, hit = _injected(point, CALLS[call], what, number)
        codes.append(code)
        undone += bool(point.in_folder() or point.working())
        points.work_off(point)
        status = point.status()
        assert status["counts"] == {"delivered": 1, "waiting": 1}, f"{call} {number}"
        assert [scan["arrivals"] for scan in status["scans"]] == [1, 1], f"{call} {number}"
        assert len(point.sent()) == 1, f"{call} {number}"
        assert point.problems() == [], f"{call} {number}"
        points.remove(point)
        if not hit:
            return codes, undone
    assert not EVERY, f"more than {MOST_CALLS} calls"
    return codes, undone


@pytest.mark.parametrize("call", CALLS)
def test_a_02_a_kill_at_any_call_of_the_journey_is_put_right(memory_path: Path, call: str) -> None:
    """A-02: whichever sync, rename, put or removal was the last thing done, the next start ends every paper once."""
    codes, _ = _hit(memory_path, call, "signal=KILL")

    assert codes.count(-signal.SIGKILL) >= (1 if call == "put" else 3)
    assert set(codes) <= {-signal.SIGKILL, 0}


def test_a_05_a_refused_sync_ends_the_journey_and_is_put_right(memory_path: Path) -> None:
    """A-05: the process ends with its own exit code; nothing rests on what was not synced."""
    codes, undone = _hit(memory_path, "sync", "error=EIO")

    assert codes.count(FSYNC_FAILED_EXIT) >= 3
    assert set(codes) <= {FSYNC_FAILED_EXIT, 0}
    assert undone >= 3


@pytest.mark.parametrize("call", ["rename", "put"])
def test_a_06_a_refused_rename_or_put_is_tried_again(memory_path: Path, call: str) -> None:
    """A-06, B-10: an input-output error of one call is a passing trouble: nothing is held, nothing is doubled."""
    codes, undone = _hit(memory_path, call, "error=EIO")

    assert set(codes) <= {0, 1}
    assert undone > 0
