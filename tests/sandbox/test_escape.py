"""Rows C-10 and C-06: code that runs inside the jail tries to get out, and every attempt fails."""

import json
import os
import platform
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.sandbox import cell
from intake.sandbox.cell import Strength, jail_strength
from intake.sandbox.limits import Limits

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
            made.line.settimeout(30)
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
    """Thirty-seven attempts on files, network, processes, rights and memory: none achieves anything."""
    done = attempts("full", "all", targets, tmp_path / "citizen")

    assert len(done) == 37
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

    assert len(done) == 37
    assert {name: got for name, got in done.items() if got} == {}
