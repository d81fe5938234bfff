"""For each rule of the catalogue: a filing that keeps it and one that breaks it, on perfect readings.

`filings` makes both from the rule itself; what becomes of them on paper is in `test_through_pixels`.
"""

from datetime import date

import pytest

from intake.base.filing import FieldReading, FieldState, Verdict
from intake.check import check, notes
from intake.check.conditions import parse
from intake.check.sentences import maybe
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition, Rule
from intake.trial import person, readings, sample
from tests.catalogue.changes import ON, day_for, facts
from tests.catalogue.filings import alone, breaking, checking_rules, keeping, told

FORMS = {one.form: one for one in load_catalogue([BUILTIN]) if one.language == "fi"}  # the newest edition of each
CASES = [pytest.param(one, rule, id=f"{one.form}-{rule.id}") for one in FORMS.values() for rule in checking_rules(one)]


@pytest.mark.parametrize("definition", FORMS.values(), ids=FORMS)
def test_complete_samples_are_complete(definition: Definition) -> None:
    """A filing that keeps every rule has no findings at all, whichever optional fields are filled."""
    for seed in range(4):
        made = sample(definition, seed=seed, extra=0.1 + 0.25 * seed, on=day_for(definition))
        assert told(definition, dict(made.values), made.attachments) == ()


@pytest.mark.parametrize(("definition", "rule"), CASES)
def test_rule_is_told_when_broken_and_not_when_kept(definition: Definition, rule: Rule) -> None:
    """The rule's sentence is told by the one change that breaks it, and blocks only on a source or a law."""
    kept, broken = alone(definition, rule, keeping), alone(definition, rule, breaking)

    mine = [finding for finding in broken.findings if finding.text == rule.text]

    assert kept.findings == ()
    assert mine
    assert all(finding.blocks == (rule.basis != "assumption") for finding in mine)


@pytest.mark.parametrize(
    ("definition", "rule"),
    [case for case in CASES if case.values[1].when and "is " not in (case.values[1].when or "")],
)
def test_unclear_condition_is_asked_never_demanded(definition: Definition, rule: Rule) -> None:
    """Where the field that decides is unclear, the advisor is asked to look; nothing is demanded in its name."""
    broken = alone(definition, rule, breaking)
    seen = readings(definition, broken.values)
    deciding = {fact.key for fact in facts(parse(rule.when or ""))}
    for key in deciding:
        seen[key] = FieldReading(kind=seen[key].kind, state=FieldState.UNCLEAR)

    findings, _ = check(
        definition, seen, pages_seen=range(1, 9), attachments=broken.attachments, on=day_for(definition)
    )

    assert rule.text not in [finding.text for finding in findings]
    asked = [finding for finding in findings if finding.text == maybe(rule.text) or finding.field in deciding]
    assert asked  # one question is enough for a field that several rules hang on
    assert {finding.code for finding in asked} == {"unclear"}


def test_rules_of_the_facts_that_come_first() -> None:
    """The cross-field rules that were to be coded first are all there, by form and id."""
    wanted = {
        "kela-sv4": {"sv143", "sv67", "authorisation-signed"},
        "kela-at1": {"landlord", "graduation"},
        "kela-wh12": {"date-tulot", "date-hoito", "date-muutto", "date-liitto", "date-ero", "care-told"},
        "vero-5010": {"enclosed-1a", "enclosed-7h", "enclosed-14a", "to-date"},
        "vero-14a": {"labour-share", "own-share-within-total", "payments-in-order"},
        "vero-3602": {"one-donor"},
        "ytj-y3": {"no-identity-code-here", "fee-receipt"},
        "dvv-esteet": {"two-witnesses"},
        "dvv-nimi": {"guardian-signs", "child-consents"},
        "dvv-muutto": {"temporary-ends", "not-too-early", "not-too-late", "minor-moves"},
        "pol-ajokortti": {"written-account", "medical-at-70", "guardians-consent"},
        "kela-sv8": {"fund", "certificate"},
        "kela-ot1": {"arrival"},
        "vero-3308": {"arrives-in-time"},
    }

    for form, ids in wanted.items():
        assert ids <= {rule.id for rule in FORMS[form].rules}, form


def test_deadline_by_arrival_is_said() -> None:
    """The advisor is told that the day of arrival decides, not the postmark."""
    said = " ".join(text.fi for text in notes(FORMS["kela-at1"], ON))

    assert "Saapumispäivä ratkaisee" in said
    assert "Postileima ei riitä" in said


def test_world_changes_with_the_date() -> None:
    """A rule counts from its day on: basic social assistance moved to Kela in 2017."""
    form = FORMS["kunta-ttt"]

    assert not any("Kelasta" in text.fi for text in notes(form, ON))
    assert any("Kelasta" in text.fi for text in notes(form, date(2017, 1, 2)))
    assert not FORMS["kela-to1"].valid_on(ON)


def test_sixteen_year_old_changes_name_alone() -> None:
    """From 15 on no guardian is asked for; at 12 guardian and child sign; at 8 the guardian only."""
    form = FORMS["dvv-nimi"]

    for age, expected in (
        (16, set()),
        (12, {"huoltaja1", "huoltaja2", "lapsi_suost"}),
        (8, {"huoltaja1", "huoltaja2"}),
    ):
        values = dict(sample(form, seed=2, extra=0).values) | {
            "hetu": person(5, age=age).hetu,
            "sukunimiperuste": "uusi",
        }
        for key in ("huoltaja1", "huoltaja2", "lapsi_suost"):
            values.pop(key, None)
        missing = {finding.field for finding in told(form, values) if finding.code == "missing"}
        assert missing == expected, age


def test_unsigned_form_is_incomplete_and_unaddressed_one_complete() -> None:
    """A missing signature stops a filing, a missing address (our assumption) only advises."""
    form = FORMS["kela-y121"]
    values = dict(sample(form, seed=1).values)
    unsigned = {key: value for key, value in values.items() if key != "allekirjoitus"}
    undated = {key: value for key, value in values.items() if key != "paivays"}

    verdicts = [
        check(form, readings(form, some), pages_seen=(1,), attachments=(), on=ON)[1] for some in (unsigned, undated)
    ]

    assert verdicts == [Verdict.INCOMPLETE, Verdict.COMPLETE]
