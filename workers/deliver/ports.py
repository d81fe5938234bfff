"""The two ports to a provider, an object store for sealed bundles and a queue of messages, and the way through both.

The adapters lie beside: `folder` and `s3` are stores, `table` and `sqs` queues; `connect` takes one by its address.
They translate their library's errors into ours: Away (try again), Denied (no for good), NotFound, Conflict, Stale.
Nothing here is personal: keys are `<provider>/<bundle id>.p7m`, messages hold ids, hashes and times.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import Field, StringConstraints

from intake.base.errors import Away, Denied
from intake.base.filing import Frozen
from routing_rules.model import Priority
from workers.seal.growing import read_json
from workers.seal.manifest import BundleId, Moment, Name, Sha256

MOST_DELIVERIES = 5
"""After so many leases without an end a message is dead: a person must look (E-12)."""
LEASE_SECONDS = 300
MOST_SECONDS = 12 * 3600
"""The longest lease any adapter gives; SQS allows no more."""


class Conflict(Denied):
    """Another object lies under this key already. It is never overwritten (E-04)."""

    code = "conflict"


class Message(Frozen):
    """The queue's message about a bundle."""

    bundle: BundleId
    object: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}/[0-9a-f]{32}\.p7m$")]
    sha256: Sha256
    bytes: int = Field(ge=0)
    provider: Name
    unit: Name | None = None
    form: str | None = None
    priority: Priority = "normal"
    handed_over: Moment
    forward: Annotated[str, StringConstraints(max_length=20_000)] | None = None
    """The provider's signed note that the bundle goes to `unit`, not to the one it is sealed for (base64)."""

    def to_json(self) -> str:
        """One line of JSON; without `forward` as an office of the first release knows it."""
        return self.model_dump_json(exclude={"forward"} if self.forward is None else None)


def message_from_json(untrusted: str | bytes) -> Message:
    """The message in `untrusted`. Raises Untrusted."""
    return read_json(Message, untrusted, "a queue message")


@dataclass(frozen=True, slots=True)
class Leased:
    """A message that is ours for a while."""

    message: Message
    token: str
    """Changes with every delivery; only the newest one counts."""
    deliveries: int
    """How many times it was leased, this time included."""


@dataclass(frozen=True, slots=True)
class QueueStats:
    """The state of a provider's queue."""

    waiting: int
    leased: int
    dead: int
    oldest: datetime | None
    """When the oldest message that is not finished was sent; None: none, or the queue cannot tell."""

    @property
    def depth(self) -> int:
        """Messages that are not finished and not dead."""
        return self.waiting + self.leased


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message given up on, and the last known reason."""

    message: Message
    code: str | None


@dataclass(frozen=True, slots=True)
class StoredObject:
    """The store's answer about an object."""

    bytes: int
    sha256: str | None
    """Hex, where the store keeps one; what the store claims, not a proof."""


UNFINISHED_SECONDS = 3600.0
"""No upload lasts so long: what is older was left by a process that was killed."""


class Store(Protocol):
    """Objects by key, written once."""

    def sweep(self, now: datetime) -> int:
        """Remove what crashes left half stored, older than `UNFINISHED_SECONDS` (E-06); returns how many.

        Raises Away or Denied.
        """

    def now(self) -> datetime | None:
        """The time by the service's own clock; None if it cannot be known. Raises Away or Denied."""

    def put(self, key: str, source: Path | bytes, sha256: str) -> Literal["stored", "already"]:
        """Store under `key` unless something is there. `sha256`: hex of the whole source.

        "already": the same bytes were there. Raises Conflict if other bytes are (they stay), Away or Denied.
        """

    def replace(self, key: str, content: bytes) -> None:
        """Store a small object whatever lies under `key`; who reads finds the one before or this one, each whole.

        For signed notes alone, whose readers tell an older one from a newer (`workers.send.notes`): a bundle or a
        receipt is never replaced. Raises Away or Denied.
        """

    def get(self, key: str, target: Path) -> str:
        """Write the object to the new file `target`; returns its SHA-256. Raises NotFound, Away or Denied."""

    def read(self, key: str, most: int) -> bytes:
        """A small object. Raises NotFound, Untrusted if it is larger than `most` bytes, Away or Denied."""

    def sha256(self, key: str) -> str:
        """Read the stored bytes back and hash them. Raises NotFound, Away or Denied."""

    def head(self, key: str) -> StoredObject | None:
        """The object under `key`, None if there is none. Raises Away or Denied."""

    def list(self, prefix: str) -> Iterator[str]:
        """Keys that start with `prefix`, in order. Raises Away or Denied."""


