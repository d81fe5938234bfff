"""The facts of a filing, typed: what persons put right, arranged or chose, and what stages leave for later stages.

Corrections are kept beside the fields, which stay as they were read, and laid over them. The form itself may be put
right too: then nothing is read of it, and a person looks whether it is whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import TypeAdapter

from intake.base.filing import Document, EService, FieldReading, FieldState, Frozen, Kind, Verdict
from routing_rules.decide import Decision
from workers.ledger.claimed import Work
from workers.ledger.vault import Json
from workers.seal.manifest import Correction

ARRANGED, CORRECTIONS, NAMED_FORM = "arranged", "corrections", "form said"
"""The names under which a filing's facts hold the pages' arrangement, the corrections (oldest first) and the form."""
_CORRECTIONS = TypeAdapter(tuple[Correction, ...])
Turn = Literal[0, 90, 180, 270]


class Arrangement(Frozen):
    """Page numbers in the person's order, and by page number how far it was turned further, clockwise."""

    order: tuple[int, ...] = ()
    turns: dict[int, Turn] = {}

    def ordered(self, pages: Sequence[int]) -> tuple[int, ...]:
        """`pages` in the person's order; those that came later at the end."""
        known = {page: number for number, page in enumerate(self.order)}
        return tuple(sorted(pages, key=lambda page: (known.get(page, len(known)), page)))


def arranged(facts: Json) -> Arrangement:
    """How a person arranged the pages; as they were scanned if nobody did."""
    return Arrangement.model_validate(facts.get(ARRANGED, {}))


class NamedForm(Frozen):
    """The form that a paper is, as a person says; without values: it is none that is known here."""

    provider: str | None = None
    form: str | None = None
    edition: str | None = None
    language: str | None = None
    eservice: EService | None = None


def in_hand(facts: Json) -> bool:
    """Whether a person has put right, arranged or named something of the filing: it is not released by itself then."""
    return bool(corrections_in(facts)) or ARRANGED in facts or NAMED_FORM in facts


def as_named(document: Document, facts: Json) -> Document:
    """The document as a person named it, if one did, a form or none: nothing is read of it, nothing judged."""
    if NAMED_FORM not in facts:
        return document
    named = NamedForm.model_validate(facts[NAMED_FORM])
    pages = tuple(page.model_copy(update={"form_page": None}) for page in document.pages)
    kind = Kind.UNKNOWN if named.form is None else Kind.FORM
    return Document(kind=kind, confidence=1.0, pages=pages, verdict=Verdict.UNSURE, **named.model_dump())


def corrections_in(facts: Json) -> tuple[Correction, ...]:
    """A filing's corrections, oldest first."""
    return _CORRECTIONS.validate_python(facts.get(CORRECTIONS, ()))


def laid_over(fields: Mapping[str, FieldReading], corrections: Iterable[Correction]) -> dict[str, FieldReading]:
    """The fields with what persons put right, the newest word last; a field that is not there stays away."""
    said = dict(fields)
    for correction in corrections:
        if correction.field in said:
            state = FieldState.EMPTY if correction.value is None else FieldState.FILLED
            update = {"value": correction.value or None, "state": state, "candidates": ()}
            said[correction.field] = said[correction.field].model_copy(update=update)
    return said


class Parcel(Frozen):
    """A sealed bundle at the point: its id, the SHA-256 and size of the `.p7m`, and the blob that keeps it."""

    id: str
    sha256: str
    bytes: int
    blob: str


class Choice(Frozen):
    """The recipient that a person chose by hand, as `people.release` keeps it."""

    provider: str
    unit: str | None = None


class Facts(Frozen):
    """The facts that the post reads; others stay where they are."""

    model_config = {**Frozen.model_config, "extra": "ignore"}

    route: Decision | None = None
    parcel: Parcel | None = None
    chosen: Choice | None = None


def choice_of(work: Work) -> Choice | None:
    """The recipient that a person chose, if one did."""
    return Facts.model_validate(work.facts).chosen


def route_of(work: Work) -> Decision:
    """The filing's recipient. Raises LookupError before it was decided."""
    route = Facts.model_validate(work.facts).route
    if route is None:
        raise LookupError("not routed yet")
    return route


def parcel_of(work: Work) -> Parcel:
    """The sealed bundle. Raises LookupError before it was sealed."""
    parcel = Facts.model_validate(work.facts).parcel
    if parcel is None:
        raise LookupError("not sealed yet")
    return parcel
