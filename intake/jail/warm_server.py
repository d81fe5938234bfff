"""The parent's hold on the fork server: a warm process in the jail that gives a fresh child for each file.

Promises: a child is never handed out twice; a server that died or hangs is replaced, and what it had forked dies with
it. Safe to share between threads.
"""

import contextlib
import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from intake.base.errors import Away
from intake.jail import child_process as cells
from intake.jail import protocol as frames
from intake.jail.child_process import Cell, Strength
from intake.jail.limits import Limits
from intake.jail.protocol import Broken
from intake.jail.receive import Ear

_TRIES = 3
_TROUBLE = (Broken, OSError)


@dataclass(slots=True)
class Child:
    """One confined process that has seen no file; it takes one on its line."""

    line: socket.socket
    _number: int
    _server: "_Server"
    _ended: bool = False
    _status: int | None = None

    def end(self) -> int | None:
        """Kill it; its exit status as a shell would tell it, None if its server is gone and took it along."""
        if not self._ended:
            self._ended = True
            self.line.close()
            with contextlib.suppress(*_TROUBLE):
                self._status = self._server.say(frames.KILL, self._number)
        return self._status


class _Server:
    """The other end of a server's control line."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self._lock = threading.Lock()

    def say(self, what: bytes, number: int, descriptor: int | None = None) -> int:
        """One request and its answer. Raises Broken or OSError when the server is gone, TimeoutError when it hangs."""
        request = frames.CONTROL_HEAD.pack(what, number)
        with self._lock:
            self.cell.line.settimeout(cells.START_SECONDS)
            socket.send_fds(self.cell.line, [request], [] if descriptor is None else [descriptor])
            ear = Ear(self.cell.line, time.monotonic() + cells.START_SECONDS)
            (answer,) = frames.CONTROL_ANSWER.unpack(ear.take(frames.CONTROL_ANSWER.size))
        return int(answer)

    def fork(self) -> Child:
        """A child, its walls built. Raises as `say`."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with theirs:
                child = Child(ours, self.say(frames.FORK, 0, theirs.fileno()), self)
            Ear(ours, time.monotonic() + cells.START_SECONDS).expect(frames.READY)
        except _TROUBLE:
            ours.close()
            raise
        return child


class Forks:
    """The one server of a jail, started when first needed."""

    def __init__(self, limits: Limits, strength: Strength | None = None) -> None:
        """`strength`: of the walls; as strong as this machine allows unless told."""
        self._limits, self._strength = limits, strength
        # bubblewrap's --die-with-parent looks at the thread that started it: this one lives as long as the jail
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="jail")
        self._lock = threading.Lock()
        self._server: Future[_Server] | None = None

    def warm_up(self) -> "Future[_Server]":
        """Start the server unless it is there; do not wait for it."""
        with self._lock:
            if self._server is None:
                self._server = self._starter.submit(self._start)
            return self._server

    def child(self) -> Child:
        """A confined child that has seen no file. Raises Away when none comes up."""
        for _ in range(_TRIES):
            coming = self.warm_up()
            try:
                return coming.result().fork()
            except (Away, *_TROUBLE):  # a crowded machine may refuse one start; an operator may kill a server
                self._drop(coming)
        raise Away("the jail's children do not come up or die at once; run `vireille doctor`")

    def close(self) -> None:
        """End the server and all its children."""
        with self._lock:
            coming, self._server = self._server, None
        if coming is not None:
            _end(coming)
        self._starter.shutdown()

    def _start(self) -> _Server:
        return _Server(cells.start(self._limits, self._strength or cells.jail_strength()))

    def _drop(self, coming: "Future[_Server]") -> None:
        """Forget this server, unless another thread already did."""
        with self._lock:
            if self._server is not coming:
                return
            self._server = None
        _end(coming)


def _end(coming: "Future[_Server]") -> None:
    if not coming.cancel() and coming.exception() is None:
        coming.result().cell.end()
