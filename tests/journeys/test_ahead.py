"""What was seen of a paper before it was taken over is not seen again, and changes nothing."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.base.settings import load_settings
from tests.journeys.conftest import Pages, Point, pdf
from workers.journey import COUNTER
from workers.loop import Worker
from workers.run.open_point import Running, open_point


@pytest.fixture
def running(point: Point) -> Iterator[Running]:
    """The point's parts, open."""
    with open_point(load_settings(point.config)) as opened:
        yield opened


def verdict_of(running: Running, point: Point) -> str:
    """Take what lies in the folder and work until the verdict."""
    running.folders["tiski-1"].run_once(threading.Event())
    worker = Worker("counter-test", COUNTER, running.tools)
    while worker.step():
        pass
    return str(point.status()["filings"][-1]["reason"])


def test_a_paper_seen_ahead_is_opened_once(
    point: Point, filled: Pages, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pixels, its form and its fields are there when the stages ask for them."""
    reader = running.tools.reader
    opened: list[Path] = []
    real = reader.open
    monkeypatch.setattr(reader, "open", lambda path: opened.append(path) or real(path))
    scan = pdf(*filled("kela-sv4", empty=("allekirjoitus",)))

    running.tools.memory.prefetch(scan)
    assert len(opened) == 1
    for stage in ("open", "recognise", "read"):
        monkeypatch.setattr(reader, stage, None)
    point.drop("scan.pdf", scan)

    assert verdict_of(running, point) == "incomplete"


def test_a_paper_that_is_being_read_ahead_is_open_meanwhile(
    point: Point, filled: Pages, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pages are counted and shown at once, however long its reading takes."""
    begun, may_end, memory, reader = threading.Event(), threading.Event(), running.tools.memory, running.tools.reader
    real = reader.recognise
    monkeypatch.setattr(reader, "recognise", lambda opened: (begun.set(), may_end.wait(60), real(opened))[-1])
    scan = pdf(*filled("kela-sv4", empty=("allekirjoitus",)))
    ahead = threading.Thread(target=memory.prefetch, args=(scan,))
    ahead.start()
    assert begun.wait(60)
    point.drop("scan.pdf", scan)
    running.folders["tiski-1"].run_once(threading.Event())
    worker = Worker("counter-test", COUNTER, running.tools)

    assert worker.step() and point.status()["filings"][-1]["state"] == "opened"
    may_end.set()
    ahead.join()
    while worker.step():
        pass
    assert point.status()["filings"][-1]["reason"] == "incomplete"


def test_what_is_offered_is_seen_in_the_background(point: Point, filled: Pages, running: Running) -> None:
    """Bytes that no jail opens do no harm; the next paper is seen, and a second offer meanwhile is let go."""
    stop = threading.Event()
    seen = threading.Event()
    memory = running.tools.memory
    real = memory.prefetch

    def look(content: bytes) -> None:
        try:
            real(content)
        finally:
            if content != b"no paper":
                seen.set()

    memory.prefetch = look
    thread = threading.Thread(target=running.ahead.run, args=(stop,))
    running.ahead.offer(b"no paper")
    running.ahead.offer(b"let go")
    thread.start()
    while running.ahead._offered.full():
        stop.wait(0.01)
    running.ahead.offer(pdf(*filled("kela-sv4")))

    assert seen.wait(60)
    stop.set()
    thread.join()
    assert sum(known.fields != {} for known in memory._kept.values()) == 1
