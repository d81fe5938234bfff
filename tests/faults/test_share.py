"""B-06, B-08, B-09, B-10 on a real share (FUSE) that answers what it is told to: nothing lost, doubled or silent."""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.base.clock import SystemClock
from intake.base.settings import load_settings
from scanners import service
from scanners.folder import TAKEN, lay_out
from tests.faults import points
from tests.faults.points import FaultPoint
from tests.faults.recorded import paper
from tests.faults.share import CALLS, Share, share
from tests.scanners.support import Bench, FolderInlet, digest, pdf, png

MOST_CALLS = 200
ERRORS = [errno.EIO, errno.ESTALE, errno.EBUSY]


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """What every forked process needs is loaded once, here."""
    points.warm()


@pytest.fixture
def served(memory_path: Path) -> Iterator[Share]:
    """A share that is mounted where a bench has its drop folder."""
    with share(memory_path / "bench" / "drop", memory_path / "share") as found:
        yield found


def bench_on(served: Share, number: int = 0) -> Bench:
    """A bench on the share as it is found at a start, with a receiver of its own and nothing of an earlier one."""
    shutil.rmtree(served.source / TAKEN, ignore_errors=True)
    bench = Bench(served.mount.parent, mode="remote", inlet=FolderInlet(served.mount.parent / f"kept-{number}"))
    for name, data in (("a.pdf", pdf(body=b"%d" % number)), ("b.png", png(4, 4 + number))):
        (served.source / name).write_bytes(data)
    return bench


def whole(bench: Bench, number: int = 0) -> bool:
    """Whether both papers were taken once, none was refused, and nothing is left in the folder."""
    arrivals = len(bench.inlet.records("arrivals"))
    wanted = {digest(pdf(body=b"%d" % number)), digest(png(4, 4 + number))}
    return (bench.inlet.hashes, arrivals, bench.inlet.codes, bench.names()) == (wanted, 2, [], set())


@pytest.mark.parametrize("code", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("call", CALLS)
def test_b_08_b_10_a_share_may_refuse_any_call_once(served: Share, call: str, code: int) -> None:
    """B-08, B-10: whichever call of whichever step fails, both papers are taken once and nothing is refused."""
    for number in range(1, MOST_CALLS):
        bench = bench_on(served, number)
        served.stumble(call, code, first=number, last=number)

        hurt = [bench.settle(), bench.settle()]
        calls = served.called().count(call)
        served.heal()
        for _ in range(3):
            bench.settle(70)

        assert whole(bench, number), f"{call} {number}"
        if calls < number:
            assert all(one.code is None for one in hurt)
            return
    pytest.fail("no clean run")


@pytest.mark.parametrize("code", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("call", CALLS)
def test_b_08_a_share_that_goes_on_refusing_is_told_until_it_heals(served: Share, call: str, code: int) -> None:
    """B-08: every pass says what is wrong or that the papers still arrive; nothing is refused, nothing is forgotten."""
    bench = bench_on(served)
    bench.settle(0)
    served.stumble(call, code)

    hurt = [bench.settle(70) for _ in range(5)]
    untouched = sorted(path.name for path in served.source.iterdir() if path.suffix in {".pdf", ".png"})
    served.heal()
    for _ in range(3):
        bench.settle(70)

    assert untouched == ["a.pdf", "b.png"]
    for last in hurt:
        assert last.message is None or os.strerror(code) in last.message or "tried again" in last.message
        assert last.code == "away" or len(last.arriving) == 2 or call in {"rename", "mkdir"}
    assert whole(bench)


def test_b_06_what_another_machine_writes_is_found_without_notices(served: Share) -> None:
    """B-06: behind the mount nothing is notified, though the folder is thought a local one: the sweep finds it."""
    bench = Bench(served.mount.parent, quiet=0.0, clock=SystemClock())
    stop = threading.Event()
    loop = threading.Thread(target=bench.service.run, args=(stop,))
    loop.start()

    (served.source / "scan.pdf").write_bytes(pdf())
    points.until(lambda: bench.inlet.hashes == {digest(pdf())} and not bench.names(), what="the paper")

    stop.set()
    loop.join(120)


def point_on_share(folder: Path, served: Share) -> FaultPoint:
    """A point with one scanner on the share and one on its own disk."""
    point = points.fault_point(folder, scanners=2)
    text = point.settings.file.read_text("utf-8")
    config = text.replace('folder = "scan/tiski-1"', f'folder = "{served.mount}"').replace('"local"', '"remote"', 1)
    point.settings.file.write_text(config, "utf-8")
    lay_out(served.mount)
    return FaultPoint(folder, load_settings(point.settings.file))


def impatient() -> None:
    """A share is looked at more often than in life, so that a test need not wait."""
    service.REMOTE_PERIOD, service._LONGEST_BACKOFF = 0.1, 0.5


AWAY = {
    "EIO": lambda one: one.stumble("any", errno.EIO),
    "ESTALE": lambda one: one.stumble("any", errno.ESTALE),
    "EBUSY": lambda one: one.stumble("any", errno.EBUSY),
    "server gone": lambda one: one.crash(),
    "unmounted": lambda one: one.leave(),
}


def come_back(served: Share) -> None:
    """The share is there again and well."""
    if served.is_down():
        served.leave()
        served.serve()
    served.heal()


@pytest.mark.parametrize("how", AWAY)
def test_b_08_b_09_a_point_bears_a_share_that_goes_away(memory_path: Path, served: Share, how: str) -> None:
    """B-08, B-09: the page says so, the other scanner's papers go on, and the share's are delivered when it heals."""
    point = point_on_share(memory_path / "point", served)
    running = points.live(point, impatient)
    (served.source / "one.pdf").write_bytes(paper("complete", 1))
    points.until(lambda: len(point.sent()) == 1, what="the first paper")

    AWAY[how](served)
    (served.source / "two.pdf").write_bytes(paper("complete", 2))
    (point.folder / "scan" / "tiski-2" / "three.pdf").write_bytes(paper("complete", 3))

    assert points.notice(running.address, "away", scanner="tiski-1")
    points.until(lambda: len(point.sent()) == 2, what="the other scanner's paper")
    assert (served.source / "two.pdf").read_bytes() == paper("complete", 2)
    come_back(served)
    points.until(lambda: len(point.sent()) == 3, what="the share's paper")
    points.until(lambda: point.status()["counts"] == {"delivered": 3}, what="the last delivery")
    assert running.stop() == 0
    assert [scan["arrivals"] for scan in point.status()["scans"]] == [1] * 3
    assert point.problems() == []


def test_b_08_a_share_that_does_not_answer_holds_nobody_else_up(memory_path: Path, served: Share) -> None:
    """B-08: a call that hangs: the page and the other scanner go on, and a stop is obeyed."""
    point = point_on_share(memory_path / "point", served)
    running = points.live(point, impatient)
    served.stumble("any", 0, seconds=3600.0)
    (served.source / "one.pdf").write_bytes(paper("complete", 1))
    points.until(lambda: bool(served.called()), what="the call that hangs")

    (point.folder / "scan" / "tiski-2" / "two.pdf").write_bytes(paper("complete", 2))
    points.until(lambda: len(point.sent()) == 1, what="the other scanner's paper")
    served.heal()
    points.until(lambda: point.status()["counts"] == {"delivered": 2}, what="the share's delivery")

    assert running.stop() == 0
    assert point.problems() == []
