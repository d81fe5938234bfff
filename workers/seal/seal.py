"""Seal a filing: sign it as the point, encrypt it to the provider, write one `.p7m`.

Promises that the file is whole or not there, that no plaintext touches the disk on the way, and that the bundle id
depends on the filing and the number of its sealing only. Sealing twice gives two different files with the same id: once
one is recorded, that one is used.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from cryptography import x509

from intake.base import durable
from intake.base.errors import Unsealable, VireilleError, WrongUse
from intake.base.ids import keyed_id
from intake.base.texts import Text
from workers.seal import certificates, container, envelope, keys, manifest, signature
from workers.seal.certificates import Use
from workers.seal.keys import Identity
from workers.seal.manifest import Content, Manifest, SealedFile
from workers.seal.zip import Archive, Entry, FromBytes, Source, measure, source_of

NOT_THIS_POINTS = Text(
    fi="Asiaa ei voi lähettää: allekirjoitusvarmenne ei ole pisteen ”{point}” varmenne. Ota yhteys ylläpitoon.",
    sv="Ärendet kan inte skickas: signeringscertifikatet hör inte till punkten ”{point}”. Kontakta administratören.",
    en="The filing cannot be sent: the signing certificate is not that of the point “{point}”. Call the operator.",
)
SIGNER = Text(
    fi="Asiaa ei voi lähettää: pisteen allekirjoitusvarmenne on vanhentunut tai ei kelpaa. Ota yhteys ylläpitoon.",
    sv="Ärendet kan inte skickas: punktens signeringscertifikat gäller inte (längre). Kontakta administratören.",
    en="The filing cannot be sent: the point's signing certificate has expired or is not fit. Call the operator.",
)
NONE_PINNED = Text(
    fi="Asiaa ei voi lähettää: pisteellä ei ole viranomaisen varmennetta tälle päivälle. Ota yhteys ylläpitoon.",
    sv="Ärendet kan inte skickas: punkten har inget certifikat från myndigheten för i dag. Kontakta administratören.",
    en="The filing cannot be sent: the point has no certificate of the authority for today. Call the operator.",
)
SWAPPED = Text(
    fi="Asiaa ei voi lähettää: viranomaisen varmenne on vaihtunut ilman hyväksyntää. Ota yhteys ylläpitoon.",
    sv="Ärendet kan inte skickas: myndighetens certifikat har bytts utan godkännande. Kontakta administratören.",
    en="The filing cannot be sent: the authority's certificate was changed without approval. Call the operator.",
)
RECIPIENT = Text(
    fi="Asiaa ei voi lähettää: viranomaisen varmenne on vanhentunut tai ei kelpaa. Ota yhteys ylläpitoon.",
    sv="Ärendet kan inte skickas: myndighetens certifikat har gått ut eller duger inte. Kontakta administratören.",
    en="The filing cannot be sent: the authority's certificate has expired or is not fit. Call the operator.",
)
TOO_LARGE = Text(
    fi="Asia on liian suuri: viranomainen ottaa vastaan enintään {most} Mt. Jaa se osiin tai lähetä postitse.",
    sv="Ärendet är för stort: myndigheten tar emot högst {most} MB. Dela upp det eller skicka det per post.",
    en="The filing is too large: the authority takes at most {most} MB. Split it or send it by post.",
)


@contextmanager
def in_words(text: Text) -> Iterator[None]:
    """Give `text` to an Unsealable that is raised within."""
    try:
        yield
    except Unsealable as error:
        raise Unsealable(error.message, code=error.code, text=text) from error


DEFAULT_MAX_BYTES = 100 * 1000 * 1000
_MOST_ORIGINALS = 999


@dataclass(frozen=True, slots=True)
class Original:
    """The scanner's bytes of one file; `suffix` is pdf, tif, jpg or png."""

    source: Path | bytes | Source
    suffix: str = "pdf"


@dataclass(frozen=True, slots=True)
class SealInput:
    """A filing ready to be sealed."""

    content: Content
    originals: tuple[Original, ...]
    document: Path | bytes | Source | None = None
    """`document.pdf`: the upright pages."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A bundle on disk; `sha256` is the hex hash of the whole file."""

    bundle_id: str
    path: Path
    sha256: str
    bytes: int
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class PointKeys:
    """The keys a point seals with: its signing identity, its CA's certificate, its key for bundle ids."""

    signer: Identity
    ca: x509.Certificate
    id_key: bytes


class Pinned(Protocol):
    """A certificate as a provider file pins it (`routing_rules.providers.Certificate`)."""

    @property
    def path(self) -> Path:
        """The path of the PEM file."""

    @property
    def fingerprint(self) -> str:
        """`sha256:` and hex over the DER."""

    @property
    def valid_from(self) -> date | None:
        """First day; None: no limit of the provider file's own."""

    @property
    def valid_until(self) -> date | None:
        """Last day; None: no limit of the provider file's own."""


