"""Row C-09: children that break the protocol, die, hang or will not go; the parent holds its end of it."""

import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from intake.base.errors import Away, Refused
from intake.jail import child_process as cell
from intake.jail import protocol as frames
from intake.jail.jail import Jail, Limits
from intake.jail.pixels import OpenedScan
from tests.clock import PATIENCE

LIMITS = Limits(seconds=2.0, patience=1.0, pages=5, page_px=10_000, total_px=15_000)
PROLOGUE = """
import os, signal, socket, struct, sys, time
line = socket.socket(fileno=0)
line.sendall(b"VRL1")
_, fds, _, _ = socket.recv_fds(line, 1, 1)
say = line.sendall
def page(width=4, height=3, dpi=300.0, typed=b"", count=0, gray=None):
    head = b"P" + struct.pack("<IIfHI", width, height, dpi, count, len(typed))
    say(head + (bytes(width * height) if gray is None else gray) + typed)
opened = lambda count: say(b"O" + struct.pack("<H", count))
end = lambda bits=0: say(b"E" + struct.pack("<H", bits))
"""


@contextmanager
def fake(code: str, limits: Limits = LIMITS) -> Iterator[Callable[[], OpenedScan]]:
    """A jail whose child is this Python code; yields a way to open a file with it."""
    command = [sys.executable, "-I", "-S", "-c", PROLOGUE + code]
    with Jail(warm=False, limits=limits, start=lambda: cell.start(limits, "limits", command=command)) as jail:
        yield lambda: jail.open_scan(Path(__file__))


def code_of(code: str) -> str:
    """How the parent calls the file that this child was given."""
    with fake(code) as open_scan, pytest.raises(Refused) as refused:
        open_scan()
    return refused.value.code


def test_c09_an_honest_child_is_believed() -> None:
    """Pages, typed values and notes arrive; control characters in values do not."""
    value = struct.pack("<HH", 4, 6) + b"nameMa\x00\x1b\nx"
    code = f"opened(2); page(typed={value!r}, count=1); page(2, 2, gray=b'abcd'); end(3)"

    with fake(code) as open_scan:
        scan = open_scan()

    assert [page.gray.shape for page in scan.pages] == [(3, 4), (2, 2)]
    assert scan.pages[0].typed == (("name", "Ma x"),)
    assert scan.pages[1].gray.tobytes() == b"abcd"
    assert scan.notes == ("javascript", "embedded_files")


@pytest.mark.parametrize("number", range(len(frames.CODES)))
def test_c09_a_childs_refusal_is_passed_on(number: int) -> None:
    """At once, or after some pages: each code of the protocol."""
    assert code_of(f"say(b'R' + bytes([{number}]))") == frames.CODES[number]
    assert code_of(f"opened(2); page(); say(b'R' + bytes([{number}]))") == frames.CODES[number]


LIES = {
    "says nothing": "",
    "rubbish": "say(os.urandom(500))",
    "text": "say(b'<html>' * 50)",
    "no pages": "opened(0); end()",
    "more pages than allowed": "opened(6)\nfor _ in range(6): page()\nend()",
    "fewer pages than it said": "opened(2); page(); end()",
    "more pages than it said": "opened(1); page(); page(); end()",
    "short page": "opened(1); page(gray=bytes(11))",
    "long page": "opened(1); page(gray=bytes(13)); end()",
    "wider than its bytes": "opened(1); page(width=9, height=9, gray=bytes(80))",
    "width of four thousand million": "opened(1); page(width=0xFFFFFFFF, height=1, gray=b'')",
    "size that overflows": "opened(1); page(width=0x10000, height=0x10000, gray=b'')",
    "page over the cap": "opened(1); page(width=101, height=100); end()",
    "pages over the cap together": "opened(2); page(100, 100); page(100, 100); end()",
    "width of nothing": "opened(1); page(width=0, height=5, gray=b''); end()",
    "resolution not a number": "opened(1); page(dpi=float('nan')); end()",
    "resolution without end": "opened(1); page(dpi=float('inf')); end()",
    "resolution below nothing": "opened(1); page(dpi=-300.0); end()",
    "no such refusal": "say(b'R' + bytes([200]))",
    "no such note": "opened(1); page(); end(0x8000)",
    "one byte after the end": "opened(1); page(); end(); say(b'x')",
    "a page after the refusal": "say(b'R' + bytes([0])); page()",
    "typed values that are short": "opened(1); page(typed=b'abc', count=1); end()",
    "typed values that are long": "opened(1); page(typed=struct.pack('<HH', 1, 1) + b'abc', count=1); end()",
    "typed values no text": "opened(1); page(typed=struct.pack('<HH', 1, 1) + b'\\xff\\xff', count=1); end()",
    "too many typed values": "opened(1); say(b'P' + struct.pack('<IIfHI', 4, 3, 300, 65535, 12))",
    "typed values of four gigabytes": "opened(1); say(b'P' + struct.pack('<IIfHI', 4, 3, 300, 1, 0xFFFFFFFF))",
    "dies by a signal": "opened(1); os.kill(os.getpid(), signal.SIGSEGV)",
    "dies in the middle": "opened(1); say(b'P'); os._exit(0)",
    "lingers after the end": "opened(1); page(); end(); time.sleep(3600)",
}


@pytest.mark.parametrize("lie", LIES)
def test_c09_a_child_that_breaks_the_protocol_is_not_believed(lie: str) -> None:
    """Whatever it does: the file is damaged, in bounded time, and nothing it sent is used."""
    assert code_of(LIES[lie]) == "damaged"


def test_c09_a_child_that_hangs_or_trickles_meets_the_deadline() -> None:
    """Silence, and one byte now and then, both end at the time limit."""
    for code in (
        "time.sleep(3600)",
        "opened(1); say(b'P' + struct.pack('<IIfHI', 90, 90, 300, 0, 0))\nwhile True: say(b'x'); time.sleep(0.2)",
    ):
        assert code_of(code) == "timeout"


def test_c09_a_child_that_will_not_go_is_killed_with_its_offspring(tmp_path: Path) -> None:
    """It ignores every signal it can and has a child; a moment later neither is alive."""
    code = """
for number in range(1, 32):
    if number not in (9, 19): signal.signal(number, signal.SIG_IGN)
child = os.fork()
if child == 0: time.sleep(600)
opened(1); page(gray=(b"%12d" % child)); end(); line.shutdown(socket.SHUT_RDWR); time.sleep(600)
"""
    with fake(code) as open_scan:
        child = int(open_scan().pages[0].gray.tobytes())

    deadline = time.monotonic() + PATIENCE
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _alive(child)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_c09_descriptors_that_a_child_sends_are_dropped() -> None:
    """A child cannot fill our table of descriptors."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    code = "opened(1)\nfor _ in range(1): socket.send_fds(line, [b'P'], [fds[0]] * 9)\n" + (
        "say(struct.pack('<IIfHI', 4, 3, 300, 0, 0) + bytes(12)); end()"
    )
    with fake(code) as open_scan:
        assert len(open_scan().pages) == 1

    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_child_that_never_greets_is_no_fault_of_the_file() -> None:
    """It is `Away`, to be tried again, and says nothing about the paper."""
    command = [sys.executable, "-I", "-S", "-c", "pass"]
    with (
        Jail(warm=False, start=lambda: cell.start(LIMITS, "limits", command=command)) as jail,
        pytest.raises(Away),
    ):
        jail.open_scan(Path(__file__))
