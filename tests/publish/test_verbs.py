"""`publish` and `update` as an operator types them, and a running point that takes a set."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.journeys.conftest import Pages, filled, forms, pdf
from tests.publish.conftest import Point, Town
from tests.routing.test_matters import CARD
from workers.run.main import run_once

__all__ = ["filled", "forms"]
VIREILLE = Path(sys.executable).with_name("vireille")
COMMENT = "\n# another version\n"


def vireille(*words: object, expect: int = 0) -> str:
    """Run the command line; the exit code must be as expected."""
    done = subprocess.run([str(VIREILLE), *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == expect, done.stderr
    return done.stdout if expect == 0 else done.stderr


def test_a_publisher_and_a_point_with_the_verbs_only(town: Town) -> None:
    """Keys, publish, look, take, doctor, back; what was altered gives exit code 3, what is wrong 5."""
    point, folder = town.point("one"), town.set()
    point.config.write_text(point.config.read_text().replace('url = "folder:hub"', 'url = "folder:../hub"'))
    key = ("--key", town.folder / "publisher" / "point.key.pem", "--config", point.config)
    at = ("--config", point.config)

    assert "main-1 published: 12 files of providers, 8 files of rules" in vireille("publish", folder, *key)
    assert "published already" in vireille("publish", folder, *key)
    assert "version 1 is in the store and newer" in vireille("update", "--check", *at)
    assert "now in use: main-1, signed" in vireille("update", *at)
    assert "nothing newer" in vireille("update", *at)
    assert "rules, providers and forms are main-1" in vireille("doctor", *at)
    assert "now in use: the point's own files" in vireille("update", "--back", *at)
    town.package(2).write_bytes(town.package(1).read_bytes())
    assert "main-2 is not used" in vireille("update", *at, expect=3)
    te = folder / "providers" / "te.toml"
    good = te.read_text()
    te.write_text(good + good[good.index("[[certificates]]") :])
    assert "te: sha256:" in vireille("publish", folder, *key, expect=5)
    te.write_text(good)
    (folder / "providers" / "kela.cert.pem").unlink()
    assert "kela.cert.pem" in vireille("publish", folder, *key, expect=5)


def test_a_set_is_rehearsed_at_each_point_before_it_is_signed(town: Town) -> None:
    """What would move there, by which rule, or why a point would not take it; the store stays as it is."""
    one, other, folder = town.point("one"), town.point("other"), town.set()
    for point in (one, other):
        point.config.write_text(point.config.read_text().replace('url = "folder:hub"', 'url = "folder:../hub"'))
    other.config.write_text(other.config.read_text().replace('as_of = "2015-03-02"', 'as_of = "2031-03-02"'))
    key = ("--key", town.folder / "publisher" / "point.key.pem", "--config", one.config, "--dry-run")
    with (folder / "rules" / "kela.toml").open("a") as file:
        file.write(COMMENT)

    alone = vireille("publish", folder, *key).splitlines()
    both = vireille("publish", folder, *key, "--point", one.config, "--point", other.config).splitlines()

    assert alone == ["main-1 would be published", "saarijarvi: 0 filings would go elsewhere, of 0"]
    assert both[:2] == alone
    assert both[2].startswith("saarijarvi would not take it: ")
    assert not town.package(1).exists()


def test_new_cards_reach_a_point_signed(town: Town) -> None:
    """A publisher's matter is found at the point after its update; a wrong one is not published."""
    point, folder = town.point("one"), town.set()
    point.config.write_text(point.config.read_text().replace('url = "folder:hub"', 'url = "folder:../hub"'))
    key = ("--key", town.folder / "publisher" / "point.key.pem", "--config", point.config)
    (folder / "matters").mkdir()
    card = folder / "matters" / "ours.toml"

    card.write_text(CARD.format(id="kauppa", extra="colour = 1"))
    assert "unknown key" in vireille("publish", folder, *key, expect=5)
    card.write_text(CARD.format(id="kauppa", extra=""))
    assert "1 files of matters" in vireille("publish", folder, *key)
    vireille("update", "--config", point.config)

    assert "kauppa" in vireille("matters", "find", "kyläkauppaan", "--config", point.config)


@pytest.mark.slow
def test_a_bundle_says_which_set_it_was_made_with(town: Town, filled: Pages, tmp_path: Path) -> None:
    """And the provider reads it there."""
    point = whole(town)
    town.publish(town.set())
    point.update()
    drop(point, "scan.pdf", pdf(*filled("dvv-nimi", "sv")))

    run_once(point.settings)

    assert sealed_with(point, town, tmp_path / "out") == "main-1"


def whole(town: Town) -> Point:
    """A point that knows the product's forms."""
    point = town.point("one")
    point.config.write_text(point.config.read_text().replace("builtin = false", "builtin = true"))
    return point


def drop(point: Point, name: str, scan: bytes) -> None:
    """Put a scan into its drop folder."""
    (point.config.parent / "scan" / "tiski-1" / name).write_bytes(scan)


def sealed_with(point: Point, town: Town, out: Path) -> str | None:
    """The set that the newest bundle for Maistraatti names."""
    bundles = sorted((town.store.root / "maistraatti").glob("*.p7m"), key=lambda path: path.stat().st_mtime_ns)
    keys = point.config.parent / "keys"
    vireille("open", bundles[-1], "--key", keys / "maistraatti.key.pem", "--out", out)
    versions: dict[str, str | None] = json.loads((out / "bundle.json").read_text())["versions"]
    return versions["catalogue"]


@pytest.fixture
def running(town: Town) -> Iterator[tuple[Point, "subprocess.Popen[str]"]]:
    """A point that runs as a process."""
    point = whole(town)
    words = [str(VIREILLE), "run", "--config", str(point.config)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield point, process
        process.kill()


def until(condition: "object", seconds: float = 60) -> bool:
    """Wait for a condition."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.slow
def test_a_running_point_uses_a_new_set_from_the_next_paper_on(
    town: Town, running: tuple[Point, "subprocess.Popen[str]"], filled: Pages, tmp_path: Path
) -> None:
    """D-08: the first paper carries no set, the next one the set taken meanwhile; the page keeps its address."""
    point, process = running
    assert process.stdout is not None
    address = re.sub(r".*(http://\S+)\s*", r"\1", process.stdout.readline())
    hub = town.store.root / "maistraatti"
    drop(point, "first.pdf", pdf(*filled("dvv-nimi", "sv")))
    assert until(lambda: len(list(hub.glob("*.p7m"))) == 1)
    first = sealed_with(point, town, tmp_path / "first")

    town.publish(town.set())
    vireille("update", "--config", point.config)
    assert process.stderr is not None
    for line in process.stderr:
        if "set_changed" in line:
            break
    drop(point, "second.pdf", pdf(*filled("dvv-nimi", "sv", seed=4)))
    assert until(lambda: len(list(hub.glob("*.p7m"))) == 2)
    with urlopen(address) as page:  # noqa: S310 our own page
        status = page.status
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)

    assert (first, sealed_with(point, town, tmp_path / "second")) == (None, "main-1")
    assert (status, process.returncode, out) == (200, 0, "")
