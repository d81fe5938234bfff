"""The jail as its callers meet it: refusals, the fork server, threads, both strengths, any user."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from intake.base.errors import NotFound, Refused
from intake.jail import child_process as cell
from intake.jail import warm_server as forks
from intake.jail.child_process import Strength
from intake.jail.jail import Jail, Limits, jail_strength
from intake.jail.pixels import OpenedScan
from tests.jail import papers

PROJECT = Path(__file__).resolve().parents[2]


def code_of(jail: Jail, path: Path) -> str:
    """How the jail refuses the file."""
    with pytest.raises(Refused) as refused:
        jail.open_scan(path)
    assert str(path) not in str(refused.value)
    return refused.value.code


def test_what_is_no_readable_file_is_refused_without_a_child(tmp_path: Path) -> None:
    """Empty, a folder, a ring of links, a pipe, a device, too many bytes: each its code; a missing one is not found."""

    def no_child() -> cell.Cell:
        raise AssertionError("no child is needed")

    (tmp_path / "empty").touch()
    (tmp_path / "ring").symlink_to("ring")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "long").write_bytes(b"%PDF-" + bytes(100))
    with Jail(warm=False, start=no_child, limits=Limits(file_bytes=100)) as jail:
        assert code_of(jail, tmp_path / "empty") == "empty"
        assert code_of(jail, tmp_path) == "not_a_file"
        assert code_of(jail, tmp_path / "ring") == "not_a_file"
        assert code_of(jail, tmp_path / "pipe") == "not_a_file"
        assert code_of(jail, Path("/dev/null")) == "not_a_file"
        assert code_of(jail, tmp_path / "long") == "too_large"
        with pytest.raises(NotFound):
            jail.open_scan(tmp_path / "none")


def test_a_pdf_of_three_hundred_pages_is_too_large(outcome: Callable[..., int | str]) -> None:
    """Two hundred open, one more does not."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>"

    def pages(count: int) -> bytes:
        kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
        tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count)
        return papers.raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", tree, *[page] * count])

    assert outcome(pages(200)) == 200
    assert outcome(pages(201)) == "too_large"
    assert outcome(pages(300)) == "too_large"


def children(of: int) -> list[int]:
    """The processes that this process started, and theirs."""
    listed = Path(f"/proc/{of}/task").glob("*/children")
    own = [int(one) for file in listed for one in file.read_text().split()]
    return own + [one for child in own for one in children(child)]


def test_each_file_gets_a_child_of_its_own(tmp_path: Path) -> None:
    """No child serves twice, and neither child nor server is left when the jail is closed."""
    made: list[forks.Child] = []
    path = tmp_path / "scan"
    path.write_bytes(papers.scan_pdf(1))
    before = children(os.getpid())
    with Jail() as jail:
        jail._start = lambda: made.append(jail._forks.child()) or made[-1]
        for _ in range(3):
            jail.open_scan(path)
        waiting = set(children(os.getpid())) - set(before)

    assert len({child._number for child in made}) == len(made) == 3
    assert waiting
    assert children(os.getpid()) == before


def test_a_server_that_was_killed_while_it_waited_is_replaced(tmp_path: Path) -> None:
    """The next file opens all the same."""
    path = tmp_path / "scan"
    path.write_bytes(papers.scan_pdf(1))
    with Jail() as jail:
        jail.open_scan(path)
        server = jail._forks.warm_up().result().cell.process
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()

        assert len(jail.open_scan(path).pages) == 1


@pytest.mark.parametrize("strength", dict.fromkeys(["limits", jail_strength()]))
def test_a_server_that_is_killed_while_a_child_reads_says_nothing_about_the_file(
    tmp_path: Path, strength: Strength
) -> None:
    """The child goes with it; the file is not called damaged but opened again."""
    path = tmp_path / "scan"
    path.write_bytes(papers.scan_pdf(1))
    with Jail(strength=strength) as jail:
        given = 0

        def start() -> forks.Child:
            nonlocal given
            given += 1
            made = jail._forks.child()
            if given == 1:
                os.killpg(jail._forks.warm_up().result().cell.process.pid, signal.SIGKILL)
                _until(lambda: made.line.recv(1, socket.MSG_PEEK) == b"")
            return made

        jail._start = start

        assert len(jail.open_scan(path).pages) == 1
        assert given == 2


