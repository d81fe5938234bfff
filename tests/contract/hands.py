"""Two processes for the storm: one delivers, one receives; both meet failures, and may be killed at any time.

`python -m tests.contract.hands deliver|receive FOLDER SEED`. The work is in FOLDER: `messages.jsonl` and `sealed/`.
"""

import random
import sys
from collections.abc import Callable
from pathlib import Path

from intake.base import durable
from intake.base.errors import Away, NotFound, Stale, VireilleError
from workers.deliver.folder import FolderStore
from workers.deliver.ports import Message, deliver, message_from_json
from workers.deliver.table import TableQueue

LEASE_SECONDS = 1.5
FAILURE_RATE = 0.08


class Flaky:
    """Calls of `target` fail now and then, half of them before and half after they took effect."""

    def __init__(self, target: object, chance: random.Random) -> None:
        self._target, self._chance = target, chance

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._target, name)

        def call(*args: object, **kwargs: object) -> object:
            roll = self._chance.random()
            if roll < FAILURE_RATE / 2:
                raise Away("injected")
            result = method(*args, **kwargs)
            if roll < FAILURE_RATE:
                raise Away("the answer was lost")
            return result

        return call


def messages(folder: Path) -> list[Message]:
    """What is to be delivered, in order."""
    return [message_from_json(line) for line in (folder / "messages.jsonl").read_text().splitlines()]


def arrived(folder: Path) -> list[Path]:
    """What the receiver has; what a kill left half written does not count."""
    return [path for path in (folder / "received").iterdir() if not path.name.startswith(durable.TEMP_MARK)]


def queue_in(folder: Path) -> TableQueue:
    """The storm's queue."""
    return TableQueue(f"sqlite:///{folder}/hub/queue.sqlite", most_deliveries=1000)


def deliver_all(folder: Path, chance: random.Random) -> None:
    """Deliver what is not marked as delivered; again and again until all is."""
    store, queue = Flaky(FolderStore(folder / "hub"), chance), Flaky(queue_in(folder), chance)
    left = [one for one in messages(folder) if not (folder / "delivered" / one.bundle).exists()]
    while left:
        for message in list(left):
            try:
                deliver(folder / "sealed" / f"{message.bundle}.p7m", message, store, queue)  # type: ignore[arg-type]
            except VireilleError:
                continue
            durable.write(folder / "delivered" / message.bundle, b"")
            left.remove(message)


def receive_all(folder: Path, chance: random.Random) -> None:
    """Take, check, keep under the bundle's id, acknowledge; until all is there and the queue is empty."""
    true = queue_in(folder)
    store, queue = Flaky(FolderStore(folder / "hub"), chance), Flaky(true, chance)
    count = len(messages(folder))
    while True:
        try:
            leased = queue.receive("vero", None, LEASE_SECONDS)
            if leased is None:
                if len(arrived(folder)) == count and not true.stats("vero").depth:
                    return
                continue
            target = folder / "received" / leased.message.bundle  # type: ignore[attr-defined]
            if not target.exists():
                if store.get(leased.message.object, target) != leased.message.sha256:  # type: ignore[attr-defined]
                    raise SystemExit("bytes of another bundle")
                with (folder / "worked.log").open("a") as log:
                    log.write(f"{target.name}\n")
            queue.ack(leased.token)  # type: ignore[attr-defined]
        except (Away, NotFound, Stale):
            continue


if __name__ == "__main__":
    what, place, seed = sys.argv[1:]
    {"deliver": deliver_all, "receive": receive_all}[what](Path(place), random.Random(int(seed)))
