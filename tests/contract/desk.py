"""A back office as its clerk meets it: settings, keys and `vireille inbox`, over any of the queues."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.seal.world import NOW, World, filing
from workers.deliver.folder import FolderStore
from workers.deliver.ports import Message, Queue, deliver, object_key
from workers.seal import keys
from workers.seal.keys import Identity
from workers.seal.seal import Sealed, seal

VIREILLE = Path(sys.executable).with_name("vireille")


@dataclass
class Desk:
    """Vero's office, and the point that sends to it."""

    world: World
    folder: Path
    url: str
    queue: Queue
    pass_time: Callable[[], None]
    """What rests in the queue may come again now; leases end."""
    blamed: Callable[[], int]
    """The highest count of deliveries that stands against a message, where it can be known."""

    @property
    def counts(self) -> bool:
        """Whether the queue counts every delivery."""
        return self.queue.counts_every_delivery

    def set_up(self) -> None:
        """Settings, a store, the provider's key and the point's CA."""
        (self.folder / "hub").mkdir(exist_ok=True)
        (self.folder / "vireille.toml").write_text(
            f'[store]\nurl = "folder:hub"\n[queue]\nurl = "{self.url}"\n[keys]\ndirectory = "keys"\n'
            '[inbox]\nprovider = "vero"\nkey = "keys/vero.key.pem"\n'
        )
        self.give_key(self.world.vero)
        self.trust(self.world.ca)

    def give_key(self, identity: Identity, *, certificate: Identity | None = None) -> None:
        """The office's key and certificate become these."""
        for name in ("vero.key.pem", "vero.cert.pem"):
            (self.folder / "keys" / name).unlink(missing_ok=True)
        keys.save_key(self.folder / "keys/vero.key.pem", identity.key)
        keys.save_certificate(self.folder / "keys/vero.cert.pem", (certificate or identity).certificate)

    def trust(self, *cas: Identity) -> None:
        """The office trusts the points with these CAs, and no other."""
        for path in (self.folder / "keys").glob("*ca.pem"):
            path.unlink()
        for number, ca in enumerate(cas):
            keys.save_certificate(self.folder / f"keys/{number}-ca.pem", ca.certificate)

    def send(self, *names: str, now: datetime = NOW) -> list[str]:
        """Small filings are sealed and handed over; gives their bundle ids in order."""
        bundles = []
        for name in names:
            made = self.sealed(name, now=now)
            self.hand_over(made.bundle_id, made.path.read_bytes(), made.sha256)
            bundles.append(made.bundle_id)
        return bundles

    def sealed(self, name: str, now: datetime = NOW) -> Sealed:
        """One small filing, not handed over."""
        return seal(filing(name), (self.world.vero.certificate,), self.world.point, into=self.folder, now=now)

    def hand_over(self, bundle: str, data: bytes, sha256: str) -> None:
        """`data` lies in the store under `bundle`, and the queue tells of it."""
        path = self.folder / "to-send"
        path.write_bytes(data)
        said = Message(bundle=bundle, object=object_key("vero", bundle), sha256=sha256, bytes=len(data),
                       provider="vero", unit="jyvaskyla", form="vero-5010", handed_over=NOW)  # fmt: skip
        deliver(path, said, FolderStore(self.folder / "hub"), self.queue)

    def words(self, verb: str, *words: str, out: str = "out") -> list[str]:
        """The command line of `vireille inbox VERB`."""
        place = [] if verb in {"list", "dead", "redrive"} else ["--out", str(self.folder / out)]
        settings = [] if verb in {"unanswered", "show"} else ["--config", str(self.folder / "vireille.toml")]
        return [str(VIREILLE), "inbox", verb, *words, *place, *settings]

    def inbox(self, verb: str, *words: str, out: str = "out") -> subprocess.CompletedProcess[str]:
        """Run `vireille inbox VERB`."""
        return subprocess.run(
            self.words(verb, *words, out=out), capture_output=True, text=True, check=False, timeout=120, env=os.environ
        )

    def there(self, out: str = "out") -> set[str]:
        """The bundles that lie received."""
        return {path.parent.name for path in (self.folder / out).glob("*/bundle.json")}
