"""The language means what LANGUAGE.md says, and its proof is exact: both against a slow, obvious evaluator."""

from datetime import date, timedelta
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from routing_rules.decide import NoRoute, decide
from routing_rules.explain import explain
from routing_rules.facts import Found, RoutingFacts
from routing_rules.lint import lint
from routing_rules.model import RuleSet
from routing_rules.names import with_sets
from routing_rules.providers import BUILTIN, Provider, load_provider
from tests.routing import slow

Made = tuple[list[dict[str, Any]], set[str]]
KELA: dict[str, Provider] = {"kela": load_provider(BUILTIN / "kela.toml")}
AREAS = {
    "west": {"municipalities": ["445"], "points": ["parainen"], "source": "t", "basis": "source"},
    "east": {"municipalities": ["445", "729"], "points": [], "source": "t", "basis": "source"},
}
DATES = {"tax": [date(2015, 1, 9), date(2015, 1, 20)]}
FINDINGS = [
    ("missing", "a", "signature"),
    ("missing", "a", "text"),
    ("missing", "b", "signature"),
    ("missing", None, None),
    ("unclear", "a", "text"),
]
WINDOW = [date(2014, 12, 28) + timedelta(days=number) for number in range(40)]
FAR = [day for day in slow.HOLIDAYS if day.year not in {2014, 2015}] + [
    start + timedelta(days=number) for start in (date(1999, 5, 3), date(2031, 5, 5)) for number in range(7)
]
FACTS: dict[str, list[Any]] = {
    "form": ["a", "b", "z"],
    "edition": ["x", "y", "z", None],
    "language": ["fi", "sv", None],
    "point": ["parainen", "far", "z"],
    "kind": ["form", "attachment", "unknown"],
    "municipality": ["445", "729", "z", None],
    "verdict": ["complete", "incomplete", None],
    "pages": [None, *range(7)],
    "attachments": [None, 0, 1, 2, 3],
    "findings": [None, *(list(some) for size in range(6) for some in combinations(FINDINGS, size))],
    "on": [*WINDOW, *FAR],
}
"""All values that can make a difference, and some more."""
PLAIN = {
    "form": "z", "edition": None, "kind": "form", "language": None, "point": "z", "municipality": None,
    "verdict": None, "pages": 1, "attachments": 0, "findings": [], "on": date(2015, 1, 7),
}  # fmt: skip


def listed(*words: str) -> some.SearchStrategy[list[str]]:
    """One or two of the words."""
    return some.lists(some.sampled_from(words), min_size=1, max_size=2, unique=True)


@some.composite
def ranges(draw: some.DrawFn, most: int) -> dict[str, int]:
    """From, to, or both."""
    low, high = sorted((draw(some.integers(0, most)), draw(some.integers(0, most))))
    return draw(some.sampled_from([{"at_least": low}, {"at_most": high}, {"at_least": low, "at_most": high}]))


ASKED: dict[str, tuple[some.SearchStrategy[Any], tuple[str, ...]]] = {
    "form": (listed("a", "b", "@both"), ("form",)),
    "edition": (listed("x", "y"), ("edition",)),
    "point": (listed("parainen", "far"), ("point",)),
    "kind": (listed("form", "attachment"), ("kind",)),
    "language": (listed("fi", "sv"), ("language",)),
    "municipality": (listed("445", "729"), ("municipality",)),
    "area": (listed("west", "east"), ("municipality", "point")),
    "verdict": (listed("complete", "incomplete"), ("verdict",)),
    "pages": (ranges(5), ("pages",)),
    "attachments": (ranges(2), ("attachments",)),
    "finding": (
        listed(
            "missing",
            "signature missing",
            "missing:a",
            "signature missing:a",
            "missing:b",
            "unclear",
            "text unclear",
            "@gaps",
        ),
        ("findings",),
    ),
    "weekday": (listed("mon", "tue", "sat"), ("on",)),
    "calendar": (listed("workday", "weekend", "holiday"), ("on",)),
    "days_left": (ranges(12).map(lambda one: {"deadline": "tax", **one}), ("on",)),
}


