"""What is kept when the content is gone: rules explained, replayed and compared, and figures, after the purge."""

import json
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faults import points
from tests.faults.points import FaultPoint, command
from workers.ledger import Person, joins, opening, retention

VIREILLE = Path(sys.executable).with_name("vireille")
ELSEWHERE = """\
[[rule]]
id = "swedish-names-elsewhere"
when = { provider = ["maistraatti"], form = ["dvv-nimi"], language = ["sv"], point = ["saarijarvi"] }
to = { provider = "maistraatti", unit = "sisa-suomi" }
valid_until = 2019-12-31
basis = "assumption"
source = "a test"
[rule.text]
fi = "Kokeeksi muualle"
sv = "På prov annorstädes"
en = "Elsewhere for a try"
"""


@pytest.fixture
def point(tmp_path: Path) -> FaultPoint:
    """A demo point whose papers are recorded; its command line is the real one."""
    return points.fault_point(tmp_path / "point")


def filings(point: FaultPoint) -> list[dict[str, Any]]:
    """As `status --json` has them."""
    found: list[dict[str, Any]] = point.status()["filings"]
    return found


def answered_and_purged(point: FaultPoint, tmp_path: Path) -> None:
    """The authority acknowledges all that was sent, and its time is over."""
    inbox = ("--provider", "maistraatti", "--out", str(tmp_path / "in"))
    command(point, "inbox", "receive", *inbox)
    for one in filings(point):
        if one["state"] == "delivered":
            command(point, "inbox", "ack", one["bundle"], *inbox)
    assert points.once(point) == 0
    with opening.open_ledger(point.settings) as ledger:
        assert retention.purge_due(ledger, opening.open_blobs(point.settings), timedelta(0)) > 0


def candidate(point: FaultPoint, folder: Path) -> Path:
    """The point's rules with one more on top, which sends Swedish name forms elsewhere."""
    shutil.copytree(point.folder / "rules", folder)
    first_in(folder, ELSEWHERE)
    return folder


def first_in(folder: Path, rule: str) -> None:
    """Put a rule before the others for maistraatit."""
    file = folder / "maistraatti.toml"
    file.write_text(f"{rule}\n{file.read_text('utf-8')}", "utf-8")


def test_rules_are_explained_replayed_and_compared_after_the_purge(point: FaultPoint, tmp_path: Path) -> None:
    """What happened comes first and is not recomputed; candidate rules are tried on purged papers too."""
    point.scan("complete", 0)
    point.scan("gap", 1)
    assert points.once(point) == 0
    gone = next(one["id"] for one in filings(point) if one["form"] == "dvv-nimi")
    answered_and_purged(point, tmp_path)
    changed = candidate(point, tmp_path / "candidate")

    counts = json.loads(command(point, "rules", "replay", str(point.folder / "rules"), "--json"))
    moved = command(point, "rules", "diff", str(changed))
    before = command(point, "rules", "explain", gone).splitlines()
    shutil.rmtree(point.folder / "rules")
    shutil.copytree(changed, point.folder / "rules")
    after = command(point, "rules", "explain", gone).splitlines()

    assert {one["state"] for one in filings(point) if one["id"] == gone} == {"purged"}
    assert counts == {"kela": 1, "maistraatti/lounais-suomi": 1}
    assert "1 filings would go elsewhere" in moved
    assert gone in moved
    assert "maistraatti/sisa-suomi" in moved
    assert before[0] == after[0]
    assert before[0].startswith("then: goes to maistraatti, unit lounais-suomi: ")
    assert "(rule maistraatti-swedish, rules " in before[0]
    assert before[1].startswith("by the rules of 2015-03-02: goes to maistraatti, unit lounais-suomi: ")
    assert after[1].startswith("by the rules of 2015-03-02: goes to maistraatti, unit sisa-suomi: Elsewhere for a try")


def test_a_choice_by_hand_is_explained_as_one(point: FaultPoint) -> None:
    """Not decided yet; the rules asked for a person, in their words; somebody chose, by name."""
    asks = ELSEWHERE.replace('to = { provider = "maistraatti", unit = "sisa-suomi" }\n', "")
    first_in(point.folder / "rules", asks)
    point.scan("complete", 0)
    point.scan("gap", 1)
    assert points.once(point) == 0
    held, waits = (one["id"] for one in sorted(filings(point), key=lambda one: str(one["state"])))

    waiting = command(point, "rules", "explain", waits).splitlines()
    asked = command(point, "rules", "explain", held).splitlines()
    command(point, "release", held, "--advisor", "Maija", "--unit", "sisa-suomi")
    assert points.once(point) == 0
    chosen = command(point, "rules", "explain", held).splitlines()

    assert waiting[0] == "then: not decided yet"
    assert waiting[1].startswith("by the rules of 2015-03-02: goes to kela: ")
    assert asked[0].startswith("then: a person must choose: Elsewhere for a try (rule swedish-names-elsewhere, rules ")
    assert chosen[0].startswith("then: goes to maistraatti, unit sisa-suomi, chosen by hand by Maija (20")
    asks = "a person must choose: Elsewhere for a try (rule swedish-names-elsewhere)"
    assert chosen[1] == f"by the rules of 2015-03-02: {asks}"


def test_a_paper_mended_at_the_counter_counts_once_and_not_as_complete_at_first(
    point: FaultPoint, tmp_path: Path
) -> None:
    """Joined to its re-scan it is one paper, mended; before that they are two; a purge in between changes nothing."""
    point.scan("half", 0)
    assert points.once(point) == 0
    point.scan("complete", 1)
    assert points.once(point) == 0
    first, again = (one["id"] for one in filings(point))

    apart = figures(point)
    with opening.open_ledger(point.settings) as ledger:
        joins.join(ledger, first, again, Person("Maija"))
    joined = figures(point)
    answered_and_purged(point, tmp_path)

    assert apart["complete_at_first_scan"] == {
        "verdicts": {"complete": 1, "incomplete": 1}, "share": 0.5, "repaired_at_counter": 0,
    }  # fmt: skip
    assert joined["complete_at_first_scan"] == {
        "verdicts": {"incomplete": 1}, "share": 0.0, "repaired_at_counter": 1,
    }  # fmt: skip
    assert sum(row["papers"] for row in joined["papers"]) == 1
    assert {one["state"] for one in filings(point)} == {"purged"}
    assert figures(point) == joined


def figures(point: FaultPoint) -> dict[str, Any]:
    """As `stats --json` prints them, but for the times, which the answer adds to."""
    found: dict[str, Any] = json.loads(command(point, "stats", "--json"))
    found.pop("seconds_from_hand_over")
    what = found["figures"]["columns"].index("what")
    found["figures"]["cells"] = [cell for cell in found["figures"]["cells"] if not cell[what].endswith("_seconds")]
    return found
