"""The acts of a clerk on the page: claim, correct, accept, return, forward, give a dead letter another life.

The service signs with the office's key; the clerk has none, and stands beside every act by name.
"""

from dataclasses import dataclass

from intake.base.clock import parse_iso
from intake.base.errors import NotFound, WrongUse
from workers.access.machines import Vitals, by_label
from workers.backoffice import answers, inbox, notices
from workers.backoffice.notices import Notice
from workers.deliver.ports import DeadLetter
from workers.office.queue import Units, load
from workers.office.rounds import Rounds
from workers.office.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Desk:
    """The shelf, and the office that receives into it."""

    shelf: Shelf
    rounds: Rounds

    def accept(self, bundle: str, by: str) -> None:
        """Sign and send that it arrived. Raises NotFound, Stale (somebody else has it), Away, Denied."""
        with self.rounds.alone:
            self.shelf.claim(bundle, by)
            answers.ack(self.rounds.office, self.rounds.out, bundle)
            self.rounds.answered(bundle, "accepted", by)

    def send_back(self, bundle: str, by: str, reason: str, note: str, unit: str) -> None:
        """Return it to its point with a reason from the list and a sentence. Raises as `accept`, and WrongUse."""
        said = note.strip() or None
        with self.rounds.alone:
            self.shelf.claim(bundle, by)
            answers.return_(self.rounds.office, self.rounds.out, bundle, reason=reason, note=said, unit=unit or None)
            self.rounds.answered(bundle, "returned", by, reason)

    def forward(self, bundle: str, by: str, unit: str) -> None:
        """Pass it to another unit of this authority. Raises as `accept`, and WrongUse."""
        with self.rounds.alone:
            self.shelf.claim(bundle, by)
            answers.pass_on(self.rounds.office, self.rounds.out, bundle, unit)
            self.rounds.answered(bundle, "forwarded", by, unit)

    def notices(self, units: Units) -> tuple[Notice, ...]:
        """List the notices of these units that the case system did not take yet; empty where none is named."""
        kept = notices.waiting(self.rounds.out) if self.rounds.hook is not None else ()
        return tuple(notice for notice in kept if units is None or notice.data.get("unit") in units)

    def tell_again(self, bundle: str) -> None:
        """Send the notices of a filing in the next round, also what was given up. Raises NotFound."""
        if not bundle.isalnum() or notices.send_again(self.rounds.out, bundle) == 0:
            raise NotFound(f"no notice of {bundle} waits any more")

    def vitals(self) -> Vitals:
        """Whether it receives, and how much there is to do."""
        now = load(self.shelf)
        oldest = {"open": parse_iso(now.oldest).timestamp()} if now.oldest else {}
        counts: dict[str, float] = {"open": now.open, "free": now.free, "urgent": now.urgent}
        return Vitals(
            ("receiving",) if self.rounds.trouble else (),
            (
                by_label("vireille_office_filings", "filings that wait for an answer", "which", counts),
                by_label("vireille_office_oldest_seconds", "when the oldest was handed over", "which", oldest),
            ),
        )

    def dead(self, units: Units) -> tuple[DeadLetter, ...]:
        """List the letters of these units that could not be opened and were given up. Raises Away or Denied."""
        letters = inbox.dead(self.rounds.office)
        return tuple(letter for letter in letters if units is None or letter.message.unit in units)

    def redrive(self, bundle: str, units: Units) -> None:
        """Another life for a dead letter, at once. Raises NotFound, WrongUse, Away, Denied."""
        if not bundle.isalnum():
            raise WrongUse("no bundle's id")
        office = self.rounds.office
        if units is not None and bundle not in {letter.message.bundle for letter in self.dead(units)}:
            raise NotFound(f"{bundle} is not among the dead letters of these units")
        if office.queue.redrive(office.provider, office.unit, bundle) == 0:
            raise NotFound(f"{bundle} is not among the dead letters any more")
        self.rounds.once()
