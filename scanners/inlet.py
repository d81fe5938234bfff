"""The interface between a drop folder and its receiver: plain data and one protocol."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was seen and of which no copy was made."""

    scanner: str
    label: str
    """Safe to show; no identity."""
    size: int
    identity: str
    """One arrival's key: the same after a restart and on every machine that looks at the folder."""
    seen: datetime
    """When we first saw it, by our clock."""
    scanner_says: datetime | None = None
    """When it was written, by the scanner's or share's clock (B-21): to show, never to compute with."""

    @property
    def sha256(self) -> str | None:
        """Not known: nothing was read."""
        return None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A private copy of a scanner's file, whole and durable. The receiver may move or read it; it is removed after."""

    path: Path
    sha256: str
    """Of the scanner's bytes."""
    size: int
    scanner: str
    label: str
    identity: str
    seen: datetime
    scanner_says: datetime | None = None
    pages: None = None
    """Not known here: content is nobody's business before the jail."""
    grows_from: str | None = None
    """SHA-256 of an earlier taken, shorter file that this one begins with, byte for byte (B-23)."""


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
    """The worst problem met: `disk_full`, `away`, `denied` or `unexpected`."""
    message: str | None = None
    """The same for the operator: where, and what to do. Names folders of ours, never a scanner's file."""
    due: float | None = None
    """Seconds until waiting alone will decide something; None: only a person or a scanner can change anything."""


class Inlet(Protocol):
    """The receiving side: the ledger, or a folder in the tests.

    All three calls are safe to repeat. An arrival is known by its `identity`: the same identity with the same bytes is
    the same arrival, however often it is handed over (after a crash, or by two machines), and makes no second one.
    """

    def accept(self, claimed: Claimed) -> None:
        """Returns only when `claimed` is durable: the receiver answers for it now. May raise Away, DiskFull."""

    def accept_batch(self, parts: tuple[Claimed, ...]) -> None:
        """Like `accept`, for the files of one hand-over in page order; all or none."""

    def refuse(self, seen: Claimed | Found, code: str) -> None:
        """Note, durably, that a file was refused, for a person to see; keep its bytes if they come along."""

    def knows(self, sha256: str) -> bool:
        """Whether the receiver has a scan with these bytes."""
