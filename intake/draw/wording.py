"""Sentences for rules that bring none of their own, made from the labels of their fields."""

from collections.abc import Mapping

from intake.base.texts import Text
from intake.draw.source import SourceRule
from intake.forms.model import Field

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
