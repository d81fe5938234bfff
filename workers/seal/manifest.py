"""`bundle.json` as data: what a sealed filing says about itself. Shape in BUNDLE.md.

Promises that what is written is complete, closed and deterministic, and that what is read may have grown.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, PlainSerializer, StringConstraints

from intake.base.clock import iso
from intake.base.errors import Untrusted
from intake.base.filing import FieldReading, Finding, Frozen, Kind, Verdict
from intake.base.texts import Text
from routing_rules.model import Priority
from workers.seal.growing import read_json

SCHEMA = 2
"""2: `roles`, `titles`, `labels`, `options`, `identity`, `corrections`, `message`; a page's place in the scan."""
MOST_BYTES = 2_000_000
NAME = "bundle.json"
DOCUMENT = "document.pdf"

BundleId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^(original/[0-9]{3}\.(pdf|tif|jpg|png)|document\.pdf)$")]
Point = tuple[float, float]
Moment = Annotated[AwareDatetime, AfterValidator(lambda value: value.astimezone(UTC)), PlainSerializer(iso)]


Corners = tuple[Point, Point, Point, Point]


class SealedPage(Frozen):
    """One page of `document.pdf` and where it came from; all numbers 1-based."""

    page: int
    file: FileName
    source_page: int
    part: Kind = Kind.FORM
    form_page: int | None = None
    scan_page: int | None = None
    """The number by which `places` name this page: counted over all files of the hand-over."""
    form_corners_mm: Corners | None = None
    """Where the form's page lies on this one, clockwise from its top left: `places` are measured on the form's page."""


class Correction(Frozen):
    """A value that a person put right, or confirmed as it was read."""

    model_config = ConfigDict(serialize_by_alias=True)

    field: str
    read_as: str | None = None
    """None: nothing was believed."""
    value: str | None = Field(alias="is")
    """None: nothing stands there."""
    role: str
    """Whose word it is: `advisor` at the counter, `backoffice` at the authority. Never a name."""
    at: Moment


class Override(Frozen):
    """A finding that a person let pass, and why."""

    code: str
    field: str | None = None
    reason: str
    at: Moment


class Routing(Frozen):
    """The reason for the filing's recipient."""

    rule: str
    reason: Text
    priority: Priority = "normal"
    rule_set: str


class Versions(Frozen):
    """The versions of program and catalogue that made the bundle."""

    software: str
    catalogue: str | None = None


class SealedFile(Frozen):
    """One entry of the zip."""

    sha256: Sha256
    bytes: int


class EnvelopeMark(Frozen):
    """Ties the signed content to its outer header."""

    nonce: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]
    recipients_sha256: Sha256


class Content(Frozen):
    """The point's statement about a filing; the sealing adds the rest."""

    filing: str = Field(pattern=r"^[0-9a-z-]{1,40}$")
    sealing: int = Field(default=1, ge=1)
    point: Name
    provider: Name
    unit: Name | None = None
    handed_over: Moment
    kind: Kind = Kind.FORM
    form: str | None = None
    edition: str | None = None
    language: str | None = None
    verdict: Verdict | None = None
    pages: tuple[SealedPage, ...] = Field(max_length=2000)
    fields: dict[str, FieldReading] = {}
    findings: tuple[Finding, ...] = ()
    overrides: tuple[Override, ...] = ()
    contact: str | None = None
    identity: str | None = None
    """How the customer's identity was checked: the kind of document, or `not checked`; None: of the first release."""
    message: str | None = None
    """From the advisor to the authority."""
    corrections: tuple[Correction, ...] = ()
    roles: dict[str, str] = {}
    """By field: which is the person, the account, a sum; the list stands in `intake/forms/LANGUAGE.md`."""
    titles: dict[str, str] = {}
    """What people call the form, in each language it has."""
    labels: dict[str, dict[str, str]] = {}
    """By field: what the form calls it, in each language it has."""
    options: dict[str, dict[str, dict[str, str]]] = {}
    """By radio group and value: what the form calls that option, in each language it has."""
    routing: Routing
    due: date | None = None
    """The day by which the authority needs the paper, as the routing rules know it."""
    versions: Versions


class Manifest(Content):
    """All of `bundle.json`."""

    schema_version: int = Field(default=SCHEMA, ge=1, alias="schema")
    bundle: BundleId
    recipients: tuple[Fingerprint, ...] = Field(min_length=1, max_length=16)
    recipient_keys: tuple[Fingerprint, ...] = Field(min_length=1, max_length=16)
    envelope: EnvelopeMark
    files: dict[FileName, SealedFile]


def complete(
    content: Content,
    bundle: str,
    *,
    recipients: tuple[tuple[str, str], ...],
    envelope: EnvelopeMark,
    files: Mapping[str, SealedFile],
) -> Manifest:
    """The manifest of `content` sealed as `bundle`; `recipients`: (certificate, key) fingerprints in order."""
    return Manifest.model_validate(
        content.model_dump()
        | {
            "schema": SCHEMA,
            "bundle": bundle,
            "recipients": tuple(certificate for certificate, _ in recipients),
            "recipient_keys": tuple(key for _, key in recipients),
            "envelope": envelope.model_dump(),
            "files": {name: file.model_dump() for name, file in files.items()},
        }
    )


def to_json(manifest: Manifest) -> bytes:
    """Deterministic: keys sorted, no white space, UTF-8."""
    table = manifest.model_dump(mode="json", by_alias=True)
    return json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def from_json(untrusted_data: bytes) -> Manifest:
    """The manifest in `untrusted_data`. Raises Untrusted: not ours, too large, a key missing or standing twice."""
    if len(untrusted_data) > MOST_BYTES:
        raise Untrusted(f"bundle.json is larger than {MOST_BYTES} bytes", code="malformed")
    return read_json(Manifest, untrusted_data, "bundle.json")


def signed_age_days(manifest: Manifest, now: datetime) -> float:
    """The days since the paper was handed over."""
    return (now - manifest.handed_over).total_seconds() / 86_400
