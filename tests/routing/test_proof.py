"""The proof of a rule set covers every day to come and every word, through the command line."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from intake.base.errors import BadFile
from routing_rules import load, providers
from routing_rules.lint import notes
from routing_rules.model import Days
from tests.routing.conftest import BASIS, DEFAULT, TEXT

VIREILLE = Path(sys.executable).with_name("vireille")
PIN = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def point(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a point without a fixed day."""
    folder = tmp_path_factory.mktemp("proof") / "point"
    subprocess.run([VIREILLE, "init", folder, "--id", "saarijarvi"], check=True, capture_output=True, timeout=120)
    return folder / "vireille.toml"


def check(point: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """`rules check` on the point."""
    line = [VIREILLE, "rules", "check", *words, "--config", point]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)


def candidate(tmp_path: Path, when: str, unit: str = "turku", more: str = "") -> Path:
    """The shipped rules with one more, the first of the Tax Administration's."""
    folder = tmp_path / "candidate"
    shutil.copytree(load.BUILTIN, folder)
    rule = f'[[rule]]\nid = "new"\nwhen = {{ {when} }}\nto = {{ provider = "vero", unit = "{unit}" }}\n'
    vero = folder / "vero.toml"
    vero.write_text(f"{rule}{more}{BASIS}{TEXT}\n{vero.read_text('utf-8')}", "utf-8")
    return folder


def test_the_rules_of_a_new_point_are_proved(point: Path) -> None:
    """What is shipped names no form, point or provider that does not exist."""
    done = check(point)

    assert (done.returncode, done.stderr) == (0, "")
    assert "46 rules" in done.stdout
    assert "note vero: there is no certificate; its filings are held ('vireille providers add')" in done.stdout


@pytest.mark.parametrize(
    ("when", "unit", "more", "problem"),
    [
        ('provider = ["vero"]', "ouluu", "valid_from = 2999-01-01\n", "'vero' has no unit 'ouluu'"),
        ('provider = ["verro"]', "turku", "", "there is no provider 'verro'; did you mean 'vero'?"),
        (
            'provider = ["vero"], form = ["vero-14b"]',
            "turku",
            "",
            "there is no form 'vero-14b'; did you mean 'vero-14a'",
        ),
        ('provider = ["vero"], edition = ["nope"]', "turku", "", "there is no edition 'nope'"),
        ('provider = ["vero"], point = ["sarijarvi"]', "turku", "", "no point 'sarijarvi'; did you mean 'saarijarvi'"),
        ('provider = ["vero"], municipality = ["7299"]', "turku", "", "no municipality '7299'; write its three-digit"),
        (
            'provider = ["vero"], form = ["vero-14a"]',
            "turku",
            "valid_from = 2028-01-01\nvalid_until = 2027-01-01\n",
            "it ends before it begins: valid_until 2027-01-01 is before valid_from 2028-01-01",
        ),
    ],
)
def test_a_candidate_that_would_fail_one_day_is_refused(
    when: str, unit: str, more: str, problem: str, point: Path, tmp_path: Path
) -> None:
    """A wrong word or recipient is told today with file, line and rule, whenever the rule begins."""
    done = check(point, candidate(tmp_path, when, unit, more))

    assert done.returncode == 5
    assert problem in done.stderr
    assert "vero.toml:2: rule new" in done.stderr


def test_a_candidate_is_checked_with_the_providers_it_is_meant_for(point: Path, tmp_path: Path) -> None:
    """A new unit and the rule that uses it are proved together before either is installed."""
    rules = candidate(tmp_path, 'provider = ["vero"], form = ["vero-7h"]', "oulu")
    known = tmp_path / "providers"
    shutil.copytree(providers.BUILTIN, known)
    vero = known / "vero.toml"
    vero.write_text(vero.read_text("utf-8") + '\n[[units]]\nid = "oulu"\nnames = { fi = "Oulu" }\n', "utf-8")

    assert check(point, rules).returncode == 5
    assert check(point, rules, "--providers", known).returncode == 0


def test_a_point_that_has_a_wrong_word_works_on_and_doctor_says_so(point: Path, tmp_path: Path) -> None:
    """A word that is nowhere takes no paper: the counter stays open, and the operator is told what to write."""
    rules = candidate(tmp_path, 'provider = ["vero"], form = ["vero-14b"]')
    config = point.with_name("other.toml")
    config.write_text(re.sub(r'rules = "rules"', f'rules = "{rules}"', point.read_text("utf-8")), "utf-8")
    config.chmod(0o600)

    doctor = subprocess.run([VIREILLE, "doctor", "--config", config], capture_output=True, text=True, check=False)
    once = subprocess.run([VIREILLE, "run", "--once", "--config", config], capture_output=True, text=True, check=False)

    assert "there is no form 'vero-14b'; did you mean 'vero-14a'" in doctor.stdout
    assert once.returncode == 0, once.stderr


def _without_the_last(provider: providers.Provider) -> providers.Provider:
    return provider.model_copy(update={"certificates": provider.certificates[:1]})


@pytest.mark.parametrize(("second", "holds"), [("2027-01-01", True), ("2027-01-03", False)])
def test_no_day_lies_between_two_certificates(
    second: str, holds: bool, tmp_path: Path, written: Callable[..., Path]
) -> None:
    """A recipient whose certificates leave a day out would have papers that nobody can seal."""
    kela = (providers.BUILTIN / "kela.toml").read_text("utf-8")
    pin = f'\n[[certificates]]\npath = "a.pem"\nfingerprint = "{PIN}"\n'
    dated = f"{kela}{pin}valid_until = 2026-12-31\n{pin}valid_from = {second}\n"
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "kela.toml").write_text(dated, "utf-8")
    folder, known = written(rules=DEFAULT), providers.load_providers(tmp_path / "known")

    if holds:
        found = load.load_rules(folder, providers=known)
        assert list(notes(found, known, Days(first=date(2027, 1, 1)))) == []
        assert "no certificate on 2027-01-01, when rule rest is in force" in next(
            notes(found, {"kela": _without_the_last(known["kela"])}, Days(first=date(2027, 1, 1)))
        )
        ending = found.model_copy(
            update={"rules": tuple(rule.model_copy(update={"valid_until": date(2027, 3, 1)}) for rule in found.rules)}
        )
        before = {"kela": _without_the_last(known["kela"])}
        assert "after 2026-12-31, while rule rest is in force until 2027-03-01" in next(
            notes(ending, before, Days(first=date(2026, 12, 1)))
        )
        assert list(notes(found, before, Days(first=date(2026, 12, 1)))) == []
        return
    with pytest.raises(BadFile, match="no certificate from 2027-01-01 to 2027-01-02"):
        load.load_rules(folder, providers=known)
