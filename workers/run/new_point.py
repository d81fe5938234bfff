"""Makes a working point: settings, folders, keys, providers, rules. Never overwrites anything.

With `demo` it is one of the pilot's five points in its world of March 2015, with keys for every provider so that one
person can play both sides.
"""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path

from intake.base import durable
from intake.base.clock import Clock, SystemClock
from intake.base.errors import WrongUse
from intake.base.settings import POINT_ID, Settings
from intake.base.texts import Language
from routing_rules.load import BUILTIN as RULES
from routing_rules.load import load_rules
from routing_rules.model import Area
from routing_rules.providers import BUILTIN as PROVIDERS
from routing_rules.providers import load_provider
from scanners.folder import lay_out
from workers.deliver.connect import open_queue
from workers.ledger.vault import VAULT_KEY, new_vault_key
from workers.seal import keyring, keys
from workers.seal.seal import PointKeys

DEMO_DAY = date(2015, 3, 2)
LANGUAGES: tuple[Language, ...] = ("fi", "sv", "en")


@dataclass(frozen=True, slots=True)
class Place:
    """A new point: its id, name and municipality, a three-digit code that an area of the shipped rules has."""

    id: str
    name: str
    municipality: str | None = None
    languages: tuple[Language, ...] = LANGUAGES


PILOT = {
    place.id: place
    for place in (
        Place("mikkeli", "Mikkelin asiointipiste"),
        Place("oulu-kiiminki", "Oulun Kiimingin asiointipiste"),
        Place("parainen", "Pargas servicepunkt", languages=("sv", "fi", "en")),
        Place("pelkosenniemi", "Pelkosenniemen asiointipiste"),
        Place("saarijarvi", "Saarijärven asiointipiste"),
    )
}
"""The pilot's five points; the shipped areas say in which municipality each is."""

_SETTINGS = """\
# A Vireille point. Unknown keys are errors; paths are relative to this file.

[point]
id = "{id}"
name = {name}
languages = {languages}
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
complete = "{complete}"
incomplete = "advisor"
unsure = "advisor"
unknown = "advisor"

[providers]
directory = "providers"

[routing]
rules = "rules"

[forms]                          # further forms: 'vireille forms add BLANK.pdf --provider ID --into forms'
directories = ["forms"]

{jail}[keys]
directory = "keys"

[store]
url = "folder:hub"               # or s3://bucket/prefix

[queue]
url = "sqlite:///hub/queue.db"   # or postgresql://... or sqs://...

# [updates]                      # whose signed rules, providers and forms 'vireille update' takes
# publisher = "keys/publisher.pem"
# fingerprint = "sha256:..."     # both from the publisher
"""


_FULL_JAIL = """\
[jail]                           # "required": nothing is opened without the full jail; "best": as the machine allows
walls = "required"

"""


def place_of(
    point: str | None = None,
    *,
    name: str | None = None,
    municipality: str | None = None,
    languages: str | None = None,
    demo: bool = False,
) -> Place:
    """The place that `init` was asked for; one of the pilot's five is known by its id. Raises WrongUse."""
    chosen = point or ("saarijarvi" if demo else "point")
    if demo and chosen not in PILOT:
        raise WrongUse(f"'{chosen}' is none of the demo's points; use {', '.join(PILOT)}")
    if not re.fullmatch(POINT_ID, chosen):
        raise WrongUse(f"'{chosen}' cannot be a point's id; use a-z, 0-9 and hyphens, at most 40")
    if name is not None and not (name.strip() and name.isprintable()):
        raise WrongUse("a point's name is one printable line")
    areas = load_rules(RULES).areas
    known = PILOT.get(chosen, Place(chosen, "Asiointipiste"))
    code = _known_code(municipality, areas) if municipality else _code_of(chosen, areas)
    spoken = _languages(languages) if languages else known.languages
    return replace(known, name=name or known.name, municipality=code, languages=spoken)


def _code_of(point: str, areas: Mapping[str, Area]) -> str | None:
    """The municipality in which the shipped areas place `point`; None for a point they do not know."""
    return next(
        (area.municipalities[0] for area in areas.values() if point in area.points and len(area.municipalities) == 1),
        None,
    )


