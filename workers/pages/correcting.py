"""A person puts right what was read: a value, that a place is filled which the machine took for empty, or the form.

The filing is judged anew at once, from what is kept of it; no picture is needed. The fields stay as they were read.
"""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from intake.base.clock import Clock
from intake.base.errors import WrongUse
from intake.base.filing import Document
from intake.forms.model import Definition
from intake.reader import Around, judge
from workers.facts import CORRECTIONS, NAMED_FORM, NamedForm, as_named, corrections_in, laid_over
from workers.ledger import Changes, Ledger, Person, people
from workers.ledger.recent import entry
from workers.ledger.vault import Json
from workers.pages.values import shown_as
from workers.seal.manifest import Correction

ROLE = "advisor"


class Said(BaseModel):
    """What the advisor says of one field, as the page sends it."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    filing: str
    version: int
    field: str = Field(max_length=80)
    value: str | None = Field(default=None, max_length=300)
    """What stands there; None: it is filled, not said with what; empty: nothing stands there."""
    advisor: str = Field(default="", max_length=80)


class SaidForm(BaseModel):
    """The form that the paper is, as the advisor says; an empty name: none of ours."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    filing: str
    version: int
    form: str = Field(default="", max_length=80)
    edition: str = Field(default="", max_length=40)
    language: str = Field(default="", max_length=10)
    advisor: str = Field(default="", max_length=80)


def name_form(ledger: Ledger, definition: Definition | None, said: SaidForm) -> int:
    """Keep which form it is: nothing is read of it any more, and its recipient is decided anew.

    Without `definition` it is none that is known here. Returns the filing's new version.

    Raises NotFound, Stale, WrongUse.
    """
    kept = entry(ledger, said.filing).private
    documents = tuple(Document.model_validate(document) for document in kept.documents)
    if not documents:
        raise WrongUse(f"{said.filing} has not been read yet; wait a moment", code="illegal_change")
    named = NamedForm(**{name: getattr(definition, name) for name in NamedForm.model_fields if definition})
    facts: Json = {NAMED_FORM: named.model_dump(mode="json"), CORRECTIONS: [], "chosen": None, "route": None}
    first = as_named(documents[0], facts)
    changes = Changes(
        kind=first.kind,
        **named.model_dump(exclude={"eservice"}),
        verdict=first.verdict,
        documents=(first, *documents[1:]),
        facts=facts,
        reason="unknown" if definition is None else first.verdict.value,
    )
    person = Person(advisor=said.advisor, version=said.version)
    return people.correct(
        ledger, said.filing, person, changes, {"code": "form" if definition else "no_form", "form": named.form}
    )


class _Around(Around):
    model_config = {**Around.model_config, "extra": "ignore"}


def correct(ledger: Ledger, definition: Definition | None, said: Said, *, clock: Clock, on: date) -> int:
    """Keep the correction and judge the filing by it; returns its new version. Raises NotFound, Stale, WrongUse."""
    kept = entry(ledger, said.filing).private
    documents = tuple(Document.model_validate(document) for document in kept.documents)
    if definition is None or not documents or said.field not in documents[0].fields:
        raise WrongUse(f"{said.filing} has no field {said.field}")
    first = documents[0]
    reading = first.fields[said.field]
    value = "" if said.value is None else said.value or None
    new = Correction(field=said.field, read_as=reading.value, role=ROLE, at=clock.now(), **{"is": value})
    corrections = (*(correction for correction in corrections_in(kept.facts) if correction.field != said.field), new)
    seen = first.model_copy(update={"fields": laid_over(first.fields, corrections)})
    judged = judge(seen, definition, _Around.model_validate(kept.facts), on=on).model_copy(
        update={"fields": first.fields}
    )
    changes = Changes(
        verdict=judged.verdict,
        documents=(judged, *documents[1:]),
        facts={CORRECTIONS: [correction.model_dump(mode="json") for correction in corrections]},
        reason=judged.verdict.value,
    )
    code = "filled" if said.value is None else "confirmed" if value == shown_as(reading) else "corrected"
    event: dict[str, object] = {"code": code, "field": said.field, "read_as": reading.value, "is": value}
    return people.correct(ledger, said.filing, Person(advisor=said.advisor, version=said.version), changes, event)
