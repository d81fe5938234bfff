"""Brings a filing's values to one form by the fields' roles: days as ISO 8601, sums in cents, codes compact.

A reader needs no form's own keys to find whose matter it is. Nothing is guessed: what was not believed, or is no day or
amount, has no value here, and `fields` names where to look.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from intake.base.filing import FieldReading, FieldState, Frozen
from intake.base.identifiers import compact, is_hetu, is_iban, is_ytunnus, parse_date, parse_money
from workers.facts import laid_over
from workers.seal.manifest import Correction, Manifest

Confirmed = Literal["check_digits", "person"]
DATES = ("starts_on", "ends_on", "happened_on", "signed_on")
OTHERS = ("other_person_name", "other_person_id", "other_organisation_name", "other_organisation_id", "other_account")


class Datum(Frozen):
    """One thing that the paper says."""

    fields: tuple[str, ...]
    """The form's own keys that say it."""
    role: str
    state: FieldState
    value: str | None = None
    confidence: float | None = None
    confirmed: Confirmed | None = None
    """What beside the reader speaks for it: its check digits, or a person who looked."""


class Code(Datum):
    """An identity code or a business id."""

    kind: Literal["hetu", "business_id"] | None = None


class Sum(Datum):
    """An amount of euros."""

    cents: int | None = None


class Person(Frozen):
    """The person whose matter it is. `name` is put together where the form has two boxes for it."""

    name: Datum | None = None
    family_name: Datum | None = None
    given_names: Datum | None = None
    id: Code | None = None


class Organisation(Frozen):
    """The organisation that applies, or that the matter is about."""

    name: Datum | None = None
    id: Code | None = None


class Contact(Frozen):
    """How to reach whoever handed it in."""

    phone: Datum | None = None
    email: Datum | None = None
    address: Datum | None = None
    postcode: Datum | None = None
    town: Datum | None = None


class Normalised(Frozen):
    """A filing's values by what they mean. A part that the form does not ask for is None or empty."""

    language: str | None
    person: Person
    organisation: Organisation
    contact: Contact
    account: Datum | None
    tax_year: Datum | None
    sums: dict[str, Sum]
    """By the sum's field."""
    dates: dict[str, Datum]
    """By field; `value` is YYYY-MM-DD."""
    others: dict[str, Datum | Code]
    """Further persons, organisations and accounts, by field."""


def corrected(manifest: Manifest, further: Iterable[Correction] = ()) -> dict[str, FieldReading]:
    """The fields with what persons put right, the newest word last."""
    return laid_over(manifest.fields, (*manifest.corrections, *further))


def normalised(manifest: Manifest, further: Sequence[Correction] = ()) -> Normalised:
    """What the paper says, with the corrections that travelled in the bundle and those made here."""
    fields = corrected(manifest, further)
    looked_at = frozenset(correction.field for correction in (*manifest.corrections, *further))
    said = {key: _datum(key, role, fields[key], key in looked_at) for key, role in _present(manifest, fields)}
    first: dict[str, Datum] = {}
    for datum in said.values():
        first.setdefault(datum.role, datum)
    cents = {key: datum for key, datum in said.items() if datum.role == "sum_cents"}
    return Normalised(
        language=manifest.language,
        person=_person(first),
        organisation=Organisation(name=first.get("organisation_name"), id=_code(first.get("organisation_id"))),
        contact=Contact.model_validate({name: first.get(f"contact_{name}") for name in Contact.model_fields}),
        account=first.get("account"),
        tax_year=first.get("tax_year"),
        sums={key: _sum(datum, fields, cents) for key, datum in said.items() if datum.role == "sum"},
        dates={key: datum for key, datum in said.items() if datum.role in DATES},
        others={key: datum for key, datum in said.items() if datum.role in OTHERS},
    )


def _present(manifest: Manifest, fields: Mapping[str, FieldReading]) -> list[tuple[str, str]]:
    """Keys with their roles, of the fields on the pages that came."""
    return [(key, role) for key, role in manifest.roles.items() if key in fields]


def _datum(key: str, role: str, reading: FieldReading, looked_at: bool) -> Datum:
    value, checked, kind = _value(role, reading.value or "")
    confirmed: Confirmed | None = "person" if looked_at else "check_digits" if checked and value else None
    given = {
        "fields": (key,), "role": role, "state": reading.state, "value": value or None,
        "confidence": reading.confidence, "confirmed": confirmed,
    }  # fmt: skip
    return Code.model_validate(given | {"kind": kind}) if role.endswith("_id") else Datum.model_validate(given)


def _value(role: str, text: str) -> tuple[str, bool, str | None]:
    """The value in its one form, whether check digits confirm it, and the kind of a code."""
    if role.endswith("_id"):
        kind = "hetu" if is_hetu(text) else "business_id" if is_ytunnus(text) else None
        return compact(text), kind is not None, kind
    if role in ("account", "other_account"):
        return compact(text), is_iban(text), None
    if role in DATES:
        day = parse_date(text)
        return (day.isoformat() if day else ""), False, None
    if role in ("tax_year", "contact_postcode"):
        return compact(text), False, None
    return " ".join(text.split()), False, None


def _person(first: Mapping[str, Datum]) -> Person:
    family, given = first.get("person_family_name"), first.get("person_given_names")
    name = first.get("person_name")
    if name is None and family is not None and given is not None:
        parts = [datum.value for datum in (given, family)]
        name = family.model_copy(
            update={
                "fields": given.fields + family.fields,
                "role": "person_name",
                "value": " ".join(str(part) for part in parts) if all(parts) else None,
                "confidence": min(given.confidence or 0.0, family.confidence or 0.0),
                "confirmed": family.confirmed if family.confirmed == given.confirmed else None,
            }
        )
    return Person(name=name, family_name=family, given_names=given, id=_code(first.get("person_id")))


def _code(datum: Datum | None) -> Code | None:
    return datum if isinstance(datum, Code) else None


def _sum(datum: Datum, fields: Mapping[str, FieldReading], cents: Mapping[str, Datum]) -> Sum:
    """The euros, and the cents where they have a box of their own; no amount while that box is not believed."""
    key = datum.fields[0]
    beside = next((part for part in cents if part.startswith(f"{key}_")), None)
    euros = parse_money(fields[key].value or "")
    amount = None if euros is None else int(euros * 100)
    keys, given = datum.fields, datum.model_dump()
    if beside is not None:
        keys += (beside,)
        reading = fields[beside]
        if reading.state is not FieldState.EMPTY and amount is not None:
            part = compact(reading.value or "")
            sign = -1 if compact(fields[key].value or "").startswith(("-", "−")) else 1
            amount = amount + sign * int(part) if part.isdecimal() and len(part) <= 2 and amount % 100 == 0 else None
    return Sum.model_validate(given | {"fields": keys, "cents": amount})
