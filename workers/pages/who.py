"""Whose paper it is: the name as it was read from the field that has that role on its form."""

from intake.base.filing import Document, FieldReading
from intake.forms.model import Definition

_FIRST = (("person_name",), ("person_given_names", "person_family_name"), ("organisation_name",))
"""Roles that make up a name, the likeliest to be known first."""
_LONGEST = 60


def who(document: Document | None, definition: Definition | None) -> str | None:
    """The person's name, else the organisation's; with a question mark where it was not read for sure; None: unread."""
    if document is None or definition is None:
        return None
    by_role = {str(field.role): document.fields.get(field.key) for field in definition.fields if field.role}
    for roles in _FIRST:
        name = " ".join(part for role in roles if (part := _read(by_role.get(role))))
        if name:
            return name[:_LONGEST]
    return None


def _read(reading: FieldReading | None) -> str:
    if reading is None:
        return ""
    if reading.value:
        return reading.value
    return f"{reading.candidates[0]}?" if reading.candidates else ""
