"""Hand a sealed bundle over: put it, read it back, then tell the queue. Doing it twice does it once.

The order is the promise: no message points at an object that was not read back. Whoever calls this repeats it until it
returns; each step finds what an earlier try did (E-03, E-09).
"""

from pathlib import Path

from intake.base.errors import Away
from workers.deliver.ports import Message, Queue, Store


def object_key(provider: str, bundle: str) -> str:
    """The key of a bundle in the store."""
    return f"{provider}/{bundle}.p7m"


def deliver(path: Path, message: Message, store: Store, queue: Queue) -> None:
    """Deliver the bundle at `path` as `message` says. Returns only when the queue has it.

    Raises Conflict (other bytes lie there: a person must look), Denied (no for good), Away (later again), or
    NotFound if the file at `path` is gone.
    """
    store.put(message.object, path, message.sha256)
    if store.sha256(message.object) != message.sha256:  # E-07: what was stored is not what was sent
        raise Away("the store gave back other bytes than it was given; it is tried again", code="stored_differs")
    queue.send(message)
