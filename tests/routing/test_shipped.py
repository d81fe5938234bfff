"""The shipped rules decide as the pilot's world and its changes over the years demand."""

from datetime import date

import pytest

from routing_rules import load
from routing_rules.decide import NoRoute, decide
from routing_rules.explain import explain
from routing_rules.facts import RoutingFacts
from routing_rules.lint import lint
from routing_rules.model import Days, RuleSet
from routing_rules.providers import Provider

PILOT = date(2015, 3, 2)
Where = tuple[str, str, str, str, str, str]


def facts(provider: str, form: str, language: str, point: str, municipality: str | None) -> RoutingFacts:
    """A complete form handed in at a point."""
    return RoutingFacts(provider, form, "2015-01", language, point, municipality, "form", "complete")


def test_the_shipped_set_is_proved(shipped: RuleSet, shipped_providers: dict[str, Provider]) -> None:
    """Total, no dead rule, every recipient there, every example true, and every rule has one."""
    assert lint(shipped, shipped_providers) == []
    shown = {example.rule for example in shipped.examples}
    assert [rule.id for rule in shipped.rules if rule.id not in shown] == []


def test_the_pilot_needs_only_the_providers_of_its_day(shipped_providers: dict[str, Provider]) -> None:
    """A point with a fixed day may leave out the authorities of other years."""
    day = {name: provider for name, provider in shipped_providers.items() if provider.valid_on(PILOT)}

    assert sorted(day) == ["kela", "kunta", "maistraatti", "poliisi", "te", "vero"]
    load.load_rules(load.BUILTIN, providers=day, days=Days(first=PILOT, last=PILOT))


@pytest.mark.parametrize(
    ("on", "what", "where"),
    [
        (PILOT, facts("vero", "vero-14a", "fi", "saarijarvi", "729"), "vero/jyvaskyla"),
        (PILOT, facts("vero", "vero-14a", "fi", "saarijarvi", None), "vero/jyvaskyla"),
        (PILOT, facts("vero", "vero-14a", "sv", "parainen", "445"), "vero/turku"),
        (PILOT, facts("vero", "vero-3602", "fi", "saarijarvi", "729"), "vero/turku"),
        (PILOT, facts("maistraatti", "dvv-nimi", "fi", "saarijarvi", "729"), "maistraatti/sisa-suomi"),
        (PILOT, facts("maistraatti", "dvv-nimi", "sv", "saarijarvi", "729"), "maistraatti/lounais-suomi"),
        (PILOT, facts("maistraatti", "dvv-nimi", "fi", "parainen", None), "maistraatti/lounais-suomi-parainen"),
        (date(2015, 5, 4), facts("maistraatti", "dvv-nimi", "sv", "parainen", "445"), "maistraatti/lounais-suomi"),
        (PILOT, facts("maistraatti", "dvv-nimi", "fi", "mikkeli", "491"), "maistraatti/ita-suomi-mikkeli"),
        (PILOT, facts("poliisi", "pol-ajokortti", "fi", "pelkosenniemi", "583"), "poliisi/lappi-tornio"),
        (PILOT, facts("poliisi", "pol-yleiso", "fi", "pelkosenniemi", "583"), "poliisi/lappi"),
        (PILOT, facts("te", "te-tem325", "fi", "oulu-kiiminki", "564"), "te/pohjois-pohjanmaa"),
        (PILOT, facts("kunta", "kunta-vaka", "sv", "parainen", "445"), "kunta/parainen"),
        (date(2015, 12, 31), facts("poliisi", "pol-ajokortti", "fi", "mikkeli", "491"), "poliisi/ita-suomi-mikkeli"),
        (date(2016, 1, 1), facts("poliisi", "pol-ajokortti", "fi", "saarijarvi", "729"), "trafi"),
        (date(2019, 1, 1), facts("poliisi", "pol-ajokortti", "fi", "saarijarvi", "729"), "traficom"),
        (date(2016, 12, 31), facts("kunta", "kunta-ttt", "fi", "saarijarvi", "729"), "kunta/saarijarvi"),
        (date(2017, 1, 1), facts("kunta", "kunta-ttt", "fi", "saarijarvi", "729"), "kela"),
        (date(2019, 12, 31), facts("maistraatti", "dvv-nimi", "fi", "mikkeli", "491"), "maistraatti/ita-suomi"),
        (date(2020, 1, 1), facts("maistraatti", "dvv-nimi", "fi", "mikkeli", "491"), "dvv"),
        (date(2024, 12, 31), facts("te", "te-tem325", "fi", "saarijarvi", "729"), "te/keski-suomi"),
        (date(2025, 1, 1), facts("te", "te-tem325", "fi", "oulu-kiiminki", "564"), "kunta/oulu"),
    ],
)
def test_decisions_of_the_years(
    on: date, what: RoutingFacts, where: str, shipped: RuleSet, shipped_providers: dict[str, Provider]
) -> None:
    """Each paper goes to the authority that had the task on that day."""
    decision = decide(what, shipped, shipped_providers, on)

    assert decision.provider + (f"/{decision.unit}" if decision.unit else "") == where
    assert decision.version == shipped.version
    assert decision.reason.sv


