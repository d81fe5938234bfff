"""What was read of a form, value by value, the doubtful first: shown beside the page and put right by a person."""

from collections.abc import Iterable
from dataclasses import dataclass

from intake.base.filing import Box, Document, FieldReading, FieldState, Finding
from intake.forms.model import Definition, Field
from workers.seal.manifest import Correction


@dataclass(frozen=True, slots=True)
class ReadValue:
    """One field's value as read, or as a person says. Personal: never log it."""

    key: str
    labels: dict[str, str]
    text: str
    """The value, else the likeliest of what it may be."""
    doubtful: bool
    by_person: bool
    page: int
    box_mm: Box


def read_values(
    document: Document | None, definition: Definition | None, corrections: Iterable[Correction]
) -> tuple[ReadValue, ...]:
    """Every written field of the form whose value matters, those in doubt first, else as on the form.

    `document` has the corrections laid over its fields.
    """
    if document is None or definition is None:
        return ()
    corrected = {correction.field for correction in corrections}
    wrong = {finding.field for finding in document.findings if finding.code == "invalid"}
    found = [
        _value(field, reading, corrected, wrong)
        for field in definition.fields
        if field.value is not None and not field.office and (reading := document.fields.get(field.key)) is not None
        if reading.places and (field.key in corrected or reading.state is not FieldState.EMPTY)
    ]
    return tuple(sorted(found, key=lambda value: not value.doubtful))


def _value(field: Field, reading: FieldReading, corrected: set[str], wrong: set[str | None]) -> ReadValue:
    text = reading.value or next(iter(reading.candidates), "")
    unread = reading.value is None or reading.state is FieldState.UNCLEAR
    place = reading.places[0]
    return ReadValue(
        key=field.key,
        labels=field.labels,
        text=text,
        doubtful=field.key not in corrected and (unread or field.key in wrong),
        by_person=field.key in corrected,
        page=place.page,
        box_mm=place.box_mm,
    )


def shown_as(reading: FieldReading | None) -> str | None:
    """What the page shows of a field as read: the value, else the likeliest candidate, which nobody has believed."""
    if reading is None:
        return None
    return reading.value or next(iter(reading.candidates), None)


def said_of(finding: Finding, document: Document) -> str:
    """What was read at the place of a finding that a value is wrong; empty for every other finding."""
    if finding.code != "invalid" or finding.field is None:
        return ""
    return shown_as(document.fields.get(finding.field)) or ""
