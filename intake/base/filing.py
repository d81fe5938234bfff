"""The words of the walk as frozen data: pages, fields, findings, verdicts, documents.

This is what `inspect --json` prints and what the ledger keeps (encrypted); shapes as in the command line's contract.
"""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from intake.base.texts import Text

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in millimetres from the top left of the upright form page."""


class Frozen(BaseModel):
    """A record that never changes; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldState(StrEnum):
    """Three-valued: `unclear` is an honest answer."""

    FILLED = "filled"
    EMPTY = "empty"
    UNCLEAR = "unclear"


class Verdict(StrEnum):
    """The check's verdict on a filing."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    UNSURE = "unsure"


class Kind(StrEnum):
    """The kind of a run of pages."""

    FORM = "form"
    ATTACHMENT = "attachment"
    UNKNOWN = "unknown"


class FieldPlace(Frozen):
    """A field's place: 1-based page of the scan, box on the upright form page."""

    page: int
    box_mm: Box


class FieldReading(Frozen):
    """One field as it was seen."""

    kind: str
    state: FieldState
    value: str | None = None
    """What is written there or chosen, where it may be believed."""
    candidates: tuple[str, ...] = ()
    """What may be written there, likeliest first, where no value may be believed."""
    confidence: float | None = None
    places: tuple[FieldPlace, ...] = ()


class PageReading(Frozen):
    """One page of the scan and how it lay."""

    source_page: int
    form_page: int | None = None
    turned: Literal[0, 90, 180, 270] = 0
    skew_degrees: float = 0.0
    blank: bool = False


class EditionName(Frozen):
    """A form's edition in one language."""

    form: str
    edition: str
    language: str


class Finding(Frozen):
    """A gap or doubt, tied to a field or to the whole document."""

    code: str
    field: str | None = None
    blocks: bool = True
    text: Text


class EService(Frozen):
    """The online service for the same matter."""

    name: str
    url: str
    names: dict[str, str] = {}
    """By language, where it is called otherwise than `name`."""

    def called(self, language: str) -> str:
        """Its name in the language of the one who reads."""
        return self.names.get(language, self.name)


class Document(Frozen):
    """A run of pages that belong together: one form, one attachment, or something unknown."""

    kind: Kind
    attached_to: int | None = None
    provider: str | None = None
    form: str | None = None
    edition: str | None = None
    language: str | None = None
    same_face: tuple[EditionName, ...] = ()
    confidence: float = 0.0
    pages: tuple[PageReading, ...]
    fields: dict[str, FieldReading] = {}
    findings: tuple[Finding, ...] = ()
    verdict: Verdict = Verdict.UNSURE
    eservice: EService | None = None


class Seconds(Frozen):
    """Wall time of each step, the jail included."""

    open: float = 0.0
    recognise: float = 0.0
    read: float = 0.0
    values: float = 0.0
    check: float = 0.0
    total: float = 0.0


class InspectError(Frozen):
    """The reason why a file could not be opened."""

    code: str
    text: Text


class Inspection(Frozen):
    """All that was seen in one file."""

    file: str
    error: InspectError | None = None
    documents: tuple[Document, ...] = ()
    seconds: Seconds = Seconds()