@some.composite
def rule_sets(draw: some.DrawFn) -> Made:
    """Rules that ask about a few things, some of them under `not`, and the facts that those things are about."""
    names = draw(some.lists(some.sampled_from(sorted(ASKED)), min_size=1, max_size=3, unique=True))
    dated = draw(some.booleans())
    rules = []
    for number in range(draw(some.integers(1, 6))):
        when: dict[str, Any] = {"provider": ["kela"]}
        for part in (when, when.setdefault("not", {})):
            for name in names:
                if draw(some.booleans()):
                    part[name] = draw(ASKED[name][0])
        if not when["not"]:
            del when["not"]
        ends = sorted(draw(some.sampled_from(WINDOW)) for _ in range(2)) if dated and draw(some.booleans()) else None
        rules.append(
            {
                "id": f"r{number}", "when": when, "to": {"provider": "kela"}, "basis": "source", "source": "t",
                "text": {"fi": "a", "sv": "b", "en": "c"},
                **({"valid_from": ends[0], "valid_until": ends[1]} if ends else {}),
            }
        )  # fmt: skip
    about = {fact for name in names for fact in ASKED[name][1]} | ({"on"} if dated else set())
    return rules, about


def set_of(rules: list[dict[str, Any]]) -> RuleSet:
    """The rules as the product reads them."""
    deadlines = {name: {"dates": dates, "source": "t", "basis": "source"} for name, dates in DATES.items()}
    named = {"both": {"form": slow.SETS["both"]}, "gaps": {"finding": slow.SETS["gaps"]}}
    made = {"version": "t", "rules": rules, "areas": AREAS, "deadlines": deadlines, "sets": named}
    return with_sets(RuleSet.model_validate(made))


def by_product(rule_set: RuleSet, paper: dict[str, Any]) -> str | None:
    """The rule that the product says decides."""
    try:
        return decide(facts_of(paper), rule_set, KELA, paper["on"]).rule
    except NoRoute as error:
        return error.rule


def facts_of(paper: dict[str, Any]) -> RoutingFacts:
    """The paper as the product knows it."""
    given = {name: value for name, value in paper.items() if name not in {"on", "findings"}}
    findings = None if paper["findings"] is None else frozenset(Found(*one) for one in paper["findings"])
    return RoutingFacts("kela", **given, findings=findings)


@settings(max_examples=400, deadline=None)
@given(made=rule_sets(), data=some.data())
def test_i_07_the_language_means_what_a_slow_evaluator_says(
    made: tuple[list[dict[str, Any]], set[str]], data: some.DataObject
) -> None:
    """Whatever a set asks, and whatever a paper is, the first rule whose conditions hold decides."""
    rules, about = made
    rule_set = set_of(rules)
    for _ in range(10):
        paper = PLAIN | {name: data.draw(some.sampled_from(FACTS[name])) for name in sorted(about)}

        wanted = slow.decides(rules, AREAS, DATES, {"provider": "kela", **paper}, paper["on"])

        assert by_product(rule_set, paper) == wanted


DUES = some.one_of(
    some.integers(0, 40).map(lambda count: {"days": count}),
    some.integers(0, 12).map(lambda count: {"workdays": count}),
    some.just({"deadline": "tax"}),
    some.integers(0, 20).map(lambda count: {"deadline": "tax", "urgent_days": count}),
)


@settings(max_examples=150, deadline=None)
@given(due=DUES, on=some.sampled_from(WINDOW), opens=some.sampled_from(WINDOW), urgent=some.booleans())
def test_i_07_a_rules_outcome_is_what_a_slow_evaluator_says(
    due: dict[str, Any], on: date, opens: date, urgent: bool
) -> None:
    """The day it is due, urgent by it, the recipient or its fallback, and the sentence that holds it."""
    said = {"fi": "a", "sv": "b", "en": "c"}
    rule = {
        "id": "one", "when": {"provider": ["kela"]}, "to": {"provider": "dvv"}, "fallback": {"provider": "kela"},
        "due": due, "priority": "urgent" if urgent else "normal", "hold": said, "text": said, "basis": "source",
        "source": "t",
    }  # fmt: skip
    dvv = load_provider(BUILTIN / "dvv.toml").model_copy(update={"valid_from": opens})
    day, near = slow.due_of(due, DATES, on)

    found = decide(facts_of(PLAIN), set_of([rule]), KELA | {"dvv": dvv}, on)

    assert (found.due, found.priority == "urgent") == (day, urgent or near)
    assert found.provider == ("dvv" if on >= opens else "kela")
    assert found.hold is not None
    assert found.hold.sv == "b"


