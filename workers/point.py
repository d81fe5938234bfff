"""Make a working point: settings, folders, keys, providers, rules. Never overwrites anything.

With `demo` it is the point Saarijärvi in the pilot's world of March 2015, with keys for every provider so that one
person can play both sides.
"""

import shutil
from datetime import date, datetime
from pathlib import Path

from intake.base import durable
from intake.base.clock import Clock, SystemClock
from intake.base.errors import WrongUse
from intake.base.settings import Settings
from intake.ledger.vault import new_vault_key
from routing_rules.load import BUILTIN as RULES
from routing_rules.providers import BUILTIN as PROVIDERS
from routing_rules.providers import load_provider
from scanners.folder import lay_out
from workers.seal import keyring, keys
from workers.seal.seal import PointKeys

VAULT_KEY = "vault.key"
DEMO_DAY = date(2015, 3, 2)
DEMO_PROVIDERS = ("kela", "vero", "te", "maistraatti", "poliisi", "kunta")

_SETTINGS = """\
# A Vireille point. Unknown keys are errors; paths are relative to this file.

[point]
id = "{id}"
name = "{name}"
languages = ["fi", "sv", "en"]
{municipality}data = "data"
{as_of}
[[scanner]]                      # one drop folder; write the marker file into a remote one with 'vireille doctor'
id = "tiski-1"
folder = "scan/tiski-1"
mode = "local"                   # "remote" for a network share
quiet_seconds = 0.5              # how long a file must stay unchanged

[console]
host = "127.0.0.1"
port = {port}

[release]                        # who lets a filing go, by its verdict
complete = "auto"
incomplete = "advisor"
unsure = "advisor"
unknown = "advisor"

[providers]
directory = "providers"

[routing]
rules = "rules"

[keys]
directory = "keys"

[store]
url = "folder:hub"               # or s3://bucket/prefix

[queue]
url = "sqlite:///hub/queue.db"   # or postgresql://... or sqs://...

# [updates]                      # whose signed rules, providers and forms 'vireille update' takes
# publisher = "keys/publisher.pem"
# fingerprint = "sha256:..."     # both from the publisher
"""


def make_point(folder: Path, *, demo: bool, clock: Clock | None = None) -> Path:
    """Lay out a point in `folder`; returns its settings file. Raises WrongUse if one is there already."""
    file = folder.absolute() / "vireille.toml"
    if file.exists():
        raise WrongUse(f"{file} exists and is never overwritten; choose another folder")
    now = (clock or SystemClock()).now()
    name = "saarijarvi" if demo else "point"
    for part in ("scan", "data", "providers", "rules", "keys", "hub"):
        durable.make_folder(file.parent / part)
    lay_out(file.parent / "scan" / "tiski-1")
    keyring.new_point(file.parent / "keys", name, now=now, secret=keys.passphrase())
    new_vault_key(file.parent / "keys" / VAULT_KEY)
    for source in sorted(RULES.glob("*.toml")):
        shutil.copyfile(source, file.parent / "rules" / source.name)
    _providers(file.parent, now, demo=demo)
    text = _SETTINGS.format(
        id=name,
        name="Saarijärven yhteispalvelupiste" if demo else "Yhteispalvelupiste",
        municipality='municipality = "729"\n'
        if demo
        else '# municipality = "729"         # three digits, for routing\n',
        as_of=f'as_of = "{DEMO_DAY.isoformat()}"             # fixes the day; a real point leaves it out\n'
        if demo
        else "",
        port=0 if demo else 8090,
    )
    durable.write(file, text.encode(), mode=0o644)
    return file


def _providers(folder: Path, now: datetime, *, demo: bool) -> None:
    """The shipped provider files; in a demo those of its day, each with a key pair of its own pinned in it."""
    for source in sorted(PROVIDERS.glob("*.toml")):
        provider = load_provider(source)
        if demo and provider.id not in DEMO_PROVIDERS:
            continue
        text = source.read_text("utf-8")
        if demo:
            one = keyring.new_provider(folder / "keys", provider.id, now=now)
            pin = keys.fingerprint(one.certificate)
            text += f'\n[[certificates]]\npath = "../keys/{provider.id}.cert.pem"\nfingerprint = "{pin}"\n'
        durable.write(folder / "providers" / source.name, text.encode(), mode=0o644)


def load_point_keys(settings: Settings) -> PointKeys:
    """What the point seals with. Raises BadFile."""
    return keyring.load_point(settings.keys.directory, secret=keys.passphrase())
