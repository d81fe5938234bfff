"""A-01 for accepting and working: whatever was acknowledged before a kill -9 is there after it."""

import itertools
import os
import random
import select
import signal
import time
from pathlib import Path

import pytest

from intake.base.arrival import Arrival
from intake.base.clock import SystemClock
from intake.base.errors import Stale
from intake.base.states import State
from tests.ledger.conftest import START
from workers.ledger import Blobs, Changes, Vault, claimed, reports, verify
from workers.ledger.claim import claim
from workers.ledger.opening import open_ledger_at
from workers.ledger.scans import PointInlet

VAULT = Vault(b"k" * 32)
WALK = [State.ACCEPTED, State.OPENED, State.RECOGNISED, State.READ, State.CHECKED, State.WAITING]


def _point(url: str, folder: Path, round_: int, out: int) -> None:
    """What the killed process does: accept and work, and say on a pipe what was acknowledged."""
    import hashlib

    ledger, blobs = open_ledger_at(url, clock=SystemClock(), vault=VAULT), Blobs(folder / "blobs", VAULT)
    number = 0
    while True:
        content = b"paper %d %d" % (round_, number) * 2000
        sha256 = hashlib.sha256(content).hexdigest()
        path = folder / f"claimed-{round_}"
        path.write_bytes(content)
        one = Arrival(
            f"s{number % 2}", "paper.pdf", len(content), START, key=f"{round_}-{number}", sha256=sha256, copy=path
        )
        PointInlet(ledger, blobs).accept([one])
        os.write(out, f"{sha256}\n".encode())
        number += 1
        for now, then in itertools.pairwise(WALK):
            work = claim(ledger, [now], worker=f"w{round_}", lease_seconds=0.05)
            if work is None:
                continue
            pages = Changes(pages=(1,)) if now is State.ACCEPTED else Changes()
            try:
                claimed.advance(ledger, work, then, changes=pages)
            except Stale:
                continue


def _killed_round(url: str, folder: Path, round_: int, rng: random.Random) -> list[str]:
    """Let a process work for a random time, kill it, and return what it acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            _point(url, folder, round_, writing)
        finally:
            os._exit(1)
    os.close(writing)
    if round_ % 4:  # three rounds of four die at work, the others wherever they are, the start included
        select.select([reading], [], [], 20)
    time.sleep(rng.uniform(0, 0.1))  # the instant of the kill, not a wait for anything
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return [line.strip() for line in pipe if line.endswith("\n")]


def _kills(tmp_path: Path, rounds: int, seed: int) -> int:
    url, acknowledged, rng = f"sqlite:///{tmp_path}/ledger.db", [], random.Random(seed)
    for round_ in range(rounds):
        acknowledged += _killed_round(url, tmp_path, round_, rng)
    ledger, blobs = open_ledger_at(url, clock=SystemClock(), vault=VAULT), Blobs(tmp_path / "blobs", VAULT)
    assert verify.verify(ledger, blobs) == []
    status = reports.status(ledger)
    there = {str(scan["sha256"]): scan["filings"] for scan in status["scans"]}
    assert [sha256 for sha256 in acknowledged if len(there.get(sha256, ())) != 1] == []
    assert {len(filings) for filings in there.values()} <= {1}
    ledger.close()
    return len(acknowledged)


def test_a_01_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    """Rounds of accept and work, killed at random instants: every acknowledged paper is there once; verify is clean."""
    assert _kills(tmp_path, rounds=20, seed=1) >= 10


@pytest.mark.slow
def test_a_01_many_kills(tmp_path: Path) -> None:
    """The same for as many rounds as VIREILLE_KILLS says, 100 otherwise."""
    rounds = int(os.environ.get("VIREILLE_KILLS", "100"))
    assert _kills(tmp_path, rounds=rounds, seed=2) >= rounds // 2
