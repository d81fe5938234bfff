"""Rows J-01 to J-06 in short, by work and order; `python -m tests.load` has the long versions and tells the times."""

import os
import time
from pathlib import Path

import httpx2
import pytest

from intake.base.states import State
from tests.faults import points, recorded
from tests.faults.conftest import memory_path
from tests.load.crowd import crowd, flood, start
from tests.load.nation import PAPERS_A_MONTH
from tests.load.real import pages_a_core_hour
from tests.load.watched import ACCEPT, p95, volume
from workers.journey import STAGES, Outcome, Stage
from workers.ledger.claimed import Work
from workers.pages import serve as page
from workers.tools import Tools

assert memory_path
assert page  # loaded here once for all forked processes
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """What every forked process needs is loaded once, here."""
    points.warm()


@pytest.mark.slow
def test_j_01_j_04_papers_in_a_stream_lose_nothing_and_leave_nothing(memory_path: Path) -> None:
    """J-01, J-04: 90 papers at 3 a second: all delivered, accept is quick, no descriptor, thread or file more."""
    point = points.fault_point(memory_path / "point")

    done = volume(point, rate=3.0, seconds=30.0, clock=time.thread_time)
    early, late = done.uses[2], done.uses[-1]

    assert point.problems() == []
    assert point.status()["counts"] == {"delivered": done.papers}
    assert p95(done.calls[ACCEPT]) < 1.0
    assert late.rss_mb < early.rss_mb + 40
    assert late.descriptors <= early.descriptors + 4
    assert late.threads <= early.threads + 2
    assert (late.scratch, late.wal_mb < 16) == (0, True)
    assert 10_000 < PAPERS_A_MONTH < 100_000


@pytest.mark.slow
def test_j_02_real_recognition_is_faster_than_reading_every_word() -> None:
    """J-02: more pages an hour on a core than whole-page text recognition, which does about 700."""
    assert pages_a_core_hour(2) > 1_000


def test_j_03_pages_answer_while_ten_scanners_papers_are_worked_on(memory_path: Path) -> None:
    """J-03: with a paper in the counter's hands and one in the post's, the list comes before either is done with it."""
    point = points.fault_point(memory_path / "point", scanners=10)
    busy, done = memory_path / "busy", memory_path / "done"

    def hold() -> None:
        """The post keeps its paper in hand until `done`, and the counter each that it takes after `busy`."""

        def held(stage: Stage, since: Path) -> Stage:
            def run(work: Work, tools: Tools) -> Outcome:
                points.until(lambda: done.exists() or not since.exists(), within=600, what="the end")
                return stage(work, tools)

            return run

        held_since = {State.ROUTED: memory_path, State.ACCEPTED: busy}
        stages = {state: held(STAGES[state], since) for state, since in held_since.items()}
        points.loop.STAGES = {**STAGES, **stages}

    running = points.live(point, hold)
    point.scan("complete", 0)
    points.until(lambda: point.status()["counts"] == {"routed": 1}, what="the post's paper")
    busy.touch()
    for number in range(1, 21):
        scanner = point.folder / "scan" / f"tiski-{1 + number % 10}"
        (scanner / f"{number}.pdf").write_bytes(recorded.paper("complete", number))
    points.until(lambda: point.status()["counts"] == {"routed": 1, "accepted": 20}, what="all papers")
    lists = [httpx2.get(f"{running.address}list", timeout=120).text for _ in range(5)]
    meanwhile = point.status()["counts"]
    done.touch()
    points.until(lambda: point.status()["counts"] == {"delivered": 21}, what="all deliveries")

    assert running.stop() == 0
    assert meanwhile == {"routed": 1, "accepted": 20}
    assert [shown.count("data-filing=") for shown in lists] == [21] * 5


def test_j_06_a_point_with_thousands_waiting_starts_at_once(memory_path: Path) -> None:
    """J-06: with 20,000 papers waiting the page and a new paper are seconds of work, and wait for none of them."""
    point = points.fault_point(memory_path / "point")
    crowd(point, 20_000)
    own = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    begun = start(point)

    assert begun.core_seconds < 10
    assert begun.rss_mb < own + 300  # it is forked from this process


def test_b_22_thousands_of_old_files_are_taken_oldest_first_in_bounded_passes(memory_path: Path) -> None:
    """B-22: no pass lasts long, memory stays, the oldest come first."""
    done = flood(memory_path, 3_000, passes=4)

    assert max(done.passes) < 10
    assert done.taken > 0
    assert done.oldest_first
    assert done.growth_mb < 80
