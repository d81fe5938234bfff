"""`doctor` does beforehand what sending will do, and a port that is taken is told by `doctor` and by `run`."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.contract import servers
from tests.contract.conftest import moto_endpoint
from tests.journeys.conftest import VIREILLE, Point
from tests.journeys.test_setup import vireille
from workers.run.new_point import make_point
from workers.seal import certificates, keys

__all__ = ["moto_endpoint"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo point, made once; it knows no forms of the product, which keeps tests quick."""
    config = make_point(tmp_path_factory.mktemp("made") / "point", demo=True)
    config.write_text(config.read_text("utf-8").replace("[forms]", "[forms]\nbuiltin = false"), "utf-8")
    return config.parent


@pytest.fixture
def point(made: Path, tmp_path: Path) -> Point:
    """A copy to spoil."""
    shutil.copytree(made, tmp_path / "point")
    return Point(tmp_path / "point")


def doctor(point: Point, *, expect: int = 0, **environment: str) -> dict[str, list[str]]:
    """What `doctor` says, by its marks: ok, note, BAD."""
    words, env = [VIREILLE, "doctor", "--config", point.config], {**os.environ, **environment}
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, env=env)
    assert done.returncode == expect, done.stdout + done.stderr
    found: dict[str, list[str]] = {"ok": [], "note": [], "BAD": []}
    for line in done.stdout.splitlines():
        found[line[:4].strip()].append(line[5:])
    return found


def change(point: Point, old: str, new: str) -> None:
    """One edit in the settings."""
    text = point.config.read_text("utf-8")
    assert old in text
    point.config.write_text(text.replace(old, new), "utf-8")


def test_a_well_point_seals_to_each_provider_on_trial(point: Point) -> None:
    """And says so for each; nothing lies in the store afterwards."""
    said = doctor(point)

    sealed = [line for line in said["ok"] if "a bundle was sealed to 1" in line]
    assert [line.partition(":")[0] for line in sealed] == ["kela", "kunta", "maistraatti", "poliisi", "te", "vero"]
    assert list((point.folder / "hub").rglob("*.p7m")) == []


def test_an_id_without_its_certificate_is_bad_and_the_remedy_mends_it(point: Point) -> None:
    """Every paper would be held; the line says whose certificate it is and which verb renews it."""
    change(point, 'id = "saarijarvi"', 'id = "karstula"')

    bad = doctor(point, expect=5)["BAD"]
    vireille("keys", "rotate", "point", "--dir", point.folder / "keys")

    assert len(bad) == 1
    assert "not that of the point 'karstula' but of 'saarijarvi'; run 'keys rotate point'" in bad[0]
    assert doctor(point)["BAD"] == []


def test_store_and_queue_are_looked_at_as_they_are(point: Point) -> None:
    """Mistyped addresses are bad, and nothing is made under them."""
    change(point, "folder:hub", "folder:hbu")
    change(point, "hub/queue.db", "hub/quue.db")

    bad = doctor(point, expect=5)["BAD"]

    assert [line.partition(" at ")[0] for line in bad] == ["store: no store", "queue: no queue"]
    assert not (point.folder / "hbu").exists()
    assert not (point.folder / "hub" / "quue.db").exists()


def test_a_bucket_and_queues_that_are_not_there_are_bad(point: Point, moto_endpoint: str) -> None:
    """Until now an empty answer looked like an empty queue."""
    change(point, "folder:hub", "s3://no-such-bucket/point")
    change(point, "sqlite:///hub/queue.db", "sqs://no-such-prefix")
    names = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "eu-north-1"}

    bad = doctor(point, expect=5, AWS_ENDPOINT_URL=moto_endpoint, **names)["BAD"]

    assert bad[0].startswith("store: ")
    assert "NoSuchBucket" in bad[0]
    assert len(bad) == 1 + 6
    assert bad[-1].startswith("queue of vero: there is no queue no-such-prefix__vero__")


