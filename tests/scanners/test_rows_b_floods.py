"""Rows B-06, B-07 and B-22: floods, and notices that do not come."""

import os
import resource
import threading
import time

import pytest

from intake.base.clock import SystemClock
from scanners.folder import opened
from scanners.notice import Notice
from scanners.profile import load_profile
from scanners.sweep import sweep
from tests.scanners.support import Bench, digest, pdf, png, until


def test_B_07_files_are_taken_oldest_first_whatever_the_order_of_events(bench: Bench, monkeypatch) -> None:
    """By the scanner's own times, not by name or arrival."""
    order = []
    monkeypatch.setattr(bench.inlet, "accept", lambda parts: order.append(parts[0].label))
    for number, age in enumerate([30, 10, 20]):
        path = bench.drop / f"{number}.pdf"
        path.write_bytes(pdf(body=b"%d" % number))
        os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))

    bench.settle()

    assert order == ["0.pdf", "2.pdf", "1.pdf"]


def test_B_22_a_long_pass_takes_no_newer_paper_before_an_older_one(bench: Bench, monkeypatch) -> None:
    """Every question after the time takes a tenth of the quiet time: what is looked at last waited no longer."""
    order = []
    monkeypatch.setattr(bench.inlet, "accept", lambda parts: order.append(parts[0].label))
    for number in range(5):
        path = bench.drop / f"{number}.pdf"
        path.write_bytes(pdf(body=b"%d" % number))
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))

    def slow() -> float:
        bench.clock.pass_(bench.quiet / 10)
        return bench.clock.seconds

    monkeypatch.setattr(bench.clock, "monotonic", slow)
    for _ in range(8):
        bench.service.round()

    assert order == [f"{number}.pdf" for number in range(5)]


def resident_mb() -> float:
    """The most memory this process ever had in use."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_B_07_B_22_twenty_thousand_files_at_once_are_all_taken(tmp_path, record_property) -> None:
    """None is missed, memory stays flat, and no round holds the others up for long."""
    bench = Bench(tmp_path, quiet=0.0)
    taken: set[str] = set()
    bench.inlet.accept = lambda parts: taken.add(parts[0].key)  # the ledger's own time is measured elsewhere
    bench.clock.monotonic = time.monotonic
    data = png()
    for number in range(20_000):
        (bench.drop / f"{number:05}.png").write_bytes(data)
    before = resident_mb()
    started, longest, rounds = time.monotonic(), 0.0, 0

    while len(taken) < 20_000 and rounds < 1_000:
        begun = time.monotonic()
        bench.service.round()
        longest, rounds = max(longest, time.monotonic() - begun), rounds + 1

    spent, grown = time.monotonic() - started, resident_mb() - before
    record_property("seconds", round(spent, 1))
    record_property("grown_mb", round(grown, 1))
    record_property("longest_round_seconds", round(longest, 2))
    assert len(taken) == 20_000
    assert bench.names() == set()
    assert grown < 40


def test_B_22_a_sweep_is_bounded_and_gives_the_oldest(bench: Bench) -> None:
    """However many there are, only so many are followed, and the rest is counted."""
    for number in range(300):
        path = bench.drop / f"{number:03}.pdf"
        path.write_bytes(b"x")
        os.utime(path, (1_000_000 - number, 1_000_000 - number))

    with opened(bench.drop, must_be_marked=False) as folder:
        found = sweep(folder, load_profile(None), skip=lambda _: False, most=10)

    assert [entry.name for entry in found.entries] == [f"{number:03}.pdf" for number in range(299, 289, -1)]
    assert found.waiting == 290


def test_B_22_a_listing_that_takes_long_does_not_starve_the_papers(bench: Bench, monkeypatch) -> None:
    """Listing 200,000 files, or a slow share, may take more than a pass's time: papers are taken all the same."""
    (bench.drop / "scan.pdf").write_bytes(pdf())

    def slowly(*args, **words):
        bench.clock.pass_(5)
        return sweep(*args, **words)

    monkeypatch.setattr("scanners.service.sweep", slowly)

    assert bench.settle().taken == 1


def test_B_06_B_07_the_loop_finds_files_without_any_notice_and_stops_at_once(tmp_path, monkeypatch) -> None:
    """Hidden writes and a lost queue look the same: no event comes, and the sweep finds the file."""
    bench = Bench(tmp_path, quiet=0.0, clock=SystemClock())
    monkeypatch.setattr(Notice, "_start", lambda *_: None)
    stop = threading.Event()
    loop = threading.Thread(target=bench.service.run, args=(stop,))
    loop.start()
    (bench.drop / "scan.pdf").write_bytes(pdf())

    assert until(lambda: bench.inlet.hashes == {digest(pdf())} and not bench.names())
    stop.set()
    loop.join(120)
    assert not loop.is_alive()


def test_B_07_notices_are_started_anew_when_the_folder_is_another_one(tmp_path) -> None:
    """An observer on a deleted folder stays alive and blind; ours is replaced, and wakes the loop again."""
    drop = tmp_path / "drop"
    drop.mkdir()
    stop = threading.Event()
    with Notice(drop, enabled=True) as notice:
        drop.rename(tmp_path / "old")
        notice.supervise()
        drop.mkdir()
        notice.supervise()
        (drop / "scan.pdf").write_bytes(pdf())

        notice.wait(stop, 3600)  # it is called off by the notice alone


def test_a_dead_emitter_is_replaced(tmp_path) -> None:
    """Whatever killed it, the next wait starts another."""
    with Notice(tmp_path, enabled=True) as notice:
        observer = notice._observer
        observer.stop()
        observer.join(120)

        notice.supervise()

        assert notice._observer is not observer
        assert notice._is_alive()
