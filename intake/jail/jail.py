"""The jail: the only door through which a citizen's file becomes pixels.

Promises: a file is opened in a child that has seen no other file and sees no other after; the parent gets an
`OpenedScan` or a `Refused`, in bounded time and memory, whatever the file does to the child. A warm server forks the
children, so that nobody waits for imports. `JAIL.md` says what a child may see and say.
"""

import os
import signal
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from intake.base.errors import Away, Denied, NotFound, Refused
from intake.jail.child_process import Cell, Strength, jail_strength, jail_weakness, root_becomes_nobody
from intake.jail.limits import Limits
from intake.jail.pixels import OpenedScan
from intake.jail.protocol import Broken
from intake.jail.receive import Ear, read_scan
from intake.jail.warm_server import Child, Forks

__all__ = ["Jail", "Limits", "jail_strength", "jail_weakness", "require_walls", "root_becomes_nobody"]

_TRIES = 3
_TOO_LONG = {128 + signal.SIGXCPU, -signal.SIGXCPU}


class Jail:
    """Opens files, one child each. Safe to share between threads; use as a context manager."""

    def __init__(
        self,
        warm: bool = True,
        *,
        limits: Limits | None = None,
        strength: Strength | None = None,
        start: Callable[[], Cell | Child] | None = None,
    ) -> None:
        """`warm`: start the server at once, not with the first file. `start`: another way to get a child, for tests."""
        self._limits = limits or Limits()
        self._forks = Forks(self._limits, strength)
        self._start = start or self._forks.child
        if warm:
            self._forks.warm_up()

    def __enter__(self) -> "Jail":
        """The jail itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """End the server; the jail opens nothing afterwards."""
        self._forks.close()

    def open_scan(self, path: Path) -> OpenedScan:
        """All pages of the file, upright or not, as 8-bit gray.

        Raises Refused with a code of `REFUSALS`, NotFound when there is no such file, Away when no child comes up.
        """
        with _opened(path, self._limits) as descriptor:
            for _ in range(_TRIES):
                child = self._start()
                try:
                    return _ask(child, descriptor, self._limits)
                except _ServerGone:
                    os.lseek(descriptor, 0, os.SEEK_SET)  # the child read with the same file offset
                finally:
                    child.end()
        raise Away("the jail was killed while it read, again and again; run `vireille doctor`")


def require_walls(required: bool) -> None:
    """Raises Denied where the full jail is required and does not work here."""
    if required and (weakness := jail_weakness()):
        raise Denied(f'no file is opened without the full jail: {weakness}. Or set walls = "best" in [jail]')


class _ServerGone(Exception):
    """The child went with its server, which says nothing about the file."""


def _ask(child: Cell | Child, descriptor: int, limits: Limits) -> OpenedScan:
    deadline = time.monotonic() + limits.seconds * limits.patience
    try:
        socket.send_fds(child.line, [b"F"], [descriptor])
        return read_scan(Ear(child.line, deadline), limits)
    except TimeoutError as error:
        raise Refused("timeout") from error
    except (Broken, ConnectionError) as error:
        # C-09: it died or broke the protocol; what it had sent before is not believed either
        status = child.end()
        if status is None:
            raise _ServerGone from error
        raise Refused("timeout" if status in _TOO_LONG else "damaged") from error


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
