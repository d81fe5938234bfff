"""For each rule of the catalogue: a filing that keeps it and one that breaks it.

The keeping filing is a complete sample. The breaking one is the sample changed just so that the rule's condition
holds and its demand is not met; the rule's own sentence must then be told, blocking unless it rests on an assumption.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from intake.check import check, notes
from intake.check.conditions import Both, Condition, Fact, Not, parse
from intake.check.rules import NOTES, terms_of, window
from intake.check.sentences import maybe
from intake.filing import FieldReading, FieldState, Finding, Verdict
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition, Rule
from intake.forms.trial import person, readings, sample

ON = date(2015, 3, 2)
FORMS = {one.form: one for one in load_catalogue([BUILTIN]) if one.language == "fi"}  # the newest edition of each
CASES = [
    pytest.param(one, rule, id=f"{one.form}-{rule.id}")
    for one in FORMS.values()
    for rule in one.rules
    if rule.kind not in NOTES
]


def day_for(definition: Definition) -> date:
    """A day on which the edition is in use."""
    return max(ON, definition.valid_from or ON)


def told(definition: Definition, values: dict[str, str], attachments: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """All findings of a filing with these values."""
    findings, _ = check(
        definition, readings(definition, values), pages_seen=range(1, 9), attachments=attachments,
        on=day_for(definition),
    )  # fmt: skip
    return findings


@pytest.mark.parametrize("definition", FORMS.values(), ids=FORMS)
def test_complete_samples_are_complete(definition: Definition) -> None:
    """A filing that keeps every rule has no findings at all, whichever optional fields are filled."""
    for seed in range(4):
        made = sample(definition, seed=seed, extra=0.1 + 0.25 * seed, on=day_for(definition))
        assert told(definition, dict(made.values), made.attachments) == ()


@pytest.mark.parametrize(("definition", "rule"), CASES)
def test_rule_is_told_when_broken(definition: Definition, rule: Rule) -> None:
    """The rule's sentence is told, and blocks only on a source or a law."""
    made = sample(definition, seed=3, on=day_for(definition))
    values = dict(made.values)
    if rule.when is not None:
        make(parse(rule.when), values, definition, holds=True)
    break_demand(definition, rule, values)

    mine = [finding for finding in told(definition, values) if finding.text == rule.text]

    assert mine, f"not told; findings: {[(one.code, one.field) for one in told(definition, values)]}"
    assert all(finding.blocks == (rule.basis != "assumption") for finding in mine)


@pytest.mark.parametrize(
    ("definition", "rule"),
    [case for case in CASES if case.values[1].when and "is " not in (case.values[1].when or "")],
)
def test_unclear_condition_is_asked_never_demanded(definition: Definition, rule: Rule) -> None:
    """Where the field that decides is unclear, the advisor is asked to look; nothing is demanded in its name."""
    made = sample(definition, seed=3, on=day_for(definition))
    values = dict(made.values)
    condition = parse(rule.when or "")
    make(condition, values, definition, holds=True)
    break_demand(definition, rule, values)
    seen = readings(definition, values)
    for fact in facts(condition):
        seen[fact.key] = FieldReading(kind=seen[fact.key].kind, state=FieldState.UNCLEAR)

    findings, _ = check(definition, seen, pages_seen=range(1, 9), attachments=(), on=day_for(definition))

    assert rule.text not in [finding.text for finding in findings]
    asked = [finding for finding in findings if finding.text == maybe(rule.text)]
    assert all(finding.code == "unclear" for finding in asked)


def facts(condition: Condition) -> Iterator[Fact]:
    """All questions of a condition."""
    if isinstance(condition, Fact):
        yield condition
    else:
        for part in (condition.part,) if isinstance(condition, Not) else condition.parts:
            yield from facts(part)


def make(condition: Condition, values: dict[str, str], definition: Definition, *, holds: bool) -> None:
    """Change `values` so that the condition holds, or does not."""
    if isinstance(condition, Not):
        make(condition.part, values, definition, holds=not holds)
    elif isinstance(condition, Both):
        every = condition.either != holds
        for part in condition.parts if every else condition.parts[:1]:
            make(part, values, definition, holds=holds)
    elif not holds:
        values.pop(condition.key, None)
    else:
        make_fact(condition, values, definition)


def make_fact(fact: Fact, values: dict[str, str], definition: Definition) -> None:
    """Make one fact true."""
    field = definition.field(fact.key)
    if fact.verb == "empty":
        values.pop(fact.key, None)
    elif fact.verb == "=":
        values[fact.key] = fact.operand
    elif fact.verb == "is":
        values[fact.key] = person(1).hetu
    elif fact.verb in ("under", "over"):
        number = int(fact.operand) + (-2 if fact.verb == "under" else 3)
        is_person = field.value in ("hetu", "hetu_or_ytunnus")
        values[fact.key] = person(1, age=number, on=day_for(definition)).hetu if is_person else str(number)
    else:
        values.setdefault(fact.key, field.places[0].option or "12" if field.kind == "radio" else "Kirjoitettu")


def break_demand(definition: Definition, rule: Rule, values: dict[str, str]) -> None:
    """Change `values` so that what the rule demands is not there."""
    on = day_for(definition)
    if rule.kind in ("required", "signed", "exactly_one_of", "at_least_one_of"):
        for key in rule.fields:
            values.pop(key, None)
    elif rule.kind == "all_or_none":
        values[rule.fields[0]] = "Aino Aaltonen"
        values.pop(rule.fields[1], None)
    elif rule.kind == "in_order":
        values[rule.fields[0]], values[rule.fields[1]] = "15032015", "14032015"
    elif rule.kind == "date_window":
        first, last = window(rule.value or "..", on)
        wrong = first - timedelta(days=1) if first else (last or on) + timedelta(days=1)
        values[rule.fields[0]] = f"{wrong:%d%m%Y}"
    elif rule.kind == "sum":
        terms, result = terms_of(rule.value or "")
        for _, key in terms:
            values[key] = "100"
        values[result] = "99"
        for key in [key for key in values if key.endswith("_snt")]:
            values.pop(key)
    elif rule.kind == "at_most":
        values[rule.fields[0]], values[rule.fields[1]] = "200", "100"


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
