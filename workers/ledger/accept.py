"""Takes a scan over: its bytes become durable, then the ledger says so. From then on the point answers for it.

The order is the promise (A-04): the blob is on disk, folder entry included, before a row points to it. Dying before the
row leaves an orphan blob that is swept later, and the scanner's file untouched; dying after it leaves a file that the
ledger knows again by its hash.
"""

from collections.abc import Sequence

from intake.base import durable
from intake.base.arrival import Arrival
from intake.base.errors import DiskFull, NotWhole
from workers.ledger import scans
from workers.ledger.blobs import Blobs
from workers.ledger.database import Ledger
from workers.ledger.scans import Accepted

LOW_WATER_BYTES = 32 * 1024 * 1024
"""Room that accepting leaves to the work on what was accepted: pictures, bundles, the ledger itself."""


class PointInlet:
    """The receiver of the drop folders: accepts into the blobs and the ledger, and notes what cannot be taken."""

    def __init__(self, ledger: Ledger, blobs: Blobs) -> None:
        """Ledger and blobs are shared with the workers."""
        self._ledger, self._blobs = ledger, blobs

    def accept(self, parts: Sequence[Arrival]) -> Accepted:
        """Accept the files of one hand-over, in page order, as one filing: all or none, durable when this returns.

        Doing it twice has one effect.

        Raises:
            NotWhole: the copy's bytes are not those that were judged whole.
            Away, DiskFull: nothing was accepted; the scanner's file must stay where it is.
        """
        for part in parts:
            self._keep(part)
        return scans.accept(self._ledger, parts)

    def refuse(self, arrival: Arrival, code: str) -> None:
        """Note the refusal; keep the bytes if they came along, so that a person can still look at them."""
        if arrival.copy is not None:
            self._blobs.put_file(arrival.copy)
        scans.refuse(self._ledger, arrival, code)

    def knows(self, sha256: str) -> bool:
        """Whether these bytes were accepted."""
        return scans.knows(self._ledger, sha256)

    def keeps(self, sha256: str) -> bool:
        """Whether the point answers for these bytes: accepted, or refused and sealed in the store."""
        return self.knows(sha256) or (scans.is_refused(self._ledger, sha256) and self._blobs.has(sha256))

    def _keep(self, part: Arrival) -> None:
        """Store the copy's bytes as a blob."""
        if part.copy is None:
            raise NotWhole("a scan came without its bytes")
        with part.copy.open("rb") as file:
            size = file.seek(0, 2)
            if durable.free_bytes(self._blobs.folder) < size + LOW_WATER_BYTES:  # what is here must get out
                raise DiskFull("the data folder's disk is nearly full: nothing more is accepted until there is room")
            sha256 = self._blobs.put_open(file)
        if sha256 != part.sha256:
            raise NotWhole("a scan changed between the folder and the store")