WHYS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"form": ["a", "b"]}, {"form": "z"}, "form z, not a, b"),
    ({"not": {"form": ["z"]}}, {"form": "z"}, "form z, which is left out (z)"),
    ({"language": ["sv"]}, {"language": None}, "language is not known; asked: sv"),
    ({"area": ["west"]}, {"municipality": "729"}, "the point is not in west"),
    ({"not": {"area": ["east"]}}, {"municipality": "729"}, "the point is in east"),
    ({"pages": {"at_least": 2, "at_most": 5}}, {"pages": 1}, "pages 1, not at least 2 and at most 5"),
    ({"not": {"pages": {"at_least": 3}}}, {"pages": None}, "pages is not known"),
    ({"not": {"pages": {"at_most": 5}}}, {"pages": 1}, "pages 1, which is left out (at most 5)"),
    ({"attachments": {"at_least": 1}}, {"attachments": None}, "attachments is not known; asked: at least 1"),
    ({"finding": ["signature missing"]}, {"findings": []}, "not found: signature missing"),
    ({"not": {"finding": ["missing"]}}, {"findings": FINDINGS}, "found: missing"),
    ({"not": {"finding": ["missing"]}}, {"findings": None}, "its findings are not known"),
    ({"weekday": ["mon"]}, {}, "weekday wed, not mon"),
    ({"calendar": ["holiday"]}, {}, "calendar workday, not holiday"),
    ({"days_left": {"deadline": "tax", "at_most": 1}}, {}, "the days left to the deadline are not as asked"),
]


def two_rules(when: dict[str, Any]) -> list[dict[str, Any]]:
    """One that asks a person, `new`, and one that sends the rest to Kela."""
    return [
        {
            "id": name, "when": {"provider": ["kela"], **asked}, "basis": "source", "source": "t",
            "text": {"fi": "a", "sv": "b", "en": "c"}, **({} if name == "new" else {"to": {"provider": "kela"}}),
        }
        for name, asked in (("new", when), ("rest", {}))
    ]  # fmt: skip


@pytest.mark.parametrize(("when", "fact", "why"), WHYS)
def test_explain_says_what_a_paper_is_and_what_would_have_changed_it(
    when: dict[str, Any], fact: dict[str, Any], why: str
) -> None:
    """Of every condition: why the rule does not count, and what would have led to it."""
    paper = PLAIN | fact
    found = explain(facts_of(paper), set_of(two_rules(when)), KELA, paper["on"])
    elsewhere = [one for one in found.otherwise if one.place == "person"]

    assert [one.why for one in found.tried] == [why, ""]
    assert {one.rule for one in elsewhere} == {"new"}


@pytest.mark.parametrize(
    ("when", "fact", "wanted"),
    [
        ({"finding": ["signature missing"]}, {"findings": FINDINGS}, "not found: signature missing"),
        ({"not": {"finding": ["unclear"]}}, {}, "found: unclear"),
        ({"pages": {"at_least": 2}}, {"pages": 4}, "pages 1"),
        ({"pages": {"at_most": 2}}, {}, "pages 3"),
        ({"pages": {"at_least": 1, "at_most": 2}}, {}, "pages 3"),
        ({"area": ["west"]}, {"municipality": "445"}, "the point outside west"),
        ({"language": ["sv"]}, {"language": "sv"}, "language none of sv"),
        ({"weekday": ["wed"]}, {}, "handed over on 2015-01-08"),
    ],
)
def test_explain_says_without_what_the_rule_would_not_have_decided(
    when: dict[str, Any], fact: dict[str, Any], wanted: str
) -> None:
    """Also what the deciding rule asks for is a fact that could have been otherwise."""
    paper = PLAIN | fact
    found = explain(facts_of(paper), set_of(two_rules(when)), KELA, paper["on"])

    assert [(one.fact, one.place, one.rule) for one in found.otherwise] == [(wanted, "kela", "rest")]


@settings(max_examples=60, deadline=None)
@given(made=rule_sets())
def test_i_03_the_proof_is_exact_for_the_whole_language(made: Made) -> None:
    """Gaps and dead rules are found exactly where a slow walk through all facts finds them."""
    rules, about = made
    names = sorted(about)
    if {"findings", "on"} <= about:
        names.remove("findings")  # both at once are thousands of thousands; each is tried with all others
        rules = [rule for rule in rules if not {"finding"} & {*rule["when"], *rule["when"].get("not", {})}]
    decided: set[str | None] = set()
    for values in product(*(FACTS[name] for name in names)):
        paper = PLAIN | dict(zip(names, values, strict=True))
        decided.add(slow.decides(rules, AREAS, DATES, {"provider": "kela", **paper}, paper["on"]))

    problems = lint(set_of(rules), KELA)

    dead = {problem.split()[1] for problem in problems if "never decides" in problem}
    assert dead == {rule["id"] for rule in rules} - decided
    if rules:
        assert any("has no rule for" in problem for problem in problems) == (None in decided)
