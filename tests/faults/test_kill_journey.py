"""A-01, A-12, A-13 over the whole journey: killed, starved and stopped at any instant, nothing acknowledged is lost."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from intake.base import durable
from intake.base.arrival import Arrival
from tests.faults import points, recorded
from tests.faults.points import FaultPoint
from workers.ledger import Accepted, opening, verify
from workers.ledger.opening import open_ledger_at
from workers.ledger.scans import PointInlet

ROUNDS = int(os.environ.get("VIREILLE_KILLS", "100"))
"""1,000 of them: VIREILLE_KILLS=1000 pytest -m slow tests/faults/test_kill_journey.py"""
SEED = int(os.environ.get("VIREILLE_SEED", "5"))
ROUNDS_PER_POINT = 20
KINDS = ("complete", "complete", "gap", "letter", "two", "bad")


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """What every forked process needs is loaded once, here."""
    points.warm()


@pytest.fixture
def place(memory_path: Path) -> Iterator[Path]:
    """In memory: what a kill leaves there is the same, and syncing is tested elsewhere."""
    yield memory_path


class TellingInlet(PointInlet):
    """Says on a pipe what was acknowledged, the moment it was."""

    out = -1

    def accept(self, parts: Sequence[Arrival]) -> Accepted:
        """Accept, then say so."""
        accepted = super().accept(parts)
        os.write(self.out, f"{parts[0].sha256}\n".encode())
        return accepted


def _telling_once(point: FaultPoint, out: int) -> None:
    TellingInlet.out = out
    points.open_point.PointInlet = TellingInlet  # type: ignore[misc]  # in the forked process only
    points.main.run_once(point.settings)


def _killed_round(point: FaultPoint, rng: random.Random, longest: float) -> tuple[list[str], bool]:
    """Start the point, kill it at a random instant; what it acknowledged, and whether it was killed at work."""
    reading, writing = os.pipe()
    child = points.fork(lambda: _telling_once(point, writing))
    os.close(writing)
    time.sleep(rng.uniform(0, longest))  # the instant of the kill, not a wait for anything
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        told = [line.strip() for line in pipe if line.endswith("\n")]
    return told, os.WIFSIGNALED(status)


def _rounds(point: FaultPoint, rng: random.Random, rounds: int) -> tuple[dict[str, str], set[str], int]:
    """Papers come, the point is killed, again and again; returns kind by hash, what was acknowledged, and the kills."""
    given: dict[str, str] = {}
    acknowledged: set[str] = set()
    kills, began = 0, time.monotonic()
    assert points.once(point) == 0
    longest = 4 * (time.monotonic() - began)
    for round_ in range(rounds):
        for at in range(rng.randint(1, 2)):  # with nothing to do most kills would come after the end
            kind = rng.choice(KINDS)
            given[sha256(point.scan(kind, round_ * 10 + at)).hexdigest()] = kind
        told, killed = _killed_round(point, rng, longest)
        acknowledged |= set(told)
        kills += killed
        longest *= 1.05 if killed else 0.8  # about one in five comes after the end, however fast the machine is now
    return given, acknowledged, kills


def _check(point: FaultPoint, given: dict[str, str], acknowledged: set[str]) -> Counter[str]:
    """Every paper is in as many filings as it holds, or refused; what is gone is gone once."""
    status = point.status()
    filings = {scan["sha256"]: len(scan["filings"]) for scan in status["scans"]}
    refused = Counter(row["sha256"] for row in status["refused"])
    held = [one for one in status["filings"] if one["state"] == "held"]
    poisoned = {page["scan"] for one in held for page in one["pages"]}
    assert acknowledged <= filings.keys() | refused.keys(), "acknowledged, but nowhere"
    for name, kind in given.items():
        if kind == "bad":
            assert refused[name] == 1 and name not in filings, f"seed {SEED}: {kind}"
        elif name not in poisoned:
            allowed = {recorded.FILINGS[kind]} | ({1} if held else set())  # held before it was taken apart
            assert filings[name] in allowed, f"seed {SEED}: {kind}"
    assert point.problems() == []
    sent = sum(recorded.DELIVERED[kind] for kind in given.values())
    assert len(point.sent()) <= sent
    assert len(point.sent()) >= sent - len(held)
    return Counter(one["state"] for one in status["filings"])


class Tomorrow:
    """37 hours later: no writer of today can be alive any more."""

    def now(self) -> datetime:
        """Wall time."""
        return datetime.now(UTC) + timedelta(hours=37)

    def monotonic(self) -> float:
        """Machine time."""
        return time.monotonic() + 37 * 3600


def _swept(point: FaultPoint) -> list[str]:
    """What is still lying about after a sweep 37 hours later."""
    vault, blobs = opening.open_vault(point.settings), opening.open_blobs(point.settings)
    with open_ledger_at(opening.ledger_url(point.settings), clock=Tomorrow(), vault=vault) as ledger:
        verify.sweep_orphans(ledger, blobs)
        assert verify.sweep_orphans(ledger, blobs) == 0
        wrong = verify.verify(ledger, blobs)
    return wrong + [path.name for path in (point.folder / "data").rglob(f"*{durable.TEMP_MARK}*")]


@pytest.mark.slow
@pytest.mark.timeout(120 + ROUNDS * 4)
def test_a_01_a_killed_point_loses_nothing_and_sends_nothing_twice(place: Path) -> None:
    """A-01: papers of every kind, kill -9 at random instants of the whole journey, restarts: each ends once."""
    rng = random.Random(SEED)
    kills, states = 0, Counter[str]()
    for number in range(0, ROUNDS, ROUNDS_PER_POINT):
        point = points.fault_point(place / f"point-{number}")
        given, acknowledged, killed = _rounds(point, rng, min(ROUNDS_PER_POINT, ROUNDS - number))
        points.work_off(point)
        states += _check(point, given, acknowledged)
        assert _swept(point) == []
        kills += killed
        points.remove(point)

    assert kills >= ROUNDS // 2
    assert states["delivered"] > states["held"]


def test_a_01_a_killed_worker_leaves_nothing_to_wait_for(place: Path) -> None:
    """A-01: the next start goes on with what the dead process had in hand, at once, not when its lease runs out."""
    point = points.fault_point(place / "point")
    point.scan("complete", 1)

    def die_at_work() -> None:
        points.loop.STAGES = {**points.loop.STAGES, points.main.POST[1]: lambda *_: os.kill(os.getpid(), 9)}
        points.main.run_once(point.settings)

    assert points.ended(points.fork(die_at_work)) == -signal.SIGKILL
    assert point.status()["counts"] == {"routed": 1}
    assert points.once(point) == 0

    assert point.status()["counts"] == {"delivered": 1}


def test_a_12_a_paper_that_takes_its_worker_down_is_held_and_the_others_go_on(place: Path) -> None:
    """A-12, C-11: a paper on which the kernel kills the worker three times is held; the others are delivered."""
    point = points.fault_point(place / "point")
    point.scan("killer", 1)
    for number in range(3):
        point.scan("complete", number)

    codes = [points.once(point) for _ in range(4)]
    states = Counter((one["state"], one["reason"]) for one in point.status()["filings"])

    assert codes == [-signal.SIGKILL] * 3 + [0]
    assert states == {("delivered", "no_receipt_yet"): 3, ("held", "poison"): 1}
    assert point.problems() == []
