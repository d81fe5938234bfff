"""The rule language, kind by kind: what breaks a rule, what keeps it, and what leaves it open."""

from datetime import date

import pytest

from intake.base.errors import WrongUse
from intake.base.filing import FieldReading, FieldState, Finding, Verdict
from intake.base.texts import Text
from intake.check import check, notes, problems
from intake.check.conditions import parse
from intake.forms.model import Definition, Field, PageSize, Place, Rule

ON = date(2015, 3, 2)
TEXT = Text(fi="fi", sv="sv", en="en")
FILLED, EMPTY, UNCLEAR = FieldState.FILLED, FieldState.EMPTY, FieldState.UNCLEAR
KINDS = {"hetu": "hetu", "alku": "date", "loppu": "date", "brutto": "money", "kulut": "money", "netto": "money"}


def form(*rules: Rule, required: str = "", office: str = "", basis: str = "source") -> Definition:
    """A one-page form with fields of every kind; `aina` is demanded and, in `found`, always filled."""
    keys = ["aina", "nimi", "hetu", "alku", "loppu", "brutto", "kulut", "netto", "netto_snt", "a", "b", "laji",
            "allekirjoitus"]  # fmt: skip
    places = {
        "laji": tuple(Place(page=1, box_mm=(0, 0, 4, 4), option=name) for name in ("uusi", "muu")),
    }
    plain = (Place(page=1, box_mm=(0, 0, 40, 8)),)
    fields = tuple(
        Field.model_validate(
            {
                "key": key,
                "kind": "radio" if key == "laji" else "check" if key in "ab" else "text",
                "value": KINDS.get(key),
                "labels": {"fi": key.upper(), "sv": key.title()},
                "required": key in ("aina", required),
                "office": key == office,
                "basis": "source" if key == "aina" else basis,
                "places": places.get(key, plain),
            }
        )
        for key in keys
    )
    size = PageSize(width_mm=210, height_mm=297)
    return Definition(
        provider="x", form="x-1", edition="1", language="fi", pages=(size,), fields=fields, rules=tuple(rules)
    )


def rule(kind: str, *fields: str, basis: str = "source", **more: object) -> Rule:
    """A rule of one kind over these fields."""
    return Rule.model_validate(
        {"id": "r", "kind": kind, "fields": fields, "text": TEXT, "basis": basis, "source": "test", **more}
    )


def found(definition: Definition, *, attachments: tuple[str, ...] = (), **fields: object) -> tuple[list[str], Verdict]:
    """`code:field` of each finding; a field is given as its value, True (ink), None (unclear); others are empty."""
    readings = {field.key: FieldReading(kind="text", state=EMPTY) for field in definition.fields}
    readings["aina"] = reading(True)
    for key, given in fields.items():
        readings[key] = reading(given)
    findings, verdict = check(definition, readings, pages_seen=(1,), attachments=attachments, on=ON)
    return [name(finding) for finding in findings], verdict


def reading(given: object) -> FieldReading:
    """A reading from a short hand: see `found`; a pair is value and confidence."""
    if given is None:
        return FieldReading(kind="text", state=UNCLEAR)
    if given is True:
        return FieldReading(kind="text", state=FILLED)
    value, confidence = given if isinstance(given, tuple) else (given, 0.99)
    return FieldReading.model_validate({"kind": "text", "state": FILLED, "value": value, "confidence": confidence})


def name(finding: Finding) -> str:
    """How the tests write a finding; a star where it blocks."""
    return f"{finding.code}:{finding.field or ''}{'*' if finding.blocks else ''}"


