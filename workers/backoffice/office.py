"""A provider's inbox: whose it is, where it looks, what opens it and what signs for it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography import x509

from intake.base.clock import Clock
from intake.base.errors import Damaged, NotFound, Untrusted, WrongUse
from workers.backoffice.lease import Lease
from workers.deliver.ports import Queue, Store
from workers.seal import keys
from workers.seal.envelope import Opener
from workers.seal.keys import Identity
from workers.seal.manifest import Manifest
from workers.seal.trust import TrustedPoint
from workers.send.receipt import Receipt, receipt_from_json, send_receipt

SEEN = ".seen"
"""Below OUT: a receipt for each bundle that was answered."""


class Keeper(Protocol):
    """Where filings are kept otherwise than as plain files."""

    def keep(self, manifest: Manifest, folder: Path, lease: Lease) -> None:
        """Take in what was just opened in `folder`, which is removed afterwards. May come again."""


@dataclass(frozen=True, slots=True)
class Office:
    """A provider's inbox and what opens it."""

    provider: str
    unit: str | None
    store: Store
    queue: Queue
    openers: tuple[Opener, ...]
    """The provider's keys, current first, old ones after it."""
    points: tuple[TrustedPoint, ...]
    """The points that are trusted."""
    clock: Clock
    identity: Identity | None = None
    """Signs receipts; None: this machine only reads."""
    keeper: Keeper | None = None
    """Takes filings in instead of the folder, where only their leases then lie; None: plain files in the folder."""

    @property
    def certificates(self) -> Sequence[x509.Certificate]:
        """The provider's own, current and old, where at hand: a receipt under one of them is ours."""
        return [opener.certificate for opener in self.openers if opener.certificate is not None]

    @property
    def mark(self) -> str:
        """Changes with the keys and the trusted points: another mark may open what this one could not."""
        parts = [keys.key_fingerprint(opener.key.public_key()) for opener in self.openers]
        parts += sorted(f"{keys.fingerprint(point.ca)} {point.point}" for point in self.points)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def sign_and_send(office: Office, receipt: Receipt) -> Receipt:
    """The receipt that now stands for the bundle. Raises WrongUse: no key to sign with; and as `send_receipt`."""
    if office.identity is None:
        raise WrongUse("no key to sign receipts with; name the provider's key with --key, its certificate beside it")
    return send_receipt(office.store, office.provider, receipt, office.identity, known=office.certificates)


def seen(out: Path, bundle: str) -> Receipt | None:
    """The answer given for `bundle` from the folder `out`. Raises NotFound: no bundle's id; Damaged."""
    path = out / SEEN / f"{bundle}.json"
    if not bundle.isalnum():
        raise NotFound("not a bundle id")
    try:
        return receipt_from_json(path.read_bytes()) if path.is_file() else None
    except (OSError, Untrusted) as error:
        raise Damaged(f"{path} cannot be read; restore it, or delete it and answer again") from error
