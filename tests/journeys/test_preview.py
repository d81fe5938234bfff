"""A change of the rules is seen before it counts: as tables, JSON, CSV and a picture, for days to come, over points."""

import csv
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from routing_rules import load
from tests.faults import points
from tests.faults.points import FaultPoint
from tests.routing.conftest import BASIS, TEXT
from workers.ledger import opening
from workers.ledger.history import Decided, Judged, note_decided, note_judged

VIREILLE = Path(sys.executable).with_name("vireille")
CLOSED = f"""\
[[rule]]
id = "turku-is-closed"
when = {{ provider = ["vero"], not = {{ language = ["sv"] }} }}
to = {{ provider = "vero", unit = "jyvaskyla" }}
valid_from = 2015-03-09
valid_until = 2015-03-13
{BASIS}{TEXT}
"""


def past(point: FaultPoint, papers: list[tuple[str, str, date]]) -> list[str]:
    """Give the point a past: (form, language, day) of Vero's papers, sent by the shipped rules. Returns their ids."""
    for number, _ in enumerate(papers):
        point.scan("complete", number)
    assert points.once(point) == 0
    ids = [one["id"] for one in point.status()["filings"]]
    with opening.open_ledger(point.settings) as ledger:
        for filing, (form, language, day) in zip(ids, papers, strict=True):
            judged = Judged(
                filing=filing, at=ledger.now(), day=day, point="saarijarvi", municipality="729", kind="form",
                provider="vero", form=form, edition="2015-01", language=language, verdict="complete", pages=1,
                attachments=0, eservice=None, findings=(),
            )  # fmt: skip
            unit = "turku" if form == "vero-3602" else "jyvaskyla"
            sent = Decided(day, "vero", unit, "vero-gifts-and-estates", None, "x", "normal")
            with ledger.write() as connection:
                note_judged(connection, judged)
                note_decided(connection, ledger, filing, replace(sent, at=ledger.now()))
    return ids


PAPERS = [
    ("vero-3602", "fi", date(2015, 3, 2)),
    ("vero-3602", "sv", date(2015, 3, 2)),
    ("vero-3602", "fi", date(2015, 3, 10)),
]


@pytest.fixture(scope="module")
def point(tmp_path_factory: pytest.TempPathFactory) -> FaultPoint:
    """A demo point with three papers of the past and a candidate in `closed`."""
    found = points.fault_point(tmp_path_factory.mktemp("preview") / "point")
    past(found, PAPERS)
    closed = found.folder / "closed"
    shutil.copytree(found.folder / "rules", closed)
    vero = closed / "vero.toml"
    vero.write_text(f"{CLOSED}\n{vero.read_text('utf-8')}", "utf-8")
    return found


def rules(point: FaultPoint, *words: str | Path, fails: int = 0) -> str:
    """Run a verb of `rules` on the point; what it prints."""
    line = [VIREILLE, "rules", *words, "--config", point.settings.file]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == fails, done.stderr
    return done.stderr if fails else done.stdout


def as_json(point: FaultPoint, *words: str | Path) -> Any:
    """What the verb prints with --json."""
    return json.loads(rules(point, *words, "--json"))


def test_a_change_shows_where_papers_go_by_which_rule_and_on_which_day(point: FaultPoint) -> None:
    """The answer first, then the load of each place, what each rule moves, and the papers; all in JSON too."""
    closed = point.folder / "closed"

    shown = rules(point, "diff", closed)
    found = as_json(point, "diff", closed)

    assert shown.splitlines()[0] == "1 filings would go elsewhere, of 3"
    assert "turku-is-closed" in shown
    assert found["places"] == [
        {"place": "vero/turku", "before": 3, "after": 2},
        {"place": "vero/jyvaskyla", "before": 0, "after": 1},
    ]
    assert found["rules"] == [
        {"rule": "turku-is-closed", "before": "vero/turku", "after": "vero/jyvaskyla", "filings": 1}
    ]
    assert {"day": "2015-03-10", "place": "vero/jyvaskyla", "before": 0, "after": 1} in found["days"]
    assert [one["day"] for one in found["changes"]] == ["2015-03-10"]