def bundle_id(id_key: bytes, filing: str, sealing: int) -> str:
    """32 hex digits that tell nothing and are the same for the same sealing of the same filing."""
    return keyed_id(id_key, filing, str(sealing))


def pinned_certificate(pin: Pinned) -> x509.Certificate:
    """The certificate that `pin` names. Raises Unsealable if the file is not the pinned one (F-06), or BadFile."""
    certificate = keys.load_certificate(pin.path)
    if keys.fingerprint(certificate) != pin.fingerprint:
        problem = f"{pin.path} is not the certificate that the provider file pins; a change needs two people"
        raise Unsealable(problem, text=SWAPPED)
    return certificate


def recipients_for(pins: Sequence[Pinned], *, now: datetime, day: date | None = None) -> tuple[x509.Certificate, ...]:
    """The certificates to encrypt to at `now`: the current one, and the next during a rollover; newest first.

    `day`: the point's fixed day for the provider file's own windows, else that of `now`. A certificate that is unfit is
    left out as long as another is fit. Raises Unsealable if none is, or if any was swapped.
    """
    fit: list[x509.Certificate] = []
    problem: VireilleError | None = None
    for pin in pins:
        certificate = pinned_certificate(pin)
        chosen = day or now.date()
        if (pin.valid_from and chosen < pin.valid_from) or (pin.valid_until and chosen > pin.valid_until):
            continue
        try:
            certificates.check(certificate, Use.RECEIVE, at=now)
            fit.append(certificate)
        except Unsealable as error:
            problem = error
    if not fit:
        reason = problem.message if problem else "the provider file pins none for today"
        text = RECIPIENT if problem else NONE_PINNED
        raise Unsealable(f"no certificate to encrypt to: {reason}", text=text)
    return tuple(sorted(fit, key=lambda certificate: certificate.not_valid_before_utc, reverse=True))


def seal(
    given: SealInput,
    recipients: Sequence[x509.Certificate],
    point: PointKeys,
    *,
    into: Path,
    now: datetime,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Sealed:
    """Write `<bundle id>.p7m` into the folder `into`.

    Raises Unsealable (keys, certificates, too large), Damaged (a source changed), DiskFull, Denied or Away.
    """
    check_signer(point, given.content.point, now=now)
    with in_words(RECIPIENT):
        for certificate in recipients:
            certificates.check(certificate, Use.RECEIVE, at=now)
    planned = envelope.plan(tuple(recipients))
    files = _files(given)
    made = manifest.complete(
        given.content,
        bundle_id(point.id_key, given.content.filing, given.content.sealing),
        recipients=tuple(
            (keys.fingerprint(recipient), keys.key_fingerprint(keys.public_key(recipient))) for recipient in recipients
        ),
        envelope=planned.mark,
        files={entry.name: SealedFile(sha256=entry.sha256, bytes=entry.size) for entry in files},
    )
    filing = Archive((measure(manifest.NAME, FromBytes(manifest.to_json(made))), *files))
    measured = measure(container.FILING, filing)
    signed = signature.sign_detached(bytes.fromhex(measured.sha256), point.signer, at=now)
    asics = container.container(measured, signed)
    if asics.size > max_bytes:
        problem = f"the bundle would be {asics.size} bytes; this provider takes {max_bytes}"
        raise Unsealable(problem, code="bundle_too_large", text=TOO_LARGE.filled(most=max_bytes // 1_000_000))
    tally = _Tally()
    path = into / f"{made.bundle}.p7m"
    durable.write(path, tally.over(envelope.encrypted(planned, asics.size, asics.chunks())))
    return Sealed(made.bundle, path, tally.digest.hexdigest(), tally.bytes, made)


def check_signer(point: PointKeys, name: str, *, now: datetime) -> None:
    """Raises Unsealable unless the point `name` may sign with these keys at `now`."""
    with in_words(SIGNER):
        certificates.check(point.signer.certificate, Use.SIGN, at=now)
        certificates.check_issued(point.signer.certificate, point.ca)
    known = certificates.common_name(point.signer.certificate)
    if known != name:
        raise Unsealable(
            f"the signing certificate is not that of the point '{name}' but of '{known}'; run 'keys rotate point'",
            text=NOT_THIS_POINTS.filled(point=name),
        )


def _files(given: SealInput) -> tuple[Entry, ...]:
    if not 1 <= len(given.originals) <= _MOST_ORIGINALS:
        raise WrongUse(f"a bundle holds 1 to {_MOST_ORIGINALS} original files")
    entries = [
        measure(f"original/{number:03d}.{original.suffix}", source_of(original.source))
        for number, original in enumerate(given.originals, start=1)
    ]
    if given.document is not None:
        entries.append(measure(manifest.DOCUMENT, source_of(given.document)))
    return tuple(entries)


class _Tally:
    """Counts and hashes what passes."""

    def __init__(self) -> None:
        self.bytes, self.digest = 0, hashlib.sha256()

    def over(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.bytes += len(chunk)
            self.digest.update(chunk)
            yield chunk
