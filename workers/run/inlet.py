"""The receiver of the drop folders: the durable acceptance of this point."""

from scanners.inlet import Claimed, Found
from workers.ledger import Blobs, Ledger, scans
from workers.ledger.accept import Arrival, accept_batch


class PointInlet:
    """Accepts into the blobs and the ledger; notes by name and reason what cannot be taken."""

    def __init__(self, ledger: Ledger, blobs: Blobs, *, batch: frozenset[str] = frozenset()) -> None:
        """Ledger and blobs are shared with the workers. `batch`: scanners whose papers nobody waits for."""
        self._ledger, self._blobs, self._batch = ledger, blobs, batch

    def accept(self, claimed: Claimed) -> None:
        """Durable when this returns. Raises Away, DiskFull, NotWhole: nothing was taken then."""
        self.accept_batch((claimed,))

    def accept_batch(self, parts: tuple[Claimed, ...]) -> None:
        """The files of one hand-over in page order; all or none."""
        arrivals = [
            Arrival(
                path=part.path, sha256=part.sha256, scanner=part.scanner, label=part.label, handed_over=part.seen,
                grows_from=part.grows_from, arrival=part.identity, batch=part.scanner in self._batch,
            )
            for part in parts
        ]  # fmt: skip
        accept_batch(arrivals, ledger=self._ledger, blobs=self._blobs)

    def refuse(self, seen: Claimed | Found, code: str) -> None:
        """Note the refusal; keep the bytes if they came along, so that a person can still look at them."""
        if isinstance(seen, Claimed):
            self._blobs.put_file(seen.path)
        scans.refuse(
            self._ledger, scanner=seen.scanner, size=seen.size, code=code, sha256=seen.sha256, arrival=seen.identity
        )  # fmt: skip

    def knows(self, sha256: str) -> bool:
        """Whether these bytes were accepted."""
        return scans.knows(self._ledger, sha256)
