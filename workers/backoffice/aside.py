"""Sets aside bundles that this office cannot open for a fault of its own, where the queue counts every delivery.

Such a queue would bury the filings while the office looks for its key. Their leases are kept as long as the queue lets,
in `OUT/.aside/<mark>/`; the first round with other keys or other trusted points gives all of them back at once.
"""

import shutil
from pathlib import Path

from intake.base import durable
from intake.base.errors import NotFound, Stale
from workers.backoffice.lease import LEASE_FILE, Lease, read_lease, write_lease
from workers.backoffice.office import Office
from workers.deliver.ports import MOST_SECONDS

ASIDE = ".aside"


def set_aside(office: Office, out: Path, lease: Lease) -> None:
    """Keep the lease for as long as the queue allows. Raises Stale, Away or Denied."""
    folder = out / ASIDE / office.mark / lease.bundle
    durable.make_folder(folder)
    write_lease(folder, lease)
    office.queue.extend(lease.token, MOST_SECONDS)


def release(office: Office, out: Path) -> None:
    """Give back what was set aside under other keys than those of now. Raises Away or Denied."""
    for under in sorted((out / ASIDE).glob("*")):
        if under.name == office.mark:
            continue
        for path in under.glob(f"*/{LEASE_FILE}"):
            try:
                office.queue.extend(read_lease(path).token, 0)
            except (Stale, NotFound):  # it came back by itself
                continue
        shutil.rmtree(under, ignore_errors=True)
