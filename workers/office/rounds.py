"""The page's other half: receives into the shelf, keeps leases, learns what others answered, ends what is old.

The case system, if there is one, is notified of what came and of how each filing was answered here.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from intake.base.clock import iso
from intake.base.errors import VireilleError
from intake.base.log import logger
from workers.backoffice import notices, webhook
from workers.backoffice.desk import count_failures, end_lost
from workers.backoffice.inbox import receive
from workers.backoffice.lease import LEASE_FILE, read_lease
from workers.backoffice.office import Office, seen
from workers.backoffice.service import Keep
from workers.backoffice.webhook import Hook
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
    keep: Keep
    hook: Hook | None = None
    trouble: str = ""
    unheard: int = 0
    """Notices that were given up on, for the page's banner."""
    _count: int = field(default=0)
    alone: threading.Lock = field(default_factory=threading.Lock)
    """Held during a round, and by an answer: a round in between would not know whose answer it is."""

    def run(self, stop: threading.Event, rest_seconds: float = REST_SECONDS) -> None:
        """Until `stop`; a round under way is finished first."""
        while not stop.is_set():
            self.once()
            self.tell()
            stop.wait(rest_seconds)

    def once(self) -> None:
        """One round; what goes wrong is told and tried again in the next."""
        with self.alone:
            try:
                self.office = self.look(self.office)
                done = receive(self.office, self.out)
                count_failures(self.out, [filing.code for filing in done.failed], self.office.clock.now())
                self.reconcile()
                self._end_old()
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

    def _end_old(self) -> None:
        for bundle in self.shelf.end(30 if self.keep.answered_days is None else self.keep.answered_days):
            notices.forget(self.out, bundle)
        end_lost(self.out, self.keep.lost_days, self.office.clock.now())

    def tell(self) -> None:
        """Notify the case system of what is due. Clerks work on meanwhile, and what fails is told in a later round."""
        if self.hook is None:
            return
        try:
            self._tell(self.hook)
        except Exception as error:  # as above: whatever a notice meets, receiving goes on
            code = error.code if isinstance(error, VireilleError) else type(error).__name__
            logger().error("not_told", provider=self.office.provider, code=code)

    def _tell(self, hook: Hook) -> None:
        with self.alone:  # an answer now would end the lease that is looked for here
            for bundle in notices.unnoted(self.out):
                sha256 = read_lease(self.out / bundle / LEASE_FILE).sha256
                notices.forget(self.out, bundle)  # it was forwarded before, and came back
                self._note(bundle, notices.RECEIVED, {"sha256": sha256})
        webhook.tell(self.out, hook, self.office.clock, self.office.provider)
        self.unheard = sum(notice.given_up for notice in notices.waiting(self.out))

    def answered(self, bundle: str, state: str, by: str, reason: str | None = None) -> None:
        """Keep and tell that it was accepted, returned, forwarded (`reason`: the unit), or is in hand elsewhere."""
        if self.hook is not None:
            self._note(bundle, state, {"reason": reason} if reason else {})
        self.shelf.answered(bundle, state, by, reason)

    def _note(self, bundle: str, what: str, more: dict[str, str | None]) -> None:
        row, now = self.shelf.filing(bundle).row, iso(self.office.clock.now())
        data = {name: row[name] for name in ("bundle", "unit", "form", "handed_over")}
        data |= {"provider": self.office.provider, "page": f"/filing/{bundle}"}
        notices.add(self.out, what, data | more, row["handed_over"] if what == notices.RECEIVED else now)

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
            self.answered(bundle, state, NOBODY, receipt.reason if receipt is not None else None)
