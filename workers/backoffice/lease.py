"""`lease.json` in a received filing's folder: what it takes to answer for it later, from another run of the client."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from intake.base import durable
from intake.base.clock import parse_iso
from intake.base.errors import NotFound

LEASE_FILE = "lease.json"


@dataclass(frozen=True, slots=True)
class Lease:
    """`lease.json`: what it takes to answer for a filing later."""

    bundle: str
    sha256: str
    provider: str
    unit: str | None
    token: str
    received_at: str
    message: str = ""
    """The queue's message as it came: to pass it on to another unit."""


def write_lease(folder: Path, lease: Lease) -> None:
    """Write it into the filing's folder, durably."""
    durable.write(folder / LEASE_FILE, json.dumps(asdict(lease), indent=2).encode())


def read_lease(path: Path) -> Lease:
    """The lease in the file `path`. Raises NotFound: no such filing, or it was answered."""
    try:
        lease = Lease(**json.loads(path.read_bytes()))
        parse_iso(lease.received_at)
    except (OSError, ValueError, TypeError) as error:
        raise NotFound(f"no filing with that id is waiting for an answer in {path.parent.parent}") from error
    return lease
