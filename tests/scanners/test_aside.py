"""Originals after the hand-over: how long they stay, and that a folder can be worked off without a person."""

import threading
from pathlib import Path

import pytest

from intake.base.clock import SystemClock
from scanners.folder import MARKER, AsideName, lay_out
from tests.scanners.support import Bench, digest, pdf

DAY = 86_400


@pytest.fixture
def share(tmp_path: Path) -> Bench:
    """A folder of somebody else's machine."""
    return Bench(tmp_path / "share", mode="remote")


def test_M1_an_original_leaves_a_local_folder_when_the_watch_time_is_over(bench: Bench) -> None:
    """It lies there in the clear, and the point has it encrypted: ten minutes for a device that goes on writing."""
    (bench.drop / "scan.pdf").write_bytes(pdf())
    bench.settle()

    bench.settle(500)
    assert len(bench.aside()) == 1
    bench.settle(200)

    assert bench.aside() == []


def test_M1_a_04_a_refused_original_that_is_kept_sealed_leaves_the_folder_too(bench: Bench) -> None:
    """It lies in the clear for the ten minutes of the watch, and sealed afterwards."""
    (bench.drop / "cut.pdf").write_bytes(pdf()[:-9])
    bench.settle(120)
    assert bench.inlet.codes == ["damaged"]
    assert len(bench.aside()) == 1

    bench.settle(700)

    assert bench.aside() == []


def test_an_original_on_a_share_is_deleted_when_its_time_is_over(share: Bench) -> None:
    """Seven days in `.taken`, not less and not for ever."""
    bench = share
    (bench.drop / "scan.pdf").write_bytes(pdf())
    bench.settle()

    bench.settle(7 * DAY - 10)
    assert len(bench.aside()) == 1
    bench.settle(700)

    assert bench.aside() == []


def test_an_original_is_not_deleted_while_the_receiver_does_not_know_it(bench: Bench) -> None:
    """A ledger restored from an older copy may need it again."""
    (bench.drop / "scan.pdf").write_bytes(pdf())
    bench.settle()
    (bench.inlet.folder / "scans" / digest(pdf())).unlink()

    bench.settle(30 * DAY)

    assert len(bench.aside()) == 1


def test_the_receiver_is_not_asked_about_originals_whose_time_is_not_over(share: Bench, monkeypatch) -> None:
    """J-01: a month's originals lie there, and all are looked through once in a while."""
    bench = share
    (bench.drop / "scan.pdf").write_bytes(pdf())
    bench.settle()
    asked = []
    monkeypatch.setattr(type(bench.inlet), "knows", lambda _, sha256: asked.append(sha256) or True)
    bench.service = bench.fresh()

    bench.settle(6 * DAY)
    assert asked == []
    bench.settle(2 * DAY)
    assert asked == [digest(pdf())]


def test_what_somebody_else_put_into_a_side_folder_is_left_alone(bench: Bench) -> None:
    """Only names of ours are ever deleted."""
    (bench.drop / "scan.pdf").write_bytes(pdf())
    bench.settle()
    (bench.drop / ".taken" / "notes.txt").write_text("keep")

    bench.settle(30 * DAY)

    assert [path.name for path in bench.aside()] == ["notes.txt"]


def test_a_restart_does_not_take_a_taken_file_again(bench: Bench) -> None:
    """What was moved aside unchanged is nobody's new paper."""
    (bench.drop / "scan.pdf").write_bytes(pdf())
    bench.settle()
    bench.service = bench.fresh()

    assert bench.settle().taken == 0


def test_a_touched_file_that_could_not_be_moved_is_not_a_second_arrival(bench: Bench, monkeypatch) -> None:
    """New times, the same inode and bytes: somebody's backup, not a scanner."""
    path = bench.drop / "scan.pdf"
    path.write_bytes(pdf())
    with monkeypatch.context() as patched:
        patched.setattr("scanners.aside.set_aside", raise_busy)
        bench.settle()
        path.touch()
        bench.settle()
        assert len(bench.inlet.records("arrivals")) == 1
    bench.settle(70)
    bench.settle(70)

    assert bench.names() == set()
    assert len(bench.inlet.records("arrivals")) == 1


def raise_busy(*_: object, **__: object) -> None:
    """A share that does not let go."""
    from intake.base.errors import Away

    raise Away("busy")


def test_an_aside_name_tells_what_it_was_told() -> None:
    """Written and read back; anything else is no name of ours."""
    name = AsideName("abc123", 1_700_000_000, 42, -5, "a" * 64)

    assert AsideName.parse(str(name)) == name
    assert [AsideName.parse(text) for text in ("scan.pdf", "a.1.2.3.zz", "a.1.2.3", "../a.1.2.3.-")] == [None] * 4


def test_run_once_works_a_folder_off_and_returns(tmp_path) -> None:
    """Whole, cut, empty and temporary files: all that time decides is decided, the rest is left."""
    bench = Bench(tmp_path, quiet=0.05, clock=SystemClock())
    bench.scanner = bench.scanner.model_copy(update={"quiet_seconds": 0.05})
    for name, data in {"a.pdf": pdf(), "b.pdf": pdf(2), "c.pdf": b"", "d.part": b"half"}.items():
        (bench.drop / name).write_bytes(data)

    result = bench.fresh().run_once(threading.Event())

    assert (result.taken, result.refused, len(result.arriving), result.due) == (2, 1, 1, None)
    assert bench.names() == {"d.part"}


def test_laying_out_a_folder_twice_changes_nothing(tmp_path) -> None:
    """The marker is made once; what lies in the folder stays."""
    lay_out(tmp_path / "scan" / "tiski-1")
    (tmp_path / "scan" / "tiski-1" / MARKER).write_text("mine")

    lay_out(tmp_path / "scan" / "tiski-1")

    assert (tmp_path / "scan" / "tiski-1" / MARKER).read_text() == "mine"
