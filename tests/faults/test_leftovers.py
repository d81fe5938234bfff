"""A-01: what a killed process left in the scratch folder does not stay there."""

import os
import time
from pathlib import Path

import pytest

from intake.base.durable import sweep_scratch
from intake.base.errors import Denied
from tests.faults import points
from workers.run import housekeeping


@pytest.fixture
def scratch(memory_path: Path) -> Path:
    """A folder with leftovers of two hours ago, and the same, fresh."""
    for age, mark in ((7200, "old"), (0, "new")):
        (memory_path / f"tmp{mark}45678").mkdir()
        (memory_path / f"tmp{mark}45678" / "bundle").write_bytes(b"x")
        (memory_path / f"tess_{mark}45678_input.PNG").write_bytes(b"x")
        for path in memory_path.glob(f"*{mark}*"):
            os.utime(path, (time.time() - age,) * 2)
    (memory_path / "tiski-1").mkdir()
    os.utime(memory_path / "tiski-1", (0, 0))
    return memory_path


def test_a_01_leftovers_in_scratch_go_when_nobody_can_be_at_work_on_them(scratch: Path) -> None:
    """Old ones go, folders and files; young ones and the scanners' own folders stay."""
    assert sweep_scratch(scratch, older_than_seconds=housekeeping.SCRATCH_SECONDS, now=time.time()) == 2

    assert sorted(path.name for path in scratch.iterdir()) == ["tess_new45678_input.PNG", "tiski-1", "tmpnew45678"]


def test_a_01_the_point_sweeps_its_scratch_by_itself(
    scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each round of housekeeping does it."""
    point = points.fault_point(tmp_path / "point")
    monkeypatch.setattr(points.open_point, "scratch_folder", lambda _: scratch)
    monkeypatch.setattr("tempfile.tempdir", None)

    with points.recorded_eyes(), points.open_point.open_point(point.settings) as running:
        housekeeping.keep_house(running.tools)

    assert not (scratch / "tmpold45678").exists()
    assert (scratch / "tmpnew45678").exists()


def test_e_06_the_point_sweeps_what_a_crash_left_in_the_stores_folder(tmp_path: Path) -> None:
    """Old scratch goes, also among receipts; young scratch and objects stay."""
    point = points.fault_point(tmp_path / "point")
    young, old = f".vireille-tmp-{int(time.time())}-put-ab", ".vireille-tmp-1000-put-ab"
    places = [point.folder / "hub" / place for place in ("vero", "receipts/vero")]
    for place in places:
        place.mkdir(parents=True)
        for name in (young, old, "a.p7m"):
            (place / name).write_bytes(b"x")

    with points.recorded_eyes(), points.open_point.open_point(point.settings) as running:
        housekeeping.keep_house(running.tools)

    for place in places:
        assert sorted(path.name for path in place.iterdir() if path.is_file()) == [young, "a.p7m"]


def _in_memory(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr(points.open_point, "Path", lambda name: place if name == "/dev/shm" else Path(name))
    monkeypatch.setattr(points.open_point, "SCRATCH_BYTES", 0)


@pytest.mark.parametrize("planted", ["open to all", "a link", "somebody else's"])
def test_h1_a_scratch_folder_that_is_not_ours_alone_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    """A stranger who makes it first would read every page: the point does not start, and says what to remove."""
    point = points.fault_point(tmp_path / "point")
    _in_memory(monkeypatch, tmp_path)
    folder = tmp_path / f"vireille-{os.getuid()}-{point.settings.here.id}"
    if planted == "a link":
        (tmp_path / "theirs").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "theirs")
    else:
        folder.mkdir(mode=0o700)
        folder.chmod(0o777 if planted == "open to all" else 0o700)
    if planted == "somebody else's":
        if os.geteuid() != 0:
            pytest.skip("only root can give a folder away")
        os.chown(folder, 65534, 65534)

    with pytest.raises(Denied, match=folder.name), points.recorded_eyes(), points.open_point.open_point(point.settings):
        pass


def test_h1_l7_what_a_point_writes_is_its_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its scratch folder and its ledger, those of an older program included."""
    point = points.fault_point(tmp_path / "point")
    _in_memory(monkeypatch, tmp_path)
    with points.recorded_eyes(), points.open_point.open_point(point.settings) as running:
        scratch = running.tools.scratch
        assert scratch.parent == tmp_path
        assert scratch.stat().st_mode & 0o777 == 0o700
        (scratch / "page").touch()
        assert (scratch / "page").stat().st_mode & 0o777 == 0o600
        files = list(point.settings.here.data.glob("ledger.db*"))
        assert files
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
