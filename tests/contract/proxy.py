"""A small HTTP proxy that misbehaves on request, to stand before a real store or queue."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

ERRORS = {
    "500": (500, "InternalError"), "503": (503, "ServiceUnavailable"), "slow": (503, "SlowDown"),
    "409": (409, "ConditionalRequestConflict"), "403": (403, "AccessDenied"), "expired": (400, "ExpiredToken"),
    "301": (301, "PermanentRedirect"), "no bucket": (404, "NoSuchBucket"),
}  # fmt: skip
"""Faults that answer with an error. The others: `reset` hangs up unasked, `lost` after passing the request on, `half`
gives half of the answer, `flip` changes a byte of the answer, `stall` says nothing for long."""


@dataclass
class Proxy:
    """Where it listens, and what it does to the next requests."""

    endpoint: str = ""
    plan: list[tuple[str, str, int]] = field(default_factory=list)
    """(method, fault, how often; -1 for ever), in order; the first that fits a request is used up."""
    seen: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)

    def next_fault(self, method: str, path: str) -> str | None:
        """What to do to this request."""
        with self.lock:
            self.seen.append(f"{method} {path}")
            for number, (wanted, fault, times) in enumerate(self.plan):
                if wanted == method and times != 0:
                    self.plan[number] = (wanted, fault, times - 1)
                    return fault
        return None


class _Passing(BaseHTTPRequestHandler):
    proxy: Proxy
    target: str
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.proxy.next_fault(self.command, self.path)
        if fault in ERRORS:
            self._error(*ERRORS[fault])
        elif fault == "reset":
            self.close_connection = True
        elif fault == "stall":
            self.proxy.stop.wait(20)
            self.close_connection = True
        else:
            self._pass_on(body, fault)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve

    def _error(self, status: int, code: str) -> None:
        self._answer(status, [("Content-Type", "application/xml")], f"<Error><Code>{code}</Code></Error>".encode())

    def _pass_on(self, body: bytes, fault: str | None) -> None:
        headers = {key: value for key, value in self.headers.items() if key.lower() not in {"expect", "connection"}}
        connection = http.client.HTTPConnection(self.target, timeout=30)
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if fault == "lost":
            self.close_connection = True
            return
        if fault == "flip" and data:
            data = data[:-1] + bytes([data[-1] ^ 1])
        self._answer(answer.status, answer.getheaders(), data, half=fault == "half")

    def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes, *, half: bool = False) -> None:
        length = {key.lower(): value for key, value in headers}.get("content-length", str(len(data)))
        self.send_response_only(status)
        for key, value in headers:
            if key.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(key, value)
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2] if half else data)
        if half:
            self.close_connection = True


@contextmanager
def before(upstream: str) -> Iterator[Proxy]:
    """A proxy in front of `upstream` while the context lasts."""
    proxy = Proxy()
    passing = type("Passing", (_Passing,), {"proxy": proxy, "target": urlsplit(upstream).netloc})
    server = ThreadingHTTPServer(("127.0.0.1", 0), passing)
    server.daemon_threads = True
    proxy.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
