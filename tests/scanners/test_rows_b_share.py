"""Rows B-08 to B-11: shares that stumble or go away, and two services on one folder."""

import errno
import multiprocessing
import os
from pathlib import Path

import pytest

from intake.base.clock import SystemClock
from intake.base.settings import Scanner
from scanners import taker
from scanners.copying import copy
from scanners.folder import MARKER, lay_out
from scanners.service import FolderService
from tests.scanners.support import Bench, FolderInlet, digest, pdf, png, until

CALLS = ["open", "stat", "fstat", "scandir", "pread", "rename", "mkdir"]


ERRORS = [errno.EIO, errno.ESTALE, errno.EBUSY, errno.ETIMEDOUT]


@pytest.mark.parametrize("code", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("call", CALLS)
def test_B_08_B_10_each_call_may_fail_with_each_errno_and_nothing_is_lost_or_doubled(
    tmp_path_factory, monkeypatch, call: str, code: int
) -> None:
    """The Nth call fails, for every N until a run is clean; afterwards all is taken once and nothing was refused."""
    real = getattr(os, call)
    wanted = {digest(pdf(body=b"1")), digest(png())}
    for failing in range(1, 90):
        bench = Bench(tmp_path_factory.mktemp("b08"), mode="remote")
        (bench.drop / "a.pdf").write_bytes(pdf(body=b"1"))
        (bench.drop / "b.png").write_bytes(png())
        calls: list[str] = []

        def stumble(first, *others, drop=bench.drop, calls=calls, failing=failing, **named):
            if named or first == drop or isinstance(first, int):  # on the share, not in our own folders
                calls.append(call)
                if len(calls) == failing:
                    raise OSError(code, os.strerror(code))
            return real(first, *others, **named)

        with monkeypatch.context() as patched:
            patched.setattr(os, call, stumble)
            hurt = [bench.settle(), bench.settle()]
        for _ in range(3):
            bench.settle(70)

        assert bench.inlet.hashes == wanted
        assert len(bench.inlet.records("arrivals")) == 2
        assert bench.inlet.codes == []
        assert bench.names() == set()
        if len(calls) < failing:
            assert all(result.code is None for result in hurt)
            return
    pytest.fail("no clean run")


def test_B_08_a_folder_that_is_away_keeps_what_was_known_of_it(tmp_path) -> None:
    """Its arriving files stay listed; it is told as away; it goes on by itself when it is back."""
    bench = Bench(tmp_path, mode="remote")
    (bench.drop / "scan.pdf").write_bytes(pdf()[:-9])
    bench.service.round()
    bench.drop.rename(bench.root / "gone")

    away = bench.service.round()
    (bench.root / "gone").rename(bench.drop)
    (bench.drop / "scan.pdf").write_bytes(pdf())
    back = bench.settle()

    assert (away.away, away.code, len(away.arriving)) == (True, "away", 1)
    assert (back.away, back.taken) == (False, 1)


def test_B_09_an_empty_mount_point_is_away_not_empty(tmp_path) -> None:
    """The share was unmounted and its mount point lists as an empty folder: the marker file is missing."""
    bench = Bench(tmp_path, mode="remote")
    (bench.drop / "scan.pdf").write_bytes(pdf()[:-9])
    bench.service.round()
    bench.drop.rename(bench.root / "share")
    bench.drop.mkdir()

    away = bench.service.round()

    assert (away.away, len(away.arriving)) == (True, 1)
    assert MARKER in (away.message or "")
    assert list(bench.drop.iterdir()) == []


def test_B_09_a_share_unmounted_while_it_is_listed_is_away(tmp_path, monkeypatch) -> None:
    """The marker was there at first and not in the list: half a list is no list."""
    bench = Bench(tmp_path, mode="remote")
    (bench.drop / "scan.pdf").write_bytes(pdf())
    real = os.scandir

    def vanish(folder):
        if isinstance(folder, int):  # the share, not our work folder
            (bench.drop / MARKER).unlink(missing_ok=True)
        return real(folder)

    monkeypatch.setattr(os, "scandir", vanish)
    away = bench.service.round()

    assert away.away
    assert "while it was listed" in (away.message or "")


def test_B_09_nothing_is_listed_before_the_marker_was_seen(tmp_path, monkeypatch) -> None:
    """What lies in an unmarked place may be anybody's."""
    bench = Bench(tmp_path, mode="remote")
    (bench.drop / MARKER).unlink()
    real = os.scandir
    monkeypatch.setattr(
        os, "scandir", lambda where: pytest.fail("was listed") if isinstance(where, int) else real(where)
    )

    assert bench.service.round().away


def test_B_10_a_move_that_fails_is_finished_later_without_a_second_arrival(tmp_path, monkeypatch) -> None:
    """The share went away between accept and move: the paper is ours, the original moves when it can."""
    bench = Bench(tmp_path, mode="remote")
    (bench.drop / "scan.pdf").write_bytes(pdf())
    real = os.rename

    def busy(source, target, **where):
        if where:
            raise OSError(errno.EBUSY, "busy")
        return real(source, target)

    copies = []
    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", busy)
        patched.setattr(taker, "copy", lambda held, **named: copies.append(held) or copy(held, **named))
        assert [bench.settle().taken for _ in range(4)] == [1, 0, 0, 0]
        assert bench.names() == {"scan.pdf"}
    assert len(copies) == 1
    bench.settle(70)

    assert bench.names() == set()
    assert len(bench.inlet.records("arrivals")) == 1


def test_B_10_a_file_that_was_accepted_before_a_crash_is_only_moved_after_it(bench: Bench, monkeypatch) -> None:
    """We died between accept and move: the next start hands the same arrival over, which makes no second one."""
    (bench.drop / "scan.pdf").write_bytes(pdf())
    with monkeypatch.context() as patched:
        patched.setattr(os, "mkdir", lambda *_, **__: (_ for _ in ()).throw(OSError(errno.EIO, "died here")))
        bench.settle()
    bench.service = bench.fresh()

    bench.settle()

    assert bench.names() == set()
    assert len(bench.inlet.records("arrivals")) == 1


class CountingInlet(FolderInlet):
    """Also writes down every call, in one file for all processes."""

    def accept(self, parts) -> None:
        """As the other, counted."""
        with (self.folder / "calls").open("a") as calls:
            calls.write(f"{parts[0].key}\n")
        super().accept(parts)


def serve(root: Path, mode: str, barrier, wanted: int) -> None:
    """One of several services on a folder, until all was taken."""
    scanner = Scanner(id="tiski-1", folder=root / "drop", mode=mode, quiet_seconds=0.0)
    service = FolderService(
        scanner, inlet=CountingInlet(root / "kept"), clock=SystemClock(), work=root / f"work-{os.getpid()}"
    )
    barrier.wait(120)
    assert until(lambda: (service.round(), len(list((root / "drop" / ".taken").glob("*"))) >= wanted)[1], 150)


@pytest.mark.parametrize("mode", ["local", "remote"])
def test_B_11_two_services_on_one_folder_accept_each_file_once(tmp_path, mode: str) -> None:
    """Locally a lock on the file itself keeps them apart; on a share the arrival's key makes a second call harmless."""
    lay_out(tmp_path / "drop")
    count = 200
    for number in range(count):
        (tmp_path / "drop" / f"{number}.pdf").write_bytes(pdf(body=b"%d" % number))
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    services = [context.Process(target=serve, args=(tmp_path, mode, barrier, count)) for _ in range(2)]

    for service in services:
        service.start()
    for service in services:
        service.join(160)

    assert [service.exitcode for service in services] == [0, 0]
    inlet = FolderInlet(tmp_path / "kept")
    calls = (tmp_path / "kept" / "calls").read_text().splitlines()
    assert len(inlet.records("arrivals")) == len(inlet.hashes) == len(set(calls)) == count
    if mode == "local":
        assert len(calls) == count
    assert len(list((tmp_path / "drop" / ".taken").iterdir())) == count
