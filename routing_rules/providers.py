"""Providers as data: names, units and certificates of those who receive filings, each with its days.

One TOML file per provider, named after its id. Certificate paths are relative to the file; a fingerprint pins each
(F-06). A file that is wrong is told with its line and key.
"""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from intake.base.errors import BadFile
from intake.base.texts import Language, Text
from intake.base.toml import load_toml
from routing_rules.model import ID_PATTERN, within
from routing_rules.when import Frozen

BUILTIN = Path(__file__).parent / "providers"
MOST_FILES = 500
_LANGUAGES = ("fi", "sv", "en")


def _filled(given: object) -> object:
    """A name that is missing in a language is that in Finnish, else in the first language there is."""
    if not isinstance(given, dict):
        return given
    known = [given[language] for language in _LANGUAGES if language in given]
    return {**dict.fromkeys(_LANGUAGES, known[0]), **given} if known else given


Names = Annotated[Text, BeforeValidator(_filled)]
"""What it is called: in one language at least."""


class Contact(Frozen):
    """How a customer reaches an authority: only what the authority itself says, never an invented number."""

    phone: str = Field(default="", max_length=60)
    email: str = Field(default="", max_length=120)
    address: str = Field(default="", max_length=200)

    @property
    def line(self) -> str:
        """All that is known, in one line."""
        return " · ".join(part for part in (self.phone, self.email, self.address) if part)


class Unit(Frozen):
    """A part of a provider with a queue view of its own."""

    id: str = Field(pattern=ID_PATTERN)
    names: Names
    languages: tuple[Language, ...] = ("fi",)
    contact: Contact | None = None
    """Its own, where it differs from the authority's."""
    valid_from: date | None = None
    valid_until: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the unit takes filings on `day`."""
        return within(day, self.valid_from, self.valid_until)


class Certificate(Frozen):
    """A certificate to seal to: a PEM file and the fingerprint it must have."""

    path: Path
    fingerprint: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    valid_from: date | None = None
    valid_until: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the provider wants filings sealed to it on `day`."""
        return within(day, self.valid_from, self.valid_until)


class Provider(Frozen):
    """One authority."""

    id: str = Field(pattern=ID_PATTERN)
    names: Names
    contact: Contact | None = None
    """`{ phone, email, address }`, on the customer's receipt, page and slip; what has a source only."""
    valid_from: date | None = None
    valid_until: date | None = None
    units: tuple[Unit, ...] = Field(default=(), max_length=500)
    certificates: tuple[Certificate, ...] = Field(default=(), max_length=20)
    max_bundle_mb: int = Field(default=100, ge=1, le=2000)
    text_layer: bool = True

    @model_validator(mode="after")
    def _units_once(self) -> "Provider":
        ids = [unit.id for unit in self.units]
        if len(set(ids)) != len(ids):
            msg = "two units have the same id"
            raise ValueError(msg)
        return self

    def valid_on(self, day: date) -> bool:
        """Whether the provider exists on `day`."""
        return within(day, self.valid_from, self.valid_until)

    def unit(self, unit_id: str) -> Unit | None:
        """The unit with that id, if there is one."""
        return next((unit for unit in self.units if unit.id == unit_id), None)


def load_provider(path: Path) -> Provider:
    """The provider in `path`, certificate paths made absolute. Raises BadFile."""
    provider = load_toml(path, Provider)
    if provider.id != path.stem:
        raise BadFile(path, f"the id must be the file's name, '{path.stem}'", key="id")
    certificates = tuple(
        certificate.model_copy(update={"path": (path.parent / certificate.path).absolute()})
        for certificate in provider.certificates
    )
    return provider.model_copy(update={"certificates": certificates})


def load_providers(folder: Path) -> dict[str, Provider]:
    """All providers in `folder`, by id. Raises BadFile: no folder, none in it, too many, or a wrong file."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise BadFile(folder, "no provider files here; each provider is one TOML file named after its id")
    if len(paths) > MOST_FILES:
        raise BadFile(folder, f"more than {MOST_FILES} provider files")
    return {provider.id: provider for provider in map(load_provider, paths)}
