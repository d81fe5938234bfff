"""Two machines, each with its folder of blobs, on one ledger in PostgreSQL (J-02): neither stops the other's papers."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from intake.base.settings import load_settings
from tests.faults import points
from tests.faults.points import FaultPoint
from tests.ledger import postgres

VIREILLE = Path(sys.executable).with_name("vireille")
HALF_AN_HOUR_AND_MORE = "2015-01-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server."""
    reason = postgres.why_not()
    if reason is not None:
        pytest.skip(reason)
    with postgres.server() as address:
        yield address


@pytest.fixture
def machines(server: str, memory_path: Path) -> tuple[FaultPoint, FaultPoint]:
    """Two machines of one point: same keys, store and queue, an own data folder and an own scanner each."""
    ledger = server % "postgres"
    with psycopg.connect(ledger, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    first = points.fault_point(memory_path / "a", ledger=ledger)
    folder = memory_path / "b"
    shutil.copytree(first.folder, folder, ignore=shutil.ignore_patterns("hub"))
    (folder / "hub").symlink_to(first.folder / "hub")
    config = folder / "vireille.toml"
    config.write_text(config.read_text("utf-8").replace('id = "tiski-1"', 'id = "tiski-b"'), "utf-8")
    return first, FaultPoint(folder, load_settings(config))


def doctor(point: FaultPoint) -> list[str]:
    """What `doctor` objects to."""
    line = [VIREILLE, "doctor", "--config", point.settings.file]
    said = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120).stdout
    return [line for line in said.splitlines() if not line.startswith("ok")]


def test_two_machines_on_one_ledger_work_on_their_own_papers(machines: tuple[FaultPoint, FaultPoint]) -> None:
    """Both run at once; every paper goes on where its bytes are, none is held, and each machine verifies its own."""
    running = [points.live(point) for point in machines]
    try:
        for number in range(4):
            for point in machines:
                point.scan("complete", number + 10 * machines.index(point))
        last = {"delivered": 8}
        points.until(lambda: machines[0].status()["counts"] == last, what="the last delivery")
    finally:
        codes = [one.stop() for one in running]

    assert codes == [0, 0]
    assert machines[0].status()["counts"] == {"delivered": 8}
    assert [point.problems() for point in machines] == [[], []]


def test_what_one_machine_took_waits_for_it_and_doctor_says_so(machines: tuple[FaultPoint, FaultPoint]) -> None:
    """The other machine leaves it alone; once its files are copied and it has been away long enough, it takes it up."""
    first, second = machines
    first.scan("gap", 0)
    assert points.once(first) == 0
    filing = first.status()["filings"][0]["id"]
    released = [VIREILLE, "release", filing, "--advisor", "Maija", "--reason", "brings it", "--config"]
    subprocess.run([*released, first.settings.file], check=True, capture_output=True, timeout=120)

    assert points.once(second) == 0
    left_alone = second.status()["counts"]
    with psycopg.connect(str(first.settings.ledger.url), autocommit=True) as connection:
        connection.execute("UPDATE places SET seen = %s", [HALF_AN_HOUR_AND_MORE])
    objections = [line for line in doctor(second) if "filings wait since" in line]
    for folder in (first.folder / "data" / "blobs").glob("??"):
        shutil.copytree(folder, second.folder / "data" / "blobs" / folder.name, dirs_exist_ok=True)
    assert points.once(second) == 0

    assert left_alone == {"ready": 1}
    assert len(objections) == 1
    assert "1 filings wait since" in objections[0]
    assert "(point saarijarvi), last at work 2015-01-01" in objections[0]
    assert second.status()["counts"] == {"delivered": 1}


def test_bytes_that_are_not_there_are_waited_for(memory_path: Path) -> None:
    """A folder that is away for a while, or copied late, holds no paper: it goes on when its bytes are back."""
    point = points.fault_point(memory_path / "point")
    point.scan("gap", 0)
    assert points.once(point) == 0
    one = point.status()["filings"][0]
    scan = one["pages"][0]["scan"]
    blob = point.folder / "data" / "blobs" / scan[:2] / scan
    shutil.move(blob, memory_path / "away")
    released = [VIREILLE, "release", one["id"], "--advisor", "Maija", "--reason", "brings it", "--config"]
    subprocess.run([*released, point.settings.file], check=True, capture_output=True, timeout=120)

    assert points.once(point) == 0
    waits = point.status()["filings"][0]
    shutil.move(memory_path / "away", blob)
    assert points.once(point) == 0

    assert (waits["state"], waits["reason"]) == ("routed", "not_here")
    assert point.status()["filings"][0]["state"] == "delivered"


def test_machines_that_must_not_share_a_ledger_are_told(machines: tuple[FaultPoint, FaultPoint]) -> None:
    """A scanner's id used by both is an objection of `doctor`; another vault key is refused in one sentence."""
    second = machines[1]
    for point in machines:
        assert points.once(point) == 0
    well = doctor(second)
    second.settings.file.write_text(second.settings.file.read_text("utf-8").replace("tiski-b", "tiski-1"), "utf-8")
    same_id = doctor(second)
    (second.folder / "keys" / "vault.key").write_text("00" * 32 + "\n")
    other_key = doctor(second)

    assert not any("scanner 'tiski-1' is also one of" in line for line in well)
    assert any(line.startswith("BAD  scanner 'tiski-1' is also one of") for line in same_id)
    assert any("bring that vault.key here" in line for line in other_key)
