"""A counter page over a real ledger with one waiting filing, and a real browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from playwright.sync_api import Page

from intake.base.arrival import Arrival
from intake.base.clock import SystemClock
from intake.base.filing import Document, FieldPlace, FieldReading, FieldState, Finding, Kind, PageReading, Verdict
from intake.base.settings import Point
from intake.base.states import State
from intake.base.texts import Text
from intake.forms.load import BUILTIN, load_catalogue
from routing_rules import providers
from routing_rules.providers import load_providers
from tests.browsing import chromium, served_at
from workers.access.door import Site
from workers.access.store import Access
from workers.access.table import COUNTER as COUNTER_TABLE
from workers.journey import COUNTER, POST, RECEIPTS
from workers.ledger import Blobs, Changes, Ledger, Vault, claimed, reports, scans
from workers.ledger.claim import claim
from workers.ledger.opening import open_ledger_at
from workers.pages.app import create_app
from workers.pages.desk import PointDesk
from workers.pages.records import World
from workers.run.health import Health
from workers.run.new_point import DEMO_DAY
from workers.scan_memory import preview

HOST = "testserver"


def site_of(point: Point, access: Access | None = None) -> Site:
    """The counter's page, as tests ask for it."""
    return Site(point.name, point.languages, COUNTER_TABLE, frozenset({HOST, "127.0.0.1"}), access)


FORMS = load_catalogue([BUILTIN])
WORKED_ON = (*COUNTER, *POST, *RECEIPTS)
PROVIDERS = load_providers(providers.BUILTIN)


@dataclass
class Counter:
    """The page under test."""

    app: FastAPI
    client: TestClient
    ledger: Ledger
    blobs: Blobs
    health: Health
    filing: str
    desk: PointDesk

    def version(self) -> str:
        """The filing's version as the page would send it."""
        return str(reports.show(self.ledger, self.filing)["version"])

    def decide(self, **said: str) -> int:
        """Send a decision as our own page does; gives the status."""
        return int(self.post(**said).status_code)

    def post(self, **said: str) -> Response:
        """Send a decision as our own page does; gives the answer."""
        here = {"filing": self.filing, "version": self.version()}
        form = {"action": "release", "advisor": "A", "reason": "because", **here, **said}
        headers = {"sec-fetch-site": "same-origin"}
        return self.client.post(f"/filing/{self.filing}/decision", data=form, headers=headers)

    def search(self, words: str, language: str) -> str:
        """The matters that fit `words`, as the page asks for them."""
        headers = {"sec-fetch-site": "same-origin"}
        return self.client.post(f"/matters?language={language}", data={"q": words}, headers=headers).text

    def state(self, filing: str | None = None) -> str:
        """Where the filing is."""
        return str(reports.show(self.ledger, filing or self.filing)["state"])

    def decided(self, filing: str | None = None) -> list[str]:
        """What people have decided about it, oldest first."""
        events: Any = reports.show(self.ledger, filing or self.filing)["events"]
        return [event["what"] for event in events if event["actor"] == "advisor"]

    def another(self, name: str) -> str:
        """One more waiting filing, whose gap is called `name`."""
        return waiting(self.ledger, self.blobs, document(name))

    def go_on(self, *steps: tuple[State, Changes]) -> None:
        """What the workers do with the next filing they can work on."""
        for state, changes in steps:
            work = claim(self.ledger, WORKED_ON, worker="test", lease_seconds=60)
            assert work is not None
            claimed.advance(self.ledger, work, state, changes=changes)

    def returned(
        self, note: str, reason: str = "missing_attachment", provider: str = "kela", unit: str | None = None
    ) -> None:
        """The filing is sent, and comes back from the authority with a note, and maybe the unit where it belongs."""
        self.decide()
        receipt = {"receipt": {"outcome": "returned", "reason": reason, "note": note, "unit": unit}}
        self.go_on(
            (State.ROUTED, Changes(provider=provider)),
            (State.SEALED, Changes(bundle="b1")),
            (State.DELIVERED, Changes()),
            (State.RETURNED, Changes(reason=reason, facts=receipt)),
        )


def document(text: str = "The signature is missing.") -> Document:
    """A judged form with one gap."""
    place = FieldPlace(page=1, box_mm=(20, 250, 90, 260))
    return Document(
        kind=Kind.FORM, provider="kela", form="kela-sv4", edition="2014-09", language="fi",
        pages=(PageReading(source_page=1, form_page=1),),
        fields={"allekirjoitus": FieldReading(kind="signature", state=FieldState.EMPTY, places=(place,))},
        findings=(Finding(code="missing", field="allekirjoitus", text=Text(fi=text, sv=text, en=text)),),
        verdict=Verdict.INCOMPLETE,
    )  # fmt: skip


def unknown() -> Document:
    """A paper that is none of our forms."""
    return Document(kind=Kind.UNKNOWN, pages=(PageReading(source_page=1),), verdict=Verdict.UNSURE)


def waiting(
    ledger: Ledger, blobs: Blobs, judged: Document, scanner: str = "tiski-1", pages: tuple[int, ...] = (1,)
) -> str:
    """A filing that waits for the advisor."""
    scan = blobs.put(f"a scan {judged.findings[0].text.en if judged.findings else 'unknown'}".encode())
    filing = scans.accept(ledger, (Arrival(scanner, "scan.pdf", 6, SystemClock().now(), sha256=scan),)).filing
    picture = blobs.put(preview(np.full((1754, 1240), 250, np.uint8)))
    named = {name: getattr(judged, name) for name in ("kind", "provider", "form", "edition", "language")}
    steps: list[tuple[State, Changes]] = [
        (State.OPENED, Changes(pages=pages)),
        (State.RECOGNISED, Changes(**named)),
        (State.READ, Changes(facts={"pictures": {"1": picture}})),
        (State.CHECKED, Changes(verdict=judged.verdict, documents=(judged,))),
        (State.WAITING, Changes(reason="incomplete" if judged.form else "unknown")),
    ]
    for state, changes in steps:
        work = claim(ledger, COUNTER, worker="test", lease_seconds=60)
        assert work is not None
        claimed.advance(ledger, work, state, changes=changes)
    return filing


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """The page over a ledger with one waiting filing."""
    vault = Vault(bytes(32))
    blobs = Blobs(tmp_path / "blobs", vault)
    point = Point(id="saarijarvi", name="Saarijärvi", data=tmp_path)
    with open_ledger_at(f"sqlite:///{tmp_path}/ledger.db", clock=SystemClock(), vault=vault) as ledger:
        filing = waiting(ledger, blobs, document())
        health = Health()
        world = World(point, PROVIDERS, FORMS, DEMO_DAY)
        desk = PointDesk(ledger, blobs, world, health)
        app = create_app(desk, point, site_of(point))
        with TestClient(app, base_url=f"http://{HOST}") as client:
            yield Counter(app, client, ledger, blobs, health, filing, desk)


@pytest.fixture
def browser_page() -> Iterator[Page]:
    """A page of Debian's Chromium, as large as an advisor's screen."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        yield page


@pytest.fixture
def served(counter: Counter) -> Iterator[str]:
    """The address of the page, served to real browsers."""
    with served_at(counter.app) as address:
        yield address
