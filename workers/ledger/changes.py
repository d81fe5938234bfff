"""The changes that a stage may make in a filing besides its state."""

from collections.abc import Mapping
from dataclasses import dataclass

from intake.base.filing import Document, Kind, Verdict
from intake.base.texts import Text
from workers.ledger.facts import Decided


@dataclass(frozen=True, slots=True)
class Changes:
    """None leaves a value as it is; `reason` alone is cleared by every change of state.

    `facts` are merged into the filing's facts by their top-level keys. Facts and documents are kept encrypted. A
    SHA-256 of a blob anywhere in the facts makes the filing stand on that blob, so that no sweep removes it.
    """

    pages: tuple[int, ...] | None = None
    """1-based page numbers; they run on through the files of a hand-over."""
    scan_pages: tuple[int, ...] | None = None
    """When a hand-over of several files is opened: how many pages each has, in order."""
    kind: Kind | None = None
    provider: str | None = None
    unit: str | None = None
    form: str | None = None
    edition: str | None = None
    language: str | None = None
    verdict: Verdict | None = None
    reason: str | None = None
    """A short code, never prose."""
    sentence: Text | None = None
    """What people shall read beside the code's sentence; kept sealed with the event."""
    bundle: str | None = None
    documents: tuple[Document, ...] | None = None
    facts: Mapping[str, object] | None = None
    receipt: bytes | None = None
    """The provider's signed receipt, as it came."""
    decided: Decided | None = None
    """Where the filing was sent and why, or why a person must choose; kept for good."""

    def columns(self) -> dict[str, str]:
        """The plain columns that change."""
        values = {
            "kind": self.kind.value if self.kind else None,
            "provider": self.provider,
            "unit": self.unit,
            "form": self.form,
            "edition": self.edition,
            "language": self.language,
            "verdict": self.verdict.value if self.verdict else None,
            "bundle": self.bundle,
        }
        return {name: value for name, value in values.items() if value is not None}
