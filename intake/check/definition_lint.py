"""Finds faults in form definitions before any paper meets them.

Everything the types alone cannot hold: boxes on their pages, keys that rules name, texts in the languages a counter
needs, editions whose validity overlaps. Promises: every problem names its file and what to mend; none is raised.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from intake.base.filing import Box
from intake.check import without_demands
from intake.check.rule_lint import problems as rule_problems
from intake.forms.load import BUILTIN
from intake.forms.model import Definition, Field, Role, ValueKind

_COUNTER_LANGUAGES = ("fi", "sv")
_OVER_EDGE_MM = 0.5
_MOST_SHARED = 0.5
_KINDS_OF_ROLE: Mapping[Role, tuple[ValueKind, ...]] = {
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
_ONLY_ONCE = ("person_", "organisation_", "contact_", "account", "tax_year", "signed_on")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend."""

    definition: Path
    where: str
    """A field's key, `rule <id>`, `pages`, `marks`, ... ; empty for the whole definition."""
    text: str

    def __str__(self) -> str:
        """One line: file, place, problem."""
        return f"{self.definition}: {f'{self.where}: ' if self.where else ''}{self.text}"


def lint(definitions: Sequence[Definition]) -> list[Problem]:
    """All problems, in the order of the definitions; those between definitions come last."""
    forms = frozenset(definition.form for definition in definitions)
    found: list[Problem] = []
    for definition in definitions:
        said = [*_whole(definition), *_fields(definition), *role_problems(definition), *_overlaps(definition)]
        said += [("rules", text) for text in rule_problems(definition, forms=forms)]
        if definition.definition.is_relative_to(BUILTIN):
            said += list(_languages(definition))
        found += [Problem(definition.definition, where, text) for where, text in said]
    found += _windows(definitions)
    found += _twins_in_language([one for one in definitions if one.definition.is_relative_to(BUILTIN)])
    return found


def warnings(definitions: Iterable[Definition], on: date) -> list[Problem]:
    """Editions in use of which nobody has said what they need: no fault, and yet a person should look."""
    text = (
        "nobody has said what it needs, so every paper of it waits for a person: write 'required = true' and "
        "'basis = \"source\"' at the fields that the form itself demands, or a rule"
    )
    return [Problem(one.definition, "", text) for one in without_demands(definitions, on)]


def _whole(definition: Definition) -> Iterator[tuple[str, str]]:
    if not (len(definition.language) == 2 and definition.language.isalpha() and definition.language.islower()):
        yield "language", f"'{definition.language}' is not a two-letter language code"
    if definition.valid_from and definition.valid_until and definition.valid_from > definition.valid_until:
        yield "valid_until", "lies before valid_from"
    if not definition.pages:
        yield "pages", "there is none"
    if not definition.fields:
        yield "fields", "there is none"
    for name, path in (("blank", definition.blank), ("face", definition.face)):
        if not path.is_file():
            yield name, f"{path.name} is missing beside the definition"
    for mark in definition.marks:
        problem = _off_page(definition, mark.page, mark.box_mm)
        if problem:
            yield "marks", f"'{mark.text}': {problem}"
    if definition.eservice is not None and not definition.eservice.url.startswith("https://"):
        yield "eservice", "its address must begin with https://"


def _fields(definition: Definition) -> Iterator[tuple[str, str]]:
    for key, count in Counter(field.key for field in definition.fields).items():
        if count > 1:
            yield key, f"the key is used {count} times; a name on several places is one field"
    for field in definition.fields:
        yield from ((field.key or "(no key)", text) for text in _field(definition, field))


def _field(definition: Definition, field: Field) -> Iterator[str]:
    if not field.key.strip():
        yield "a field needs a key"
    if not field.places:
        yield "has no place on any page"
    for place in field.places:
        problem = _off_page(definition, place.page, place.box_mm)
        if problem:
            yield problem
    options = [place.option for place in field.places]
    if field.kind == "radio" and None in options:
        yield "a place of a choice names no option"
    if field.kind == "comb" and any((place.cells or 0) < 1 for place in field.places):
        yield "a comb must say its number of cells"
    if field.office and field.required:
        yield "is filled by the office and cannot be required"
    if any(not text.strip() for text in field.labels.values()):
        yield "has an empty label"
    if field.value is not None and field.kind in ("check", "radio", "signature"):
        yield f"a {field.kind} has no value to read"


