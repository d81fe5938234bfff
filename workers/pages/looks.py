"""Who looks at the point's filings: kept in the ledger's chained log."""

from workers.access.looks import MOST, Look, Looks
from workers.ledger import Ledger, Person, looks


class KeptLooks(Looks):
    """The looks that the ledger keeps."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(lambda filing, who, alone: looks.note(ledger, filing, Person(advisor=who), by_itself=alone))
        self._ledger = ledger

    def newest(self, *, before: int | None, filing: str | None) -> list[Look]:
        """The newest first: those before an event's number, those at one filing."""
        found = looks.looks(self._ledger, MOST, before=before, filing=filing)
        return [Look(look.event, look.at, look.filing, look.who, look.by_itself) for look in found]
