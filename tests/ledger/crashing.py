"""A process that accepts scans and says so, to be killed.

`python -m tests.ledger.crashing FOLDER FIRST COUNT [unsynced]`
"""

import hashlib
import sys
from pathlib import Path

from intake.base import durable
from intake.base.arrival import Arrival
from intake.base.clock import SystemClock
from intake.base.states import State
from tests.ledger.conftest import START
from workers.ledger import Blobs, Changes, Ledger, Vault, claimed
from workers.ledger.claim import claim
from workers.ledger.opening import open_ledger_at
from workers.ledger.scans import PointInlet

VAULT = Vault(b"k" * 32)


def open_point(folder: Path) -> tuple[Ledger, Blobs]:
    """The ledger and the blobs in `folder`."""
    ledger = open_ledger_at(f"sqlite:///{folder}/ledger.db", clock=SystemClock(), vault=VAULT)
    return ledger, Blobs(folder / "blobs", VAULT)


def arrival(folder: Path, number: int) -> Arrival:
    """Scan `number`, whole in a file of its own."""
    content = b"paper %d " % number * 3000
    path = folder / f"claimed-{number}"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return Arrival("tiski-1", "paper.pdf", len(content), START, key=str(number), sha256=sha256, copy=path)


def take(folder: Path, first: int, count: int) -> None:
    """Accept `count` scans and open each; print each scan's hash once it is acknowledged."""
    ledger, blobs = open_point(folder)
    for number in range(first, first + count):
        accepted = PointInlet(ledger, blobs).accept([arrival(folder, number)])
        sys.stdout.write(f"{accepted.scan}\n")
        sys.stdout.flush()
        work = claim(ledger, [State.ACCEPTED], worker="w", lease_seconds=0.01)
        if work is not None:
            claimed.advance(ledger, work, State.OPENED, changes=Changes(pages=(1,)))


if __name__ == "__main__":
    if "unsynced" in sys.argv:  # the control: without its fsync the test must turn red
        durable._fsync = lambda _: None
    take(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
