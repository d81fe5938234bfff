"""The jail: the only door through which a citizen's file becomes pixels.

Promises: a file is opened in a child that has seen no other file and sees no other after; the parent gets an
`OpenedScan` or a `Refused`, in bounded time and memory, whatever the file does to the child. A warm spare waits, so
that nobody waits for imports. `JAIL.md` says what the child may see and say.
"""

import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from intake.base.errors import Away, NotFound, Refused
from intake.pages import OpenedScan
from intake.sandbox import cell as cells
from intake.sandbox.cell import Cell, jail_strength
from intake.sandbox.frames import Broken
from intake.sandbox.limits import Limits
from intake.sandbox.receive import Ear, read_scan

__all__ = ["Jail", "Limits", "jail_strength"]

_TOO_LONG = {128 + signal.SIGXCPU, -signal.SIGXCPU}


class Jail:
    """Opens files, one child each. Safe to share between threads; use as a context manager."""

    def __init__(
        self, warm: bool = True, *, limits: Limits | None = None, start: Callable[[], Cell] | None = None
    ) -> None:
        """`warm`: start the first spare at once. `start`: another way to get a child, for tests."""
        self._limits = limits or Limits()
        self._start = start or (lambda: cells.start(self._limits, jail_strength()))
        # bubblewrap's --die-with-parent looks at the thread that started it: this one lives as long as the jail
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="jail")
        self._lock = threading.Lock()
        self._warm = warm
        self._spare: Future[Cell] | None = self._starter.submit(self._start) if warm else None

    def __enter__(self) -> "Jail":
        """The jail itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """End the spare; the jail opens nothing afterwards."""
        with self._lock:
            spare, self._spare, self._warm = self._spare, None, False
        if spare is not None and not spare.cancel() and spare.exception() is None:
            spare.result().end()
        self._starter.shutdown()

    def open_scan(self, path: Path) -> OpenedScan:
        """All pages of the file, upright or not, as 8-bit gray.

        Raises Refused with a code of `REFUSALS`, NotFound when there is no such file, Away when no child comes up.
        """
        with _opened(path, self._limits) as descriptor:
            cell = self._take()
            try:
                return _ask(cell, descriptor, self._limits)
            finally:
                # not earlier: the next spare's imports would take the processor from this file, whose owner waits
                self._warm_up()
                cell.end()

    def wait_until_warm(self) -> None:
        """Return when a spare is ready (a point's start, a measurement). Raises Away when none comes up."""
        with self._lock:
            spare = self._spare
        if spare is not None:
            spare.result()

    def _warm_up(self) -> None:
        """Start the next spare, unless one is there or the jail is closed."""
        with self._lock:
            if self._warm and self._spare is None:
                self._spare = self._starter.submit(self._start)

    def _take(self) -> Cell:
        """A live warm child, never handed out twice."""
        for _ in range(3):
            with self._lock:
                spare, self._spare = self._spare, None
            try:
                cell = (spare or self._starter.submit(self._start)).result()
            except Away:  # a crowded machine may refuse one start
                continue
            if cell.alive():
                return cell
            cell.end()  # a spare may be killed while it waits, by an operator or for memory
        raise Away("the jail's children do not come up or die while they wait; run `vireille doctor`")


def _ask(cell: Cell, descriptor: int, limits: Limits) -> OpenedScan:
    deadline = time.monotonic() + limits.seconds
    try:
        socket.send_fds(cell.line, [b"F"], [descriptor])
        return read_scan(Ear(cell.line, deadline), limits)
    except TimeoutError as error:
        raise Refused("timeout") from error
    except (Broken, ConnectionError) as error:
        # C-09: it died or broke the protocol; what it had sent before is not believed either
        raise Refused("timeout" if cell.end() in _TOO_LONG else "damaged") from error


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[int]:
    """A read-only descriptor of a non-empty ordinary file of allowed size.

    Links are followed: the folders refuse them before (B-16), a file in memory has no other name, and what counts
    here is the file that was opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFound("no such file") from error
    except PermissionError as error:
        raise Refused("unreadable") from error
    except OSError as error:  # a socket, a device without driver, links in a circle
        raise Refused("not_a_file") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Refused("not_a_file")
        if status.st_size == 0:
            raise Refused("empty")
        if status.st_size > limits.file_bytes:
            raise Refused("too_large")
        yield descriptor
    finally:
        os.close(descriptor)
