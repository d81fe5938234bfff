"""Two units of Vero with their pages, a point that sends real forms to them, and a real browser."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from intake.base.clock import SystemClock
from intake.base.filing import FieldPlace, FieldReading, FieldState, Finding, Kind
from intake.base.settings import Settings, load_settings
from intake.base.texts import Text
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition
from intake.text.searchable_pdf import build_document
from intake.trial import fill, sample
from tests.browsing import chromium
from tests.seal.world import NOW, World, content, make_world
from workers.access.people import add
from workers.access.store import open_access
from workers.access.table import Role
from workers.backoffice.office import Office
from workers.backoffice.setup import examined, opening, trusted
from workers.deliver.connect import open_queue, open_store
from workers.deliver.ports import Message, deliver, object_key
from workers.office.serve import serve
from workers.seal import keys
from workers.seal.manifest import SealedPage
from workers.seal.seal import Original, Sealed, SealInput, seal

PASSWORD = "seitsemän veljestä"  # noqa: S105 nobody's
FORMS = {(one.form, one.language): one for one in load_catalogue([BUILTIN])}
FINDING = Text(fi="Puhelinnumero puuttuu.", sv="Telefonnumret saknas.", en="The phone number is missing.")


@dataclass
class Unit:
    """A unit's machine: its settings, and its page while it runs."""

    folder: Path
    settings: Settings
    url: str = ""
    stop: threading.Event = field(default_factory=threading.Event)

    def people(self, *names: str) -> None:
        """Clerks who may sign in."""
        with open_access(self.settings) as access:
            for name in names:
                add(access, name, name.capitalize(), (Role.BACKOFFICE,), PASSWORD)


@dataclass
class Vero:
    """The authority: its hub, its key, its units, and the point that sends."""

    folder: Path
    world: World
    stack: ExitStack

    @property
    def queue(self) -> str:
        """The queue's address."""
        return f"sqlite:///{self.folder}/hub/queue.db"

    def unit(self, name: str, machine: str = "") -> Unit:
        """A machine of the unit, not running yet."""
        folder = self.folder / f"{name}{machine}"
        (folder / "keys").mkdir(parents=True)
        (folder / "vireille.toml").write_text(
            f'[inbox]\nprovider = "vero"\nunit = "{name}"\nkey = "keys/vero.key.pem"\n[console]\nport = 0\n'
            f'[store]\nurl = "folder:{self.folder}/hub"\n[queue]\nurl = "{self.queue}"\n[keys]\ndirectory = "keys"\n'
        )
        keys.save_key(folder / "keys/vero.key.pem", self.world.vero.key)
        keys.save_certificate(folder / "keys/vero.cert.pem", self.world.vero.certificate)
        keys.save_certificate(folder / "keys/saarijarvi.ca.pem", self.world.ca.certificate)
        return Unit(folder, load_settings(folder / "vireille.toml"))

    def office(self, unit: Unit) -> Office:
        """The office as the command line makes it."""
        inbox = unit.settings.inbox
        assert inbox is not None
        openers, identity = opening(inbox.key)
        store, queue = open_store(unit.settings.store.url), open_queue(unit.settings.queue.url)
        return Office("vero", inbox.unit, store, queue, openers, trusted(unit.settings), SystemClock(), identity)

    def run(self, unit: Unit) -> Unit:
        """Serve the unit's page until the test ends."""
        ready = threading.Event()

        def say(text: str) -> None:
            unit.url = text.split(": ", 1)[1].rstrip("/")
            ready.set()

        inbox = unit.settings.inbox
        assert inbox is not None
        look = partial(examined, settings=unit.settings, key=inbox.key)
        thread = threading.Thread(target=serve, args=(unit.settings, self.office(unit), look, unit.stop, say))
        thread.start()
        self.stack.callback(thread.join, 30)
        self.stack.callback(unit.stop.set)
        assert ready.wait(120)
        return unit

    def send(self, name: str, form: str = "vero-5010", unit: str = "jyvaskyla", **changes: object) -> Sealed:
        """A filled form goes to the unit."""
        made = self.sealed(name, form, unit, **changes)
        store, queue = open_store(f"folder:{self.folder}/hub"), open_queue(self.queue, create=True)
        said = Message(
            bundle=made.bundle_id, object=object_key("vero", made.bundle_id), sha256=made.sha256, bytes=made.bytes,
            provider="vero", unit=unit, form=form, handed_over=made.manifest.handed_over,
            priority=made.manifest.routing.priority,
        )  # fmt: skip
        deliver(made.path, said, store, queue)
        return made

    def sealed(self, name: str, form: str, unit: str, **changes: object) -> Sealed:
        """A bundle of a filled form, as a point would seal it."""
        definition, document, readings = paper(form)
        fields = {**readings, **changes.pop("fields", {})}  # type: ignore[dict-item]
        pages = tuple(
            SealedPage(
                page=number, file="original/001.pdf", source_page=number, form_page=number, scan_page=number,
                form_corners_mm=((0.0, 0.0), (210.0, 0.0), (210.0, 297.0), (0.0, 297.0)),
            )
            for number in range(1, len(definition.pages) + 1)
        )  # fmt: skip
        said = content(
            name, unit=unit, form=form, edition=definition.edition, fields=fields, pages=pages, overrides=(),
            roles={one.key: one.role for one in definition.fields if one.role},
            titles=definition.titles, labels={one.key: one.labels for one in definition.fields if one.labels},
            options={one.key: one.options for one in definition.fields if one.options},
            findings=(Finding(code="missing", field="puhelin", blocks=False, text=FINDING),),
            identity="passport", kind=Kind.FORM, **changes,
        )  # fmt: skip
        given = SealInput(said, (Original(b"%PDF-1.7 scan " + name.encode()),), document)
        into = self.folder / "sealed"
        into.mkdir(exist_ok=True)
        make = partial(seal, given, (self.world.vero.certificate,), self.world.point, into=into, now=NOW)
        with ThreadPoolExecutor(1) as elsewhere:  # the browser's event loop runs in this thread, signing has its own
            return elsewhere.submit(make).result()


