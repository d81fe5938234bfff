"""Rows A-06, A-08 and A-15 as far as folders go: full disks, no descriptors, and leftovers of the dead."""

import gc
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from intake.base.durable import TEMP_MARK
from intake.base.errors import Away, DiskFull
from scanners import copying
from scanners.copying import CLEANER_AGE_SECONDS, WRITER_LIMIT_SECONDS
from tests.scanners.support import Bench, digest, files_left, pdf


@pytest.fixture
def small_disk(tmp_path: Path, mount: Callable[..., Path]) -> Callable[[str], Path]:
    """A tmpfs with the given options."""
    return lambda options: mount(tmp_path / "small", options)


@pytest.mark.parametrize("options", ["size=1m", "nr_inodes=3"])
def test_A_06_A_08_a_full_work_folder_pauses_intake_and_it_resumes_by_itself(
    bench: Bench, small_disk, options: str
) -> None:
    """No room, or no inodes, for copies: told as `disk_full`, nothing left behind, the scanner's file untouched."""
    work = small_disk(options)
    (work / "tiski-1").mkdir()
    bench.service = type(bench.service)(bench.scanner, inlet=bench.inlet, clock=bench.clock, work=work)
    ballast = work / "ballast"
    ballast.write_bytes(b"x" * 700_000)
    data = pdf(body=b"y" * 500_000)
    (bench.drop / "scan.pdf").write_bytes(data)
    before = (bench.drop / "scan.pdf").stat()

    for _ in range(3):
        full = bench.settle()
        assert (full.code, full.taken, full.away, len(full.arriving)) == ("disk_full", 0, False, 1)
        assert list((work / "tiski-1").iterdir()) == []
    assert (bench.drop / "scan.pdf").stat() == before
    ballast.unlink()
    bench.settle()

    assert bench.inlet.hashes == {digest(data)}


@pytest.mark.parametrize("error", [DiskFull("full"), Away("ledger away")])
def test_A_06_a_receiver_that_cannot_take_pauses_the_whole_folder(bench: Bench, monkeypatch, error) -> None:
    """The first file meets it, the others are not tried, all stay untouched, and all are taken afterwards."""
    for number in range(5):
        (bench.drop / f"{number}.pdf").write_bytes(pdf(body=b"%d" % number))
    calls = []

    def refuse(parts) -> None:
        calls.append(parts)
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(bench.inlet, "accept", refuse)
        paused = bench.settle()
    assert (len(calls), paused.code, len(paused.arriving), len(bench.names())) == (1, error.code, 5, 5)
    assert list((bench.root / "work" / "tiski-1").iterdir()) == []

    bench.settle()
    assert len(bench.inlet.hashes) == 5


def test_P6_a_file_that_always_fails_does_not_stop_the_others(bench: Bench, monkeypatch) -> None:
    """Whatever goes wrong with one paper stays with it; it is tried again, ever more slowly."""
    for number in range(3):
        (bench.drop / f"{number}.pdf").write_bytes(pdf(body=b"%d" % number))
    real, tries = bench.inlet.accept, []

    def stumble(parts) -> None:
        if parts[0].label == "1.pdf":
            tries.append(parts)
            msg = "a fault of ours"
            raise RuntimeError(msg)
        real(parts)

    monkeypatch.setattr(bench.inlet, "accept", stumble)
    first = bench.settle()
    assert (first.taken, first.code, len(first.arriving)) == (2, "unexpected", 1)
    for _ in range(120):
        bench.settle()

    assert 3 <= len(tries) <= 12
    assert bench.names() == {"1.pdf"}


