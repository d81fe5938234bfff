"""The ledger's face: every verb on filings and scans, one line each. The work is done in the modules it names."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Self

from sqlalchemy import text

from intake.base.clock import Clock
from intake.base.errors import Damaged, WrongUse
from intake.base.states import State
from intake.base.texts import Text
from workers.ledger import desk, joins, likeness, report, retention, scans, stats, verify, work
from workers.ledger.audit import head_of
from workers.ledger.blobs import Blobs
from workers.ledger.changes import Changes
from workers.ledger.claim import claim
from workers.ledger.database import Database, Here, open_database
from workers.ledger.desk import Person, Recipient
from workers.ledger.facts import Decided
from workers.ledger.head import RESTORE, check_head
from workers.ledger.leases import LeaseClock
from workers.ledger.migrations import check_vault, migrate, refuse_newer, version_of
from workers.ledger.scans import Accepted, ArrivingFile, NewScan
from workers.ledger.vault import Json, Vault
from workers.ledger.work import Keep, Work

NO_CHANGES = Changes()
NO_PLACE = Here()


class Ledger:
    """An open ledger; may be used by several threads, and several processes or machines may have the same one open."""

    def __init__(self, database: Database) -> None:
        """Use `Ledger.open`."""
        self.database = database

    @classmethod
    def open(
        cls, url: str, *, clock: Clock, vault: Vault, here: Here = NO_PLACE, readonly: bool = False,
        leases: LeaseClock | None = None,
    ) -> Self:  # fmt: skip
        """Open the ledger at `url`; a new or older one is brought to the present version in one transaction.

        Raises:
            WrongUse: written by a newer version of this program, made with another vault key, or (`readonly`) not
                there.
            Damaged: the file is damaged (A-11); the message names the command that brings it back.
            Away: the server cannot be reached.
        """
        database = open_database(url, clock=clock, vault=vault, here=here, leases=leases, readonly=readonly)
        try:
            if readonly:
                _check_version(database)
            else:
                _check_file(database)
                with database.write() as connection:
                    migrate(connection, database)
                _check_end(database)
        except BaseException:
            database.engine.dispose()
            raise
        return cls(database)

    def close(self) -> None:
        """Give all connections back."""
        self.database.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Arriving paper

    def accept_batch(self, parts: Sequence[NewScan]) -> Accepted:
        """Take the files of one hand-over over, in page order, as one filing, all or none.

        From the return on we answer for them. The same bytes again make no second filing.
        """
        return scans.accept(self.database, parts)

    def refuse(
        self, *, scanner: str, size: int, code: str, sha256: str | None = None, arrival: str | None = None
    ) -> None:
        """Note a file that was not taken over, for a person to see."""
        scans.refuse(self.database, scans.Refusal(scanner, size, code, sha256, arrival))

    def set_arriving(self, scanner: str, files: Sequence[ArrivingFile]) -> None:
        """Replace what is known of files not yet whole in `scanner`'s folder."""
        scans.set_arriving(self.database, scanner, files)

    def knows(self, sha256: str) -> bool:
        """Whether these bytes were accepted."""
        return scans.knows(self.database, sha256)

    # Work

    def claim(self, states: Collection[State], *, worker: str, lease_seconds: float) -> Work | None:
        """The next filing to work on, or None."""
        return claim(self.database, states, worker, lease_seconds)

    def heartbeat(self, claimed: Work, lease_seconds: float) -> None:
        """Keep the lease. Raises Stale."""
        work.heartbeat(self.database, claimed, lease_seconds)

    def advance(
        self, claimed: Work, to: State, *, changes: Changes = NO_CHANGES, keep: Keep | None = None
    ) -> Work | None:
        """Move on and give the filing back, or keep it in hand and return it as it is now. Raises Stale, WrongUse."""
        return work.advance(self.database, claimed, to, changes, keep)

    def put_back(self, claimed: Work) -> None:
        """Give it back untouched. Raises Stale."""
        work.put_back(self.database, claimed)

    def split(self, claimed: Work, to: State, parts: Sequence[Changes]) -> list[str]:
        """One scan, several filings; returns their ids, this one's first. Raises Stale, WrongUse."""
        return work.split(self.database, claimed, to, parts)

    def wait(self, claimed: Work, *, seconds: float, code: str) -> None:
        """Look again later; no failure. Raises Stale."""
        work.wait(self.database, claimed, seconds, code)

    def postpone(self, claimed: Work, *, seconds: float, code: str) -> None:
        """Try again later; code `unexpected` three times holds the filing. Raises Stale."""
        work.postpone(self.database, claimed, seconds, code)

    def hold(self, claimed: Work, *, reason: str, sentence: Text | None = None, decided: Decided | None = None) -> None:
        """A person must look. Raises Stale."""
        work.hold(self.database, claimed, reason, sentence=sentence, decided=decided)

    def refuse_scan(self, claimed: Work, code: str) -> None:
        """The scan cannot be opened. Raises Stale."""
        work.refuse_scan(self.database, claimed, code)

    # People

    def release(self, filing: str, person: Person, *, recipient: Recipient | None = None) -> State:
        """Let it go on; returns the state it goes on from. Raises NotFound, Stale, WrongUse."""
        return desk.release(self.database, filing, person, recipient)

    def hold_by_person(self, filing: str, person: Person, *, code: str = "by_advisor") -> None:
        """Stop it. Raises NotFound, Stale, WrongUse."""
        desk.hold(self.database, filing, person, code)

    def join(self, filing: str, into: str, person: Person) -> None:
        """Same paper as another filing. Raises NotFound, Stale, WrongUse."""
        joins.join(self.database, filing, into, person)

    def part(self, filing: str, person: Person) -> None:
        """Undo a join. Raises NotFound, Stale, WrongUse."""
        joins.part(self.database, filing, person)

    def attach(self, filing: str, into: str, person: Person) -> None:
        """Its pages become an attachment of another filing. Raises NotFound, Stale, WrongUse."""
        joins.attach(self.database, filing, into, person)

    def joined_to(self, filing: str) -> list[str]:
        """The filings that were joined to this one, newest first."""
        return joins.joined_to(self.database, filing)

    def viewed(self, filing: str, person: Person) -> None:
        """Note that a person looked. Raises NotFound."""
        desk.viewed(self.database, filing, person)

    # Reports

    def status(self) -> Json:
        """The document that `status --json` prints."""
        return report.status(self.database)

    def show(self, filing: str) -> Json:
        """One filing and its history. Raises NotFound."""
        return report.show(self.database, filing)

    def stats(self) -> Json:
        """The document that `stats --json` prints."""
        return stats.stats(self.database)

    def changes_since(self, event: int, *, most: int = 500) -> list[report.Change]:
        """The changes after `event`, oldest first."""
        return report.changes_since(self.database, event, most)

    def last_event(self) -> int:
        """The newest event's id."""
        return report.last_event(self.database)

    def overdue(self) -> list[report.Overdue]:
        """Filings past their state's age limit."""
        return report.overdue(self.database)

    def receipt(self, filing: str) -> bytes | None:
        """The provider's signed receipt as it came, if there is one."""
        return report.receipt(self.database, filing)

    def likely_same(self, filing: str) -> list[str]:
        """Other filings that may be scans of the same paper, newest first: for a person to judge."""
        return likeness.likely_same(self.database, filing)

    # Time and forgetting

    def purge_due(self, blobs: Blobs, keep: timedelta) -> int:
        """Destroy what was confirmed more than `keep` ago; returns how many, at most 200 at a time."""
        return retention.purge_due(self.database, blobs, keep)

    def destroy(self, filing: str, blobs: Blobs, person: Person) -> None:
        """A named person ends a filing that has not gone. Raises NotFound, Stale, WrongUse."""
        retention.destroy(self.database, blobs, filing, person)

    # Proof

    def verify(self, blobs: Blobs) -> list[str]:
        """All faults of ledger and blobs; empty if everything holds."""
        return verify.verify(self.database, blobs)

    def sweep_orphans(self, blobs: Blobs) -> int:
        """Remove what crashes left behind, once old enough; returns how many."""
        return verify.sweep_orphans(self.database, blobs)


def _check_version(database: Database) -> None:
    with database.read() as connection:
        found = version_of(connection)
        if found == 0:
            raise WrongUse("no ledger here yet; start the point once with 'vireille run'")
        refuse_newer(found)
        check_vault(connection, database)


def _check_file(database: Database) -> None:
    """A-11: a damaged ledger is never built upon."""
    if database.engine.dialect.name != "sqlite":
        return
    with database.read() as connection:
        line = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if line != "ok":
        raise Damaged(f"the ledger is damaged; {RESTORE}", code="damaged_ledger")


def _check_end(database: Database) -> None:
    """A-11: a ledger that has lost its end is never built upon."""
    if database.file is not None:
        with database.read() as connection:
            event = head_of(connection)
        check_head(database.file, event)
