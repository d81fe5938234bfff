"""A running point: stopped at any instant, a part that dies, a ledger that is locked, two machines on one ledger."""

import os
import random
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from intake.base.errors import VireilleError
from intake.base.settings import load_settings
from tests.contract.conftest import moto_endpoint
from tests.faults import points
from tests.ledger import postgres
from workers.ledger import database, opening, reports
from workers.pages import serve as page

__all__ = ["moto_endpoint"]
SEED = int(os.environ.get("VIREILLE_SEED", "5"))
STOPS = int(os.environ.get("VIREILLE_STOPS", "6"))
assert page  # loaded here once for all forked processes


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """What every forked process needs is loaded once, here."""
    points.warm()


@pytest.mark.timeout(60 + STOPS * 20)
def test_a_13_a_stop_signal_at_any_instant_ends_cleanly_and_loses_nothing(memory_path: Path) -> None:
    """A-13: SIGTERM while papers are anywhere in the journey: exit 0 in time; the next start finishes the rest."""
    rng, point = random.Random(SEED), points.fault_point(memory_path / "point")
    total = 0
    for round_ in range(STOPS):
        for at in range(4):
            point.scan(rng.choice(["complete", "two"]), round_ * 10 + at)
        total += 4
        running = points.live(point)
        time.sleep(rng.uniform(0, 0.8))  # the instant of the signal, not a wait for anything

        assert running.stop(rng.choice([signal.SIGTERM, signal.SIGINT])) == 0, f"seed {SEED}"

    points.work_off(point)
    assert len(point.sent()) == total
    assert point.problems() == []


def test_a_13_a_second_signal_ends_it_at_once(memory_path: Path) -> None:
    """A-13: a stage that hangs holds up the first signal for a while, never the second."""
    point = points.fault_point(memory_path / "point")
    point.scan("complete", 1)

    def hang_when_sealing() -> None:
        points.loop.STAGES = {**points.loop.STAGES, points.main.POST[1]: lambda *_: time.sleep(50)}

    running = points.live(point, hang_when_sealing)
    points.until(lambda: point.status()["counts"] == {"routed": 1}, what="the stage that hangs")
    os.kill(running.child, signal.SIGTERM)
    with pytest.raises(AssertionError):
        points.until(lambda: os.waitpid(running.child, os.WNOHANG)[0] != 0, within=1.5)

    assert running.stop() == 128 + signal.SIGTERM  # no other end has this code
    assert points.once(point) == 0
    assert point.status()["counts"] == {"delivered": 1}


@pytest.mark.parametrize("part", ["housekeeping", "counter", "folder"])
def test_p5_a_part_that_dies_ends_the_point_with_an_error(memory_path: Path, part: str) -> None:
    """A point with a dead part is not silent: the process ends, non-zero, and a supervisor starts it anew."""
    point = points.fault_point(memory_path / "point")

    def break_it() -> None:
        def broken(*_: object, **__: object) -> None:
            raise RuntimeError

        if part == "housekeeping":
            points.main.housekeeping.run = broken
        elif part == "counter":
            points.main.Worker.run = broken  # type: ignore[method-assign]
        else:
            points.open_point.FolderService.run = broken  # type: ignore[method-assign]

    def job() -> None:
        break_it()
        try:
            points.main.run(point.settings, lambda _: None)
        except VireilleError as error:
            raise SystemExit(40 if part in error.message or part == "counter" else 41) from error

    assert points.ended(points.fork(job)) == 40


def test_d_03_a_ledger_that_is_locked_for_a_while_stops_no_worker(memory_path: Path) -> None:
    """D-03: another program holds the ledger for longer than we wait for it; afterwards everything goes on."""
    point = points.fault_point(memory_path / "point")
    assert points.once(point) == 0

    def be_impatient() -> None:
        database.BUSY_SECONDS = 0.1

    running = points.live(point, be_impatient)
    other = sqlite3.connect(point.folder / "data" / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    point.scan("complete", 1)
    held = threading.Event()
    held.wait(1.5)  # fifteen times as long as the point waits for the lock
    assert point.in_folder() == ["complete-1.pdf"]
    other.execute("ROLLBACK")
    other.close()

    points.until(lambda: len(point.sent()) == 1, what="the bundle")
    points.until(lambda: point.status()["counts"] == {"delivered": 1}, what="the delivery")
    assert running.stop() == 0


def test_e_08_a_store_that_refuses_is_on_the_page_and_in_the_status(memory_path: Path, moto_endpoint: str) -> None:
    """E-08: without a bucket the page brings a notice in words; `status` says for whom how many wait, and why."""
    point = points.fault_point(memory_path / "point")
    text = point.settings.file.read_text("utf-8").replace("folder:hub", "s3://no-such-bucket/hub")
    point.settings.file.write_text(text, "utf-8")
    point = replace(point, settings=load_settings(point.settings.file))
    point.scan("complete", 1)
    names = {"AWS_ENDPOINT_URL": moto_endpoint, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}

    running = points.live(point, lambda: os.environ.update(names, AWS_DEFAULT_REGION="eu-north-1"))
    try:
        told = points.notice(running.address, "hub_denied")
        page = urlopen(running.address).read().decode()  # noqa: S310 our own page
        points.until(lambda: point.status()["filings"][0]["reason"] == "denied", what="the reason")
    finally:
        ended = running.stop()
    words = [points.VIREILLE, "status", "--config", point.settings.file]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout

    assert (told, ended) == (True, 0)
    assert 'data-hub_denied="Viranomaisen järjestelmä ei ota asioita vastaan.' in page
    assert "1 sealed for maistraatti wait (denied): 'vireille doctor' says what is wrong there" in said


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server."""
    reason = postgres.why_not()
    if reason is not None:
        pytest.skip(reason)
    with postgres.server() as address:
        yield address % "postgres"


@pytest.mark.timeout(600)
def test_d_01_two_processes_share_one_ledger_and_do_nothing_twice(memory_path: Path, server: str) -> None:
    """D-01, B-11: two processes on one folder, scratch and ledger, one without a page: both work, nothing twice."""
    point = points.fault_point(memory_path / "point", ledger=server)
    for number in range(40):
        point.scan("complete", number)

    both = [points.live(point), points.live(point, page=False)]
    points.until(lambda: point.status()["counts"].get("delivered") == 40, what="all deliveries")
    codes = [one.stop() for one in both]

    with opening.open_ledger(point.settings) as ledger:
        filings = [str(one["id"]) for one in reports.status(ledger)["filings"]]
        events = [reports.show(ledger, filing)["events"] for filing in filings]
        actors = {one["actor"].rpartition("/")[0] for happened in events for one in happened if "/" in one["actor"]}
    assert codes == [0, 0]
    assert [bool(process.address) for process in both] == [True, False]
    assert len(actors) == 2
    for happened in events:
        reached = [one["to"] for one in happened if one["what"] == "moved on"]
        assert len(reached) == len(set(reached))
    assert [scan["arrivals"] for scan in point.status()["scans"]] == [1] * 40
    assert point.problems() == []