def test_a_change_is_seen_for_a_day_to_come_and_for_a_part_of_the_past(point: FaultPoint) -> None:
    """On a day of that week every Finnish paper moves; of a period only its papers count."""
    closed = point.folder / "closed"

    on_the_day = as_json(point, "diff", closed, "--on", "2015-03-09")
    after_it = as_json(point, "diff", closed, "--on", "2015-03-14")
    early = as_json(point, "replay", closed, "--to", "2015-03-05")
    late = as_json(point, "replay", closed, "--from", "2015-03-06", "--to", "2015-03-31")
    hint = rules(point, "diff", closed, "--on", "2015-03-08").splitlines()
    turned = rules(point, "diff", closed, "--from", "2015-03-06", "--to", "2015-03-01", fails=2)

    assert (on_the_day["moved"], after_it["moved"]) == (2, 0)
    assert hint[1] == (
        "turku-is-closed begins on 2015-03-09, after all these days; see what it does with --on 2015-03-09"
    )
    assert early == {"vero/turku": 2}
    assert late == {"vero/jyvaskyla": 1}
    assert "--to 2015-03-01 lies before --from 2015-03-06" in turned


def test_several_points_are_seen_together(point: FaultPoint, tmp_path: Path) -> None:
    """Each point's papers count once, under its own rules and its own name."""
    other = points.fault_point(tmp_path / "other")
    past(other, PAPERS[:1])

    found = as_json(point, "diff", point.folder / "closed", "--on", "2015-03-09", "--config", other.settings.file)

    assert (found["filings"], found["moved"]) == (4, 3)


def test_a_spreadsheet_gets_days_and_places(point: FaultPoint) -> None:
    """One row for each day and place, before and after."""
    rows = list(csv.DictReader(rules(point, "diff", point.folder / "closed", "--csv").splitlines()))

    assert {"day": "2015-03-10", "place": "vero/turku", "before": "1", "after": "0"} in rows
    assert sum(int(row["before"]) for row in rows) == sum(int(row["after"]) for row in rows) == 3


def test_the_picture_shows_places_and_days_and_fetches_nothing(point: FaultPoint, tmp_path: Path) -> None:
    """One SVG without scripts or addresses, with a bar for each place and lines for the days."""
    svg = tmp_path / "closed.svg"

    rules(point, "diff", point.folder / "closed", "--svg", svg)

    nowhere = rules(point, "diff", point.folder / "closed", "--svg", tmp_path / "no" / "a.svg", fails=2)
    both = rules(point, "diff", point.folder / "closed", "--csv", "--json", fails=2)

    assert f"there is no folder {tmp_path / 'no'}; make it first" in nowhere
    assert "choose one of them" in both
    drawn = ET.parse(svg).getroot()  # noqa: S314 our own picture
    words = {one.text for one in drawn.iter() if one.text}
    assert {"Filings by place", "Filings by day (dashed: after)", "vero/turku", "vero/jyvaskyla"} <= words
    assert {"before", "after", "Moved filings by rule", "turku-is-closed: vero/turku → vero/jyvaskyla"} <= words
    assert not [one for one in drawn.iter() if str(one.tag).endswith(("script", "image"))]
    assert not [value for one in drawn.iter() for name, value in one.attrib.items() if name.endswith("href")]


def test_a_set_shows_what_it_would_move_before_it_is_signed(point: FaultPoint, tmp_path: Path) -> None:
    """`publish --dry-run` tells each point's effect by rule, also on a day to come, and stores nothing."""
    keys, folder = tmp_path / "publisher", tmp_path / "set"
    make = [VIREILLE, "keys", "new", "point", "--point", "publisher", "--dir", keys]
    subprocess.run(make, check=True, capture_output=True, timeout=120)
    shutil.copytree(point.folder / "closed", folder / "rules")
    line = [VIREILLE, "publish", folder, "--key", keys / "point.key.pem", "--dry-run", "--config", point.settings.file]

    shown, eve = (
        subprocess.run([*line, *words], capture_output=True, text=True, check=False, timeout=120)
        for words in ([], ["--on", "2015-03-08"])
    )

    assert shown.returncode == 0, shown.stderr
    assert eve.stdout.splitlines()[2:] == [
        "turku-is-closed begins on 2015-03-09, after all these days; see what it does with --on 2015-03-09"
    ]
    told = shown.stdout.splitlines()
    assert told[:2] == ["main-1 would be published", "saarijarvi: 1 filings would go elsewhere, of 3"]
    assert told[3].split() == ["turku-is-closed", "vero/turku", "vero/jyvaskyla", "1"]
    assert not list((point.folder / "hub").glob("updates/*/*"))