def test_P6_a_pass_that_fails_unexpectedly_is_told_and_the_next_one_works(bench: Bench, monkeypatch) -> None:
    """No fault of ours ends the loop or makes the folder look empty."""
    (bench.drop / "scan.pdf").write_bytes(pdf())
    bench.service.round()
    with monkeypatch.context() as patched:
        patched.setattr("scanners.service.sweep", lambda *_, **__: 1 // 0)
        failed = bench.service.round()
    assert (failed.away, failed.code, len(failed.arriving)) == (True, "unexpected", 1)
    bench.clock.pass_(1)

    assert bench.service.round().taken == 1


def test_A_08_no_descriptor_is_leaked_over_a_thousand_files(bench: Bench) -> None:
    """Taken, refused, changed or away: as many are open afterwards as before."""
    bench.settle()
    gc.collect()  # what earlier tests of this process left open is not counted
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counts descriptors, the listing's own included

    for number in range(500):
        (bench.drop / f"{number}.pdf").write_bytes(pdf(body=b"%d" % number))
        (bench.drop / f"{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (bench.drop / "link.pdf").symlink_to("/etc/passwd")
    bench.settle()
    bench.settle(10)

    assert len(bench.inlet.records("arrivals")) == 500
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_A_08_without_descriptors_it_waits_and_resumes(bench: Bench) -> None:
    """At the limit of open files nothing is lost or refused."""
    (bench.drop / "scan.pdf").write_bytes(pdf())
    bench.service.round()
    bench.clock.pass_(1)
    results = []
    for free in range(5):
        with files_left(free):
            results.append(bench.settle())

    codes = {result.code for result in results}
    assert "too_many_open" in codes
    assert "disk_full" not in codes
    bench.settle()
    bench.settle(70)
    assert bench.inlet.hashes == {digest(pdf())}
    assert bench.inlet.codes == []


@pytest.mark.parametrize(("age", "stays"), [(CLEANER_AGE_SECONDS - 1, True), (CLEANER_AGE_SECONDS + 1, False)])
def test_A_15_a_leftover_copy_is_removed_only_when_no_writer_can_be_alive(
    bench: Bench, age: float, stays: bool
) -> None:
    """A copy's name carries its start; at 36 hours nobody writes it any more."""
    work = bench.root / "work" / "tiski-1"
    work.mkdir(parents=True)
    left = work / f"{TEMP_MARK}{int(bench.clock.now().timestamp() - age)}-1-ab"
    left.write_bytes(b"half")

    bench.service.round()

    assert left.exists() is stays


def test_M1_a_copy_dies_with_the_process_that_made_it(bench: Bench) -> None:
    """Killed while the receiver has it, whole and plain: nothing of the paper is left but the scanner's own file."""
    (bench.drop / "scan.pdf").write_bytes(pdf())
    bench.service.round()
    bench.clock.pass_(1)
    child = os.fork()
    if child == 0:
        bench.inlet.accept = lambda parts: (
            b"".join(parts[0].pieces(7)) == pdf() and os.kill(os.getpid(), signal.SIGKILL)
        )
        bench.service.round()
        os._exit(1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert list((bench.root / "work").rglob("*")) == [bench.root / "work" / "tiski-1"]
    assert bench.names() == {"scan.pdf"}


@pytest.mark.parametrize(("seconds", "taken"), [(WRITER_LIMIT_SECONDS - 1, 1), (WRITER_LIMIT_SECONDS + 1, 0)])
def test_A_15_a_copy_that_takes_more_than_a_day_gives_up(bench: Bench, monkeypatch, seconds: float, taken: int) -> None:
    """So a writer always ends before the cleaner may come."""
    (bench.drop / "scan.pdf").write_bytes(pdf(body=b"x" * 3_000_000))
    real, stalled = os.pread, []

    def stall(descriptor, count, offset):
        if offset == copying._STEP and not stalled:
            stalled.append(True)
            bench.clock.pass_(seconds)
        return real(descriptor, count, offset)

    bench.service.round()
    bench.clock.pass_(1)
    monkeypatch.setattr("scanners.whole.judge", lambda *_: None)
    monkeypatch.setattr(copying.os, "pread", stall)

    assert bench.service.round().taken == taken
    assert WRITER_LIMIT_SECONDS < CLEANER_AGE_SECONDS


def test_A_06_a_short_read_is_no_end_of_file(bench: Bench, monkeypatch) -> None:
    """A share that gives less than was asked is asked again."""
    (bench.drop / "scan.pdf").write_bytes(pdf(5))
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda descriptor, count, offset: real(descriptor, min(count, 7), offset))

    bench.settle()

    assert bench.inlet.hashes == {digest(pdf(5))}
