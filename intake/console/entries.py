"""What the counter page is told of the point: plain records, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from intake.base.texts import Text
from intake.filing import Document
from intake.states import State


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """One filing."""

    id: str
    version: int
    state: State
    handed_over: datetime
    kind: str | None
    form: str | None
    edition: str | None
    language: str | None
    provider: str | None
    unit: str | None
    verdict: str | None
    documents: tuple[Document, ...] = ()
    pictures: Mapping[int, str] = field(default_factory=dict)
    """Page of the scan to the blob of its picture."""
    titles: Mapping[str, str] = field(default_factory=dict)
    page_sizes_mm: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    moves: tuple[tuple[datetime, State], ...] = ()
    notes: tuple[Text, ...] = ()
    """What the advisor should tell whatever the verdict."""
    damaged: bool = False
    """What was read of it cannot be opened any more."""
    likely_same: tuple[str, ...] = ()
    """Other filings that may be a scan of the same paper."""

    @property
    def can_undo(self) -> bool:
        """Released, but still here."""
        return self.state in {State.READY, State.ROUTED}


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """A file that could not be taken or opened."""

    scanner: str
    at: datetime
    text: Text


@dataclass(frozen=True, slots=True)
class ArrivingEntry:
    """A file that is not yet whole."""

    scanner: str
    bytes: int


@dataclass(frozen=True, slots=True)
class DeskList:
    """All that the list shows."""

    filings: tuple[DeskEntry, ...]
    refused: tuple[RefusedEntry, ...]
    arriving: tuple[ArrivingEntry, ...]