CASES = [
    # kind, the rule, the fields, what is found
    ("required broken", rule("required", "nimi"), {}, ["missing:nimi*"]),
    ("required kept", rule("required", "nimi"), {"nimi": True}, []),
    ("required unclear", rule("required", "nimi"), {"nimi": None}, ["unclear:nimi*"]),
    ("assumption advises", rule("required", "nimi", basis="assumption"), {}, ["missing:nimi"]),
    ("if: asked", rule("required", "nimi", when="a filled"), {"a": True}, ["missing:nimi*"]),
    ("if: not asked", rule("required", "nimi", when="a filled"), {}, []),
    ("if: unclear asks nothing false", rule("required", "nimi", when="a filled"), {"a": None}, ["unclear:a*"]),
    ("if: unclear but done", rule("required", "nimi", when="a filled"), {"a": None, "nimi": True}, []),
    ("if option", rule("required", "nimi", when='laji = "muu"'), {"laji": "muu"}, ["missing:nimi*"]),
    ("if other option", rule("required", "nimi", when='laji = "muu"'), {"laji": "uusi"}, []),
    ("if value not read", rule("required", "nimi", when='laji = "muu"'), {"laji": True}, []),
    ("if age", rule("required", "nimi", when="hetu under 18"), {"hetu": "010100A900F"}, ["missing:nimi*"]),
    ("if grown up", rule("required", "nimi", when="hetu under 18"), {"hetu": "131052-308T"}, []),
    ("one of: none", rule("exactly_one_of", "a", "b"), {}, ["missing:a*"]),
    ("one of: both", rule("exactly_one_of", "a", "b"), {"a": True, "b": True}, ["contradiction:a*"]),
    ("one of: one", rule("exactly_one_of", "a", "b"), {"b": True}, []),
    ("one of: unclear", rule("exactly_one_of", "a", "b"), {"b": None}, ["unclear:b*"]),
    ("any of: none", rule("at_least_one_of", "a", "b"), {}, ["missing:a*"]),
    ("any of: both", rule("at_least_one_of", "a", "b"), {"a": True, "b": True}, []),
    ("any of: unclear", rule("at_least_one_of", "a", "b"), {"a": None}, ["unclear:a*"]),
    ("all or none: half", rule("all_or_none", "a", "b"), {"a": True}, ["missing:b*"]),
    ("all or none: none", rule("all_or_none", "a", "b"), {}, []),
    ("forbidden", rule("forbidden", "a", when="b filled"), {"a": True, "b": True}, ["contradiction:a*"]),
    ("allowed", rule("forbidden", "a", when="b filled"), {"a": True}, []),
    ("contradiction", rule("contradiction", "a", when="a filled and b filled"), {"a": True, "b": True},
     ["contradiction:a*"]),
    ("order wrong", rule("in_order", "alku", "loppu"), {"alku": "2.2.2015", "loppu": "1.2.2015"},
     ["contradiction:loppu*"]),
    ("order right", rule("in_order", "alku", "loppu"), {"alku": "01022015", "loppu": "02022015"}, []),
    ("order unread", rule("in_order", "alku", "loppu"), {"alku": True, "loppu": True}, []),
    ("window too early", rule("date_window", "alku", value="-7..31"), {"alku": "20.2.2015"}, ["contradiction:alku*"]),
    ("window too late", rule("date_window", "alku", value="-7..31"), {"alku": "3.4.2015"}, ["contradiction:alku*"]),
    ("window inside", rule("date_window", "alku", value="-7..31"), {"alku": "2.4.2015"}, []),
    ("window open end", rule("date_window", "alku", value="-7.."), {"alku": "1.1.2020"}, []),
    ("sum wrong", rule("sum", value="brutto - kulut = netto"), {"brutto": "100", "kulut": "20", "netto": "70"},
     ["contradiction:netto*"]),
    ("sum right", rule("sum", value="brutto - kulut = netto"), {"brutto": "100,50", "kulut": "20", "netto": "80,50"},
     []),
    ("sum, empty term", rule("sum", value="brutto - kulut = netto"), {"brutto": "100", "netto": "100"}, []),
    ("sum, cents apart", rule("sum", value="brutto - kulut = netto"),
     {"brutto": "100,50", "kulut": "20", "netto": "80", "netto_snt": "50"}, []),
    ("sum, cents unread", rule("sum", value="brutto - kulut = netto"),
     {"brutto": "100,50", "kulut": "20", "netto": "80", "netto_snt": True}, []),
    ("at most broken", rule("at_most", "netto", "brutto"), {"netto": "20", "brutto": "10"}, ["contradiction:netto*"]),
    ("at most kept", rule("at_most", "netto", "brutto"), {"netto": "10", "brutto": "10"}, []),
    ("not yet in force", rule("required", "nimi", valid_from=date(2016, 1, 1)), {}, []),
    ("no longer in force", rule("required", "nimi", valid_until=date(2015, 1, 1)), {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("one", "fields", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_rule(one: Rule, fields: dict[str, object], expected: list[str]) -> None:
    """Each kind of rule finds what breaks it, nothing where it is kept, and a question where a field is unclear."""
    assert found(form(one), **fields)[0] == expected


def test_doubtful_value_is_unclear_never_a_contradiction() -> None:
    """Dates read without confidence make a question that stops nothing, not a contradiction."""
    one = rule("in_order", "alku", "loppu")

    codes, verdict = found(form(one), alku=("2.2.2015", 0.5), loppu="1.2.2015")

    assert "unclear:loppu" in codes
    assert not any(code.startswith("contradiction") for code in codes)
    assert verdict is Verdict.COMPLETE


@pytest.mark.parametrize(
    ("attachments", "expected"),
    [
        ((), ["missing_attachment:*"]),
        (("sv143",), []),
        (("sv67",), ["missing_attachment:*"]),
        (("unknown",), ["unclear:*"]),
    ],
)
def test_attachment(attachments: tuple[str, ...], expected: list[str]) -> None:
    """A demanded attachment is missing, there, or perhaps the paper that nobody could name."""
    one = rule("attachment", attachment="sv143", when="a filled")

    assert found(form(one), attachments=attachments, a=True)[0] == expected
    assert found(form(one), attachments=attachments)[0] == []


def test_office_field_is_never_asked_for() -> None:
    """Neither its own mark nor a rule asks for a field the authority fills."""
    assert found(form(rule("required", "nimi"), required="nimi", office="nimi"))[0] == []


def test_required_field_and_its_rule_are_told_once() -> None:
    """A field demanded twice makes one finding, the blocking one."""
    codes, verdict = found(form(rule("required", "nimi", basis="assumption"), required="nimi"))

    assert codes == ["missing:nimi*"]
    assert verdict is Verdict.INCOMPLETE


def test_missing_page_is_told_instead_of_its_fields() -> None:
    """Fields of a page that was not scanned are not asked for one by one."""
    findings, verdict = check(form(required="nimi"), {}, pages_seen=(), attachments=(), on=ON)

    assert [name(finding) for finding in findings] == ["missing_page:*"]
    assert verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("010594Y9032", []),
        ("010594Y9033", ["invalid:hetu*"]),
        (("010594Y9033", 0.5), ["unclear:hetu"]),
        (True, []),
    ],
)
def test_identity_code(given: object, expected: list[str]) -> None:
    """A wrong check character read with confidence is invalid, a doubtful one unclear, an unread one nothing."""
    assert found(form(required="hetu"), hetu=given)[0] == expected


def test_verdict_of_complete_form_with_advice() -> None:
    """Advice alone leaves a filing complete."""
    codes, verdict = found(form(rule("required", "nimi", basis="assumption")))

    assert codes == ["missing:nimi"]
    assert verdict is Verdict.COMPLETE


def silent(*rules: Rule, nimi: str = "") -> tuple[list[str], Verdict]:
    """A form of one field that the form itself does not demand, judged with its field in this state."""
    definition = form(*rules)
    only = definition.model_copy(update={"fields": tuple(one for one in definition.fields if one.key == "nimi")})
    readings = {"nimi": FieldReading(kind="text", state=FieldState(nimi or "filled"))}
    findings, verdict = check(only, readings, pages_seen=(1,), attachments=(), on=ON)
    return [name(finding) for finding in findings], verdict


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (rule("required", "nimi", basis="assumption"),),
        (rule("note", "nimi"),),
        (rule("required", "nimi", valid_from=date(2016, 1, 1)),),
    ],
    ids=["nothing", "an assumption", "a note", "a rule of later"],
)
def test_a_form_without_grounded_demands_is_unsure(rules: tuple[Rule, ...]) -> None:
    """Nobody has said what the form needs: silence is not consent, so a person looks; nothing blocks."""
    assert silent(*rules) == (["no_demands:"], Verdict.UNSURE)


