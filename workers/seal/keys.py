"""Key and certificate files: making, writing, reading, naming them.

Private keys lie as PKCS #8 PEM with mode 0600, encrypted under a passphrase where one is given. The passphrase comes
from a file or the environment, never from the settings. Whether a certificate may be used is said in `certificates`.
"""

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from intake.base import durable
from intake.base.errors import BadFile, WrongUse

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
KeyKind = Literal["p256", "rsa3072"]
ID_KEY_BYTES = 32
_MOST_BYTES = 100_000
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key with its certificate."""

    certificate: x509.Certificate
    key: PrivateKey


def new_key(kind: KeyKind = "p256") -> PrivateKey:
    """A fresh private key."""
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def fingerprint(certificate: x509.Certificate) -> str:
    """`sha256:` and the hex hash of the certificate's DER."""
    return "sha256:" + hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def key_fingerprint(key: PublicKey) -> str:
    """`sha256:` and the hex hash of the SubjectPublicKeyInfo's DER."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return "sha256:" + hashlib.sha256(der).hexdigest()


def public_key(certificate: x509.Certificate) -> PublicKey:
    """The certificate's key. Raises WrongUse for kinds we do not use."""
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise WrongUse("the certificate's key is of a kind not in use here; use P-256 or RSA-3072") from error
    if not isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)):
        raise WrongUse("the certificate's key is of a kind not in use here; use P-256 or RSA-3072")
    return key


def passphrase(name: str = "VIREILLE_KEY_PASSPHRASE", environ: Mapping[str, str] = os.environ) -> bytes | None:
    """The passphrase for keys at rest: from the file named by `<name>_FILE`, else the variable `name`, else None.

    Raises BadFile if the named file cannot be read or is empty.
    """
    if place := environ.get(f"{name}_FILE"):
        found = _read(Path(place)).rstrip(b"\r\n")
        if not found:
            raise BadFile(Path(place), "holds no passphrase")
        return found
    return environ[name].encode() if environ.get(name) else None


def save_key(path: Path, key: PrivateKey, secret: bytes | None = None) -> None:
    """Write `key` to a file of mode 0600, encrypted under `secret` if given. Raises WrongUse if the file exists."""
    _refuse_overwriting(path)
    cipher = serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    durable.write(path, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher))


def load_key(path: Path, secret: bytes | None = None) -> PrivateKey:
    """The private key in `path`. Raises BadFile: missing, readable by others, locked, or of the wrong kind."""
    data = _read(path)
    if path.stat().st_mode & _OTHERS:
        raise BadFile(path, f"may be read by others; run 'chmod 600 {path}'")
    locked = b"ENCRYPTED" in data
    if locked and secret is None:
        raise BadFile(path, "is locked; name the passphrase's file in VIREILLE_KEY_PASSPHRASE_FILE")
    try:
        key = serialization.load_pem_private_key(data, secret if locked else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        problem = "cannot be unlocked; is the passphrase right?" if locked else "is not a private key in PEM"
        raise BadFile(path, problem) from error
    if not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
        raise BadFile(path, "is of a kind not in use here; use P-256 or RSA-3072")
    return key


def save_certificate(path: Path, certificate: x509.Certificate) -> None:
    """Write `certificate` as PEM. Raises WrongUse if the file exists."""
    _refuse_overwriting(path)
    durable.write(path, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def load_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """All certificates in `path`, in order. Raises BadFile if there is none."""
    try:
        return tuple(x509.load_pem_x509_certificates(_read(path)))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadFile(path, "holds no certificate in PEM") from error


def load_certificate(path: Path) -> x509.Certificate:
    """The one certificate in `path`. Raises BadFile."""
    found = load_certificates(path)
    if len(found) != 1:
        raise BadFile(path, f"holds {len(found)} certificates; one is expected")
    return found[0]


def load_identity(certificate: Path, key: Path, secret: bytes | None = None) -> Identity:
    """A key with its certificate. Raises BadFile if they do not belong together."""
    identity = Identity(load_certificate(certificate), load_key(key, secret))
    if key_fingerprint(public_key(identity.certificate)) != key_fingerprint(identity.key.public_key()):
        raise BadFile(key, f"is not the key of {certificate}")
    return identity


def certificate_beside(key: Path) -> x509.Certificate | None:
    """The certificate that lies beside a key file: `x.cert.pem` for `x.key.pem`; None if there is none there."""
    beside = key.with_name(key.name.removesuffix(".key.pem").removesuffix(".pem") + ".cert.pem")
    return load_certificate(beside) if beside.is_file() else None


def save_id_key(path: Path) -> bytes:
    """Make the point's key for bundle ids and write it. Raises WrongUse if the file exists."""
    _refuse_overwriting(path)
    key = secrets.token_bytes(ID_KEY_BYTES)
    durable.write(path, key.hex().encode() + b"\n")
    return key


def load_id_key(path: Path) -> bytes:
    """The point's key for bundle ids. Raises BadFile."""
    try:
        key = bytes.fromhex(_read(path).decode("ascii").strip())
    except ValueError as error:
        raise BadFile(path, "is not a key for bundle ids (64 hex digits)") from error
    if len(key) != ID_KEY_BYTES:
        raise BadFile(path, "is not a key for bundle ids (64 hex digits)")
    return key


def _refuse_overwriting(path: Path) -> None:
    if path.exists():
        raise WrongUse(f"{path} exists and is never overwritten; move it away first")
    durable.make_folder(path.parent)


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror})") from error
    if len(data) > _MOST_BYTES:
        raise BadFile(path, "is too large for a key or certificate")
    return data
