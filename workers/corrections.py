"""What persons put right in what was read: kept beside the fields, which stay as they were read, and laid over them.

The form itself may be put right too: then nothing is read of it, and a person looks whether it is whole.

`is` says what stands there: a value; an empty one where something stands there that needs no reading, such as a
signature; None where nothing does.
"""

from collections.abc import Iterable, Mapping

from pydantic import TypeAdapter

from intake.base.filing import Document, EService, FieldReading, FieldState, Frozen, Kind, Verdict
from workers.arrangement import FACT as ARRANGED
from workers.ledger.vault import Json
from workers.seal.manifest import Correction

FACT = "corrections"
"""The name under which a filing's facts hold them, oldest first."""
FORM = "form said"
"""The name under which they hold the form that a person named."""
_CORRECTIONS = TypeAdapter(tuple[Correction, ...])


class NamedForm(Frozen):
    """The form that a paper is, as a person says."""

    provider: str
    form: str
    edition: str
    language: str
    eservice: EService | None = None


def in_hand(facts: Json) -> bool:
    """Whether a person has put right, arranged or named something of the filing: it is not released by itself then."""
    return bool(corrections_in(facts)) or ARRANGED in facts or FORM in facts


def as_named(document: Document, facts: Json) -> Document:
    """The document as the form that a person named, if one did: nothing is read of it, nothing judged."""
    if FORM not in facts:
        return document
    named = NamedForm.model_validate(facts[FORM])
    pages = tuple(page.model_copy(update={"form_page": None}) for page in document.pages)
    return Document(kind=Kind.FORM, confidence=1.0, pages=pages, verdict=Verdict.UNSURE, **named.model_dump())


def corrections_in(facts: Json) -> tuple[Correction, ...]:
    """A filing's corrections, oldest first."""
    return _CORRECTIONS.validate_python(facts.get(FACT, ()))


def laid_over(fields: Mapping[str, FieldReading], corrections: Iterable[Correction]) -> dict[str, FieldReading]:
    """The fields with what persons put right, the newest word last; a field that is not there stays away."""
    said = dict(fields)
    for one in corrections:
        if one.field in said:
            state = FieldState.EMPTY if one.value is None else FieldState.FILLED
            update = {"value": one.value or None, "state": state, "candidates": ()}
            said[one.field] = said[one.field].model_copy(update=update)
    return said
