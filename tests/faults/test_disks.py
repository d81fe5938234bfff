"""A-06 to A-09, B-19 over the whole journey: disks full, small, out of inodes or read-only; no permission."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from intake.base.durable import FSYNC_FAILED_EXIT
from tests.faults import points
from tests.faults.points import FaultPoint
from tests.others import need_a_readable_project

MEGABYTE = 1_000_000
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root for small file systems and other users")


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """What every forked process needs is loaded once, here."""
    points.warm()


def fill(folder: Path, leave: int) -> Path:
    """A file that leaves only so many bytes on the disk of `folder`."""
    ballast = folder / "ballast"
    free = shutil.disk_usage(folder).free - leave
    with ballast.open("wb") as file:
        while free > 0:
            try:
                file.write(b"x" * min(free, 1 << 16))
                file.flush()
            except OSError:
                break
            free -= 1 << 16
    return ballast


def remount(folder: Path, options: str) -> None:
    """Change a mounted disk."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True, capture_output=True)


def untouched(point: FaultPoint, name: str, content: bytes) -> bool:
    """Whether the scanner's file is where and what it was."""
    return (point.drop / name).read_bytes() == content and point.in_folder() == [name]


@pytest.mark.parametrize("leave", [10 * MEGABYTE, 0])
def test_a_06_a_07_a_disk_that_fills_up_pauses_intake_and_it_resumes_by_itself(
    memory_path: Path, mount: Callable[..., Path], leave: int
) -> None:
    """A-06, A-07: nearly or quite full: the page says so, the paper stays in the folder; with room it goes on alone."""
    point = points.fault_point(memory_path / "point")
    data = mount(memory_path / "point" / "data", "size=64m")
    running = points.live(point)
    point.scan("complete", 1)
    points.until(lambda: len(point.sent()) == 1, what="the first bundle")

    ballast = fill(data, leave)
    content = point.scan("complete", 2, size=400_000)
    assert points.notice(running.address, "disk_full")
    assert untouched(point, "complete-2.pdf", content)
    assert len(point.sent()) == 1
    ballast.unlink()

    points.until(lambda: point.status()["counts"] == {"delivered": 2}, what="the second delivery")
    assert running.stop() == 0
    assert point.problems() == []


def test_a_06_a_disk_of_one_megabyte_takes_nothing_and_harms_nothing(
    memory_path: Path, mount: Callable[..., Path]
) -> None:
    """A-06: ten passes on a disk that is far too small: the paper stays untouched; with more room it is delivered."""
    point = points.fault_point(memory_path / "point")
    data = mount(memory_path / "point" / "data", "size=1m")
    content = point.scan("complete", 1, size=300_000)

    for _ in range(10):
        assert points.once(point) in {0, 1}
        assert untouched(point, "complete-1.pdf", content)
    remount(data, "size=64m")
    points.work_off(point)

    assert len(point.sent()) == 1
    assert point.problems() == []


def test_a_08_without_inodes_intake_pauses_and_it_resumes_by_itself(
    memory_path: Path, mount: Callable[..., Path]
) -> None:
    """A-08: room but no inodes is a full disk too."""
    point = points.fault_point(memory_path / "point")
    data = mount(memory_path / "point" / "data", "size=64m,nr_inodes=60")
    running = points.live(point)
    point.scan("complete", 1)
    points.until(lambda: point.status()["counts"] == {"delivered": 1}, what="the first delivery")
    crumbs = 0
    for number in range(100):
        try:
            (data / f"crumb-{number}").touch()
            crumbs += 1
        except OSError:
            break

    content = point.scan("complete", 2)
    assert points.notice(running.address, "disk_full")
    assert untouched(point, "complete-2.pdf", content)
    for number in range(crumbs):
        (data / f"crumb-{number}").unlink()

    points.until(lambda: point.status()["counts"] == {"delivered": 2}, what="the second delivery")
    assert running.stop() == 0
    assert point.problems() == []


@contextmanager
def real_disk(image: Path, at: Path) -> Iterator[None]:
    """A file system of its own that can be turned read-only under its writers, as the kernel does after an error."""
    at.mkdir(exist_ok=True)
    with image.open("wb") as file:
        file.truncate(96 * MEGABYTE)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    done = subprocess.run(["mount", "-o", "loop", str(image), str(at)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("needs loop mounts")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def test_a_09_a_disk_that_turns_read_only_ends_the_point_with_an_error(mount_path: Path) -> None:
    """A-09: no loop and no silence: it ends non-zero, each new start ends at once with a line that says what to do."""
    point = points.fault_point(mount_path / "point")
    data = point.folder / "data"
    with real_disk(mount_path / "image", data):
        running = points.live(point)
        point.scan("complete", 1)
        points.until(lambda: len(point.sent()) == 1, what="the first bundle")
        remount(data, "abort")
        content = point.scan("complete", 2)

        assert points.ended(running.child) in {1, FSYNC_FAILED_EXIT}
        assert untouched(point, "complete-2.pdf", content)
        started = subprocess.run(
            [str(Path(sys.executable).with_name("vireille")), "run", "--once", "--config", str(point.settings.file)],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        subprocess.run(["umount", "-l", str(data)], check=True)
        subprocess.run(["e2fsck", "-fy", str(mount_path / "image")], capture_output=True, check=False)
        subprocess.run(["mount", "-o", "loop", str(mount_path / "image"), str(data)], check=True)
        points.work_off(point)
        sent, problems = len(point.sent()), point.problems()

    assert started.returncode not in {0, -6}
    assert "Traceback" not in started.stderr
    assert len([line for line in started.stderr.splitlines() if line.startswith("vireille:")]) <= 1
    assert (sent, problems) == (2, [])


def test_b_19_a_file_that_may_not_be_read_is_told_and_the_others_go_on(memory_path: Path) -> None:
    """B-19: as an ordinary user: refused as `unreadable`, untouched, told once; readable again, it is taken."""
    need_a_readable_project()
    memory_path.chmod(0o755)
    point = points.fault_point(memory_path / "point")
    with points.recorded_eyes():
        points.main.run_once(point.settings)  # loads what nobody may not read where Python itself is root's
    point.scan("complete", 1)
    content = point.scan("complete", 2)
    (point.drop / "complete-2.pdf").chmod(0o000)
    for path in [point.folder, *point.folder.rglob("*")]:
        if path.name != "complete-2.pdf":
            os.chown(path, 65534, 65534)

    def as_nobody() -> None:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        points.main.run_once(point.settings)

    for _ in range(2):
        assert points.ended(points.fork(as_nobody)) == 0
    status = point.status()
    assert [row["code"] for row in status["refused"]] == ["unreadable"]
    assert status["counts"] == {"delivered": 1}
    assert untouched(point, "complete-2.pdf", content)
    (point.drop / "complete-2.pdf").chmod(0o644)
    assert points.ended(points.fork(as_nobody)) == 0

    assert point.status()["counts"] == {"delivered": 2}
