"""From a source and the spots drawn on paper to the form's definition, and all of it to disk.

Rules that bring no sentence of their own get one, made from the labels of their fields.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from intake.base.filing import Box
from intake.base.texts import Text
from intake.draw.boxes import Spot
from intake.draw.naming import names_of
from intake.draw.paint import paint
from intake.draw.source import LANGUAGES, Edition, Pair, Source, SourceRule, in_edition
from intake.draw.styles import PAGE_HEIGHT, PAGE_WIDTH
from intake.forms.face import make_face_file
from intake.forms.model import Definition, Field, Mark, PageSize, Place, Rule
from intake.forms.save import save

_PATTERNS: dict[str, Text] = {
    "required": Text(
        fi="Täyttämättä: {fields}. Pyydä asiakasta täyttämään kohta.",
        sv="Saknas: {fields}. Be kunden fylla i punkten.",
        en="Not filled in: {fields}. Ask the customer to fill it in.",
    ),
    "signed": Text(
        fi="Allekirjoitus puuttuu: {fields}.",
        sv="Underskrift saknas: {fields}.",
        en="Signature missing: {fields}.",
    ),
    "exactly_one_of": Text(
        fi="Valitse näistä täsmälleen yksi: {fields}.",
        sv="Välj exakt ett av följande: {fields}.",
        en="Choose exactly one of these: {fields}.",
    ),
    "at_least_one_of": Text(
        fi="Täytä vähintään yksi näistä: {fields}.",
        sv="Fyll i minst ett av följande: {fields}.",
        en="Fill in at least one of these: {fields}.",
    ),
    "all_or_none": Text(
        fi="Nämä kohdat täytetään yhdessä: {fields}.",
        sv="Dessa punkter fylls i tillsammans: {fields}.",
        en="These belong together: {fields}.",
    ),
    "in_order": Text(
        fi="Päivämäärät ovat väärässä järjestyksessä: {fields}.",
        sv="Datumen är i fel ordning: {fields}.",
        en="The dates are in the wrong order: {fields}.",
    ),
    "at_most": Text(
        fi="Ensimmäinen summa on suurempi kuin toinen: {fields}. Tarkista luvut.",
        sv="Det första beloppet är större än det andra: {fields}. Kontrollera beloppen.",
        en="The first amount is larger than the second: {fields}. Check the figures.",
    ),
    "sum": Text(
        fi="Laskelma ei täsmää: {fields}. Tarkista luvut.",
        sv="Uträkningen stämmer inte: {fields}. Kontrollera beloppen.",
        en="The sum does not add up: {fields}. Check the figures.",
    ),
}
_OTHERS = Text(
    fi="Tarkista kohta: {fields}.", sv="Kontrollera punkten: {fields}.", en="Check this: {fields}."
)  # fmt: skip


def draw_form(source: Source, into: Path) -> list[Definition]:
    """Draw every edition of `source` in both languages under `<into>/<form>/`; returns their definitions."""
    return [draw_edition(source, edition, language, into) for edition in source.editions for language in LANGUAGES]


def draw_edition(source: Source, edition: Edition, language: str, into: Path) -> Definition:
    """One blank, its face and its definition, written only where they changed."""
    blank, spots, marks = paint(source, edition, language)
    definition = save(define(source, edition, language, spots, marks), into, blank=blank)
    return save(definition, into, face=make_face_file(definition.blank))


def define(
    source: Source, edition: Edition, language: str, spots: Sequence[Spot], marks: Sequence[Mark]
) -> Definition:  # fmt: skip
    """The definition of what was drawn."""
    fields = _fields(spots)
    pages = max(spot.page for spot in spots), max(mark.page for mark in marks)
    titles = source.titles
    return Definition(
        provider=source.provider,
        form=source.form,
        edition=edition.id,
        language=language,
        valid_from=edition.valid_from,
        valid_until=edition.valid_until,
        titles={"fi": titles.fi, "sv": titles.sv, "en": titles.en},
        pages=(PageSize(width_mm=PAGE_WIDTH, height_mm=PAGE_HEIGHT),) * max(pages),
        marks=tuple(marks),
        fields=fields,
        rules=tuple(_rules(source.rules, edition, {field.key: field for field in fields})),
        eservice=edition.eservice or source.eservice,
        replica=True,
    )


def _rules(rules: Iterable[SourceRule], edition: Edition, fields: dict[str, Field]) -> Iterable[Rule]:
    for rule in rules:
        if in_edition(rule.editions, edition.id):
            known = rule.model_dump(exclude={"editions", "text"})
            yield Rule(**known, text=rule.text or worded(rule, fields))


def _fields(spots: Sequence[Spot]) -> tuple[Field, ...]:
    grouped: dict[str, list[Spot]] = {}
    for spot in spots:
        grouped.setdefault(spot.field.key, []).append(spot)
    names = names_of(spot.field for spot in spots)
    return tuple(_field(key, group, names[key]) for key, group in grouped.items())


def _field(key: str, spots: list[Spot], names: Mapping[str, str]) -> Field:
    drawn = spots[0].field
    return Field(
        key=key,
        kind=drawn.kind,
        value=drawn.value,
        role=drawn.role,
        labels=dict(names),
        required=drawn.req is not None,
        basis=drawn.req or "assumption",
        office=drawn.office,
        places=tuple(_place(spot) for spot in spots),
    )


def _place(spot: Spot) -> Place:
    option = None if spot.field.kind == "check" else spot.option
    called = next((choice for choice in spot.field.options if choice.id == option), Pair())
    labels = {language: text for language, text in (("fi", called.fi), ("sv", called.sv)) if text}
    return Place(page=spot.page, box_mm=_rounded(spot.box), option=option, labels=labels, cells=spot.cells)


def _rounded(box: Box) -> Box:
    return (round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))


def worded(rule: SourceRule, fields: Mapping[str, Field]) -> Text:
    """A sentence for `rule` in three languages; the English one quotes the Finnish labels."""
    pattern = _PATTERNS.get(rule.kind, _OTHERS)
    return Text(
        fi=pattern.fi.replace("{fields}", _names(rule.fields, fields, "fi", "””")),
        sv=pattern.sv.replace("{fields}", _names(rule.fields, fields, "sv", "””")),
        en=pattern.en.replace("{fields}", _names(rule.fields, fields, "fi", "“”")),
    )


def _names(keys: tuple[str, ...], fields: Mapping[str, Field], language: str, quotes: str) -> str:
    """Quotation marks are those of the sentence's language: the same on both sides in Finnish and Swedish."""
    labels = [fields[key].labels.get(language, key) if key in fields else key for key in keys]
    return ", ".join(f"{quotes[0]}{label}{quotes[1]}" for label in labels)