class Queue(Protocol):
    """At least once, by lease. Urgent first, then oldest first, as far as the service behind it can."""

    counts_every_delivery: bool
    """Whether a delivery counts against a message also where `fail` says that it is not to blame."""

    def now(self) -> datetime | None:
        """The time by the service's own clock; None if it has none. Raises Away or Denied."""

    def prepare(self, provider: str, unit: str | None = None) -> None:
        """Make what the provider's or unit's queue needs, as far as it is missing. Raises Away or Denied."""

    def send(self, message: Message) -> Literal["sent", "already"]:
        """Put `message` in; a second time with the same bundle id changes nothing. Raises Away, Denied or Conflict."""

    def receive(self, provider: str, unit: str | None = None, lease_seconds: float = LEASE_SECONDS) -> Leased | None:
        """Lease the next message for the provider, of one unit or of any; None if there is none now."""

    def extend(self, token: str, lease_seconds: float) -> None:
        """Keep the message for `lease_seconds` from now; 0 gives it back. Raises Stale if the token is not current."""

    def fail(self, token: str, code: str, retry_seconds: float, *, blame: bool = True) -> None:
        """Give the message back for another try later, with the reason's code. Raises Stale.

        `blame` False: not the message's fault (the store is away), so the delivery does not count, where the service
        can do that; SQS cannot.
        """

    def ack(self, token: str) -> None:
        """Finish the message for good. Raises Stale if the token is not current."""

    def return_(self, token: str, reason: str, note: str = "") -> None:
        """Finish the message as returned to its sender; the signed receipt gives the reason. Raises Stale."""

    def move(self, token: str, message: Message) -> None:
        """Give the message to another unit's queue, with what `message` says now. Raises Stale, Denied or Away."""

    def stats(self, provider: str) -> QueueStats:
        """The state of the provider's queue. Raises Denied where it has none."""

    def peek(self, provider: str, unit: str | None = None, most: int = 100) -> tuple[Message, ...]:
        """The waiting messages, next first, as far as the service can show them without taking them; SQS shows none.

        Raises Denied where that provider or unit has no queue.
        """

    def dead_letters(self, provider: str, unit: str | None = None) -> tuple[DeadLetter, ...]:
        """Messages given up on, of one unit or of any; looking does not change them."""

    def redrive(self, provider: str, unit: str | None = None, bundle: str | None = None) -> int:
        """Give the dead letters, or that of `bundle`, another life after a person found the cause; returns how many."""


def object_key(provider: str, bundle: str) -> str:
    """The key of a bundle in the store."""
    return f"{provider}/{bundle}.p7m"


def deliver(path: Path, message: Message, store: Store, queue: Queue) -> None:
    """Deliver the bundle at `path` as `message` says. Returns only when the queue has it; doing it twice does it once.

    The order is the promise: no message points at an object that was not read back. Whoever calls this repeats it until
    it returns; each step finds what an earlier try did (E-03, E-09).

    Raises Conflict (other bytes lie there: a person must look), Denied (no for good), Away (later again), or
    NotFound if the file at `path` is gone.
    """
    store.put(message.object, path, message.sha256)
    if store.sha256(message.object) != message.sha256:  # E-07: what was stored is not what was sent
        raise Away("the store gave back other bytes than it was given; it is tried again", code="stored_differs")
    queue.send(message)
