"""The page's other half: receives into the shelf, keeps leases, learns what others answered, ends what is old."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from intake.base.errors import VireilleError
from intake.base.log import logger
from workers.backoffice.desk import count_failures
from workers.backoffice.inbox import receive
from workers.backoffice.lease import LEASE_FILE
from workers.backoffice.office import Office, seen
from workers.office.schema import OPEN, filings
from workers.office.shelf import Shelf
from workers.send.receipt import standing_receipt

REST_SECONDS = 20.0
SWEEP_ROUNDS = 180
NOBODY = "–"
"""Stands for who answered, where that happened on another machine."""


@dataclass(slots=True)
class Rounds:
    """Receives again and again; `trouble` says what is wrong now, for the page's banner."""

    office: Office
    shelf: Shelf
    out: Path
    look: Callable[[Office], Office]
    keep_days: int
    trouble: str = ""
    _count: int = field(default=0)
    alone: threading.Lock = field(default_factory=threading.Lock)
    """Held during a round, and by an answer: a round in between would not know whose answer it is."""

    def run(self, stop: threading.Event, rest_seconds: float = REST_SECONDS) -> None:
        """Until `stop`; a round under way is finished first."""
        while not stop.is_set():
            self.once()
            stop.wait(rest_seconds)

    def once(self) -> None:
        """One round; what goes wrong is told and tried again in the next."""
        with self.alone:
            try:
                self.office = self.look(self.office)
                done = receive(self.office, self.out)
                count_failures(self.out, [one.code for one in done.failed], self.office.clock.now())
                self.reconcile()
                self.shelf.end(self.keep_days)
                if self._count % SWEEP_ROUNDS == 0:
                    self.shelf.sweep()
                ended = done.ended
            except VireilleError as error:
                ended = error
            except Exception as error:  # the thread's outermost place: the page must not serve on with nobody receiving
                logger().error("round_failed", provider=self.office.provider, code=type(error).__name__)
                ended = VireilleError("a round failed, see the log; the next one tries again")
            self._count += 1
        self.trouble = ended.message if ended is not None else ""
        if ended is not None:
            logger().error("inbox_stopped", provider=self.office.provider, code=ended.code)

    def reconcile(self) -> None:
        """Open filings whose lease is no longer ours: answered here before a crash, or by another machine."""
        with self.shelf.read() as connection:
            rows = connection.execute(select(filings.c.bundle).where(filings.c.state == OPEN)).scalars().all()
        for bundle in rows:
            if (self.out / bundle / LEASE_FILE).is_file():
                continue
            receipt = seen(self.out, bundle)
            if receipt is None:
                manifest = self.shelf.filing(bundle).manifest
                if manifest is None:
                    continue
                sha256 = self.office.store.sha256(f"{self.office.provider}/{bundle}.p7m")
                receipt = standing_receipt(
                    self.office.store, self.office.provider, bundle=bundle, sha256=sha256,
                    known=self.office.certificates,
                )  # fmt: skip
            state = receipt.outcome if receipt is not None else "elsewhere"
            self.shelf.answered(bundle, state, NOBODY, receipt.reason if receipt is not None else None)
