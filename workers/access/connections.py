"""Connections that cost the page little: a request must come whole and soon, and nobody holds all places (M5).

The server knows no deadline for a request's head and body, nor for an answer that is not read, so its protocol gets
them here. When all places are taken, the connection that has kept us waiting longest makes room: who only holds places
displaces himself. So it is before that, while TLS is being agreed upon.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from workers.access.guards import HEADERS
from workers.access.tries import network_of

HEAD_SECONDS = 10.0
BODY_SECONDS = 20.0
UNREAD_SECONDS = 20.0
"""Until some more of an answer is read."""
MOST = 250
MOST_OF_AN_ADDRESS = 100
"""Not of this machine's own or a proxy's, behind which everybody is."""
MOST_BEGINNING = 200
"""Accepted, and TLS not yet agreed upon."""
_beginning: WeakValueDictionary[int, socket.socket] = WeakValueDictionary()
"""Those by descriptor, the oldest first; what is closed falls out by itself."""


class Listening(socket.socket):
    """A listening socket; whoever connects and says nothing makes room for who comes later (M5).

    The server hears of a connection only when TLS is agreed upon, a minute later at most: until then it counts here.
    """

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection; one too many ends the one that has been agreeing longest."""
        made, address = super().accept()
        _beginning.pop(made.fileno(), None)
        for oldest in list(_beginning.values())[: max(0, len(_beginning) - MOST_BEGINNING + 1)]:
            _beginning.pop(oldest.fileno(), None)
            with suppress(OSError):  # gone meanwhile
                oldest.shutdown(socket.SHUT_RDWR)
        _beginning[made.fileno()] = made
        return made, address


def bound(host: str, port: int) -> Listening:
    """A socket at an address, not yet listening. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = Listening(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


class Bounded(H11Protocol):
    """HTTP/1.1 with deadlines and limits."""

    proxies: frozenset[str] = frozenset()
    head_seconds, body_seconds, unread_seconds = HEAD_SECONDS, BODY_SECONDS, UNREAD_SECONDS
    most, most_of_an_address = MOST, MOST_OF_AN_ADDRESS
    _state: object = None
    _since = 0.0
    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place, if there is one or one can be made."""
        super().connection_made(transport)
        _beginning.pop(transport.get_extra_info("socket").fileno(), None)
        self._watch()
        address = self.client[0] if self.client else ""
        if not self._is_shared(address):
            network = network_of(address)
            self._make_room(
                self.most_of_an_address, lambda other: bool(other.client) and network_of(other.client[0]) == network
            )
        self._make_room(self.most, lambda _: True)

    def data_received(self, data: bytes) -> None:
        """Read on; the deadline stays until the head, then the body, is whole."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """The other side does not read its answer: it has some seconds."""
        super().pause_writing()
        self._since = self.loop.time()
        self._unread = self.loop.call_later(self.unread_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Read on."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        super().connection_lost(exc)
        for timer in (self._deadline, self._unread):
            if timer is not None:
                timer.cancel()

    def send_400_response(self, msg: str) -> None:
        """Answer with our headers, also what is no HTTP request."""
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self.transport.close()
            return
        headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        headers += [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        del msg
        words = b"This is no request that a browser sends.\n"
        answer = (h11.Response(status_code=400, headers=headers), h11.Data(data=words), h11.EndOfMessage())
        self.transport.write(b"".join(self.conn.send(event) or b"" for event in answer))
        self.transport.close()

    def _watch(self) -> None:
        """A new deadline whenever the request comes to its next part."""
        state = self.conn.their_state
        if state is self._state:
            return
        self._state, self._since = state, self.loop.time()
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self._waits:
            seconds = self.head_seconds if state is h11.IDLE else self.body_seconds
            self._deadline = self.loop.call_later(seconds, self.transport.abort)

    @property
    def _waits(self) -> bool:
        """Whether the next step is the other side's."""
        return self._state in {h11.IDLE, h11.SEND_BODY} or self.flow.write_paused

    def _is_shared(self, address: str) -> bool:
        return not address or address in self.proxies or ipaddress.ip_address(address).is_loopback

    def _make_room(self, most: int, counts: "Callable[[Any], bool]") -> None:
        others = [
            connection
            for connection in self.connections
            if connection is not self and isinstance(connection, Bounded) and counts(connection)
        ]
        if len(others) < most:
            return
        longest = min((other for other in others if other._waits), key=lambda other: other._since, default=self)
        longest.transport.abort()


def bounded(proxies: frozenset[str]) -> type[Bounded]:
    """The protocol for a page behind these proxies."""
    return type("BoundedHere", (Bounded,), {"proxies": proxies})
