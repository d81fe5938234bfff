"""Makes a working office: settings, keys, the folder for filings. Never overwrites anything."""

import re
from dataclasses import dataclass
from pathlib import Path

from intake.base import durable
from intake.base.clock import Clock
from intake.base.errors import WrongUse
from intake.base.settings import POINT_ID
from workers.deliver.connect import open_queue
from workers.seal import keyring, keys
from workers.seal.keys import Identity

SETTINGS = "vireille.toml"
OUT = "filings"
STORE, QUEUE = "folder:hub", "sqlite:///hub/queue.db"
_TEXT = """\
# A Vireille back office. Unknown keys are errors; paths are relative to this file.

[inbox]
provider = "{provider}"
{unit}key = "keys/{provider}.key.pem"
keep_days = 30                   # so long a filing lies in the folder after its answer; without the line: for ever
lost_days = 30                   # and so long one that somebody else got, in its folder .lost
# webhook = "https://..."        # a case system that is notified of each filing
# webhook_secret = "keys/webhook.secret"

[keys]                           # 'vireille inbox trust' puts the ca.pem of each service point here
directory = "keys"

[store]                          # the same as the points use
url = "{store}"

[queue]
url = "{queue}"
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose office it is, and where it looks."""

    provider: str
    unit: str | None = None
    store: str = STORE
    queue: str = QUEUE


def make_office(folder: Path, place: Place, clock: Clock) -> Identity:
    """Lay out the office in `folder` and make its key. Raises WrongUse: something is there, or an id is none."""
    for name in filter(None, (place.provider, place.unit)):
        if not re.fullmatch(POINT_ID, name):
            raise WrongUse(f"'{name}' cannot be an id; use a-z, 0-9 and hyphens, at most 40")
    if folder.exists() and any(folder.iterdir()):
        raise WrongUse(f"{folder} is not empty; nothing was changed")
    durable.make_folder(folder)
    durable.make_private_folder(folder / OUT)
    made = keyring.new_provider(folder / "keys", place.provider, now=clock.now(), secret=keys.passphrase())
    unit = f'unit = "{place.unit}"\n' if place.unit else ""
    text = _TEXT.format(provider=place.provider, unit=unit, store=place.store, queue=place.queue)
    if (place.store, place.queue) == (STORE, QUEUE):
        durable.make_folder(folder / "hub")
        open_queue(f"sqlite:///{(folder / 'hub/queue.db').absolute()}", create=True)
    durable.write(folder / SETTINGS, text.encode())
    return made
