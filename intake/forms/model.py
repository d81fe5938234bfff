"""A form's definition as data: one edition in one language, its pages, its fields and its rules.

On disk (see LANGUAGE.md): `<folder>/<form id>/<edition>.<language>.toml` beside `….pdf` (the blank) and `….face`
(what its pages look like, made by `intake.forms.face`).
"""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field as Default

from intake.base.filing import Box, EService, Frozen
from intake.base.texts import Text

FieldKind = Literal["text", "comb", "date", "check", "radio", "signature"]
Basis = Literal["source", "law_or_rule", "confirmed", "assumption"]
"""Why something is demanded: the form says so, a law does, a person who knows the form confirmed it, or we think so."""
ValueKind = Literal[
    "hetu", "ytunnus", "hetu_or_ytunnus", "iban", "reference", "date", "year", "postcode", "money", "phone", "email",
    "integer", "name", "plain",
]  # fmt: skip

Role = Literal[
    "person_name", "person_family_name", "person_given_names", "person_id", "other_person_name", "other_person_id",
    "organisation_name", "organisation_id", "other_organisation_name", "other_organisation_id",
    "contact_phone", "contact_email", "contact_address", "contact_postcode", "contact_town",
    "account", "other_account", "sum", "sum_cents", "tax_year", "starts_on", "ends_on", "happened_on", "signed_on",
]  # fmt: skip
"""What a field is to a reader who does not know the form; each is explained in LANGUAGE.md, "Roles"."""


class Place(Frozen):
    """One spot of a field on the printed page."""

    page: int
    """1-based page of the form."""
    box_mm: Box
    option: str | None = None
    """For a tick or a radio button: the value it stands for."""
    labels: dict[str, str] = {}
    """What the form calls that option, in each language it has."""
    cells: int | None = None
    """For a comb: how many cells the box is divided into, evenly."""


class Field(Frozen):
    """One field. A name on several places is one field; a radio group is one field with a place for each option."""

    key: str
    kind: FieldKind
    value: ValueKind | None = None
    """What it says, for fields whose value matters and is read; None: only its ink is judged."""
    role: Role | None = None
    """Whose or which it is: the person's name, the account, a sum; None: only the form's own readers know."""
    labels: dict[str, str] = {}
    required: bool = False
    basis: Basis = "assumption"
    """Why it is required; an assumption advises and never blocks."""
    office: bool = False
    """Filled by the authority; never asked for."""
    places: tuple[Place, ...]

    @property
    def options(self) -> dict[str, dict[str, str]]:
        """What the form calls the options of a radio group: by value, in each language it has."""
        return {place.option: place.labels for place in self.places if place.option is not None and place.labels}


class PageSize(Frozen):
    """A page of the blank, upright and cropped as a person sees it."""

    width_mm: float
    height_mm: float


class Mark(Frozen):
    """A printed text that tells this edition from its look-alikes."""

    kind: Literal["code", "edition", "page", "title"]
    text: str
    page: int
    box_mm: Box


class Rule(Frozen):
    """One completeness rule in the closed vocabulary of RULES.md; `kind` chooses which of the other keys count."""

    id: str
    kind: str
    when: str | None = None
    """A condition such as `laji = "Kaksoiskappale"`, `puoliso_hetu filled`; joined by `and`, `or`, `not`."""
    fields: tuple[str, ...] = ()
    attachment: str | None = None
    value: str | None = None
    text: Text
    basis: Basis
    source: str
    valid_from: date | None = None
    valid_until: date | None = None


class Definition(Frozen):
    """One edition of a form in one language."""

    provider: str
    form: str
    edition: str
    language: str
    valid_from: date | None = None
    valid_until: date | None = None
    titles: dict[str, str] = {}
    pages: tuple[PageSize, ...]
    marks: tuple[Mark, ...] = ()
    fields: tuple[Field, ...] = ()
    rules: tuple[Rule, ...] = ()
    eservice: EService | None = None
    replica: bool = False
    """A drawn stand-in of ours, to be replaced by the authority's own PDF."""
    definition: Path = Default(default=Path(), exclude=True)
    blank: Path = Default(default=Path(), exclude=True)
    face: Path = Default(default=Path(), exclude=True)

    def field(self, key: str) -> Field:
        """The field named `key`. Raises KeyError."""
        for field in self.fields:
            if field.key == key:
                return field
        raise KeyError(key)

    @property
    def keys(self) -> frozenset[str]:
        """All field keys."""
        return frozenset(field.key for field in self.fields)

    def valid_on(self, day: date) -> bool:
        """Whether this edition may be handed in on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )
