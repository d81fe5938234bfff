"""K-18: the page under attack, as `vireille run` serves it: slow heads and bodies, streams, sizes, broken requests.

The server is the real one with its real limits; only deadlines that a test waits for are shorter.
"""

import asyncio
import socket
import ssl
import threading
import time
import tomllib
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from intake.base.settings import Settings
from tests.access.conftest import OURS, Staffed, settings_in
from tests.clock import PATIENCE
from workers.access.connections import MOST, MOST_BEGINNING, Bounded
from workers.access.door import STREAMS_EACH
from workers.access.guards import HEADERS, MOST_BYTES
from workers.access.reach import server_of
from workers.access.table import Role
from workers.access.tries import network_of
from workers.pages.serve import listening

FORM = {**OURS, "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def port(staffed: Staffed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The page on a socket of its own."""
    monkeypatch.setattr(Bounded, "head_seconds", 1.5)
    monkeypatch.setattr(Bounded, "body_seconds", 1.5)
    with served(staffed.app, settings_in(tmp_path, port=0)) as port:
        yield port


@contextmanager
def served(app: FastAPI, settings: Settings) -> Iterator[int]:
    """The port of an app, served as the page is."""
    server = server_of(app, settings.console, {})
    with listening(settings) as listens:
        listens.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listens]})
        thread.start()
        yield listens.getsockname()[1]
        server.should_exit = True
        thread.join(30)


def connected(port: int) -> socket.socket:
    """A connection to the page."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


@contextmanager
def asked(port: int, method: str, path: str, **more: object) -> Iterator[HTTPResponse]:
    """One request and its answer."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request(method, path, **more)  # type: ignore[arg-type]
        yield connection.getresponse()


def page_answers(port: int) -> bool:
    """Whether somebody else has the page."""
    with asked(port, "GET", "/sign-in") as answer:
        return bool(answer.read()) and answer.status == 200


def is_closed(end: socket.socket) -> bool:
    """Whether the other side has closed; waits as long as the socket's timeout."""
    try:
        return end.recv(1000) == b""
    except ConnectionResetError:
        return True


def test_K_18_three_hundred_half_heads_keep_nobody_out(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """M5: more connections than there are places, each with half a request: the page answers others meanwhile."""
    monkeypatch.setattr(Bounded, "head_seconds", 3600.0)
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(port)) for _ in range(MOST + 50)]
        for one in slow:
            one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half")
        answers = page_answers(port)
        closed = is_closed(slow[0])

    assert answers
    assert closed


def test_K_18_connections_that_never_speak_tls_make_room(staffed: Staffed, tmp_path: Path, certificate: str) -> None:
    """Before TLS is agreed upon they are bounded too: the oldest are ended, and the page answers others meanwhile."""
    files = tomllib.loads(certificate)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with served(staffed.app, settings_in(tmp_path, port=0, **files)) as port, ExitStack() as stack:
        silent = [stack.enter_context(connected(port)) for _ in range(MOST_BEGINNING + 50)]
        with closing(HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=trusting)) as connection:
            connection.request("GET", "/sign-in")
            status = connection.getresponse().status
        closed = [is_closed(one) for one in silent[:50]]

    assert status == 200
    assert all(closed)


