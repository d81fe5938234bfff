"""What a rule may say beside the recipient: hold for a reason, a due date in the bundle, priority by it, a fallback."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults import points
from tests.faults.points import FaultPoint, command

VIREILLE = Path(sys.executable).with_name("vireille")
TEXT = '[rule.text]\nfi = "Kelaan"\nsv = "Till FPA"\nen = "To Kela"\n'
HOLDS = f"""\
[deadline.sickness-allowance]
dates = [2015-03-04]
basis = "assumption"
source = "a test"

[[rule]]
id = "sickness-gaps-wait"
when = {{ provider = ["kela"], form = ["kela-sv4"], finding = ["missing"] }}
to = {{ provider = "kela" }}
hold = {{ fi = "Puutteet katsotaan yhdessä.", sv = "Bristerna ses över tillsammans.", en = "We look at gaps." }}
due = {{ deadline = "sickness-allowance", urgent_days = 3 }}
basis = "assumption"
source = "a test"
{TEXT}
"""


@pytest.fixture
def point(tmp_path: Path) -> FaultPoint:
    """A demo point whose papers are recorded; its command line is the real one."""
    return points.fault_point(tmp_path / "point")


def only(point: FaultPoint) -> dict[str, Any]:
    """The one filing, as `show --json` has it."""
    (filing,) = point.status()["filings"]
    shown: dict[str, Any] = json.loads(command(point, "show", filing["id"], "--json"))
    return shown


def test_a_rule_holds_papers_with_a_gap_until_a_person_lets_them_go(point: FaultPoint, tmp_path: Path) -> None:
    """The reason is the rule's own; once released it goes where the rule says, with its due date, urgent."""
    first_in(point, HOLDS)
    point.scan("gap", 0)
    assert points.once(point) == 0
    paper = only(point)["id"]
    release = ("release", paper, "--advisor", "Maija", "--reason", "the customer brings it")
    command(point, *release)
    assert points.once(point) == 0

    held = only(point)
    why = command(point, "rules", "explain", paper)
    command(point, *release)
    assert points.once(point) == 0

    assert (held["state"], held["reason"]) == ("held", "held_by_rule")
    assert held["sentence"]["sv"] == "Bristerna ses över tillsammans."
    assert why.startswith("then: a person must choose: We look at gaps. (rule sickness-gaps-wait, rules ")
    assert only(point)["state"] == "delivered"
    command(point, "inbox", "receive", "--provider", "kela", "--out", str(tmp_path / "in"))
    (bundle,) = (tmp_path / "in").glob("*/bundle.json")
    sealed = json.loads(bundle.read_text("utf-8"))
    shown = [VIREILLE, "inbox", "show", bundle.parent.name, "--out", tmp_path / "in"]
    lines = subprocess.run(shown, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert lines[1] == "urgent, due 2015-03-04"
    assert sealed["due"] == "2015-03-04"
    assert (sealed["routing"]["rule"], sealed["routing"]["priority"]) == ("sickness-gaps-wait", "urgent")


def first_in(point: FaultPoint, rules: str) -> None:
    """Put rules before the others for Kela."""
    file = point.folder / "rules" / "kela.toml"
    file.write_text(f"{rules}\n{file.read_text('utf-8')}", "utf-8")


def test_a_fallback_takes_papers_while_the_recipient_does_not_exist(point: FaultPoint) -> None:
    """A unit that opens later leaves its papers to another until then; the proof asks for both together."""
    rule = f"""\
[[rule]]
id = "to-the-new-unit"
when = {{ provider = ["maistraatti"], form = ["dvv-nimi"] }}
to = {{ provider = "maistraatti", unit = "uusi" }}
FALLBACK
basis = "assumption"
source = "a test"
{TEXT}
"""
    provider = point.folder / "providers" / "maistraatti.toml"
    unit = '\n[[units]]\nid = "uusi"\nnames = { fi = "Uusi" }\nvalid_from = 2015-04-01\n'
    provider.write_text(provider.read_text("utf-8") + unit, "utf-8")
    file = point.folder / "rules" / "maistraatti.toml"
    shipped = file.read_text("utf-8").split("[[example]]")[0]
    file.write_text(rule.replace("FALLBACK\n", "") + shipped, "utf-8")
    line = [VIREILLE, "rules", "check", "--config", point.settings.file]
    without = subprocess.run(line, capture_output=True, text=True, check=False)
    fallback = 'fallback = { provider = "maistraatti", unit = "sisa-suomi" }'
    file.write_text(rule.replace("FALLBACK", fallback) + shipped, "utf-8")
    point.scan("complete", 0)

    assert points.once(point) == 0

    assert without.returncode == 5
    assert "rule to-the-new-unit: to: unit 'uusi' of 'maistraatti' does not exist on 2015-03-02" in without.stderr
    (sent,) = point.status()["filings"]
    assert (sent["state"], sent["unit"]) == ("delivered", "sisa-suomi")
