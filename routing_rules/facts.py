"""The routing facts: a closed list of plain words, never an image, a name or a number of a person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one filing.

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
