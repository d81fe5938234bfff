"""A counter page over a real ledger with one waiting filing, and a real browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from intake.base.clock import SystemClock
from intake.base.settings import Point
from intake.base.texts import Text
from intake.console.app import create_app
from intake.console.picture import preview
from intake.filing import Document, FieldPlace, FieldReading, FieldState, Finding, Kind, PageReading, Verdict
from intake.forms.load import BUILTIN, load_catalogue
from intake.ledger import Blobs, Changes, Ledger, NewScan, Vault
from intake.states import State
from workers.desk import PointDesk, World
from workers.health import Health
from workers.journey import COUNTER, POST, RECEIPTS
from workers.point import DEMO_DAY

HOST = "testserver"
FORMS = load_catalogue([BUILTIN])


@dataclass
class Counter:
    """The page under test."""

    app: FastAPI
    client: TestClient
    ledger: Ledger
    blobs: Blobs
    health: Health
    filing: str

    def version(self) -> str:
        """The filing's version as the page would send it."""
        return str(self.ledger.show(self.filing)["version"])

    def decide(self, **said: str) -> int:
        """Send a decision as our own page does; gives the status."""
        form = {"action": "release", "version": self.version(), "advisor": "A", "reason": "because", **said}
        headers = {"sec-fetch-site": "same-origin"}
        return self.client.post(f"/filing/{self.filing}/decision", data=form, headers=headers).status_code

    def state(self) -> str:
        """Where the filing is."""
        return str(self.ledger.show(self.filing)["state"])


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


def waiting(ledger: Ledger, blobs: Blobs, judged: Document) -> str:
    """A filing that waits for the advisor."""
    scan = blobs.put(f"a scan {judged.findings[0].text.en}".encode())
    arrived = datetime(2015, 3, 2, 9, 0, tzinfo=UTC)
    filing = ledger.accept(NewScan(scan, 6, "tiski-1", "scan.pdf", arrived)).filing
    picture = blobs.put(preview(np.full((1754, 1240), 250, np.uint8)))
    steps: list[tuple[State, Changes]] = [
        (State.OPENED, Changes(pages=(1,))),
        (State.RECOGNISED, Changes(kind=Kind.FORM, provider="kela", form="kela-sv4", edition="2014-09", language="fi")),
        (State.READ, Changes(facts={"pictures": {"1": picture}})),
        (State.CHECKED, Changes(verdict=judged.verdict, documents=(judged,))),
        (State.WAITING, Changes(reason="incomplete")),
    ]
    for state, changes in steps:
        work = ledger.claim((*COUNTER, *POST, *RECEIPTS), worker="test", lease_seconds=60)
        assert work is not None
        ledger.advance(work, state, changes=changes)
    return filing


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """The page over a ledger with one waiting filing."""
    vault = Vault(bytes(32))
    blobs = Blobs(tmp_path / "blobs", vault)
    point = Point(id="saarijarvi", name="Saarijärvi", data=tmp_path)
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", clock=SystemClock(), vault=vault) as ledger:
        filing = waiting(ledger, blobs, document())
        health = Health()
        app = create_app(PointDesk(ledger, blobs, World(point, {}, FORMS, DEMO_DAY), health), point, frozenset({HOST}))
        with TestClient(app, base_url=f"http://{HOST}") as client:
            yield Counter(app, client, ledger, blobs, health, filing)
