"""Rules come into use proved and while the point runs; a broken set never stops a start; the set before is kept."""

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.request import urlopen

import pytest

from intake.base.clock import SystemClock
from routing_rules.load import load_rules
from routing_rules.providers import load_providers
from tests.faults import points
from tests.faults.points import FaultPoint, until
from tests.journeys.test_preview import CLOSED
from workers.run import kept_rules, reload
from workers.run.health import Health
from workers.run.own_rules import OwnRules, rules_in_use
from workers.tools import Tools

VIREILLE = Path(sys.executable).with_name("vireille")
WHO = ("--by", "Oili", "--reason", "in need")


@pytest.fixture
def point(tmp_path: Path) -> FaultPoint:
    """A demo point whose papers are recorded; its command line is the real one."""
    return points.fault_point(tmp_path / "point")


def verb(point: FaultPoint, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a verb on the point."""
    line = [VIREILLE, *words, "--config", point.settings.file]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)


def history(point: FaultPoint) -> list[tuple[str, str]]:
    """Who and why, the newest last."""
    return [(one["by"], one["why"]) for one in json.loads(verb(point, "rules", "history", "--json").stdout)]


def history_versions(point: FaultPoint) -> list[str]:
    """Which set came into use, the newest last."""
    return [entry.version for entry in kept_rules.history(point.settings.here.data)]


def candidate(point: FaultPoint, change: Callable[[str], str] = lambda text: f"{CLOSED}\n{text}") -> Path:
    """A changed copy of the point's rules."""
    folder = point.folder / "candidate"
    shutil.copytree(point.folder / "rules", folder, dirs_exist_ok=True)
    vero = folder / "vero.toml"
    vero.write_text(change(vero.read_text("utf-8")), "utf-8")
    return folder


def test_a_candidate_is_taken_by_name_and_reason_and_the_set_before_comes_back(point: FaultPoint) -> None:
    """The files are the candidate's, the history says who, when and why, and back returns to what was there."""
    before = (point.folder / "rules" / "vero.toml").read_bytes()
    folder = candidate(point)

    taken = verb(point, "rules", "take", folder, "--by", "Oili", "--reason", "Turku is closed")
    during = (point.folder / "rules" / "vero.toml").read_bytes()
    back = verb(point, "rules", "back", "--by", "Oili", "--reason", "Turku is open again")

    assert taken.stdout.startswith("now in use: 47 rules, version "), taken.stderr
    assert during == (folder / "vero.toml").read_bytes()
    assert back.stdout.startswith("now in use: 46 rules, version "), back.stderr
    assert (point.folder / "rules" / "vero.toml").read_bytes() == before
    assert history(point)[1:] == [("Oili", "Turku is closed"), ("Oili", "Turku is open again")]
    assert not (point.folder / "rules" / "MANIFEST").exists()


def test_a_broken_candidate_is_not_taken(point: FaultPoint) -> None:
    """It is told with its place, and the point's files and history stay."""
    before = (point.folder / "rules" / "vero.toml").read_bytes()
    folder = candidate(point, lambda text: text.replace('unit = "turku"', 'unit = "turkku"'))

    done = verb(point, "rules", "take", folder, "--by", "Oili", "--reason", "a mistake")
    nobody = verb(point, "rules", "take", folder, "--by", " ", "--reason", "x")
    nothing = verb(point, "rules", "back", "--by", "Oili", "--reason", "x")

    assert done.returncode == 5
    assert "vero.toml:7: rule vero-gifts-and-estates: to: provider 'vero' has no unit 'turkku'" in done.stderr
    assert nobody.returncode == 2
    assert nothing.returncode == 4
    assert (point.folder / "rules" / "vero.toml").read_bytes() == before
    assert history(point) == []


def test_a_broken_set_does_not_stop_a_start(point: FaultPoint) -> None:
    """The point works with the set it had; doctor names the fault and the set; mended, the folder counts again."""
    assert points.once(point) == 0
    vero = point.folder / "rules" / "vero.toml"
    good = vero.read_text("utf-8")
    vero.write_text(good.replace('unit = "turku"', 'unit = "turkku"', 1), "utf-8")
    point.scan("complete", 0)

    started = points.once(point)
    doctor = verb(point, "doctor").stdout
    vero.write_text(good, "utf-8")
    mended = verb(point, "doctor").stdout

    assert started == 0
    assert [one["state"] for one in point.status()["filings"]] == ["delivered"]
    assert "has no unit 'turkku'" in doctor
    assert "the point works on with the rules " in doctor
    assert "works on with the rules" not in mended


def test_files_that_an_earlier_release_took_open_a_point(point: FaultPoint) -> None:
    """What is refused in a candidate only is told by doctor; the set is kept, and outlives a later mistake."""
    vero = point.folder / "rules" / "vero.toml"
    text = re.sub(r'sv = "[^"]+"', 'sv = ""', vero.read_text("utf-8"), count=1)
    vero.write_text(text.replace('form = ["vero-3602"]', 'form = ["vero-3602"], edition = []'), "utf-8")
    shutil.copy(vero, vero.with_name("OLD.TOML"))
    point.scan("complete", 0)

    started = points.once(point)
    doctor, check = verb(point, "doctor").stdout, verb(point, "rules", "check", point.folder / "rules")
    vero.write_text("[[rule", "utf-8")
    again = points.once(point)

    assert (started, again) == (0, 0)
    assert [one["state"] for one in point.status()["filings"]] == ["delivered"]
    assert "OLD.TOML: is not read under this name" in doctor
    assert "the point works on with the rules " in doctor
    assert check.returncode == 5
    assert len(history(point)) == 1


def test_a_set_that_an_earlier_release_took_comes_back_when_it_is_needed(point: FaultPoint) -> None:
    """`rules back` says what would be refused today and puts it there; a running point and a start both use it.

    A running point to which nobody went back with it, for nothing is kept there, does not.
    """
    vero = point.folder / "rules" / "vero.toml"
    good = vero.read_text("utf-8")
    vero.write_text(good.replace('form = ["vero-3602"]', 'form = ["vero-3602"], edition = []'), "utf-8")
    assert points.once(point) == 0
    folder = candidate(point, lambda _: f"{CLOSED}\n{good}")
    refused = verb(point, "rules", "take", point.folder / "data" / "rules" / history_versions(point)[0], *WHO)
    assert verb(point, "rules", "take", folder, *WHO).returncode == 0
    taken = load_rules(point.folder / "rules")
    providers = load_providers(point.folder / "providers")
    running = OwnRules(point.settings, taken, providers, SystemClock(), Health())

    back = verb(point, "rules", "back", *WHO)

    assert (refused.returncode, back.returncode) == (5, 0), back.stderr
    assert "edition: the list is empty" in back.stdout
    assert "it comes back as it was in use here" in back.stdout
    assert [running.look(), running.look()] == [False, True]
    at_start = rules_in_use(point.settings, providers, SystemClock())
    assert at_start.rules.version == history_versions(point)[0] != taken.version

    shutil.rmtree(kept_rules.folder_of(point.settings.here.data))
    health = Health()
    running = OwnRules(point.settings, taken, providers, SystemClock(), health)
    assert [running.look(), running.look()] == [False, False]
    assert health.notice() == "rules_refused"


def test_a_folder_that_may_not_be_read_never_closes_a_counter(
    point: FaultPoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the look at the files meets, the next look comes."""
    stop, looks = threading.Event(), []

    def look(_: OwnRules) -> bool:
        looks.append(1)
        if len(looks) == 3:
            stop.set()
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reload, "LOOK_SECONDS", 0)
    monkeypatch.setattr(OwnRules, "look", look)
    tools = SimpleNamespace(
        settings=point.settings, rules=load_rules(point.folder / "rules"), providers={}, clock=SystemClock()
    )

    reload.until_new_set(cast("Tools", tools), (), Health(), stop)

    assert len(looks) == 3


def test_half_a_copy_is_never_in_use(point: FaultPoint) -> None:
    """A verb that was killed while it wrote leaves a manifest that refuses the mixture: the set before works on."""
    assert points.once(point) == 0
    folder = candidate(point)
    subprocess.run(["bash", "-c", "sha256sum *.toml > MANIFEST"], cwd=folder, check=True)
    shutil.copy(folder / "MANIFEST", point.folder / "rules")
    point.scan("complete", 0)

    assert points.once(point) == 0

    assert "vero.toml is not as listed" in verb(point, "doctor").stdout
    back = verb(point, "rules", "back", "--by", "Oili", "--reason", "half a copy")
    assert back.returncode == 0, back.stderr
    assert verb(point, "rules", "check").returncode == 0


@pytest.fixture
def log(point: FaultPoint, tmp_path: Path) -> Iterator[Callable[[str], int]]:
    """The point as a process; counts how often an event stands in its log."""
    path = tmp_path / "log"
    words = [VIREILLE, "run", "--config", point.settings.file]
    with path.open("wb") as file, subprocess.Popen(words, stdout=subprocess.PIPE, stderr=file) as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode()  # everything is open
        (point.folder / "address").write_text(re.search(r"http://\S+", address)[0], "utf-8")  # type: ignore[index]
        yield lambda event: len(re.findall(rf'"event": "{event}"', path.read_text()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def page_says(point: FaultPoint) -> str:
    """The first thing that the running point's page is told."""
    address = (point.folder / "address").read_text("utf-8").rstrip("/")
    with urlopen(f"{address}/events", timeout=120) as events:  # noqa: S310 our own page
        return next(line.decode() for line in events if line.startswith(b"data:"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_running_point_takes_changed_rules_and_leaves_broken_ones(
    point: FaultPoint, log: Callable[[str], int]
) -> None:
    """Without a restart: an edit is in use; a broken one is told once in the log, and the set before stays in use."""
    vero = point.folder / "rules" / "vero.toml"
    good = vero.read_text("utf-8")
    vero.write_text(f"{CLOSED}\n{good}", "utf-8")
    until(lambda: log("rules_changed") == 1, within=60, what="the changed rules")
    until(lambda: len(history(point)) == 2, within=60, what="the history")
    vero.write_text("[[rule", "utf-8")
    until(lambda: log("rules_refused") == 1, within=60, what="the broken rules")
    page = page_says(point)
    verb(point, "rules", "back", "--by", "Oili", "--reason", "a slip of the pen")
    until(lambda: verb(point, "doctor").stdout.count("works on with the rules") == 0, within=60, what="the set before")

    assert '"notice": "rules_refused"' in page
    assert log("rules_changed") == 1
    assert log("part_died") == 0
    assert history(point)[-1] == ("Oili", "a slip of the pen")
    assert "turku-is-closed" in vero.read_text("utf-8")
