"""The counter page of a real point: people, roles and sessions in a real store, and a clock that tests move."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.types import Message

from intake.base.console import Console
from intake.base.settings import Point, Queue, Settings, Store
from tests.clock import FakeClock
from tests.pages.conftest import FORMS, HOST, PROVIDERS, document, site_of, waiting
from workers.access.people import add
from workers.access.store import Access, open_access
from workers.access.table import Role
from workers.ledger import Blobs, Ledger, Vault
from workers.ledger.opening import open_ledger_at
from workers.pages.app import create_app
from workers.pages.desk import PointDesk
from workers.pages.records import World
from workers.run.health import Health
from workers.run.new_point import DEMO_DAY

PASSWORD = "seitsemän veljestä"  # noqa: S105 nobody's
OURS = {"sec-fetch-site": "same-origin"}


def settings_in(folder: Path, **console: object) -> Settings:
    """A real point's settings."""
    return Settings(
        point=Point(id="saarijarvi", name="Saarijärvi", data=folder), console=Console.model_validate(console),
        store=Store(url="folder:hub"), queue=Queue(url="sqlite:///queue.db"), file=folder / "vireille.toml",
    )  # fmt: skip


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    """Lines for [console] with a certificate and key of our own."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "piste.example")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (tmp_path / "page.pem").write_bytes(made.public_bytes(pem))
    plain = serialization.NoEncryption()
    (tmp_path / "page.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return f'certificate = "{tmp_path}/page.pem"\nkey = "{tmp_path}/page.key"'


@dataclass
class Staffed:
    """The page under test, and its people."""

    app: FastAPI
    access: Access
    clock: FakeClock
    ledger: Ledger
    blobs: Blobs
    filing: str
    hosts: frozenset[str] = field(default=frozenset({HOST, "127.0.0.1"}))

    def person(self, name: str, *roles: Role) -> None:
        """Let somebody in; the shown name is the name with a capital."""
        add(self.access, name, name.capitalize(), roles, PASSWORD)

    def browser(self) -> TestClient:
        """A browser of its own, which follows no redirect."""
        return TestClient(self.app, base_url=f"http://{HOST}", follow_redirects=False)

    def signed_in(self, name: str) -> TestClient:
        """A browser in which somebody has signed in."""
        browser = self.browser()
        assert sign_in(browser, name).status_code == 303
        return browser


def sign_in(browser: TestClient, name: str, password: str = PASSWORD, **more: str) -> Response:
    """Send the sign-in form as our own page does."""
    form = {"name": name, "password": password, **more}
    return browser.post("/sign-in", data=form, headers={**OURS, "accept": "text/html"})


@pytest.fixture
def staffed(tmp_path: Path) -> Iterator[Staffed]:
    """The page over a ledger with one waiting filing; nobody may sign in yet."""
    vault, clock = Vault(bytes(32)), FakeClock()
    blobs = Blobs(tmp_path / "blobs", vault)
    settings = settings_in(tmp_path)
    with (
        open_ledger_at(f"sqlite:///{tmp_path}/ledger.db", clock=clock, vault=vault) as ledger,
        open_access(settings, clock) as access,
    ):
        filing = waiting(ledger, blobs, document())
        desk = PointDesk(ledger, blobs, World(settings.here, PROVIDERS, FORMS, DEMO_DAY), Health())
        app = create_app(desk, settings.here, site_of(settings.here, access))
        yield Staffed(app, access, clock, ledger, blobs, filing)


@dataclass(frozen=True)
class Answer:
    """The beginning of an answer, as the app gave it."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(app: FastAPI, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> int:
    """Ask the app itself and go away as soon as it has begun to answer; gives the status."""
    path, _, query = path.partition("?")
    return answer_of(app, method, path, headers, body=body, query=query.encode()).status


def answer_of(
    app: FastAPI, method: str, path: str, headers: dict[str, str], *, body: bytes = b"", query: bytes = b""
) -> Answer:
    """Ask the app itself, with a path as it is after decoding, and go away as soon as it has begun to answer."""
    begun: list[Message] = []
    told: list[bytes] = []

    async def asked() -> None:
        gone, given = anyio.Event(), False

        async def receive() -> Message:
            nonlocal given
            if not given:
                given = True
                return {"type": "http.request", "body": body, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                gone.set()
            else:
                told.append(message.get("body", b""))

        raw_path = quote(path, errors="surrogatepass")
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in {"host": HOST, **headers}.items()]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(raw_path), "raw_path": raw_path.encode(), "query_string": query,
            "root_path": "", "headers": raw, "client": ("127.0.0.1", 1), "server": (HOST, 80),
        }  # fmt: skip
        await app(scope, receive, send)

    anyio.run(asked)
    shown = {name.decode("latin-1"): value.decode("latin-1") for name, value in begun[0]["headers"]}
    return Answer(begun[0]["status"], shown, b"".join(told))
