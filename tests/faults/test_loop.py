"""What a worker keeps in hand from stage to stage, and what it gives back: J-01, A-13, J-05."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from intake.base.errors import Refused
from intake.base.settings import load_settings
from intake.base.states import State
from intake.jail.pixels import OpenedScan
from tests.faults import points, recorded
from workers.journey import COUNTER, POST, receipt_pause
from workers.ledger import reports
from workers.ledger.claim import claim
from workers.ledger.claimed import Work
from workers.ledger.opening import open_ledger
from workers.ledger.schema import filings
from workers.loop import LEASE_SECONDS, Worker
from workers.run.open_point import Running


@pytest.fixture
def running(memory_path: Path) -> Iterator[Running]:
    """A point with everything open, and one paper taken over."""
    point = points.fault_point(memory_path / "point")
    point.scan("complete", 1)
    with points.recorded_eyes(), points.open_point.open_point(point.settings) as opened:
        opened.folders["tiski-1"].run_once(threading.Event())
        yield opened


def by_another(running: Running) -> Work | None:
    """What another worker at the counter gets."""
    return claim(running.tools.ledger, COUNTER, worker="other", lease_seconds=LEASE_SECONDS)


def test_j_01_what_somebody_waits_for_at_the_counter_stays_with_one_worker(running: Running) -> None:
    """J-01: of one paper one process opens, recognises, reads and checks; the other would see it all again."""
    worker, seen = Worker("one", COUNTER, running.tools), []

    while worker.step():
        assert by_another(running) is None
        seen += [one["state"] for one in reports.status(running.tools.ledger)["filings"]]

    assert seen == ["opened", "recognised", "read", "checked", "ready"]


def test_j_01_the_post_of_the_same_process_goes_on_with_it(running: Running) -> None:
    """J-01: what the counter has seen of a paper is still in memory when its last values are read."""
    post = Worker("post", POST, running.tools)
    counter = Worker("counter", COUNTER, running.tools, after=post)
    while counter.step():
        pass

    assert claim(running.tools.ledger, POST, worker="other", lease_seconds=LEASE_SECONDS) is None
    assert post.step() and post.step() and post.step()

    events = reports.show(running.tools.ledger, str(reports.status(running.tools.ledger)["filings"][0]["id"]))["events"]
    moved = [(one["actor"], one["to"]) for one in events if one["what"] == "moved on"]
    assert moved[-3:] == [("post", "routed"), ("post", "sealed"), ("post", "delivered")]


def test_a_13_what_reaches_a_worker_that_has_ended_is_given_back(running: Running) -> None:
    """A-13: the counter ends a little later than the post: nothing stays behind in its hands."""
    post, stop = Worker("post", POST, running.tools), threading.Event()
    counter = Worker("counter", COUNTER, running.tools, after=post)
    stop.set()
    post.run(stop)

    while counter.step():
        pass

    found = claim(running.tools.ledger, POST, worker="other", lease_seconds=LEASE_SECONDS)
    assert found is not None
    assert (found.state, found.crashes) == (State.READY, 0)


@pytest.fixture
def archive(memory_path: Path) -> Iterator[Running]:
    """A point whose second scanner is for what nobody waits for; three papers of it lie in the ledger first."""
    point = points.fault_point(memory_path / "point", scanners=2)
    config = point.settings.file
    config.write_text(f'{config.read_text("utf-8")}lane = "batch"\n', "utf-8")
    for number in range(3):
        (point.folder / "scan/tiski-2" / f"{number}.pdf").write_bytes(recorded.paper("complete", number))
    with points.recorded_eyes(), points.open_point.open_point(load_settings(config)) as opened:
        opened.folders["tiski-2"].run_once(threading.Event())
        yield opened


def test_j_05_what_nobody_waits_for_is_given_back_after_each_stage(archive: Running) -> None:
    """J-05: else a long batch paper would hold up who comes to the counter meanwhile."""
    Worker("one", COUNTER, archive.tools).step()

    states = {by_another(archive).state for _ in range(3)}
    assert states == {State.OPENED, State.ACCEPTED}
    assert by_another(archive) is None


def test_j_05_the_counter_is_before_the_batch(archive: Running) -> None:
    """J-05: a paper of the counter that comes last is seen first, and the batch goes on when it is done."""
    worker = Worker("one", COUNTER, archive.tools)
    worker.step()
    (archive.tools.settings.scanner[0].folder / "late.pdf").write_bytes(recorded.paper("complete", 9))
    archive.folders["tiski-1"].run_once(threading.Event())

    while worker.step() and reports.status(archive.tools.ledger)["counts"].get("ready", 0) == 0:
        pass

    with archive.tools.ledger.read() as connection:
        seen = connection.execute(select(filings.c.scanner, filings.c.state)).all()
    assert sorted(map(tuple, seen)) == [
        ("tiski-1", "ready"), ("tiski-2", "accepted"), ("tiski-2", "accepted"), ("tiski-2", "opened"),
    ]  # fmt: skip
    while worker.step():
        pass
    assert {one["state"] for one in reports.status(archive.tools.ledger)["filings"]} == {"ready"}


def test_a_13_a_worker_that_is_stopped_gives_back_what_it_has_not_begun(running: Running) -> None:
    """A-13: the next start has it at once, and it counts as nobody's crash."""
    worker, stop = Worker("one", COUNTER, running.tools), threading.Event()
    worker.step()
    assert by_another(running) is None
    stop.set()

    worker.run(stop)

    found = by_another(running)
    assert found is not None
    assert (found.state, found.crashes) == (State.OPENED, 0)


def test_j_01_a_receipt_that_is_late_is_asked_for_ever_more_rarely() -> None:
    """At most a dozen questions in the first hour, and none later than as long again as it took, or half an hour."""
    age, asked = 0.0, 0
    while age < 3600:
        pause = receipt_pause(age)
        assert 5.0 <= pause <= max(5.0, min(age, 1800.0))
        age, asked = age + pause, asked + 1

    assert asked <= 12


@pytest.mark.parametrize(("slow", "counted"), [(1, 1), (99, 0)])
def test_M3_a_file_that_is_slow_to_open_is_tried_once_more(
    memory_path: Path, monkeypatch: pytest.MonkeyPatch, slow: int, counted: int
) -> None:
    """On a busy machine the first try may run out of time; the second decides, and `run --once` waits for it."""
    point = points.fault_point(memory_path / "point")
    point.scan("complete", 1)
    left, plainly = [slow], recorded.RecordedReader.open

    def open_late(self: recorded.RecordedReader, path: Path, pages: int | None = None) -> OpenedScan:
        left[0] -= 1
        if left[0] >= 0:
            raise Refused("timeout")
        return plainly(self, path, pages)

    monkeypatch.setattr(recorded.RecordedReader, "open", open_late)
    with points.recorded_eyes():
        points.main.run_once(point.settings)

    with open_ledger(point.settings) as ledger:
        said = reports.status(ledger)
        events = [event["code"] for one in said["filings"] for event in reports.show(ledger, str(one["id"]))["events"]]
    assert slow - left[0] == 2
    assert len([one for one in said["filings"] if one["state"] == "delivered"]) == counted, events
    assert [one["code"] for one in said["refused"]] == ([] if counted else ["timeout"])
