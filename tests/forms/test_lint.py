"""Lint names what is wrong with definitions."""

from datetime import date
from pathlib import Path

import pytest

from intake.check.definition_lint import lint
from intake.forms.load import BUILTIN
from intake.forms.model import Definition
from intake.forms.save import save

TEXT = {"fi": "Puuttuu", "sv": "Saknas", "en": "Missing"}


def field(key: str, box, **more) -> dict:
    """A field with one place."""
    place = {
        "page": more.pop("page", 1),
        "box_mm": box,
        "option": more.pop("option", None),
        "cells": more.pop("cells", None),
    }
    return {"key": key, "kind": "text", "places": [place], **more}


def role(key: str, says: str, top: float, **more) -> dict:
    """A field with a role."""
    return field(key, (10, top, 50, top + 10), role=says, **more)


def form(*fields: dict, **more) -> Definition:
    """A definition that is in order, but for `more`."""
    given = {
        "provider": "kela", "form": "sv-4", "edition": "2009-09", "language": "fi",
        "pages": [{"width_mm": 210, "height_mm": 297}], "fields": list(fields) or [field("a", (10, 10, 50, 20))],
    }  # fmt: skip
    return Definition.model_validate({**given, **more})


def problems(tmp_path: Path, *definitions: Definition) -> list[str]:
    """What lint says of them, without paths."""
    saved = [save(one, tmp_path, blank=b"%PDF-", face=b"") for one in definitions]
    return [f"{one.where}: {one.text}" for one in lint(saved)]


def test_a_good_definition_is_silent(tmp_path):
    """Nothing to mend, nothing said."""
    assert problems(tmp_path, form()) == []


@pytest.mark.parametrize(
    ("made", "where", "text"),
    [
        (form(field("a", (10, 10, 250, 20))), "a", "reaches off page 1"),
        (form(field("a", (50, 10, 10, 20))), "a", "left, top, right, bottom"),
        (form(field("a", (10, 10, 50, 20), page=2)), "a", "page 2 does not exist"),
        (form(field("a", (10, 10, 50, 20)), field("b", (12, 11, 48, 19))), "a", "lies over 'b'"),
        (form(field("a", (10, 10, 50, 20)), field("a", (10, 40, 50, 50))), "a", "used 2 times"),
        (form(field("a", (10, 10, 50, 20), kind="radio")), "a", "names no option"),
        (form(field("a", (10, 10, 50, 20), kind="comb")), "a", "number of cells"),
        (form(field("a", (10, 10, 50, 20), required=True, office=True)), "a", "office"),
        (form(field("a", (10, 10, 50, 20), labels={"fi": " "})), "a", "empty label"),
        (form(valid_from=date(2015, 1, 1), valid_until=date(2014, 1, 1)), "valid_until", "before valid_from"),
        (form(role("a", "person_name", 10), role("b", "person_name", 40)), "fields", "person_name stands at 2 fields"),
        (form(role("a", "person_id", 10, value="iban")), "a", "hetu or hetu_or_ytunnus, not iban"),
        (form(role("a", "person_name", 10, kind="check")), "a", "a check cannot be person_name"),
        (form(role("a_snt", "sum_cents", 10, value="integer")), "a_snt", "nobody knows whose cents"),
        (form(language="Suomi"), "language", "two-letter"),
        (form(marks=[{"kind": "code", "text": "SV 4", "page": 3, "box_mm": (1, 1, 2, 2)}]), "marks", "page 3"),
        (form(eservice={"name": "x", "url": "http://x"}), "eservice", "https"),
    ],
)
def test_each_fault_is_named(tmp_path, made, where, text):
    """Every fault that the types cannot hold is told with its place."""
    found = problems(tmp_path, made)

    assert len(found) == 1
    assert found[0].startswith(f"{where}: ")
    assert text in found[0]


def test_a_rule_that_names_no_field(tmp_path):
    """Keys in a rule must exist."""
    rule = {"id": "r1", "kind": "required", "fields": ["b"], "text": TEXT, "basis": "source", "source": "sivu 1"}

    assert any("'b' does not exist" in one for one in problems(tmp_path, form(rules=[rule])))


def test_editions_that_overlap_in_time(tmp_path):
    """Two editions of one form in one language valid on one day; another language does not matter."""
    old, new = form(valid_until=date(2015, 1, 1)), form(edition="2015-01", valid_from=date(2015, 1, 1))
    swedish = form(language="sv", valid_from=date(2014, 1, 1))

    assert problems(tmp_path, old, new, swedish) == [
        "valid_until: overlaps edition 2015-01; end it the day before that one begins"
    ]


def test_missing_companions(tmp_path):
    """A definition without its blank or its face cannot be used."""
    saved = save(form(), tmp_path, blank=b"%PDF-")

    assert [str(one) for one in lint([saved])] == [
        f"{saved.definition}: face: 2009-09.fi.face is missing beside the definition"
    ]


def test_our_own_forms_speak_both_languages():
    """A form of the built-in catalogue needs title and labels in Finnish and Swedish, and the same keys in both."""
    here = {"definition": BUILTIN / "x.toml", "blank": Path(__file__), "face": Path(__file__)}
    labels = {"fi": "Nimi", "sv": "Namn"}
    finnish = form(field("a", (10, 10, 50, 20), labels=labels), titles=labels).model_copy(update=here)
    swedish = form(field("b", (10, 10, 50, 20), labels={"sv": "Namn"}), titles=labels, language="sv").model_copy(
        update=here
    )

    found = [one.text for one in lint([finnish, swedish])]

    assert found == ["no label in fi", "its keys differ from the fi version's: a, b"]


def test_two_fields_of_ours_are_not_called_the_same():
    """An advisor who is told a name must find one field; what the office fills is never told."""
    here = {"definition": BUILTIN / "x.toml", "blank": Path(__file__), "face": Path(__file__)}
    labels = {"fi": "euro", "sv": "euro"}
    boxes = ((10, 10, 50, 20), (10, 30, 50, 40), (10, 50, 50, 60))
    fields = [field(key, box, labels=labels, office=key == "c") for key, box in zip("abc", boxes, strict=True)]
    ours = form(*fields, titles={"fi": "Tulot", "sv": "Inkomster"}).model_copy(update=here)

    assert [(one.where, one.text) for one in lint([ours])] == [
        (key, "another field is called 'euro' too") for key in "abab"
    ]
