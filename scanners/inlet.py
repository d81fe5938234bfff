"""The interface between a drop folder and its receiver: plain data and one protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from intake.base.arrival import Arrival


@dataclass(frozen=True, slots=True)
class Arriving:
    """A file still in the folder: not yet whole, not yet quiet, or under a temporary name."""

    scanner: str
    bytes: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """The result of one pass over a folder."""

    taken: int = 0
    """Files that were accepted."""
    arriving: tuple[Arriving, ...] = ()
    away: bool = False
    """The folder, or a file in it, could not be reached; what is in it is not known."""
    refused: int = 0
    more: int = 0
    """Files in the folder beyond those followed now."""
    code: str | None = None
    """The worst problem met: `disk_full`, `too_many_open`, `away`, `denied` or `unexpected`."""
    message: str | None = None
    """The same for the operator: where, and what to do. Names folders of ours, never a scanner's file."""
    due: float | None = None
    """Seconds until waiting alone will decide something; None: only a person or a scanner can change anything."""


class Inlet(Protocol):
    """The receiving side: the ledger, or a folder in the tests.

    All calls are safe to repeat. An arrival is known by its `key`: the same key with the same bytes is the same
    arrival, however often it is handed over (after a crash, or by two machines), and makes no second one.
    """

    def accept(self, parts: Sequence[Arrival]) -> object:
        """Take the files of one hand-over, in page order, with their copies; all or none.

        Returns only when they are durable: the receiver answers for them now. May raise Away, DiskFull, NotWhole.
        """

    def refuse(self, arrival: Arrival, code: str) -> None:
        """Note, durably, that a file was refused, for a person to see; keep its bytes if there is a copy."""

    def knows(self, sha256: str) -> bool:
        """Whether the receiver has a scan with these bytes."""

    def keeps(self, sha256: str) -> bool:
        """Whether the receiver has these bytes, as a scan or as a refused file that came with its copy."""
