"""Plain records of the point's papers, as the counter page gets them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from intake.base.filing import Document
from intake.base.states import State
from intake.base.texts import Text
from workers.pages.values import ReadValue

DECIDABLE = {State.WAITING, State.HELD, State.RETURNED}
"""States in which a paper waits for a person."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A person's decision about a filing, with what that person wrote. Personal: never log it."""

    at: datetime
    what: str
    """`released`, `held`, `joined`, `parted`, `destroyed`."""
    advisor: str
    reason: str
    identity: str
    contact: str
    code: str | None


@dataclass(frozen=True, slots=True)
class DeskRecipient:
    """An authority, or a unit of it, that a filing can be sent to."""

    provider: str
    unit: str | None
    authority: Text
    name: Text
    """The unit's, or the authority's if it has none."""

    @property
    def value(self) -> str:
        """The value that the page sends: ids are never shown."""
        return f"{self.provider}/{self.unit or ''}"


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """One filing."""

    id: str
    version: int
    state: State
    since: datetime
    handed_over: datetime
    kind: str | None
    form: str | None
    edition: str | None
    language: str | None
    provider: str | None
    unit: str | None
    verdict: str | None
    scanner: str = ""
    part: tuple[int, int] = (1, 1)
    """Which one it is of how many filings of the same hand-over."""
    who: str | None = None
    """Whose it is, as read."""
    values: tuple[ReadValue, ...] = ()
    """What was read, the doubtful first."""
    reading: bool = False
    """The rest of the values is still to be read."""
    reason: str | None = None
    why: Text | None = None
    """The sentence of `reason`."""
    sentence: Text | None = None
    """What was said besides, when it came to its present state: by the rule, the certificate, the store."""
    note: str | None = None
    """What the authority wrote when it returned the filing."""
    recipient: Text | None = None
    """Where it goes, by name."""
    contact: str = ""
    """How a customer reaches the recipient, where its file says so."""
    belongs: DeskRecipient | None = None
    """Of a returned one: the unit that the office says has it to do."""
    identity: str = ""
    """How the identity was checked, as the newest release says."""
    asks_identity: bool = False
    """The point wants to know how the identity was checked, and nobody has said it."""
    undo_left: float = 0.0
    """For how many seconds more it stays here for sure, so that it can be taken back."""
    again: datetime | None = None
    """When the same bytes came in once more."""
    why_on_paper: str = ""
    """The newest word on why the matter came on paper."""
    chosen: bool = False
    """A person chose the recipient."""
    form_by_person: bool = False
    """A person said which form it is; nothing is read of it."""
    people: tuple[Decided, ...] = ()
    """Who decided what, oldest first."""
    documents: tuple[Document, ...] = ()
    pictures: Mapping[int, str] = field(default_factory=dict)
    """Page of the scan to the blob of its picture."""
    unread: tuple[int, ...] = ()
    """The pages of a paper that is being read, as far as they can be seen already."""
    titles: Mapping[str, str] = field(default_factory=dict)
    page_sizes_mm: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    moves: tuple[tuple[datetime, State], ...] = ()
    notes: tuple[Text, ...] = ()
    """What the advisor should tell whatever the verdict."""
    damaged: bool = False
    """What was read of it cannot be opened any more."""
    likely_same: tuple["DeskEntry", ...] = ()
    """Other filings that may be a scan of the same paper."""
    targets: tuple["DeskEntry", ...] = ()
    """Forms to which it may belong as an attachment, likeliest first."""
    taken_from: str | None = None
    """The filing that a person took its pages out of."""
    turns: Mapping[int, int] = field(default_factory=dict)
    """By page how far a person turned it."""
    order: tuple[int, ...] = ()
    """The pages in a person's order; empty: as they were scanned."""
    cut_out: tuple[int, ...] = ()
    """The pages that lay in one picture with others."""
    joined: tuple["DeskEntry", ...] = ()
    """Filings that a person joined to it."""
    joined_to: str | None = None

    @property
    def lacks_attachment(self) -> bool:
        """Whether its check misses an attachment."""
        return any(finding.code.endswith("_attachment") for document in self.documents for finding in document.findings)

    @property
    def can_undo(self) -> bool:
        """Released, but still here."""
        return self.state in {State.READY, State.ROUTED}


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """A file that could not be taken or opened."""

    number: int
    scanner: str
    at: datetime
    text: Text
    dismissed: bool
    """A person has just dismissed it, and can take that back."""


@dataclass(frozen=True, slots=True)
class ArrivingEntry:
    """A file that is not yet whole."""

    scanner: str
    bytes: int


@dataclass(frozen=True, slots=True)
class DeskList:
    """All that the list shows."""

    open: tuple[DeskEntry, ...]
    """All that waits for a person, whatever is newer."""
    others: tuple[DeskEntry, ...]
    """The newest."""
    refused: tuple[RefusedEntry, ...]
    arriving: tuple[ArrivingEntry, ...]
    more: bool = False
    """Older ones are there."""
