"""A publisher, a store, and points of the pilot's world that take what it publishes."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.base.settings import Settings, load_settings
from tests.clock import FakeClock
from tests.seal.world import NOW
from workers.deliver.folder import FolderStore
from workers.publish.publish import Published, Publisher, publish
from workers.publish.update import Update, Updating, back, update
from workers.run.new_point import make_point
from workers.seal import keyring, keys


@dataclass
class Town:
    """One publisher; the points are folders."""

    folder: Path
    clock: FakeClock
    publisher: Publisher

    @property
    def store(self) -> FolderStore:
        """Where packages lie."""
        return FolderStore(self.folder / "hub")

    def package(self, version: int) -> Path:
        """A package's file in the store."""
        return self.store.root / "updates" / "main" / f"{version:08d}.asics"

    def point(self, name: str) -> "Point":
        """A new point that pins the publisher; it knows no forms of the product, which keeps tests quick."""
        shutil.copytree(self.folder / "demo", self.folder / name)
        config = self.folder / name / "vireille.toml"
        ca = self.folder / "publisher" / "ca.pem"
        config.write_text(
            config.read_text()
            .replace('"folder:hub"', '"folder:../hub"')
            .replace('directories = ["forms"]', "builtin = false")
            + f'\n[updates]\npublisher = "{ca}"\n'
            + f'fingerprint = "{keys.fingerprint(keys.load_certificate(ca))}"\n'
        )
        return Point(self, config)

    def set(self, name: str = "set", *, rule: str = "") -> Path:
        """A folder to publish: the demo's rules and providers, certificates beside them; `rule` goes to Kela's file."""
        folder = self.folder / name
        shutil.copytree(self.folder / "demo" / "rules", folder / "rules")
        (folder / "providers").mkdir()
        for source in (self.folder / "demo" / "providers").glob("*.toml"):
            (folder / "providers" / source.name).write_text(source.read_text().replace("../keys/", ""))
            pem = self.folder / "demo" / "keys" / f"{source.stem}.cert.pem"
            shutil.copyfile(pem, folder / "providers" / pem.name)
        with (folder / "rules" / "kela.toml").open("a") as file:
            file.write(rule)
        return folder

    def publish(self, folder: Path, *, whole: bool = False, **changes: object) -> Published:
        """Publish as this town's publisher, or as one changed."""
        settings = load_settings(self.folder / "demo" / "vireille.toml")
        quick = settings.model_copy(update={"forms": settings.forms.model_copy(update={"builtin": False})})
        return publish(replace(self.publisher, **changes), folder, quick, whole=whole)  # type: ignore[arg-type]


@dataclass
class Point:
    """A point on the town's store."""

    town: Town
    config: Path

    @property
    def settings(self) -> Settings:
        """As every verb sees them."""
        return load_settings(self.config)

    @property
    def updating(self) -> Updating:
        """What updates it."""
        return Updating(load_settings(self.config, own=True), self.town.store, self.town.clock)

    @property
    def sets(self) -> list[Path]:
        """All folders among its sets, leftovers included."""
        return sorted(path for path in (self.config.parent / "data" / "updates").iterdir() if path.is_dir())

    def update(self, *, check: bool = False) -> Update:
        """Take what is new."""
        return update(self.updating, check=check)

    def back(self) -> Update:
        """Return to the set before."""
        return back(self.updating)


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo point and a publisher's keys, made once and copied."""
    folder = tmp_path_factory.mktemp("ground")
    make_point(folder / "demo", demo=True, clock=FakeClock(wall=NOW))  # a suite may run long after NOW
    keyring.new_point(folder / "publisher", "publisher", now=NOW - timedelta(days=1))
    return folder


@pytest.fixture
def town(ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A publisher who has published nothing yet. Nothing is synced: no test here cuts the power for real."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    shutil.copytree(ground, tmp_path / "town")
    folder = tmp_path / "town"
    clock = FakeClock(wall=NOW)
    signer = keyring.load_point(folder / "publisher").signer
    cas = keyring.load_cas(folder / "publisher" / "ca.pem")
    yield Town(folder, clock, Publisher(FolderStore(folder / "hub"), "main", signer, cas, clock))