@pytest.mark.parametrize("strength", dict.fromkeys(["limits", jail_strength()]))
def test_a_child_dies_with_a_parent_that_was_killed(strength: str) -> None:
    """A point that is killed leaves neither child nor server behind."""
    code = f"""
import time
from intake.jail.jail import Jail
jail = Jail(strength={strength!r})
child = jail._forks.child()
print("up", flush=True)
time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=PROJECT, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        left = children(parent.pid)
        parent.kill()
        parent.wait()

    assert len(left) >= 2
    _until(lambda: all(map(_gone, left)))


def _gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_jail_is_shared_by_threads_that_come_and_go(jail: Jail, tmp_path: Path) -> None:
    """Each of four threads gets its own pages; the server outlives the thread during whose call it started."""
    answers: dict[int, OpenedScan] = {}
    for number in range(4):
        (tmp_path / str(number)).write_bytes(papers.tiff(number + 1))

    def work(number: int) -> None:
        answers[number] = jail.open_scan(tmp_path / str(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {number: len(scan.pages) for number, scan in answers.items()} == {0: 1, 1: 2, 2: 3, 3: 4}
    assert len(jail.open_scan(tmp_path / "0").pages) == 1


def test_limits_alone_open_the_same_pages(tmp_path: Path) -> None:
    """Without bubblewrap the answers are the same."""
    samples = [papers.scan_pdf(2), papers.tiff(2), papers.image_bytes(papers.sheet(), "JPEG")]
    samples.append(papers.one_page_pdf(content=b"9 9 99 99 re f", trailer=b"/Info<</Title(\xfe\xff\0a)>>"))
    with Jail(strength="limits") as weak, Jail() as strong:
        for number, data in enumerate(samples):
            path = tmp_path / str(number)
            path.write_bytes(data)
            for one, other in zip(weak.open_scan(path).pages, strong.open_scan(path).pages, strict=True):
                assert (one.gray == other.gray).all()


def test_memory_of_the_parent_stays_flat(jail: Jail, tmp_path: Path) -> None:
    """A dozen files later, good and bad, this process is no larger."""
    (tmp_path / "good").write_bytes(papers.scan_pdf(3))
    (tmp_path / "bad").write_bytes(papers.scan_pdf(3)[:-900])
    jail.open_scan(tmp_path / "good")
    before = _resident_bytes()
    for _ in range(6):
        jail.open_scan(tmp_path / "good")
        code_of(jail, tmp_path / "bad")

    assert _resident_bytes() - before < 20_000_000


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


SCRIPT = """
import json, sys
from pathlib import Path
from intake.base.errors import Refused
from intake.jail.jail import Jail, jail_strength
with Jail() as jail:
    pages = len(jail.open_scan(Path(sys.argv[1])).pages)
    try:
        code = jail.open_scan(Path(sys.argv[2])) and None
    except Refused as error:
        code = error.code
print(json.dumps([pages, code, jail_strength()]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_an_ordinary_user_has_the_same_jail(tmp_path: Path) -> None:
    """As nobody, a scan opens in the same strength, and a file that may not be read is told as that."""
    python = "/usr/bin/python3"
    libraries = sysconfig.get_paths()["purelib"]
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", python]
    path = f"{PROJECT}:{libraries}"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    ready = subprocess.run(
        [*as_nobody, "-c", "import numpy, PIL.Image, pydantic"], env=environment, capture_output=True, check=False
    )
    if ready.returncode != 0:
        pytest.skip("the system's Python cannot use this environment's libraries as another user")
    shared = Path("/tmp") / f"vireille-test-{os.getpid()}"
    shared.mkdir(mode=0o755)
    try:
        (shared / "scan").write_bytes(papers.scan_pdf(2))
        (shared / "scan").chmod(0o644)
        (shared / "secret").write_bytes(papers.scan_pdf(2))
        (shared / "secret").chmod(0o600)
        done = subprocess.run(
            [*as_nobody, "-c", SCRIPT, str(shared / "scan"), str(shared / "secret")],
            env=environment,
            capture_output=True,
            check=False,
            cwd="/",
        )
    finally:
        shutil.rmtree(shared)

    assert json.loads(done.stdout) == [2, "unreadable", jail_strength()], done.stderr.decode()[-500:]


def test_an_installation_below_tmp_is_seen_from_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cell's own empty /tmp does not hide libraries that lie below /tmp."""
    if jail_strength() != "full":
        pytest.skip("bubblewrap does not work here")
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setattr(cell, "_library_folders", lambda: (place,))

    done = subprocess.run([*cell._walls("full"), "/usr/bin/test", "-d", str(place)], check=False)
    place.rmdir()

    assert done.returncode == 0


_IN_TURN = """
import resource, threading
from intake.jail.pixels import keep_freed_memory

def held():
    with open("/proc/self/statm") as sizes:
        return int(sizes.read().split()[1]) * resource.getpagesize()

def work():
    turn.wait()
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    pictures = [b"x" * 8_000_000 for _ in range(5)]
    del pictures
    fetched.append(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before)

keep_freed_memory()
fetched, begun = [], held()
for together in (1, 1, 8):
    turn = threading.Barrier(together)
    readers = [threading.Thread(target=work) for _ in range(together)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
print(fetched[0], fetched[1], (held() - begun) // 2**20)
"""


def test_memory_that_a_page_took_is_kept_for_the_next_in_any_thread() -> None:
    """Pictures are dropped and made again without the kernel; eight threads keep hardly more than one."""
    done = subprocess.run([sys.executable, "-c", _IN_TURN], capture_output=True, text=True, check=True)
    first, again, kept_mb = map(int, done.stdout.split())

    assert again < first / 100
    assert kept_mb < 100
