"""Provider files, and what a changed rule set would do (I-05)."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from intake.base.errors import BadFile
from routing_rules import load, providers
from routing_rules.decide import OWN_PROVIDER, decide
from routing_rules.facts import RoutingFacts
from routing_rules.model import RuleSet
from routing_rules.providers import Provider
from routing_rules.replay import Past, Preview, World
from tests.routing.conftest import DEFAULT

GOOD = 'id = "riista"\nnames = { fi = "Riistakeskus", sv = "Viltcentralen", en = "Wildlife Agency" }\n'
CERTIFICATE = f'[[certificates]]\npath = "../keys/riista.pem"\nfingerprint = "sha256:{"ab" * 32}"\n'
DAY = date(2015, 3, 2)


def test_a_provider_file_is_read(tmp_path: Path) -> None:
    """Certificates lie relative to the file; what is left out has its default."""
    (tmp_path / "riista.toml").write_text(GOOD + CERTIFICATE, "utf-8")

    provider = providers.load_providers(tmp_path)["riista"]

    assert provider.certificates[0].path == (tmp_path / "../keys/riista.pem").absolute()
    assert (provider.max_bundle_mb, provider.text_layer, provider.units) == (100, True, ())


@pytest.mark.parametrize(
    ("names", "finnish", "swedish", "english"),
    [
        ('fi = "Riistakeskus"', "Riistakeskus", "Riistakeskus", "Riistakeskus"),
        ('sv = "Viltcentralen"', "Viltcentralen", "Viltcentralen", "Viltcentralen"),
        ('fi = "Riistakeskus", en = "Wildlife Agency"', "Riistakeskus", "Riistakeskus", "Wildlife Agency"),
    ],
)
def test_an_authority_needs_a_name_in_one_language_only(
    names: str, finnish: str, swedish: str, english: str, tmp_path: Path
) -> None:
    """A Finnish-only municipality invents no others; so do its units."""
    unit = f'[[units]]\nid = "a"\nnames = {{ {names} }}\n'
    (tmp_path / "riista.toml").write_text(f'id = "riista"\nnames = {{ {names} }}\n{unit}', "utf-8")

    provider = providers.load_providers(tmp_path)["riista"]

    for found in (provider.names, provider.units[0].names):
        assert (found.fi, found.sv, found.en) == (finnish, swedish, english)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (GOOD.replace('"riista"', '"other"'), "must be the file's name"),
        (GOOD + 'url = "https://x"\n', "unknown key"),
        (GOOD.replace("sv =", "se ="), "names"),
        ('id = "riista"\nnames = {}\n', "names"),
        (GOOD + CERTIFICATE.replace("sha256:", "md5:"), "fingerprint"),
        (GOOD + '[[units]]\nid = "a"\nnames = { fi = "a", sv = "a", en = "a" }\n' * 2, "same id"),
        (GOOD + "max_bundle_mb = 0\n", "max_bundle_mb"),
    ],
)
def test_a_wrong_provider_file_is_told(content: str, problem: str, tmp_path: Path) -> None:
    """Each mistake names the file and the key."""
    (tmp_path / "riista.toml").write_text(content, "utf-8")
    with pytest.raises(BadFile, match=problem):
        providers.load_providers(tmp_path)


def test_a_folder_without_providers_is_told(tmp_path: Path) -> None:
    """Nothing can be delivered to nobody."""
    with pytest.raises(BadFile):
        providers.load_providers(tmp_path)


def test_a_provider_without_rules_and_units_gets_its_own_forms(shipped: RuleSet, tmp_path: Path) -> None:
    """Adding an authority is one file; rules are needed only where there is a choice."""
    (tmp_path / "riista.toml").write_text(GOOD, "utf-8")
    known = providers.load_providers(tmp_path)

    decision = decide(RoutingFacts("riista", "riista-hirvi"), shipped, known, DAY)

    assert (decision.provider, decision.unit, decision.rule) == ("riista", None, OWN_PROVIDER)


def test_every_shipped_name_is_in_three_languages(shipped_providers: dict[str, Provider]) -> None:
    """No provider or unit lacks a name for a Swedish-speaking or English-speaking reader."""
    for provider in shipped_providers.values():
        for names in (provider.names, *(unit.names for unit in provider.units)):
            assert all((names.fi, names.sv, names.en))


def test_i_05_what_a_changed_set_would_do_is_shown_before(
    shipped: RuleSet, shipped_providers: dict[str, Provider], tmp_path: Path
) -> None:
    """Sending everything to one provider by mistake shows as every filing of the past moving."""
    (tmp_path / "rules.toml").write_text(DEFAULT.replace('["kela"]', '["kela", "vero"]'), "utf-8")
    mistaken = World(load.load_rules(tmp_path), shipped_providers)
    now = World(shipped, shipped_providers)
    past = [
        Past("f1", RoutingFacts("vero", "vero-14a", "2015-01", "fi", "saarijarvi", "729"), DAY),
        Past("f2", RoutingFacts("kela", "kela-sv4", "2015-01", "fi", "saarijarvi", "729"), DAY),
        Past("f3", RoutingFacts("te", "te-tem325", "2015-01", "fi", "saarijarvi", "729"), DAY),
    ]

    found, same = Preview(), Preview()
    found.add(past, now, mistaken)
    same.add(past, now, now)

    assert [(one.filing, one.before, one.after) for one in found.changes] == [
        ("f1", "vero/jyvaskyla", "kela"),
        ("f3", "te/keski-suomi", "person"),
    ]
    assert {row.place: row.after for row in found.places() if row.after} == {"kela": 2, "person": 1}
    assert same.changes == []


def test_a_rule_is_told_to_begin_later_only_than_all_days_that_were_seen(
    shipped: RuleSet, shipped_providers: dict[str, Provider]
) -> None:
    """Of several points, one without filings or with old ones; without any filing nothing is said."""
    first, *others = shipped.rules
    begins = first.model_copy(update={"valid_from": DAY})
    now = World(shipped, shipped_providers)
    ahead = World(shipped.model_copy(update={"rules": (begins, *others)}), shipped_providers)
    facts = RoutingFacts("kela", "kela-sv4", "2015-01", "fi", "saarijarvi", "729")
    found = Preview()

    told = []
    for past in ([], [Past("f1", facts, DAY - timedelta(days=9))], [Past("f2", facts, DAY)], []):
        found.add(past, now, ahead)
        told.append(dict(found.later))

    assert told == [{}, {first.id: DAY}, {}, {}]