def _off_page(definition: Definition, page: int, box: Box) -> str | None:
    if not 1 <= page <= len(definition.pages):
        return f"page {page} does not exist"
    size = definition.pages[page - 1]
    x0, y0, x1, y1 = box
    if not (x0 < x1 and y0 < y1):
        return f"box_mm {list(box)} must be left, top, right, bottom"
    right, foot = size.width_mm + _OVER_EDGE_MM, size.height_mm + _OVER_EDGE_MM
    if x0 < -_OVER_EDGE_MM or y0 < -_OVER_EDGE_MM or x1 > right or y1 > foot:
        return f"box_mm {list(box)} reaches off page {page}"
    return None


def _overlaps(definition: Definition) -> Iterator[tuple[str, str]]:
    """Pairs of different fields where most of one lies on the other: its ink would count for both."""
    by_page: dict[int, list[tuple[Box, str]]] = defaultdict(list)
    for field in definition.fields:
        for place in field.places:
            by_page[place.page].append((place.box_mm, field.key))
    for page, places in by_page.items():
        ordered = sorted(places)
        for index, (box, key) in enumerate(ordered):
            for other, other_key in ordered[index + 1 :]:
                if other[0] >= box[2]:
                    break
                if key != other_key and _shared(box, other) > _MOST_SHARED * min(_area(box), _area(other)):
                    yield key, f"lies over '{other_key}' on page {page}"


def _shared(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _languages(definition: Definition) -> Iterator[tuple[str, str]]:
    """What an advisor is shown must be there in Finnish and in Swedish."""
    for language in _COUNTER_LANGUAGES:
        if not definition.titles.get(language, "").strip():
            yield "titles", f"no title in {language}"
        for field in definition.fields:
            if not field.office and not field.labels.get(language, "").strip():
                yield field.key, f"no label in {language}"
        asked = [field for field in definition.fields if not field.office]
        counts = Counter(field.labels.get(language, field.key) for field in asked)
        for field in asked:
            if counts[field.labels.get(language, field.key)] > 1:
                yield field.key, f"another field is called '{field.labels.get(language)}' too"


def _windows(definitions: Iterable[Definition]) -> list[Problem]:
    """Two editions of a form in one language must not be valid on one day."""
    by_form: dict[tuple[str, str], list[Definition]] = defaultdict(list)
    for definition in definitions:
        by_form[definition.form, definition.language].append(definition)
    found = []
    for editions in by_form.values():
        ordered = sorted(editions, key=lambda edition: (edition.valid_from or date.min, edition.edition))
        for earlier, later in pairwise(ordered):
            if (earlier.valid_until or date.max) >= (later.valid_from or date.min):
                text = f"overlaps edition {later.edition}; end it the day before that one begins"
                found.append(Problem(earlier.definition, "valid_until", text))
    return found


def _twins_in_language(definitions: Iterable[Definition]) -> list[Problem]:
    """The language versions of one edition of ours share their keys, so that rules and statistics hold for both."""
    by_edition: dict[tuple[str, str], list[Definition]] = defaultdict(list)
    for definition in definitions:
        by_edition[definition.form, definition.edition].append(definition)
    found = []
    for first, *others in by_edition.values():
        for other in others:
            apart = sorted(first.keys ^ other.keys)
            if apart:
                text = f"its keys differ from the {first.language} version's: {', '.join(apart[:5])}"
                found.append(Problem(other.definition, "fields", text))
    return found


def role_problems(definition: Definition) -> Iterator[tuple[str, str]]:
    """Each field's key with what is wrong about its role."""
    counts = Counter(field.role for field in definition.fields if field.role is not None)
    for role, count in counts.items():
        if count > 1 and role.startswith(_ONLY_ONCE):
            yield "fields", f"the role {role} stands at {count} fields; a further one is other_… or has none"
    sums = tuple(field.key for field in definition.fields if field.role == "sum")
    for field in definition.fields:
        yield from ((field.key, text) for text in _role_of(field, sums))


def _role_of(field: Field, sums: tuple[str, ...]) -> Iterator[str]:
    if field.role is None:
        return
    kinds = _KINDS_OF_ROLE.get(field.role)
    if kinds is None and field.kind in ("check", "radio", "signature"):
        yield f"a {field.kind} cannot be {field.role}"
    if kinds is not None and field.value not in kinds:
        yield f"a field that is {field.role} has the value {' or '.join(kinds)}, not {field.value or 'none'}"
    if field.role == "sum_cents" and not field.key.startswith(sums):
        yield "its key begins with the key of no sum, so nobody knows whose cents these are"
