"""The figures that the pilot lacked, by the doors that people use: `stats`, `stats merge`, their files."""

import csv
import json
import random
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from intake.base.errors import VireilleError
from intake.base.settings import load_settings
from tests.bench.halfyear import FIRST, LAST, Point, counted, forms
from tests.browsing import chromium
from tests.pages.test_layout import must_be_clean
from workers.cli.app import app
from workers.figures.figures import HELSINKI
from workers.run.new_point import PILOT, make_point, place_of

PERIOD = ("--from", str(FIRST), "--to", str(LAST))


def small_point(root: Path, name: str) -> Point:
    """One of the pilot's points, without a paper yet."""
    place = place_of(name, name=PILOT[name].name, municipality=None, languages=None, demo=True)
    return Point(load_settings(make_point(root / name, demo=True, place=place)), random.Random(name))


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Point]:
    """Two of the pilot's points after half a year with few papers, made of the ledger's own verbs."""
    root, made = tmp_path_factory.mktemp("points"), {}
    for name in ("mikkeli", "parainen"):
        made[name] = small_point(root, name)
        made[name].live(0.012)
    return made


def door(*words: object) -> str:
    """What the command prints; for a refusal its exit code and line."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(done.exception, VireilleError):
        return f"{done.exception.exit_code} vireille: {done.exception.message}"
    assert done.exit_code == 0, done.output
    return done.stdout


def figures_of(point: Point, *words: str) -> dict:
    """The point's figures by `stats --json`."""
    return json.loads(door("stats", "--json", *(words or PERIOD), "--config", point.settings.file))["figures"]


def test_a_purge_changes_no_figure_and_five_points_are_their_sum(points: dict[str, Point], tmp_path: Path) -> None:
    """What was put in is counted, before the purge and after; `stats merge` gives what the ledgers give together."""
    before = {name: figures_of(point) for name, point in points.items()}
    gone = [point.purge() for point in points.values()]
    after = {name: figures_of(point) for name, point in points.items()}

    assert min(gone) > 5
    assert after == before
    for name, point in points.items():
        seen = counted(after[name]["cells"])
        assert seen["papers"] > 10
        assert all(seen[key] == point.put_in[key] for key in ("handovers", "papers", "sent", "returned", "done_online"))
        (tmp_path / f"{name}.json").write_text(json.dumps(after[name]))
    merged = json.loads(door("stats", "merge", *sorted(tmp_path.glob("*.json")), "--json"))
    assert counted(merged["cells"]) == sum((counted(found["cells"]) for found in after.values()), Counter())


def test_a_paper_mended_at_the_counter_counts_once_as_repaired(points: dict[str, Point]) -> None:
    """Scanned with a gap, scanned again whole, joined: one paper on its first day, and its gap is not forgotten."""
    point = points["parainen"]
    before = figures_of(point, "--from", "2016-05-02")
    form = next(form for form in forms() if form.form == "vero-5010" and form.language == "sv")
    point.clock.wall = point.clock.wall.replace(year=2016, month=5, day=2, hour=10)
    with point.ledger.day():
        point.mended(form)

    after = figures_of(point, "--from", "2016-05-02", "--to", "2016-05-02")

    assert before["cells"] == []
    cells = {(cell[2], cell[3]): cell[-1] for cell in after["cells"]}
    assert cells["papers", ""] == cells["visits", "one_paper"] == cells["quality", "repaired"] == 1
    assert ("quality", "sent_with_gaps") not in cells
    assert sum(count for (what, _), count in cells.items() if what == "gap") == 1
    shown = door(
        "stats", "--by", "month", "--from", "2016-05-02", "--to", "2016-05-02", "--config", point.settings.file
    )
    assert shown.splitlines()[2].split() == ["2016-05", "1", "1", "3", "0", "100", "%", "0", "%", "100", "%", "–"]


@pytest.fixture
def files(points: dict[str, Point], tmp_path: Path) -> list[Path]:
    """Both points' figures, as `stats --json` writes them."""
    for name, point in points.items():
        (tmp_path / f"{name}.json").write_text(door("stats", "--json", *PERIOD, "--config", point.settings.file))
    return sorted(tmp_path.glob("*.json"))


def test_files_of_months_may_come_in_any_order(points: dict[str, Point], tmp_path: Path) -> None:
    """With a gap that a later file fills they give the whole; a time before the first paper does not count."""
    point, files = points["mikkeli"], []
    for first, last in (("2014-10-01", "2014-10-31"), ("2014-12-01", "2014-12-31"), ("2014-11-01", "2014-11-30")):
        files.append(tmp_path / f"{len(files)}.json")
        files[-1].write_text(json.dumps(figures_of(point, "--from", first, "--to", last)))

    whole = figures_of(point, "--from", "2013-01-01", "--to", "2014-12-31")

    assert json.loads(door("stats", "merge", *files, "--json")) == whole
    assert whole["points"]["mikkeli"]["periods"] == [["2014-10-01", "2014-12-31"]]
    said = door("stats", "--to", "2014-09-30", "--config", point.settings.file)
    assert said.startswith("2 vireille: mikkeli has no figures to 2014-09-30; its first paper came on 2014-10-0")


def test_no_small_count_is_in_what_is_public(files: list[Path], tmp_path: Path) -> None:
    """Every count is 0, `< 5`, or a multiple of five, so that no sum or difference gives a small one away.

    Rates a month are made of such counts; cases in classes are no papers.
    """
    door("stats", "merge", *files, "--public", "--csv", tmp_path / "tables", "--compare", "2015-01-01")

    cells = [
        cell
        for file in (tmp_path / "tables").glob("*.csv")
        if file.stem not in {"classes", "volumes", "compare"}
        for row in list(csv.reader(file.read_text("utf-8-sig").splitlines(), delimiter=";"))[1:]
        for cell in row
    ]
    whole = [int(cell) for cell in cells if re.fullmatch(r"\d+", cell)]
    assert len(whole) > 100
    assert "< 5" in cells
    assert {number % 5 for number in whole} == {0}