@pytest.mark.parametrize("provider", ["te", "maistraatti", "poliisi", "kunta"])
def test_a_point_outside_all_areas_asks_a_person(
    provider: str, shipped: RuleSet, shipped_providers: dict[str, Provider]
) -> None:
    """Where no area is known, nobody guesses."""
    with pytest.raises(NoRoute) as raised:
        decide(facts(provider, "any", "fi", "elsewhere", "091"), shipped, shipped_providers, PILOT)

    assert raised.value.rule == f"{provider}-elsewhere"
    assert raised.value.text.fi


@pytest.mark.parametrize(("point", "code"), [("parainen", "445"), ("pelkosenniemi", "583"), ("saarijarvi", "729")])
def test_no_municipality_gets_the_papers_of_an_employment_area(
    point: str, code: str, shipped: RuleSet, shipped_providers: dict[str, Provider]
) -> None:
    """Since 2025 a small municipality does not carry employment services: a person chooses, and is told why."""
    with pytest.raises(NoRoute) as raised:
        decide(facts("te", "te-tem621", "fi", point, code), shipped, shipped_providers, date(2026, 11, 27))

    assert raised.value.rule == "te-employment-area"
    assert "työllisyysalue" in raised.value.text.fi


def test_an_unknown_paper_has_no_route(shipped: RuleSet, shipped_providers: dict[str, Provider]) -> None:
    """A paper that is none of our forms goes nowhere until a person names its provider."""
    with pytest.raises(NoRoute):
        decide(RoutingFacts(None, kind="unknown"), shipped, shipped_providers, PILOT)
    assert decide(RoutingFacts("kela", kind="unknown"), shipped, shipped_providers, PILOT).provider == "kela"


def test_e_14_a_recipient_that_is_gone_is_never_used(shipped: RuleSet, shipped_providers: dict[str, Provider]) -> None:
    """A rule whose provider has been taken away asks a person instead."""
    without = {name: provider for name, provider in shipped_providers.items() if name != "vero"}

    with pytest.raises(NoRoute) as raised:
        decide(facts("vero", "vero-14a", "fi", "saarijarvi", "729"), shipped, without, PILOT)

    assert raised.value.rule == "vero-others"


def test_explain_gives_every_rule_tried(shipped: RuleSet, shipped_providers: dict[str, Provider]) -> None:
    """The way to a decision names each rule passed over and what the paper is instead; others' rules are counted."""
    found = explain(facts("vero", "vero-14a", "fi", "saarijarvi", "729"), shipped, shipped_providers, PILOT)

    tried = {one.rule: one.failed for one in found.tried}
    assert found.decision is not None
    assert (tried["vero-south-west"], tried["vero-swedish"], tried["vero-others"]) == ("area", "language", None)
    assert "kela-all" not in tried
    assert found.others == len(shipped.rules) - len([rule for rule in shipped.rules if "vero" in rule.when.provider])
    assert [one.why for one in found.tried] == [
        "form vero-14a, not vero-3602", "the point is not in varsinais-suomi", "language fi, not sv", "",
    ]  # fmt: skip
    assert explain(RoutingFacts(None), shipped, shipped_providers, PILOT).decision is None
