"""A point that delivers and an office that receives, over a folder and a SQLite table."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from routing_rules.providers import Certificate, Provider
from tests.clock import FakeClock
from tests.seal.world import NOW, WORDS, World, make_world, opener, sealed
from workers.backoffice.office import Office
from workers.deliver.folder import FolderStore
from workers.deliver.ports import Message, deliver, object_key
from workers.deliver.table import TableQueue
from workers.seal import keys
from workers.seal.keys import Identity
from workers.seal.seal import Sealed


@dataclass
class Street:
    """The point on one side, Vero's office on the other."""

    world: World
    folder: Path
    clock: FakeClock
    office: Office
    store: FolderStore
    queue: TableQueue
    vero: Provider

    @property
    def out(self) -> Path:
        """Where the office's filings go."""
        return self.folder / "out"

    def deliver(self, name: str = "f1", recipients: list[Identity] | None = None, **changes: object) -> Sealed:
        """Seal a small filing and hand it over."""
        bundle = self.seal(name, recipients, **changes)
        deliver(bundle.path, self.message(bundle), self.store, self.queue)
        return bundle

    def seal(self, name: str = "f1", recipients: list[Identity] | None = None, **changes: object) -> Sealed:
        """Seal a small filing."""
        sealed_folder = self.folder / "sealed"
        sealed_folder.mkdir(exist_ok=True)
        return sealed(self.world, sealed_folder, recipients, name=name, **changes)

    def message(self, bundle: Sealed) -> Message:
        """What the queue is told of it."""
        manifest = bundle.manifest
        return Message(
            bundle=bundle.bundle_id, object=object_key("vero", bundle.bundle_id), sha256=bundle.sha256,
            bytes=bundle.bytes, provider="vero", unit=manifest.unit, form=manifest.form,
            handed_over=manifest.handed_over,
        )  # fmt: skip

    def with_identity(self, identity: Identity | None) -> Office:
        """The office with another key to sign with."""
        return replace(self.office, identity=identity)


@pytest.fixture(scope="session")
def world() -> World:
    """Keys made once."""
    return make_world()


@pytest.fixture
def street(world: World, tmp_path: Path) -> Iterator[Street]:
    """An empty street."""
    clock = FakeClock(wall=NOW)
    store = FolderStore(tmp_path / "hub")
    queue = TableQueue(f"sqlite:///{tmp_path}/hub/queue.sqlite", clock=clock, most_deliveries=3)
    certificate = tmp_path / "vero.cert.pem"
    keys.save_certificate(certificate, world.vero.certificate)
    pinned = Certificate(path=certificate, fingerprint=keys.fingerprint(world.vero.certificate))
    vero = Provider(id="vero", names=WORDS, certificates=(pinned,))
    office = Office("vero", None, store, queue, (opener(world.vero),), world.trusted, clock, world.vero)
    yield Street(world, tmp_path, clock, office, store, queue, vero)
    queue.close()
