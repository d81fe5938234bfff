"""A form that was added to a point: the verbs and the running point know it at once, and it never leaves by itself."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from intake.forms.load import load_definition
from intake.trial import fill, scan_pdf, scanned
from tests.faults.points import until
from tests.forms.blanks import APPLICATION, Widget, fillable
from tests.journeys.conftest import VIREILLE, Point

NAME = "hakija.nimi"
DEMAND = 'value = "name"\nrequired = true\nbasis = "confirmed"'


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """An authority's PDF that demands nothing."""
    return fillable(tmp_path / "matka.pdf", APPLICATION[:1], [[Widget(NAME, (20, 57, 120, 64))]])


@pytest.fixture
def definition(point: Point) -> Path:
    """Where its definition comes to lie."""
    return point.folder / "forms" / "matka" / "2009-09.fi.toml"


def here(point: Point, *words: object, expect: int = 0) -> str:
    """Run a verb inside the point's folder, without naming the point."""
    done = subprocess.run(
        [VIREILLE, *map(str, words)], cwd=point.folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


def paper(definition: Path, value: str = "", *, seed: int = 4) -> bytes:
    """A scan of the form, with the name written or blank."""
    pages = fill(load_definition(definition), {NAME: value} if value else {}, seed=seed)
    return scan_pdf([scanned(page, skew_degrees=0.7, seed=seed) for page in pages])


def test_every_verb_knows_an_added_form_at_once(point: Point, blank: Path, definition: Path, tmp_path: Path) -> None:
    """list, show, lint, test, inspect and doctor inside the point's folder, and by `--config` from elsewhere."""
    here(point, "forms", "add", blank, "--provider", "kela")
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(paper(definition, "Aino Virtanen"))

    listed = json.loads(here(point, "forms", "list", "--json"))
    seen = json.loads(point.command("inspect", "--json", str(scan)))

    assert "matka" in {one["form"] for one in listed}
    assert NAME in here(point, "forms", "show", "matka")
    assert f"warning: {definition}" in here(point, "forms", "lint")
    assert "matka 2009-09 fi" in here(point, "forms", "test", "matka")
    assert "matka 2009-09 fi: unsure" in here(point, "inspect", scan)
    assert f"note {definition}: nobody has said what it needs" in here(point, "doctor")
    assert seen[0]["documents"][0]["form"] == "matka"


def test_what_keeps_a_point_from_using_it_is_told(point: Point, blank: Path, tmp_path: Path) -> None:
    """A folder that no settings name, with the line to write; an authority the point does not know."""
    other = tmp_path / "elsewhere"

    said = here(point, "forms", "add", blank, "--provider", "helsinki", "--into", other)
    known = here(point, "forms", "add", blank, "--provider", "kela")

    assert f'directories = ["{point.folder / "forms"}", "{other}"]' in said
    assert "no authority 'helsinki', only" in said
    assert "directories = [" not in known
    assert "no authority" not in known


def test_a_blank_paper_never_leaves_by_itself(point: Point, blank: Path, definition: Path) -> None:
    """Also where complete papers go by themselves: it waits, first for want of demands, then as incomplete."""
    here(point, "forms", "add", blank, "--provider", "kela")
    point.drop("first.pdf", paper(definition))
    point.work()
    before = point.status()["filings"]
    definition.write_text(definition.read_text().replace('value = "name"', DEMAND))
    point.drop("second.pdf", paper(definition, seed=5))
    point.drop("third.pdf", paper(definition, "Aino Virtanen", seed=6))

    point.work()

    assert [(one["form"], one["state"], one["reason"]) for one in before] == [("matka", "waiting", "unsure")]
    after = [(one["state"], one["reason"]) for one in point.status()["filings"] if one["state"] == "waiting"]
    assert sorted(after) == [("waiting", "incomplete"), ("waiting", "unsure")]
    assert point.status()["counts"] == {"waiting": 2, "delivered": 1}


@pytest.fixture
def running(point: Point, tmp_path: Path) -> Iterator[Callable[[str], int]]:
    """The point as a process; counts how often an event stands in its log."""
    log = tmp_path / "log"
    words = [VIREILLE, "run", "--config", point.config]
    with log.open("wb") as file, subprocess.Popen(words, stdout=subprocess.PIPE, stderr=file) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the page's address: everything is open
        yield lambda event: len(re.findall(rf'"event": "{event}"', log.read_text()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_running_point_takes_added_and_edited_forms(
    point: Point, blank: Path, definition: Path, running: Callable[[str], int]
) -> None:
    """Without a restart: added, then edited; a broken edit leaves the form in force and log and doctor say so."""

    def reason_of(name: str, content: bytes) -> str:
        known = {one["id"] for one in point.status()["filings"]}
        point.drop(name, content)
        until(lambda: any(one["state"] == "waiting" for one in fresh(known)), within=90, what=name)
        (one,) = fresh(known)
        return f"{one['form']} {one['reason']}"

    def fresh(known: set[str]) -> list[dict[str, str]]:
        return [one for one in point.status()["filings"] if one["id"] not in known]

    here(point, "forms", "add", blank, "--provider", "kela")
    until(lambda: running("forms_changed") == 1, within=90, what="the added form")
    added = reason_of("added.pdf", paper(definition))
    definition.write_text(definition.read_text().replace('value = "name"', DEMAND))
    until(lambda: running("forms_changed") == 2, within=90, what="the edited form")
    edited = reason_of("edited.pdf", paper(definition, seed=5))
    good = definition.read_text()
    definition.write_text(good.replace("required", "requierd"))
    until(lambda: running("forms_refused") == 1, within=90, what="the broken form")
    broken = reason_of("broken.pdf", paper(definition=_copy(definition, good), seed=6))
    doctor = here(point, "doctor", expect=5)
    os.replace(_copy(definition, good), definition)

    assert (added, edited, broken) == ("matka unsure", "matka incomplete", "matka incomplete")
    assert "requierd" in doctor


def _copy(definition: Path, text: str) -> Path:
    """The definition with its blank, outside the point's folder."""
    folder = definition.parents[3] / "copy" / definition.parent.name
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in (".pdf", ".face"):
        (folder / definition.with_suffix(suffix).name).write_bytes(definition.with_suffix(suffix).read_bytes())
    (folder / definition.name).write_text(text)
    return folder / definition.name