def test_the_report_stands_by_itself_in_both_languages(files: list[Path], tmp_path: Path) -> None:
    """A page that fetches nothing and runs nothing, and a PDF; every word is there in Finnish and Swedish."""
    words = ("--html", tmp_path / "fi.html", "--pdf", tmp_path / "fi.pdf", "--compare", "2015-01-01")
    door("stats", "merge", *files, *words)
    door("stats", "merge", files[0], "--html", tmp_path / "sv.html", "--language", "sv")

    html = (tmp_path / "fi.html").read_text("utf-8")
    assert "Paperivireillepanon kuukausiraportti" in html
    assert html.count("<svg") >= 9
    assert not re.search(r"<script|<link|\bsrc=|url\(|@import", html)
    printed = PdfReader(tmp_path / "fi.pdf")
    assert printed.root_object["/Lang"] == "fi"
    assert printed.root_object["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert printed.metadata.title.startswith("Paperivireillepanon kuukausiraportti")
    assert len(printed.outline) == 1 + len(files)
    assert "Månadsrapport om ärenden på papper" in (tmp_path / "sv.html").read_text("utf-8")


@pytest.mark.slow
def test_the_report_can_be_read_by_all(files: list[Path], tmp_path: Path) -> None:
    """Axe finds nothing in it."""
    page = tmp_path / "report.html"
    door("stats", "merge", files[0], "--html", page)

    with chromium() as browser:
        shown = browser.new_page()
        shown.goto(page.as_uri())
        must_be_clean(shown)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("merge", "{file}", "{file}"),
            "2 vireille: the figures of mikkeli from 2014-10-01 to 2015-03-31 are there twice",
        ),
        (("merge", "{text}"), "this is no JSON; make it by 'vireille stats --json'"),
        (("merge", "{other}"), "no figures of a point"),
        (("merge", "{file}", "--compare", "2016-01-01"), "there are figures from 2014-10-01 to 2015-03-31 only"),
        (("merge", "{file}", "--from", "2020-01-01"), "there are no figures of that period"),
        (("merge", "{file}", "--from", "2015-03-01", "--to", "2015-02-01"), "turn them round"),
        (("merge", "{rows}"), "row 1 of its cells is not as this program writes it"),
        (("merge", "{file}", "--json", "--public"), "--json gives all counts, exact"),
        (("--public", "merge", "{file}"), "options stand behind 'merge'"),
    ],
)
def test_figures_that_cannot_be_used_are_refused_in_one_line(
    words: tuple[str, ...], said: str, files: list[Path], tmp_path: Path
) -> None:
    """What, where, and what to do."""
    (tmp_path / "text").write_text("{")
    (tmp_path / "other").write_text('{"figures": {"schema": 1}}')
    rows = json.loads(files[0].read_text("utf-8"))["figures"] | {"cells": [[]]}
    (tmp_path / "rows").write_text(json.dumps(rows))
    names = {"file": files[0], **{name: tmp_path / name for name in ("text", "other", "rows")}}

    answer = door("stats", *(word.format(**names) for word in words))

    assert said in answer
    assert answer.startswith("2 ")
    assert len(answer.splitlines()) == 1


def test_a_point_sends_its_figures_and_whoever_trusts_it_reads_them(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """By month, signed by the point; a note that is not the point's is named and not used."""
    operator = small_point(tmp_path_factory.mktemp("operator"), "saarijarvi")
    there = small_point(tmp_path_factory.mktemp("there"), "pelkosenniemi")
    hub = operator.settings.store.url
    text = there.settings.file.read_text("utf-8")
    there.settings.file.write_text(text.replace('"folder:hub"', f'"{hub}"'), "utf-8")
    today = datetime.now(UTC)
    there.clock.wall = today
    with there.ledger.day():
        there.mended(next(form for form in forms() if form.form == "vero-5010" and form.language == "fi"))

    door("inbox", "trust", there.settings.keys.directory / "ca.pem", "--config", operator.settings.file)
    nothing = door("figures", "show", "--config", operator.settings.file)
    sent = door("figures", "push", "--config", there.settings.file)
    read = json.loads(door("figures", "show", "--json", "--config", operator.settings.file))
    this_month = f"{today.astimezone(HELSINKI):%Y-%m}"
    cut = door("figures", "show", "--from", f"{this_month}-01", "--classes", "--config", operator.settings.file)
    note = Path(hub.removeprefix("folder:")) / "notes/pelkosenniemi/figures.p7s"
    note.write_bytes(note.read_bytes().replace(b"zlib", b"zlip"))
    tampered = door("figures", "show", "--by", "month", "--config", operator.settings.file)

    assert nothing == "4 vireille: no point's figures lie at the hub; 'vireille figures push' at the points sends them"
    assert sent.startswith("pelkosenniemi: 1 papers from ")
    assert read["monthly"]
    assert [cell[-1] for cell in read["cells"] if cell[2:4] == ["quality", "repaired"]] == [1]
    assert {len(cell[1]) for cell in read["cells"]} == {len("2015-03")}
    assert tampered.splitlines()[1].split()[0] == "pelkosenniemi"
    assert tampered.splitlines()[1].split()[-1] in {"altered", "malformed"}
    assert tampered.splitlines()[-1].split()[:3] == [this_month, "1", "1"]
    assert re.search(r"Tax Administration +1 \(0–20\)", cut)
