"""Deliveries in a storm: failing stores and queues, lost answers, and both sides killed again and again."""

import hashlib
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.contract.conftest import message
from tests.contract.hands import arrived, messages, queue_in
from workers.deliver.folder import FolderStore

SEED = int(os.environ.get("VIREILLE_SEED", "1"))
COUNT = int(os.environ.get("VIREILLE_STORM", "200"))
"""10,000 of them: VIREILLE_STORM=10000 pytest -m slow tests/contract/test_storm.py"""
LIVES_SECONDS = (2.0, 10.0)
"""How long a side lives before it may be killed; Python needs a second or two of it to start."""


def start(what: str, folder: Path, chance: random.Random) -> subprocess.Popen[bytes]:
    """One of the two sides."""
    command = [sys.executable, "-m", "tests.contract.hands", what, str(folder), str(chance.randrange(1 << 30))]
    return subprocess.Popen(command)


@pytest.mark.slow
@pytest.mark.timeout(300 + COUNT)
def test_every_bundle_arrives_once_whatever_fails_and_whoever_dies(memory_path: Path) -> None:
    """Each bundle is at the provider exactly once by its id, none is missing, none is changed, the queue is empty."""
    folder, chance = memory_path, random.Random(SEED)
    for name in ("sealed", "delivered", "received"):
        (folder / name).mkdir()
    told = []
    for number in range(COUNT):
        body = chance.randbytes(300)
        one = message(number, sha256=hashlib.sha256(body).hexdigest(), bytes=len(body))
        (folder / "sealed" / f"{one.bundle}.p7m").write_bytes(body)
        told.append(one)
    (folder / "messages.jsonl").write_text("\n".join(one.to_json() for one in told))

    sides = {what: start(what, folder, chance) for what in ("deliver", "receive")}
    kills, deadline = 0, time.monotonic() + 240 + COUNT * 0.3
    while any(side.poll() is None for side in sides.values()):
        assert time.monotonic() < deadline, f"seed {SEED}: not done in time"
        what = chance.choice(sorted(sides))
        try:
            sides[what].wait(chance.uniform(*LIVES_SECONDS))
            assert sides[what].returncode == 0
            other = sides["receive" if what == "deliver" else "deliver"]
            other.wait(max(1.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            sides[what].kill()
            sides[what].wait()
            sides[what] = start(what, folder, chance)
            kills += 1

    received = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in arrived(folder)}
    worked = Counter((folder / "worked.log").read_text().split())
    assert received == {one.bundle: one.sha256 for one in messages(folder)}
    assert kills > 0 or COUNT < 1000
    assert max(worked.values()) == 1, "worked on twice"
    objects = [key for key in FolderStore(folder / "hub").list("vero/") if key.endswith(".p7m")]
    assert objects == sorted(one.object for one in told)
    stats = queue_in(folder).stats("vero")
    assert (stats.depth, stats.dead) == (0, 0)