def _known_code(code: str, areas: Mapping[str, Area]) -> str:
    """`code` if an area has it. Raises WrongUse with near ones: a code that no area knows would route nothing."""
    names = {municipality: name for name, area in areas.items() for municipality in area.municipalities}
    if code in names:
        return code
    by_name = {
        name.removeprefix("kunta-"): area.municipalities[0] for name, area in areas.items() if name.startswith("kunta-")
    }
    near = [by_name[name] for name in get_close_matches(code.lower(), by_name, 3)] or get_close_matches(code, names, 3)
    offered = ", ".join(f"{place} ({names[place]})" for place in near) or "three-digit codes, such as 729"
    raise WrongUse(
        f"no area of the rules knows the municipality '{code}'; near it: {offered}. "
        "Or leave it out, and set it in the settings with an area of your own"
    )


def _languages(text: str) -> tuple[Language, ...]:
    wanted = [language.strip() for language in text.split(",")]
    found = tuple(known for language in wanted for known in LANGUAGES if known == language)
    if len(found) != len(wanted) or len(set(found)) != len(found):
        raise WrongUse(f"'{text}' is no list of languages; use some of fi,sv,en, each once, the first one first")
    return found


def make_point(folder: Path, *, demo: bool, place: Place | None = None, clock: Clock | None = None) -> Path:
    """Lay out a point in `folder`; returns its settings file. Raises WrongUse if one is there already."""
    file = folder.absolute() / "vireille.toml"
    if file.exists():
        raise WrongUse(f"{file} exists and is never overwritten; choose another folder")
    place = place or place_of(demo=demo)
    now = (clock or SystemClock()).now()
    for part in ("scan", "data", "providers", "rules", "forms", "keys", "hub"):
        durable.make_folder(file.parent / part)
    lay_out(file.parent / "scan" / "tiski-1")
    keyring.new_point(file.parent / "keys", place.id, now=now, secret=keys.passphrase())
    new_vault_key(file.parent / "keys" / VAULT_KEY)
    for source in sorted(RULES.glob("*.toml")):
        shutil.copyfile(source, file.parent / "rules" / source.name)
    _providers(file.parent, now, demo=demo)
    open_queue(f"sqlite:///{file.parent / 'hub' / 'queue.db'}", create=True)
    durable.write(file, _settings(place, demo=demo).encode(), mode=0o644)
    return file


def _settings(place: Place, *, demo: bool) -> str:
    known = f'municipality = "{place.municipality}"\n'
    return _SETTINGS.format(
        id=place.id,
        name=json.dumps(place.name, ensure_ascii=False),  # a string of JSON is one of TOML
        languages=json.dumps(place.languages),
        municipality=known if place.municipality else '# municipality = "729"         # three digits, for routing\n',
        as_of=f'as_of = "{DEMO_DAY}"             # fixes the day; a real point leaves it out\n' if demo else "",
        jail=""
        if demo
        else '[jail]\nwalls = "required"               # or "best": open files behind weaker walls, too\n\n',
        complete="auto" if demo else "advisor",
        port=0 if demo else 8090,
    )


def _providers(folder: Path, now: datetime, *, demo: bool) -> None:
    """The shipped provider files of the point's day; in a demo each with a key pair of its own pinned in it."""
    day = DEMO_DAY if demo else now.date()
    for source in sorted(PROVIDERS.glob("*.toml")):
        provider = load_provider(source)
        if not provider.valid_on(day):
            continue
        text = source.read_text("utf-8")
        if demo:
            identity = keyring.new_provider(folder / "keys", provider.id, now=now)
            pin = keys.fingerprint(identity.certificate)
            text += f'\n[[certificates]]\npath = "../keys/{provider.id}.cert.pem"\nfingerprint = "{pin}"\n'
        durable.write(folder / "providers" / source.name, text.encode(), mode=0o644)


def load_point_keys(settings: Settings) -> PointKeys:
    """The keys that the point seals with. Raises BadFile."""
    return keyring.load_point(settings.keys.directory, secret=keys.passphrase())