def test_a_certificate_that_ends_soon_or_was_swapped_is_told(point: Point) -> None:
    """Kela's is good for ten days more, Vero's file is another than the pinned one."""
    folder, now = point.folder / "keys", datetime.now(UTC)
    pinned = keys.fingerprint(keys.load_certificate(folder / "kela.cert.pem"))
    ending = certificates.new_provider("kela", now=now - timedelta(days=20), days=30, kind="p256").certificate
    (folder / "kela.cert.pem").unlink()
    keys.save_certificate(folder / "kela.cert.pem", ending)
    provider = point.folder / "providers" / "kela.toml"
    provider.write_text(provider.read_text("utf-8").replace(pinned, keys.fingerprint(ending)), "utf-8")
    shutil.copyfile(folder / "te.cert.pem", folder / "vero.cert.pem")

    said = doctor(point, expect=5)

    assert any("kela's certificate" in line and f"ends on {now + timedelta(days=10):%Y-%m-%d}" in line
               for line in said["note"])  # fmt: skip
    assert [line.partition(":")[0] for line in said["BAD"]] == ["vero"]
    assert "vero.cert.pem is not the certificate that the provider file pins" in said["BAD"][0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('municipality = "729"', 'municipality = "999"', "no area of the rules has the municipality 999"),
        ('id = "saarijarvi"\n', 'id = "karstula"\n', "no municipality is set"),
    ],
)
def test_what_will_go_wrong_later_is_noted(point: Point, old: str, new: str, words: str) -> None:
    """A place that the rules do not know, and one that is not said."""
    change(point, old, new)
    if "karstula" in new:
        change(point, 'municipality = "729"\n', "")
        vireille("keys", "rotate", "point", "--dir", point.folder / "keys")

    assert any(words in line for line in doctor(point)["note"])


def test_without_tesseract_and_bubblewrap_the_rest_is_looked_at_all_the_same(point: Point, tmp_path: Path) -> None:
    """One is bad, the other a note that says what to install."""
    said = doctor(point, expect=5, PATH=str(tmp_path))

    assert [line.partition(";")[0] for line in said["BAD"]] == ["tesseract is not installed"]
    assert any("bubblewrap is not installed" in line for line in said["note"])
    assert any(line.startswith("store ") for line in said["ok"])


def test_a_bubblewrap_that_refuses_is_quoted(point: Point, tmp_path: Path) -> None:
    """In a container, say: nobody is told to install what is there."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)

    said = doctor(point, PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    weak = next(line for line in said["note"] if "bubblewrap" in line)
    assert "refused (bwrap: No permissions to create new namespace)" in weak
    assert "install" not in weak


@pytest.fixture
def taken() -> Iterator[int]:
    """A port where another program listens and says nothing of itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_another_program_has_is_told(point: Point, taken: int) -> None:
    """By `doctor` as bad, by `run` in one line with exit code 2: the address, and what to do."""
    change(point, "port = 0", f"port = {taken}")

    bad = doctor(point, expect=5)["BAD"]
    said = point.command("run", expect=2)

    assert bad[0].startswith(f"counter page: 127.0.0.1:{taken} is in use by another program")
    assert said.startswith(f"vireille: counter page: 127.0.0.1:{taken} is in use by another program; stop that")
    assert said.count("\n") == 1


def test_two_points_on_one_port_are_told_apart(point: Point, tmp_path: Path) -> None:
    """The running one finds its own page there; the other one names it."""
    (port,) = servers.free_ports(1)
    change(point, "port = 0", f"port = {port}")
    shutil.copytree(point.folder, tmp_path / "second")
    second = Point(tmp_path / "second")
    words = [VIREILLE, "run", "--config", point.config]

    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        try:
            assert running.stdout is not None
            assert str(port) in running.stdout.readline()
            own, other = doctor(point), doctor(second, expect=5)
        finally:
            running.terminate()

    assert running.returncode == 0
    assert f"counter page: 127.0.0.1:{port}, running" in own["ok"]
    assert "is in use by the point saarijarvi (" in other["BAD"][0]
