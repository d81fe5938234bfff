"""Rows C-10 and C-06: code that runs inside the jail tries to get out, and every attempt fails."""

import ast
import json
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from intake.jail import child_process as cell
from intake.jail.child_process import Strength, jail_strength
from intake.jail.limits import Limits
from intake.jail.warm_server import _Server

HOSTILE = Path(__file__).with_name("hostile_child.py")
BUBBLEWRAP = pytest.mark.skipif(jail_strength() != "full", reason="bubblewrap does not work on this machine")
FILTER = pytest.mark.skipif(platform.machine() != "x86_64", reason="the attempts use call numbers of x86-64")


@pytest.fixture
def targets(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, str]]:
    """A TCP port and an abstract socket of ours, listening, and a canary in the environment."""
    monkeypatch.setenv("VIREILLE_TEST_CANARY", "seen")
    name = f"\0vireille-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
        local.bind(name)
        local.listen()
        yield tcp.getsockname()[1], name


SYSTEMS = Path("/usr/bin") / f"python{sys.version_info.major}.{sys.version_info.minor}"
"""An interpreter that nobody may read, too: the one that runs the tests may lie in root's own folder."""
STARTS = """
import sys
sys.path[:0] = sys.argv[1:]
from pathlib import Path
from intake.jail import child_process as cell
from intake.jail.limits import Limits
made = cell.start(Limits(), "full")
found = [made.process.pid]
for process in found:
    found += [int(one) for kids in Path(f"/proc/{process}/task").glob("*/children") for one in kids.read_text().split()]
print([Path(f"/proc/{process}/status").read_text().split("Uid:")[1].split()[:4] for process in found])
made.end()
"""


@BUBBLEWRAP
@pytest.mark.skipif(os.geteuid() != 0 or not SYSTEMS.exists(), reason="wants root and the system's own interpreter")
def test_c10_l3_what_root_starts_is_nobody_outside_the_jail_too() -> None:
    """Bubblewrap itself and the server: no user of the host but nobody, with no way back."""
    folders = [str(Path(__file__).parents[2]), str(Path(numpy.__file__).parents[1])]

    said = subprocess.run(
        [SYSTEMS, "-I", "-S", "-c", STARTS, *folders], capture_output=True, text=True, check=True, timeout=60, cwd="/"
    )

    users = ast.literal_eval(said.stdout)
    assert len(users) >= 2
    assert users == [["65534"] * 4] * len(users)


def attempts(strength: Strength, walls: str, targets: tuple[int, str], citizen: Path) -> dict[str, str]:
    """What the hostile child achieved in a cell: attempt -> what it got, empty where it failed."""
    port, name = targets
    boot = HOSTILE.read_text().replace("sys.argv[8]", repr(name))
    command = [
        *cell.program(Limits(memory_bytes=500_000_000), strength, boot),
        *(str(os.getpid()), walls, str(HOSTILE), str(port)),
    ]
    citizen.write_bytes(b"the citizen's file")
    with citizen.open("rb") as file:
        made = cell.start(Limits(), strength, command=command)
        try:
            made.line.settimeout(120)
            socket.send_fds(made.line, [b"F"], [file.fileno()])
            answer = b""
            while part := made.line.recv(65536):
                answer += part
        finally:
            made.end()
    assert citizen.read_bytes() == b"the citizen's file"
    done = json.loads(answer)
    assert isinstance(done, dict)
    return done


@BUBBLEWRAP
@FILTER
def test_c10_c06_nothing_gets_out_of_the_whole_jail(targets: tuple[int, str], tmp_path: Path) -> None:
    """Forty attempts on files, network, processes, rights and memory: none achieves anything."""
    done = attempts("full", "all", targets, tmp_path / "citizen")

    assert len(done) == 40
    assert {name: got for name, got in done.items() if got} == {}


@BUBBLEWRAP
@FILTER
def test_c10_bubblewrap_alone_keeps_the_world_away(targets: tuple[int, str], tmp_path: Path) -> None:
    """Before the child's own walls stand: no file of the machine, no network, no write, no foreign process."""
    done = attempts("full", "outer", targets, tmp_path / "citizen")

    assert len(done) == 23
    assert {name: got for name, got in done.items() if got} == {}


@FILTER
def test_c10_without_bubblewrap_the_filter_still_holds(targets: tuple[int, str], tmp_path: Path) -> None:
    """On a machine without bubblewrap the child's own walls stop every attempt too."""
    done = attempts("limits", "all", targets, tmp_path / "citizen")

    assert len(done) == 40
    assert {name: got for name, got in done.items() if got} == {}


REACHES = """
import sys; sys.path[:0] = sys.argv[1].split(":")
import ctypes, json, os, signal
from intake.jail.inside import child
from intake.jail.inside import fork_server
libc = ctypes.CDLL(None, use_errno=True)
def vector():
    room = ctypes.create_string_buffer(8)
    class IO(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
    one = IO(ctypes.addressof(room), 8)
    return libc.syscall(310, os.getppid(), ctypes.byref(one), 1, ctypes.byref(one), 1, 0) == 8
TRIES = {
    "signal": lambda: os.kill(os.getppid(), signal.SIGTERM) is None,
    "trace": lambda: libc.syscall(101, 16, os.getppid(), 0, 0) == 0,
    "read memory": vector,
    "open memory": lambda: open(f"/proc/{os.getppid()}/mem", "rb").read(1),
    "speak on its line": lambda: [fd for fd in range(1, 64) if fd != given and sends(fd)],
}
def sends(fd):
    try:
        return os.write(fd, b"K\\0\\0\\0\\0") and fd > 2
    except OSError:
        return False
def serve(line, descriptor, limits):
    global given
    given, done = descriptor, {}
    for name, attempt in TRIES.items():
        try:
            done[name] = bool(attempt())
        except OSError:
            done[name] = False
    line.sendall(json.dumps(done).encode())
child._serve = serve
fork_server.main(sys.argv[2], may_open=sys.argv[3] == "full")
"""


@FILTER
@pytest.mark.parametrize("strength", dict.fromkeys(["limits", jail_strength()]))
def test_c10_a_child_cannot_reach_the_server_that_forked_it(strength: Strength, tmp_path: Path) -> None:
    """It may not signal, trace or read it, and holds none of its descriptors; the server serves on."""
    (tmp_path / "citizen").write_bytes(b"the citizen's file")
    server = _Server(cell.start(Limits(), strength, command=cell.program(Limits(), strength, REACHES)))
    try:
        for _ in range(2):
            child = server.fork()
            with (tmp_path / "citizen").open("rb") as file:
                socket.send_fds(child.line, [b"F"], [file.fileno()])
                answer = child.line.makefile("rb").read()
            child.end()
            done = json.loads(answer)
            assert len(done) == 5
            assert not any(done.values()), done
    finally:
        server.cell.end()
