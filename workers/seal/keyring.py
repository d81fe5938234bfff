"""A folder of keys: a point's own (`ca`, `point`, `bundle-id`) and, for demonstrations and back offices, a provider's.

    ca.pem  ca.key.pem            the point's CA; its key is needed to make signing certificates only: keep it elsewhere
    point.cert.pem  point.key.pem what the point signs with
    bundle-id.key                 makes bundle ids; never changes, or old filings get new ids
    <provider>.cert.pem  <provider>.key.pem

Rotating keeps the old files, named with their fingerprint: old bundles open until a person removes them (F-04).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from intake.base import durable
from intake.base.errors import BadFile, WrongUse
from workers.seal import certificates, keys
from workers.seal.envelope import Opener
from workers.seal.keys import Identity, KeyKind
from workers.seal.seal import PointKeys

POINT = "point"


@dataclass(frozen=True, slots=True)
class Files:
    """The paths of an identity's two files."""

    certificate: Path
    key: Path


def files(directory: Path, name: str) -> Files:
    """The files of the point (`POINT`) or of a provider."""
    certificate = directory / f"{name}.cert.pem"
    return Files(certificate, directory / f"{name}.key.pem")


def new_point(directory: Path, point: str, *, now: datetime, secret: bytes | None = None) -> PointKeys:
    """Make and write all keys of a point, or none. A `bundle-id.key` that is there is kept: it never changes.

    Raises WrongUse if any other is there already, BadFile if the kept one is none.
    """
    ca = certificates.new_ca(point, now=now)
    signer = certificates.new_signing(point, ca, now=now)
    ids = directory / "bundle-id.key"
    kept = keys.load_id_key(ids) if ids.exists() else None
    pairs = ((Files(directory / "ca.pem", directory / "ca.key.pem"), ca), (files(directory, POINT), signer))
    _save(pairs, secret)
    return PointKeys(signer, ca.certificate, kept or keys.save_id_key(ids))


def load_point(directory: Path, *, secret: bytes | None = None) -> PointKeys:
    """The keys that the point seals with. Raises BadFile."""
    point = files(directory, POINT)
    signer = keys.load_identity(point.certificate, point.key, secret)
    ca = keys.load_certificate(directory / "ca.pem")
    return PointKeys(signer, ca, keys.load_id_key(directory / "bundle-id.key"))


def rotate_point(directory: Path, point: str, *, now: datetime, secret: bytes | None = None) -> Identity:
    """A new signing key and certificate from the CA; the old are kept aside. Raises BadFile without the CA's key."""
    ca_key = directory / "ca.key.pem"
    if not ca_key.is_file():
        raise BadFile(ca_key, "is not here: the CA's key makes signing certificates; bring it from where it is kept")
    ca = Identity(keys.load_certificate(directory / "ca.pem"), keys.load_key(ca_key, secret))
    signer = certificates.new_signing(point, ca, now=now)
    _replace(files(directory, POINT), signer, secret)
    return signer


def new_provider(
    directory: Path, provider: str, *, now: datetime, secret: bytes | None = None, kind: KeyKind = "p256"
) -> Identity:
    """Make and write a provider's key and certificate. Raises WrongUse if they are there already."""
    identity = certificates.new_provider(provider, now=now, kind=kind)
    _save(((files(directory, provider), identity),), secret)
    return identity


def rotate_provider(
    directory: Path, provider: str, *, now: datetime, secret: bytes | None = None, kind: KeyKind = "p256"
) -> Identity:
    """A new key and certificate for a provider; the old ones are kept aside and still open old bundles."""
    identity = certificates.new_provider(provider, now=now, kind=kind)
    _replace(files(directory, provider), identity, secret)
    return identity


def openers(key: Path, *, secret: bytes | None = None) -> tuple[Opener, ...]:
    """The key in `key` with the certificate beside it, then those kept aside by rotations. Raises BadFile."""
    aside = sorted(key.parent.glob(f"{key.name.removesuffix('.key.pem')}.old-*.key.pem"))
    return tuple(Opener(keys.load_key(path, secret), keys.certificate_beside(path)) for path in (key, *aside))


def names(key: Path, found: Sequence[Opener]) -> tuple[str, ...]:
    """The names of a provider's key: that of its file and those on its certificates; none if it has neither."""
    named = (key.name.removesuffix(".key.pem"),) if key.name.endswith(".key.pem") else ()
    on_them = [certificates.common_name(opener.certificate) for opener in found if opener.certificate is not None]
    return (*named, *(name for name in on_them if name))


def identity_beside(key: Path, *, secret: bytes | None = None) -> Identity:
    """A key with the certificate beside it, to sign receipts. Raises BadFile if there is none."""
    certificate = keys.certificate_beside(key)
    if certificate is None:
        raise BadFile(key, "has no certificate beside it (x.cert.pem for x.key.pem)")
    return Identity(certificate, keys.load_key(key, secret))


def load_cas(path: Path) -> tuple[x509.Certificate, ...]:
    """The CAs of trusted points: one PEM file with one or more, or a folder of such files. Raises BadFile."""
    if not path.is_dir():
        return keys.load_certificates(path)
    found = tuple(certificate for file in sorted(path.glob("*.pem")) for certificate in keys.load_certificates(file))
    if not found:
        raise BadFile(path, "holds no CA certificates (*.pem)")
    return found


def _save(pairs: Sequence[tuple[Files, Identity]], secret: bytes | None) -> None:
    """Write all of them or none. Raises WrongUse, before the first is written, if any is there already."""
    there = sorted(path for where, _ in pairs for path in (where.certificate, where.key) if path.exists())
    if there:
        names = ", ".join(path.name for path in there)
        raise WrongUse(f"{there[0].parent} has {names} already, never overwritten; renew with 'keys rotate'")
    made: list[Path] = []
    try:
        for where, identity in pairs:
            keys.save_key(where.key, identity.key, secret)
            made.append(where.key)
            keys.save_certificate(where.certificate, identity.certificate)
            made.append(where.certificate)
    except BaseException:
        for path in made:
            durable.remove(path)
        raise


def _replace(where: Files, identity: Identity, secret: bytes | None) -> None:
    """The old pair gets its name aside first; a crash between leaves no key lost."""
    if not where.certificate.is_file():
        raise WrongUse(f"there is no {where.certificate} to rotate; make one with 'keys new'")
    old = keys.fingerprint(keys.load_certificate(where.certificate)).removeprefix("sha256:")[:12]
    stem = where.certificate.name.removesuffix(".cert.pem")
    aside = files(where.certificate.parent, f"{stem}.old-{old}")
    if where.key.is_file():
        durable.move(where.key, aside.key)
    durable.move(where.certificate, aside.certificate)
    _save(((where, identity),), secret)
