"""The catalogue as data: complete in both languages, consistent, and drawn from its sources."""

import re
from collections import defaultdict
from itertools import combinations

import pytest
from pypdf import PdfReader

from intake.check import problems
from intake.draw import SOURCES
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Place

CATALOGUE = load_catalogue([BUILTIN])
DRAWN = [one for one in CATALOGUE if one.replica]


def test_at_least_thirty_three_forms_of_all_six_providers_in_both_languages() -> None:
    """The pilot's papers are known, each in Finnish and Swedish, four of them in two editions; one slip is for all."""
    languages, editions = defaultdict(set), defaultdict(set)
    for one in CATALOGUE:
        languages[one.form].add(one.language)
        editions[one.form].add(one.edition)

    assert len(languages) >= 33
    assert {one.provider for one in CATALOGUE} == {"kela", "vero", "te", "maistraatti", "poliisi", "kunta", "yhteinen"}
    assert all(known == {"fi", "sv"} for known in languages.values())
    assert sum(len(known) > 1 for known in editions.values()) >= 4


def test_rules_are_sound(subtests: pytest.Subtests) -> None:
    """Every rule's fields, options, conditions and attachments exist, and it has its sentence in three languages."""
    for one in DRAWN:
        with subtests.test(form=f"{one.form}-{one.edition}-{one.language}"):
            assert problems(one, forms=frozenset(other.form for other in CATALOGUE)) == ()
            assert not any("{" in text for rule in one.rules for text in (rule.text.fi, rule.text.sv, rule.text.en))


def test_fields_lie_inside_the_page_and_apart(subtests: pytest.Subtests) -> None:
    """No field's box leaves its page or overlaps another field's."""
    for one in DRAWN:
        with subtests.test(form=f"{one.form}-{one.edition}-{one.language}"):
            places = defaultdict(list)
            for field in one.fields:
                for place in field.places:
                    places[place.page].append(place)
                    x0, y0, x1, y1 = place.box_mm
                    assert 0 < x0 < x1 < one.pages[place.page - 1].width_mm, field.key
                    assert 0 < y0 < y1 < one.pages[place.page - 1].height_mm, field.key
            assert [(a, b) for page in places.values() for a, b in combinations(page, 2) if _overlap(a, b)] == []


def _overlap(a: Place, b: Place) -> bool:
    ax0, ay0, ax1, ay1 = a.box_mm
    bx0, by0, bx1, by1 = b.box_mm
    return min(ax1, bx1) - max(ax0, bx0) > 0.05 and min(ay1, by1) - max(ay0, by0) > 0.05


def test_each_form_says_whose_matter_it_is(subtests: pytest.Subtests) -> None:
    """Every form names its person or organisation by name and code; accounts, years and sums have their roles too."""
    for one in CATALOGUE:
        with subtests.test(form=f"{one.form}-{one.edition}-{one.language}"):
            roles = {field.role for field in one.fields}
            values = {field.value for field in one.fields if not field.office}

            assert roles & {"person_name", "person_family_name", "organisation_name"}
            assert ("person_family_name" in roles) == ("person_given_names" in roles)
            if values & {"hetu", "hetu_or_ytunnus"}:
                assert roles & {"person_id", "organisation_id"}
            assert "iban" not in values or "account" in roles
            assert any(field.role == "tax_year" for field in one.fields) == any(
                field.key == "verovuosi" for field in one.fields
            )
            codes = [field for field in one.fields if field.value in ("hetu", "ytunnus", "hetu_or_ytunnus", "iban")]
            assert [field.key for field in codes if field.role is None] == []


def test_both_languages_and_all_editions_give_a_key_the_same_role() -> None:
    """A case system that reads roles meets no other meaning on another day or in the other language."""
    roles = defaultdict(set)
    for one in CATALOGUE:
        for field in one.fields:
            roles[one.form, field.key].add(field.role)

    assert {key: said for key, said in roles.items() if len(said) > 1} == {}


def test_some_demand_of_each_form_can_block(subtests: pytest.Subtests) -> None:
    """Who files, or the signature, is demanded by law or by the form itself, so a gap there stops the filing."""
    for one in DRAWN:
        with subtests.test(form=f"{one.form}-{one.edition}-{one.language}"):
            assert any(field.required and field.basis != "assumption" for field in one.fields)
            assert all(rule.source for rule in one.rules)


def test_field_is_called_by_what_tells_it_from_others() -> None:
    """The printed label, and where that says too little the words beside or over it."""
    form = next(one for one in CATALOGUE if (one.form, one.language) == ("vero-14a", "fi"))

    assert form.field("nimi").labels["fi"] == "Nimi"
    assert form.field("tyon_osuus").labels["fi"] == "Tiedot työsuorituksesta I: työn osuus"
    assert form.field("oma_osuus_snt").labels["sv"] == "därav egen andel: cent"


def test_languages_share_keys_places_and_options() -> None:
    """The two languages of an edition are one form: same fields, same places, same rules."""
    known = {(one.form, one.edition, one.language): one for one in CATALOGUE}
    for (form, edition, language), one in known.items():
        other = known[(form, edition, "sv" if language == "fi" else "fi")]
        assert [field.key for field in one.fields] == [field.key for field in other.fields]
        assert [field.places for field in one.fields] == [field.places for field in other.fields]
        assert [rule.id for rule in one.rules] == [rule.id for rule in other.rules]


def test_blank_carries_its_fields(subtests: pytest.Subtests) -> None:
    """The PDF's form fields are the definition's: names, comb cells, options, real signature fields."""
    for one in DRAWN:
        with subtests.test(form=f"{one.form}-{one.edition}-{one.language}"):
            found = PdfReader(one.blank).get_fields() or {}

            assert set(found) == {field.key for field in one.fields}
            for field in one.fields:
                widget = found[field.key]
                if field.kind == "signature":
                    assert widget["/FT"] == "/Sig"
                if field.places[0].cells:
                    assert widget["/FT"] == "/Tx"
                if field.kind == "radio":
                    states = {state.lstrip("/") for state in widget["/_States_"]} - {"Off"}
                    assert states == {place.option for place in field.places}


def test_every_source_is_drawn() -> None:
    """No source waits to be drawn, and nothing is drawn without a source."""
    sources = {path.stem for path in SOURCES.rglob("*.toml")}

    assert sources == {one.form for one in CATALOGUE if one.replica}


def test_quotation_marks_are_those_of_the_language() -> None:
    """Finnish and Swedish sentences quote a field ”so”, never with the English sign at the left."""
    said = {text for form in CATALOGUE for rule in form.rules for text in (rule.text.fi, rule.text.sv)}

    assert {text for text in said if "“" in text} == set()


def test_labels_are_as_somebody_would_say_them() -> None:
    """What the advisor reads in a sentence has no row number, no unit and no hint how to write a day."""
    printed = re.compile(r"ppkkvvvv|ddmmåååå|\beuroa?\b|€(/kk|/mån\.?)?($| \()|^\d+\. |^\d+\.\d+ |^\d+ [A-ZÅÄÖ]")
    wrong = {
        label
        for form in CATALOGUE
        for field in form.fields
        for label in field.labels.values()
        if not field.office and printed.search(label)
    }

    assert wrong == set()
