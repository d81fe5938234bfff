"""The routing facts: a closed list of plain words and counts, never an image, a name or a number of a person."""

from dataclasses import dataclass
from typing import NamedTuple


class Found(NamedTuple):
    """What the check found, without its sentence. As a condition, what is None asks nothing."""

    code: str
    field: str | None = None
    """The form's name of the field; None for a finding on the whole paper."""
    kind: str | None = None
    """The field's kind; None where there is no field, or the kind was not kept."""


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """The facts of one filing; None: there is none, or it is not known.

    `provider` is the authority named by the form's definition (or chosen by the advisor for a paper that is none of
    our forms); the rules may still send it elsewhere, because tasks move between authorities over the years.
    """

    provider: str | None
    form: str | None = None
    edition: str | None = None
    language: str | None = None
    point: str = ""
    municipality: str | None = None
    """Three-digit code of the service point's municipality."""
    kind: str = "form"
    verdict: str | None = None
    findings: frozenset[Found] | None = None
    """Of the whole filing; None: not known."""
    pages: int | None = None
    attachments: int | None = None
