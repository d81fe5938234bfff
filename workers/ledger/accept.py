"""Takes a scan over: its bytes become durable, then the ledger says so. From then on the point answers for it.

The order is the promise (A-04): the blob is on disk, folder entry included, before a row points to it. Dying before the
row leaves an orphan blob that is swept later, and the scanner's file untouched; dying after it leaves a file that the
ledger knows again by its hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from intake.base import durable
from intake.base.errors import DiskFull, NotWhole
from workers.ledger import scans
from workers.ledger.blobs import Blobs
from workers.ledger.database import Ledger
from workers.ledger.scans import Accepted, NewScan

LOW_WATER_BYTES = 32 * 1024 * 1024
"""Room that accepting leaves to the work on what was accepted: pictures, bundles, the ledger itself."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was found whole in a drop folder and copied to `path`, out of every scanner's reach."""

    path: Path
    sha256: str
    """Of the bytes as they were judged whole."""
    scanner: str
    label: str
    """The file's name made safe to show."""
    handed_over: datetime
    """When the file was first seen: the time the customer handed the paper over, by our clock."""
    grows_from: str | None = None
    arrival: str | None = None
    batch: bool = False
    """Nobody waits for it at a counter (J-05)."""


def accept_batch(arrivals: Sequence[Arrival], *, ledger: Ledger, blobs: Blobs) -> Accepted:
    """Accept the files of one hand-over, in page order, as one filing: all or none, durable when this returns.

    Doing it twice has one effect.

    Raises:
        NotWhole: the bytes at `path` are not those that were judged whole.
        Away, DiskFull: nothing was accepted; the scanner's file must stay where it is.
    """
    return scans.accept(ledger, [_kept(arrival, blobs) for arrival in arrivals])


def _kept(arrival: Arrival, blobs: Blobs) -> NewScan:
    """Store the file's bytes as a blob; returns the ledger's record of it."""
    with arrival.path.open("rb") as file:
        size = file.seek(0, 2)
        if durable.free_bytes(blobs.folder) < size + LOW_WATER_BYTES:  # what is here must still get out
            raise DiskFull("the data folder's disk is nearly full: nothing more is accepted until there is room")
        sha256 = blobs.put_open(file)
    if sha256 != arrival.sha256:
        raise NotWhole("a scan changed between the folder and the store")
    return NewScan(
        sha256=sha256,
        size=size,
        scanner=arrival.scanner,
        label=arrival.label,
        handed_over=arrival.handed_over,
        grows_from=arrival.grows_from,
        arrival=arrival.arrival,
        batch=arrival.batch,
    )
