"""Values that make a form complete: what must be filled is filled, and the rules are kept.

Found by asking the check itself: fill what is required, then mend what the check still finds, a few times over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from intake.base.filing import FieldReading, FieldState, Finding
from intake.base.identifiers import parse_date, parse_money
from intake.check import check
from intake.check.conditions import facts_in, parse
from intake.check.known import CENTS
from intake.check.rules import terms_of, window
from intake.forms.model import Definition, Field, Rule
from intake.trial.people import Person, person, reference

ROUNDS = 6
_WORDS = ("Selvitys liitteenä", "Työ tehtiin sovitusti", "Hakijan oma ilmoitus", "Enligt avtal", "Katso liite")


@dataclass(frozen=True, slots=True)
class Sample:
    """A filled form: what is written, and which attachments it asks for."""

    values: Mapping[str, str]
    attachments: tuple[str, ...]
    person: Person


def sample(
    definition: Definition,
    *,
    seed: int = 0,
    extra: float = 0.25,
    on: date = date(2015, 3, 2),
    given: Mapping[str, str] | None = None,
    attachments: Collection[str] = (),
) -> Sample:
    """A complete filing for `definition`.

    `extra`: the share of optional fields that are filled too. With values `given`, only what the rules then ask for is
    added to them.
    """
    random = Random(seed)  # noqa: S311  # repeatable, not secret
    who = person(seed, on=on)
    values = dict(given or {})
    for field in definition.fields if given is None else ():
        if not field.office and (field.required or random.random() < extra * _appetite(field)):
            values[field.key] = value_for(field, who, random, on)
    enclosed = list(attachments)
    for _ in range(ROUNDS):
        if not _mend(definition, values, enclosed, random=random, who=who, on=on):
            break
    return Sample(values, tuple(enclosed), who)


def readings(definition: Definition, values: Mapping[str, str]) -> dict[str, FieldReading]:
    """The readings of `values` by a perfect reader."""
    return {field.key: _reading(field, values.get(field.key)) for field in definition.fields}


def _reading(field: Field, value: str | None) -> FieldReading:
    if value is None:
        return FieldReading(kind=field.kind, state=FieldState.EMPTY)
    read = value if field.value or field.kind in ("check", "radio") else None
    return FieldReading(kind=field.kind, state=FieldState.FILLED, value=read, confidence=0.99 if read else None)


def _appetite(field: Field) -> float:
    """Optional signatures and ticks lead to demands of their own, further rows of a table stay mostly empty."""
    if field.key[-1].isdigit() and "_" in field.key:
        return 0.2
    return 0.3 if field.kind in ("check", "radio", "signature") else 1.0


def value_for(field: Field, who: Person, random: Random, on: date) -> str:
    """Something that fits the field."""
    if field.kind == "radio":
        return random.choice([place.option or "X" for place in field.places])
    if field.kind in ("check", "signature"):
        return "X"
    values = {
        "hetu": who.hetu,
        "hetu_or_ytunnus": who.hetu,
        "ytunnus": who.ytunnus,
        "iban": who.iban,
        "reference": reference(random.randint(1000, 9999999)),
        "date": _day(on + timedelta(days=random.randint(0, 5)), field),
        "year": str(on.year),
        "postcode": who.postcode,
        "money": f"{random.randint(20, 900)}",
        "phone": who.phone,
        "email": who.email,
        "integer": str(random.randint(1, 60)),
        "name": _name(field, who),
    }
    return values.get(field.value or "", "") or (_address(field, who) or random.choice(_WORDS))


def _name(field: Field, who: Person) -> str:
    """The part of the name the field asks for."""
    if "etunimet" in field.key and "sukunimi" not in field.key:
        return who.first
    return who.last if "sukunimi" in field.key and "etunimet" not in field.key else who.name


def _address(field: Field, who: Person) -> str:
    key = field.key
    if "osoite" in key or key == "paikka":
        return f"{who.street}, {who.postcode} {who.town}" if "lahi" not in key else who.street
    if "toimipaikka" in key or "kunta" in key or key == "ptp":
        return who.town
    return f"{who.town.title()} 2.3.2015" if key.startswith(("paikka_aika", "paivays")) else ""


def _day(day: date, field: Field) -> str:
    return f"{day:%d%m%Y}" if any(place.cells for place in field.places) else f"{day.day}.{day.month}.{day.year}"


def _mend(
    definition: Definition, values: dict[str, str], attachments: list[str], *, random: Random, who: Person, on: date
) -> bool:
    """Do what the findings ask for; returns whether there were any."""
    pages = range(1, len(definition.pages) + 1)
    findings, _ = check(definition, readings(definition, values), pages_seen=pages, attachments=attachments, on=on)
    for finding in findings:
        if finding.code == "missing" and finding.field:
            values[finding.field] = value_for(definition.field(finding.field), who, random, on)
        elif finding.code == "contradiction":
            _mend_contradiction(definition, values, finding, on)
        elif finding.code == "missing_attachment":
            attachments.append(_wanted(definition.rules, finding, attachments))
    return bool(findings)


def _wanted(rules: Collection[Rule], finding: Finding, have: Collection[str]) -> str:
    """The attachment the finding's rule asks for."""
    for rule in rules:
        name = (rule.attachment or "").split("|")[0]
        if rule.kind == "attachment" and rule.text == finding.text and name not in have:
            return name
    return "unknown"


def _mend_contradiction(definition: Definition, values: dict[str, str], finding: Finding, on: date) -> None:
    rule = next(rule for rule in definition.rules if rule.text == finding.text)
    key = finding.field or ""
    if rule.kind == "sum":
        terms, result = terms_of(rule.value or "")
        values[result] = f"{sum(sign * _euros(values.get(term)) for sign, term in terms):.0f}"
        for name in [result, *(term for _, term in terms)]:
            values.pop(name + CENTS, None)
    elif rule.kind == "at_most":
        values[rule.fields[1]] = f"{_euros(values.get(rule.fields[0])) + 100:.0f}"
    elif rule.kind == "in_order":
        dates = [parsed for name in rule.fields if (parsed := parse_date(values.get(name, "")))]
        values[key] = _day(max(dates) + timedelta(days=1), definition.field(key))
    elif rule.kind == "date_window":
        first, last = window(rule.value or "..", on)
        values[key] = _day(first or last or on, definition.field(key))
    else:
        asked = facts_in(parse(rule.when)) if rule.when else ()
        for fact in asked:
            if fact.key == key and fact.verb in ("over", "under") and definition.field(key).value == "hetu":
                age = int(fact.operand) + (5 if fact.verb == "under" else -2)
                values[key] = person(age, age=max(0, age), on=on).hetu
                return
        others = [fact.key for fact in asked if fact.key in values]
        values.pop(key if key in values else (others or [""])[0], None)
        field = next((field for field in definition.fields if field.key == key), None)
        if field is not None and field.required and field.kind == "radio":
            values[key] = field.places[0].option or "X"


def _euros(text: str | None) -> Decimal:
    return parse_money(text or "0") or Decimal(0)