def test_K_18_who_does_not_read_the_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that nobody takes is ended after its seconds."""
    monkeypatch.setattr(Bounded, "unread_seconds", 1.5)
    ended, app = threading.Event(), FastAPI()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 100_000
                await asyncio.sleep(0)
        finally:
            ended.set()

    app.get("/")(lambda: StreamingResponse(endless()))
    with served(app, settings_in(tmp_path, port=0)) as port, connected(port) as end:
        end.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        given_up = ended.wait(PATIENCE)

    assert given_up


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("2001:db8::1", "2001:db8::ffff:2", True), ("2001:db8::1", "2001:db8:0:1::1", False),
     ("fe80::1%2", "fe80::2%2", True), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
     ("::ffff:192.0.2.1", "192.0.2.1", True)],
)  # fmt: skip
def test_K_18_one_subscriber_is_one_network(one: str, other: str, same: bool) -> None:
    """Connections and guesses count for a /64 of IPv6 together, and for an IPv4 address alone however it is written."""
    assert (network_of(one) == network_of(other)) is same


POST = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
PARTS = [b"", b"GET / HT", POST + b"Content-Length: 100\r\n\r\nx", POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n"]


@pytest.mark.parametrize("sent", PARTS)
def test_K_18_a_request_that_does_not_come_whole_is_given_up(port: int, sent: bytes) -> None:
    """Nothing, half a head, or one byte of a body: closed after its seconds, and no earlier."""
    begun = time.monotonic()
    with connected(port) as slow:
        slow.sendall(sent)
        closed = is_closed(slow)

    assert closed
    assert time.monotonic() - begun > 1


def test_K_18_a_drop_now_and_then_does_not_move_the_deadline(port: int) -> None:
    """A byte every now and then is no whole head either."""
    begun = time.monotonic()
    with connected(port) as slow:
        slow.settimeout(0.1)
        ended, drops = False, 0
        while not ended and drops < 600:
            try:
                drops += 1
                slow.sendall(b"X")
                ended = slow.recv(10) == b""
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                ended = True

    assert ended
    assert time.monotonic() - begun > 1


def test_K_18_a_body_without_a_length_is_counted(port: int) -> None:
    """M6: chunks are refused as soon as they are too many, in words; nothing is spooled."""
    with connected(port) as end:
        end.sendall(POST + b"Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent, answer = 0, b""
        end.settimeout(0.2)
        while not answer and sent < 200 * MOST_BYTES:
            try:
                end.sendall(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
                sent += 1000
                if sent > MOST_BYTES:
                    answer = end.recv(4000)
            except TimeoutError:
                continue
    with asked(port, "POST", "/sign-in", body=b"x" * (MOST_BYTES + 1), headers=FORM) as whole:
        status, words = whole.status, whole.read().decode()

    assert answer.startswith(b"HTTP/1.1 413")
    assert sent < 10 * MOST_BYTES
    assert status == 413
    assert "liian suuri" in words


def test_K_18_event_streams_are_limited_for_each_person(staffed: Staffed, port: int) -> None:
    """One person's open tabs do not take the page from others; a closed one makes room."""
    staffed.person("aino", Role.ADVISOR)
    staffed.person("eero", Role.ADVISOR)
    cookies = {name: cookie_of(staffed, name) for name in ("aino", "eero")}
    with ExitStack() as stack:
        streams = [stack.enter_context(asked(port, "GET", "/events", headers={"Cookie": cookies["aino"]}))
                   for _ in range(STREAMS_EACH)]  # fmt: skip
        more = stack.enter_context(asked(port, "GET", "/events", headers={"Cookie": cookies["aino"]}))
        other = stack.enter_context(asked(port, "GET", "/events", headers={"Cookie": cookies["eero"]}))
        assert {one.status for one in streams} == {200}
        assert (more.status, other.status) == (429, 200)
        assert "välilehdessä" in more.read().decode()
        assert page_answers(port)


def cookie_of(staffed: Staffed, name: str) -> str:
    """What a signed-in browser sends."""
    return "; ".join(f"{key}={value}" for key, value in staffed.signed_in(name).cookies.items())


def test_K_18_streams_of_strangers_are_none(port: int) -> None:
    """Five hundred who are not signed in get no stream, and the page goes on."""
    statuses = set()
    for _ in range(100):
        with asked(port, "GET", "/events") as answer:
            statuses.add(answer.status)

    assert statuses == {401}
    assert page_answers(port)


BROKEN = {
    "no host name": ("GET", "/", {"Host": "["}, 400),
    "another host": ("GET", "/", {"Host": "evil.example"}, 400),
    "a user at our host": ("GET", "/", {"Host": "evil.example@127.0.0.1"}, 400),
    "an origin that is none": ("POST", "/sign-in", {"Origin": "http://["}, 403),
    "another method": ("DELETE", "/", {**OURS, "Cookie": "signed"}, 405),
    "no such page": ("GET", "/no/such/page", {"Cookie": "signed"}, 404),
    "no such file": ("GET", "/static/no.css", {}, 404),
    "out of the folder": ("GET", "/static/..%2f..%2fapp.py", {}, 404),
    "nobody signed in": ("GET", "/list", {}, 401),
    "a number that is none": ("GET", "/filing/x/page/one", {"Cookie": "signed"}, 422),
    "a number that no ledger holds": ("POST", "/refused/-99999999999999999999", {**OURS, "Cookie": "signed"}, 422),
    "a filing that is none": ("GET", "/filing/%00%ff", {"Cookie": "signed"}, 404),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_K_18_every_refusal_has_our_headers_and_words(staffed: Staffed, port: int, kind: str) -> None:
    """L1, L7: whatever is wrong with a request, it is answered with our headers and a sentence, and never by a 500."""
    method, path, headers, status = BROKEN[kind]
    staffed.person("aino", Role.ADVISOR)
    if "Cookie" in headers:
        headers = headers | {"Cookie": cookie_of(staffed, "aino")}

    with asked(port, method, path, headers=headers) as answer:
        words = answer.read().decode()
        shown = {name: answer.getheader(name) for name in HEADERS}

    assert answer.status == status
    assert shown == HEADERS
    assert words.startswith('{"text":"')


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x00\xa5\x01", b"GET", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\na b: c"])
def test_K_18_what_is_no_request_gets_our_headers_too(port: int, sent: bytes) -> None:
    """Not even what the server itself refuses goes without them."""
    with connected(port) as end:
        end.sendall(sent + b"\r\n\r\n")
        answer = end.recv(4000)

    assert answer.startswith(b"HTTP/1.1 400")
    assert all(name.lower().encode() in answer.lower() for name in HEADERS)
