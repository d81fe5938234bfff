"""The page for whoever answers for the rules."""

import html
import re
from pathlib import Path

import pytest

from intake.draw.book import write_book
from intake.draw.in_words import looks_at, when
from intake.forms.load import BUILTIN, load_catalogue, load_definition
from intake.forms.model import Field, Place, Rule

CATALOGUE = [one for one in load_catalogue([BUILTIN]) if one.language == "fi"]


def rule(kind: str = "note", **more: object) -> Rule:
    """A rule with nothing but what is asked here."""
    text = {"fi": "x", "sv": "x", "en": "x"}
    return Rule.model_validate({"id": "r", "kind": kind, "text": text, "basis": "source", "source": "s"} | more)


def field(key: str, label: str, kind: str = "text", value: str | None = None) -> Field:
    """A field called `label`."""
    place = Place(page=1, box_mm=(1, 1, 2, 2))
    return Field.model_validate({"key": key, "kind": kind, "value": value, "labels": {"fi": label}, "places": [place]})


FIELDS = {
    one.key: one
    for one in (
        field("laji", "Haen", "radio"), field("hetu", "Henkilötunnus", "comb", "hetu"), field("km", "Matka"),
        field("rasti", "Oma auto", "check"), field("nimi", "Nimi", "signature"), field("a", "Tulot"),
        field("b", "Menot"),
    )
}  # fmt: skip


def test_book_shows_fields_and_rules_in_words(tmp_path: Path) -> None:
    """Every field is drawn on its page, every rule stands there as its sentences with effect, basis and source."""
    form = load_definition(BUILTIN / "kela" / "kela-sv4" / "2014-09.fi.toml")

    page = html.unescape(write_book([form], tmp_path).read_text())

    assert all(f"title='{field.labels['fi']}'" in page for field in form.fields)
    for one in form.rules:
        assert all(text in page for text in (one.text.fi, one.text.sv, one.text.en, one.source))
    assert page.count("<td>estää</td>") + page.count("<td>neuvoo</td>") >= sum(one.required for one in form.fields)
    assert len(list(tmp_path.glob("*.png"))) == len(form.pages)
    assert "Matkan syy”: valittu “" in page  # the printed option, not its id


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (None, "aina"),
        ('laji = "uusi" or laji = "muu"', "kun “Haen”: valittu “Uusi lupa” tai “Haen”: valittu “muu”"),
        ('laji != "uusi" and rasti filled', "kun “Haen”: valittu muu kuin “Uusi lupa” ja “Oma auto” on rastittu"),
        ("hetu under 18", "kun “Henkilötunnus”: alle 18 vuotta"),
        ("hetu over 69 and km over 100", "kun “Henkilötunnus”: vähintään 70 vuotta ja “Matka” on yli 100"),
        ("not (nimi filled or km empty)", "kun ei niin, että (“Nimi” on allekirjoitettu tai “Matka” on tyhjä)"),
    ],
)
def test_condition_in_words(condition: str | None, words: str) -> None:
    """A condition reads as a Finnish clause with the printed names and options."""
    assert when(rule(when=condition), FIELDS, {("laji", "uusi"): "Uusi lupa"}) == words


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (rule("date_window", fields=("a",), value="-7..31"),
         "“Tulot”: aikaisintaan 7 päivää ennen jättöpäivää, viimeistään 31 päivää jättöpäivän jälkeen"),
        (rule("date_window", fields=("a",), value="..0"), "“Tulot”: viimeistään jättöpäivänä"),
        (rule("sum", value="a - b = km"), "“Tulot” – “Menot” = “Matka”"),
        (rule("attachment", attachment="lease|receipt"), "liite: Vuokrasopimus tai Kuitti tai lasku"),
        (rule("all_or_none", fields=("a", "b")), "kaikki tai ei mitään: “Tulot”, “Menot”"),
    ],
)  # fmt: skip
def test_demand_in_words(asked: Rule, words: str) -> None:
    """What a rule looks at reads as Finnish too."""
    assert looks_at(asked, FIELDS) == words


def test_no_rule_is_left_in_code(subtests: pytest.Subtests) -> None:
    """No word of the rule language and no key is shown to a lawyer."""
    for form in CATALOGUE:
        with subtests.test(form=f"{form.form}-{form.edition}-{form.language}"):
            fields = {one.key: one for one in form.fields}
            for one in form.rules:
                said = f"{when(one, fields, {})} {looks_at(one, fields)}"
                outside = re.sub(r"“[^”]*”", "", said)
                assert not re.search(
                    r"\b(filled|empty|under|over|and|or|not|is|before|after)\b|[=!<>]|_", outside.replace(" = ", " ")
                )
                assert one.kind not in outside
