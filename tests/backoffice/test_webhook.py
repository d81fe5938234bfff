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
from typer.testing import CliRunner

from intake.base.errors import Away, WrongUse
from tests.backoffice.conftest import Street
from workers.backoffice.answers import ack
from workers.backoffice.notices import RESTS
from workers.backoffice.service import one_round, serve
from workers.backoffice.webhook import Hook, Telling, signature
from workers.cli.app import app
from workers.deliver.folder import FolderStore

SECRET = b"a shared secret of the two"


class CaseSystem(HTTPServer):
    """Answers with the statuses it was given, then with 204; keeps what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.statuses: list[int] = []
        self.never: str | None = None
        """A bundle at which it always answers 500."""
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
        never = self.headers["webhook-id"] == self.server.never
        self.send_response(500 if never else self.server.statuses.pop(0) if self.server.statuses else 204)
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


def verb(*words: object, out: Path) -> str:
    """What a verb of `inbox` prints."""
    done = CliRunner().invoke(app, ["inbox", *map(str, words), "--out", str(out)])
    assert done.exit_code == 0, done.output
    return done.output


def rounds(street: Street, hook: Hook, *pauses: float) -> list[Telling]:
    """A round at once, and one after each pause."""
    done = [one_round(street.office, street.out, hook).telling]
    for pause in pauses:
        street.clock.pass_(pause)
        done.append(one_round(street.office, street.out, hook).telling)
    return done


def test_a_no_is_told_again_until_it_is_a_yes(street: Street, case_system: CaseSystem) -> None:
    """In trouble, then a redirect that is not followed: each time it rests longer, and is told once it is taken."""
    street.deliver()
    case_system.statuses = [500, 302]

    told = [len(telling.told) for telling in rounds(street, case_system.hook, 0, 2, 2, 61, 3600)]

    assert told == [0, 0, 0, 0, 1, 0]
    assert len(case_system.told) == 3


def test_a_filing_that_is_never_taken_holds_no_other_back_and_is_given_up(
    street: Street, case_system: CaseSystem
) -> None:
    """The oldest gets 500 for ever: the others are told at once, it is given up after three days, and seen in stats."""
    ids = [street.deliver(name).bundle_id for name in ("f1", "f2", "f3")]
    case_system.never = min(ids)
    config = street.folder / "vireille.toml"
    config.write_text(
        f'[store]\nurl = "folder:{street.store.root}"\n[queue]\nurl = "sqlite:///hub/queue.sqlite"\n'
        '[inbox]\nprovider = "vero"\nkey = "vero.key.pem"\n'
    )

    first, *later = rounds(street, case_system.hook, *(rest + 1 for rest in RESTS), 10 * RESTS[-1])
    stats = verb("stats", "--config", config, "--json", out=street.out)
    listed = verb("notices", out=street.out)
    verb("notices", min(ids), "--again", out=street.out)
    case_system.never = None
    (last,) = rounds(street, case_system.hook)

    assert sorted(first.told) == sorted(set(ids) - {min(ids)})
    assert [telling.failed[0].given_up for telling in (first, *later[:-1])] == [False] * len(RESTS) + [True]
    assert later[-1].failed == ()  # nothing more is sent by itself
    assert json.loads(stats)["notices_given_up"] == {"http_500": 1}
    assert "http_500" in listed
    assert "given up" in listed
    assert last.told == (min(ids),)


def test_an_unreachable_case_system_is_told_later(street: Street, case_system: CaseSystem) -> None:
    """Nobody listens: one try a round, none of them counts, nothing is raised; then both are told."""
    street.deliver("f1")
    street.deliver("f2")
    nobody = Hook("http://127.0.0.1:1/", SECRET)

    tries = rounds(street, nobody, *[61.0] * 20)
    street.clock.pass_(61)
    (last,) = rounds(street, case_system.hook)

    assert {(len(telling.failed), telling.failed[0].code, telling.failed[0].tries) for telling in tries} == {
        (1, "away", 0)
    }
    assert len({telling.failed[0].bundle for telling in tries[:2]}) == 2  # each in its turn
    assert len(last.told) == 2


def test_an_answered_filing_is_not_told(street: Street, case_system: CaseSystem) -> None:
    """A person was faster, before the case system heard of it or while it was in trouble."""
    case_system.statuses = [500]
    first, second = street.deliver("f1").bundle_id, street.deliver("f2").bundle_id
    one_round(street.office, street.out)
    ack(street.office, street.out, first)
    rounds(street, case_system.hook)

    ack(street.office, street.out, second)

    assert rounds(street, case_system.hook, 3600)[-1].told == ()
    assert len(case_system.told) == 1


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
    deadline = time.monotonic() + 120
    while not (street.out / bundle.bundle_id).is_dir() and time.monotonic() < deadline:
        street.clock.pass_(61)
        stop.wait(0.02)
    stop.set()
    service.join(60)

    assert not service.is_alive()
    assert (street.out / bundle.bundle_id / "document.pdf").is_file()