PAPERS: dict[str, tuple[Definition, bytes, dict[str, FieldReading]]] = {}


def paper(form: str) -> tuple[Definition, bytes, dict[str, FieldReading]]:
    """A filled form: its definition, its document, and how it was read. Made once."""
    if form not in PAPERS:
        definition = FORMS[form, "fi"]
        values = sample(definition, seed=5, extra=0).values
        pages = fill(definition, values, seed=5)
        dpi = pages[0].shape[1] / (definition.pages[0].width_mm / 25.4)
        readings = {
            one.key: FieldReading(
                kind=one.kind, state=FieldState.FILLED if one.key in values else FieldState.EMPTY,
                value=values.get(one.key) if one.kind != "signature" else None, confidence=0.97,
                places=tuple(FieldPlace(page=place.page, box_mm=place.box_mm) for place in one.places),
            )
            for one in definition.fields
            if not one.office
        }  # fmt: skip
        PAPERS[form] = definition, build_document([(page, dpi) for page in pages]), readings
    return PAPERS[form]


@pytest.fixture(scope="session")
def world() -> World:
    """Keys made once."""
    return make_world()


@pytest.fixture
def vero(world: World, tmp_path: Path) -> Iterator[Vero]:
    """The authority with an empty hub."""
    (tmp_path / "hub").mkdir()
    open_queue(f"sqlite:///{tmp_path}/hub/queue.db", create=True)
    with ExitStack() as stack:
        yield Vero(tmp_path, world, stack)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; for one module, because its event loop keeps every other out of the thread."""
    with chromium() as started:
        yield started


@pytest.fixture
def sign_in(browser: Browser) -> Iterator["SignIn"]:
    """Signs clerks in, each in a browser window of their own."""
    made = SignIn(browser)
    yield made
    for context in made.contexts:
        context.close()


@dataclass
class SignIn:
    """Opens a window for a clerk at a unit."""

    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(self, unit: Unit, name: str) -> Page:
        """The page after sign-in, at the queue."""
        context = self.browser.new_context(viewport={"width": 1366, "height": 768}, locale="fi-FI")
        self.contexts.append(context)
        page = context.new_page()
        page.goto(unit.url)
        page.fill("[name=name]", name)
        page.fill("[name=password]", PASSWORD)
        page.click("main button, form button[type=submit]")
        page.wait_for_url(f"{unit.url}/**")
        return page
