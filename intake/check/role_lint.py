"""Finds faults in the roles of a form's fields: a role given twice, or to a field that cannot say it."""

from collections import Counter
from collections.abc import Iterator, Mapping

from intake.forms.model import Definition, Field, Role, ValueKind

_KINDS: Mapping[Role, tuple[ValueKind, ...]] = {
    "person_id": ("hetu", "hetu_or_ytunnus"),
    "other_person_id": ("hetu", "hetu_or_ytunnus"),
    "organisation_id": ("ytunnus", "hetu_or_ytunnus"),
    "other_organisation_id": ("ytunnus", "hetu_or_ytunnus"),
    "contact_phone": ("phone",),
    "contact_email": ("email",),
    "contact_postcode": ("postcode",),
    "account": ("iban",),
    "other_account": ("iban",),
    "sum": ("money",),
    "sum_cents": ("integer",),
    "tax_year": ("year",),
    "starts_on": ("date",),
    "ends_on": ("date",),
    "happened_on": ("date",),
    "signed_on": ("date",),
}
"""Roles whose value is brought to one form: the kinds that can be."""
_ONCE = ("person_", "organisation_", "contact_", "account", "tax_year", "signed_on")


def role_problems(definition: Definition) -> Iterator[tuple[str, str]]:
    """Each field's key with what is wrong about its role."""
    counts = Counter(field.role for field in definition.fields if field.role is not None)
    for role, count in counts.items():
        if count > 1 and role.startswith(_ONCE):
            yield "fields", f"the role {role} stands at {count} fields; a further one is other_… or has none"
    sums = tuple(field.key for field in definition.fields if field.role == "sum")
    for field in definition.fields:
        yield from ((field.key, text) for text in _field(field, sums))


def _field(field: Field, sums: tuple[str, ...]) -> Iterator[str]:
    if field.role is None:
        return
    kinds = _KINDS.get(field.role)
    if kinds is None and field.kind in ("check", "radio", "signature"):
        yield f"a {field.kind} cannot be {field.role}"
    if kinds is not None and field.value not in kinds:
        yield f"a field that is {field.role} has the value {' or '.join(kinds)}, not {field.value or 'none'}"
    if field.role == "sum_cents" and not field.key.startswith(sums):
        yield "its key begins with the key of no sum, so nobody knows whose cents these are"
