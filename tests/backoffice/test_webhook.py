"""A case system is told of each filing, signed, until it says yes; the inbox runs as a service."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from intake.base.errors import Away, WrongUse
from tests.backoffice.conftest import Street
from workers.backoffice.answers import ack
from workers.backoffice.service import one_round, serve
from workers.backoffice.webhook import Hook, signature, tell
from workers.deliver.folder import FolderStore

SECRET = b"a shared secret of the two"


class CaseSystem(HTTPServer):
    """Answers with the statuses it was given, then with 204; keeps what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.statuses: list[int] = []
        self.told: list[tuple[bytes, str]] = []
        self.headers: list[dict[str, str]] = []

    @property
    def hook(self) -> Hook:
        """Its address and secret."""
        return Hook(f"http://127.0.0.1:{self.server_address[1]}/filings?from=vireille", SECRET)


class _Answering(BaseHTTPRequestHandler):
    server: CaseSystem

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((body, self.headers["Vireille-Signature"]))
        self.server.headers.append(dict(self.headers))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.end_headers()


@pytest.fixture
def case_system() -> Iterator[CaseSystem]:
    """A running case system."""
    server = CaseSystem()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_each_filing_is_told_once_with_a_signature(street: Street, case_system: CaseSystem) -> None:
    """Where it lies and what it is, nothing personal."""
    bundle = street.deliver()

    for _ in range(3):
        one_round(street.office, street.out, case_system.hook)

    ((body, signed),) = case_system.told
    at = int(signed.split(",")[0].removeprefix("t="))
    assert signed == signature(SECRET, at, body)
    told = json.loads(body)
    assert (told["bundle"], told["form"], told["unit"]) == (bundle.bundle_id, "vero-5010", "jyvaskyla")
    assert told["sha256"] == bundle.sha256
    assert (Path(told["folder"]) / "data.json").is_file()
    assert b"010594Y9032" not in body


@pytest.mark.parametrize("secret", [b"whsec_" + base64.b64encode(bytes(range(32))), SECRET])
def test_a_library_of_standard_webhooks_verifies_the_notice(
    street: Street, case_system: CaseSystem, secret: bytes
) -> None:
    """The reference library takes headers and body as they come; its own message id is the bundle."""
    street.clock.wall = datetime.now(UTC)  # the library takes nothing that is five minutes old
    bundle = street.deliver()
    key = secret if secret.startswith(b"whsec_") else base64.b64encode(secret)

    one_round(street.office, street.out, replace(case_system.hook, secret=secret))

    ((body, _),), (headers,) = case_system.told, case_system.headers
    said = Webhook(key.decode()).verify(body, {name.lower(): value for name, value in headers.items()})
    assert (said["type"], said["data"]["bundle"]) == ("filing.received", bundle.bundle_id)
    assert headers["webhook-id"] == bundle.bundle_id


def test_a_no_is_told_again_until_it_is_a_yes(street: Street, case_system: CaseSystem) -> None:
    """In trouble for a whole round, then a redirect that is not followed, then taken after one more trouble."""
    street.deliver()
    case_system.statuses = [500, 503, 500, 302, 500]

    told = [len(one_round(street.office, street.out, case_system.hook).telling.told) for _ in range(4)]

    assert told == [0, 0, 1, 0]
    assert len(case_system.told) == 6


def test_trouble_with_one_filing_spares_the_others_the_wait(street: Street, case_system: CaseSystem) -> None:
    """A case system that is down is asked for one filing a round, not for each; a no to one does not stop the next."""
    for name in ("f1", "f2", "f3"):
        street.deliver(name)
    case_system.statuses = [500] * 3 + [400]

    told = [len(one_round(street.office, street.out, case_system.hook).telling.told) for _ in range(3)]

    assert told == [0, 2, 1]
    assert len(case_system.told) == 3 + 3 + 1


def test_an_unreachable_case_system_is_told_later(street: Street, case_system: CaseSystem) -> None:
    """Nobody listens: the filing stays untold, nothing is raised."""
    street.deliver()
    nobody = Hook("http://127.0.0.1:1/", SECRET)

    assert one_round(street.office, street.out, nobody).telling.told == ()
    assert tell(street.out, nobody, street.clock).failed[0][1] == "away"
    assert len(one_round(street.office, street.out, case_system.hook).telling.told) == 1


def test_an_answered_filing_is_not_told(street: Street, case_system: CaseSystem) -> None:
    """A person was faster."""
    bundle = street.deliver()
    one_round(street.office, street.out)
    ack(street.office, street.out, bundle.bundle_id)

    assert tell(street.out, case_system.hook, street.clock).told == ()


@pytest.mark.parametrize(
    ("url", "secret"),
    [("http://example.org/x", SECRET), ("ftp://localhost/", SECRET), ("https://example.org/", b"short")],
)
def test_an_unprotected_webhook_is_refused(url: str, secret: bytes) -> None:
    """No plain HTTP off this machine, no guessable secret."""
    with pytest.raises(WrongUse):
        Hook(url, secret)


def test_the_service_survives_an_unreachable_store_and_stops_when_asked(street: Street) -> None:
    """First the store is gone, then it is back; the filing arrives; the service ends."""
    bundle = street.deliver()
    failures = [Away("gone"), Away("gone")]

    class Sometimes(FolderStore):
        def get(self, key: str, target: Path) -> str:
            if failures:
                raise failures.pop()
            return super().get(key, target)

    stop = threading.Event()
    office = replace(street.office, store=Sometimes(street.store.root))
    service = threading.Thread(target=serve, args=(office, street.out, stop), kwargs={"rest_seconds": 0.01})
    service.start()
    deadline = time.monotonic() + 20
    while not (street.out / bundle.bundle_id).is_dir() and time.monotonic() < deadline:
        street.clock.pass_(61)
        stop.wait(0.02)
    stop.set()
    service.join(10)

    assert not service.is_alive()
    assert (street.out / bundle.bundle_id / "document.pdf").is_file()