def test_papers_that_a_person_released_from_a_hold_do_not_move_by_the_same_rules(tmp_path: Path) -> None:
    """A rule that holds asks for a person; that one then sent the paper is no effect of a candidate."""
    held = points.fault_point(tmp_path / "point")
    past(held, PAPERS)
    vero = held.folder / "rules" / "vero.toml"
    asks = 'provider = ["vero"], form = ["vero-3602"], language = ["sv"], municipality = ["729"]'
    hold = f'[[rule]]\nid = "gifts-are-looked-at"\nwhen = {{ {asks} }}\n'
    to = 'to = { provider = "vero", unit = "turku" }\nhold = { fi = "Katso.", sv = "Titta.", en = "Look." }\n'
    vero.write_text(f"{hold}{to}{BASIS}{TEXT}\n{vero.read_text('utf-8')}", "utf-8")
    shutil.copytree(held.folder / "rules", held.folder / "same")

    assert as_json(held, "diff", held.folder / "same")["changes"] == []


def test_explain_says_what_would_have_led_elsewhere(point: FaultPoint) -> None:
    """The answer, the rules in their order, then each single fact with which the paper would have gone elsewhere."""
    (paper, *_) = (one["id"] for one in point.status()["filings"])
    lines = rules(point, "explain", paper).splitlines()

    assert lines[0].startswith("then: goes to vero, unit turku (rule vero-gifts-and-estates, rules x, ")
    assert lines[1].startswith("by the rules of 2015-03-02: goes to vero, unit turku: ")
    assert lines[2:5] == [
        "because, in this order:",
        "  vero-gifts-and-estates: holds",
        "  (42 rules ask for other authorities)",
    ]
    assert lines[5:] == ["it would be otherwise with:", "  no form of ours: vero/jyvaskyla (rule vero-others)"]


def test_explain_tries_each_fact_and_asks_the_rules_again(point: FaultPoint) -> None:
    """A day, a language, an area: whatever alone would have changed the place is named with the place and the rule."""
    settings = point.folder / "closed.toml"
    text = point.settings.file.read_text("utf-8").replace('rules = "rules"', 'rules = "closed"')
    settings.write_text(text, "utf-8")
    settings.chmod(0o600)
    (paper, *_) = (one["id"] for one in point.status()["filings"])
    line = [VIREILLE, "rules", "explain", paper, "--config", settings]

    shown = subprocess.run(line, capture_output=True, text=True, check=True, timeout=120).stdout

    assert "it would be otherwise with:\n  handed over on 2015-03-09: vero/jyvaskyla (rule turku-is-closed)" in shown


def test_the_schema_takes_what_is_shipped_and_refuses_what_is_wrong(tmp_path: Path) -> None:
    """An editor that knows `rules schema` marks unknown keys and words while one writes."""
    import tomllib

    done = subprocess.run([VIREILLE, "rules", "schema"], capture_output=True, text=True, check=True, timeout=120)
    schema = Draft202012Validator(json.loads(done.stdout), format_checker=Draft202012Validator.FORMAT_CHECKER)

    def faults(text: str) -> list[str]:
        table = json.loads(json.dumps(tomllib.loads(text), default=str))
        return [error.message for error in schema.iter_errors(table)]

    shipped = {path.name: faults(path.read_text("utf-8")) for path in load.BUILTIN.glob("*.toml")}
    broken = {
        '[[rule]]\nid = "x"\nwhen = { povider = ["kela"] }\n': "povider",
        CLOSED.replace('"sv"', '"ru"'): "ru",
        CLOSED.replace("not =", "except ="): "except",
        CLOSED.replace('["vero"]', '"vero"'): "vero",
        CLOSED.replace('"turku-is-closed"', '"Turku"'): "Turku",
        CLOSED.replace("2015-03-09", '"soon"'): "soon",
        CLOSED.replace("language", "pages"): "['sv'] is not of type 'object'",
        CLOSED.replace('unit = "jyvaskyla"', "share = 70"): "'share' was unexpected",
    }
    assert not any(shipped.values())
    for text, word in broken.items():
        assert any(word in message for message in faults(text)), text
    assert faults(CLOSED) == []