@pytest.mark.parametrize("basis", ["source", "law_or_rule", "confirmed"])
def test_one_grounded_demand_makes_complete_possible(basis: str) -> None:
    """A demand by the form, by a law or confirmed by a person is one; kept, the filing is complete."""
    assert silent(rule("required", "nimi", basis=basis)) == ([], Verdict.COMPLETE)
    assert silent(rule("required", "nimi", basis=basis), nimi="empty") == (["missing:nimi*"], Verdict.INCOMPLETE)


def test_a_blank_paper_is_never_complete() -> None:
    """Nothing written: incomplete where something is demanded though nothing is missing, else unsure as ever."""
    asked_elsewhere = rule("forbidden", "nimi")

    assert silent(asked_elsewhere, nimi="empty") == (["missing:*"], Verdict.INCOMPLETE)
    assert silent(rule("in_order", "nimi", "nimi"), nimi="unclear")[1] is Verdict.UNSURE
    assert silent(nimi="empty") == (["no_demands:", "missing:"], Verdict.UNSURE)
    assert silent(nimi="unclear") == (["no_demands:", "unclear:"], Verdict.UNSURE)


def test_the_sentence_says_what_to_do() -> None:
    """The advisor hears in plain words that nobody has said what the form needs, in the counter's languages."""
    definition = form().model_copy(update={"fields": ()})

    findings, _ = check(definition, {}, pages_seen=(1,), attachments=(), on=ON)

    assert [finding.code for finding in findings] == ["no_demands"]
    assert findings[0].text.fi.endswith("Tarkista paperi itse.")
    assert findings[0].text.sv.endswith("Kontrollera papperet själv.")


def test_notes_are_told_apart_from_findings() -> None:
    """A deadline note is no finding."""
    definition = form(rule("note", basis="source"), rule("wrong_addressee", when="a filled"))

    assert found(definition)[0] == []
    assert notes(definition, ON) == (TEXT,)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a filled or", "(a filled", "a filled)", "a = b", "a under x", "not", "and filled", "a ~ b", "a" * 700],
)
def test_bad_condition_is_refused(text: str) -> None:
    """A condition that is not understood is an error with a sentence, never a guess."""
    with pytest.raises(WrongUse):
        parse(text)


def test_lint_names_what_is_wrong() -> None:
    """Unknown fields, kinds, options and attachments are told."""
    lines = "\n".join(
        problems(
            form(
                rule("required", "nobody"),
                rule("guess", "nimi"),
                rule("required", "nimi", when='laji = "nowhere"'),
                rule("attachment", attachment="elephant"),
                rule("sum", value="a + = b"),
                rule("date_window", "alku", value="soon"),
            )
        )
    )

    for part in ("'nobody'", "'guess'", "'nowhere'", "'elephant'", "a sum is", "a window is", "written twice"):
        assert part in lines
