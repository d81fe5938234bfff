"""Decides which certificates may be used, and issues the point's own.

A point has a small CA of its own, which issues its signing certificate; providers trust that CA. A provider's
certificate receives bundles and signs receipts; the point pins it by fingerprint, so who issued it does not matter.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko_certvalidator.name_trees import (
    ExcludedSubtrees,
    NameConstraintError,
    PermittedSubtrees,
    default_excluded_subtrees,
    default_permitted_subtrees,
    process_general_subtrees,
)

from intake.base.errors import Unsealable, WrongUse
from workers.seal.keys import Identity, KeyKind, PublicKey, fingerprint, new_key, public_key

CA_NAME = "Vireille CA "
"""Before the point's id in the name of a CA that `new_ca` makes."""
WARN_DAYS = (30, 14, 3)
_LEAST_RSA_BITS = 3072
_PURPOSES = (
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # document signing, RFC 9336
)
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_CLOCK_SLACK = timedelta(minutes=5)


class Use(StrEnum):
    """The purpose of a certificate."""

    SIGN = "sign"
    RECEIVE = "receive"


def new_ca(point: str, *, now: datetime, days: int = 3650) -> Identity:
    """A CA for the point `point`, on P-256."""
    key = new_key()
    name = _name(f"{CA_NAME}{point}")
    builder = _builder(name, name, key.public_key(), now=now, days=days)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    return Identity(builder.sign(key, hashes.SHA256()), key)


def new_signing(point: str, ca: Identity, *, now: datetime, days: int = 730, kind: KeyKind = "p256") -> Identity:
    """The certificate with which `point` signs its bundles, issued by its CA."""
    key = new_key(kind)
    builder = _builder(_name(point), ca.certificate.subject, key.public_key(), now=now, days=days)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(digital_signature=True), critical=True)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False
    )
    return Identity(builder.sign(ca.key, hashes.SHA256()), key)


def new_provider(provider: str, *, now: datetime, days: int = 730, kind: KeyKind = "p256") -> Identity:
    """A provider's own certificate: it receives bundles and signs receipts. Self-signed, to be pinned."""
    key = new_key(kind)
    name = _name(provider)
    builder = _builder(name, name, key.public_key(), now=now, days=days)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    receiving = {"key_agreement": True} if kind == "p256" else {"key_encipherment": True}
    builder = builder.add_extension(_usage(digital_signature=True, **receiving), critical=True)
    return Identity(builder.sign(key, hashes.SHA256()), key)


def common_name(certificate: x509.Certificate) -> str | None:
    """The subject's common name, if it has exactly one."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if len(found) == 1 else None


def check(certificate: x509.Certificate, use: Use, *, at: datetime) -> None:
    """Raises Unsealable with clear words: expired, not yet valid, wrong use, weak (F-05)."""
    who = f"certificate {fingerprint(certificate)[:23]}"
    if at < certificate.not_valid_before_utc:
        raise Unsealable(f"{who} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC")
    if at > certificate.not_valid_after_utc:
        raise Unsealable(f"{who} expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC; install the next one")
    try:
        key = public_key(certificate)
    except WrongUse as error:
        raise Unsealable(f"{who}: {error.message}") from error
    _check_strength(who, certificate, key)
    _check_usage(who, certificate, key, use)


def check_issued(certificate: x509.Certificate, ca: x509.Certificate) -> None:
    """Raises Unsealable unless `ca` issued `certificate` and may do so."""
    if not is_issued(certificate, ca):
        raise Unsealable("the signing certificate was not issued by this point's CA; make one with 'keys new'")
    check_ca(ca)
    _check_names(certificate, ca)


def is_issued(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    """Whether the name and key of `ca` are on the certificate; whether it might issue it is `check_issued`'s to say."""
    try:
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def check_ca(ca: x509.Certificate) -> None:
    """Raises Unsealable unless `ca` is the certificate of a CA, which may issue certificates."""
    basic, usage = _extension(ca, x509.BasicConstraints), _extension(ca, x509.KeyUsage)
    if basic is None or not basic.ca:
        raise Unsealable("the point's CA certificate is not one of a CA; make one with 'keys new'")
    if usage is not None and not usage.key_cert_sign:
        raise Unsealable("the point's CA certificate may not issue certificates: its key usage lacks keyCertSign")


def _check_names(certificate: x509.Certificate, ca: x509.Certificate) -> None:
    """Raises Unsealable if the CA may issue for other names only (RFC 5280, name constraints)."""
    if _extension(ca, x509.NameConstraints) is None:
        return
    issuer, issued = (
        asn1_x509.Certificate.load(signed.public_bytes(serialization.Encoding.DER)) for signed in (ca, certificate)
    )
    permitted, excluded = PermittedSubtrees(default_permitted_subtrees()), ExcludedSubtrees(default_excluded_subtrees())
    try:
        for name, limit in (
            ("permitted_subtrees", permitted.intersect_with),
            ("excluded_subtrees", excluded.union_with),
        ):
            subtrees = issuer.name_constraints_value[name]
            if not isinstance(subtrees, core.Void):
                limit(process_general_subtrees(subtrees))
        fits = permitted.accept_cert(issued) and excluded.accept_cert(issued)
    except (ValueError, NotImplementedError, NameConstraintError) as error:
        raise Unsealable("the name constraints of the point's CA certificate cannot be followed") from error
    if not fits:
        raise Unsealable("the point's CA certificate may not issue a certificate for this name (name constraints)")


@dataclass(frozen=True, slots=True)
class Ending:
    """A certificate that ends soon: `level` is the tightest of `WARN_DAYS` that was reached; 0 means it has ended."""

    fingerprint: str
    ends: datetime
    level: int


def ending(certificates: tuple[x509.Certificate, ...], *, now: datetime) -> tuple[Ending, ...]:
    """Find the certificates that end within 30, 14 or 3 days or have ended, soonest first."""
    found = []
    for certificate in certificates:
        ends = certificate.not_valid_after_utc
        reached = [days for days in WARN_DAYS if ends - now <= timedelta(days=days)]
        if reached:
            found.append(Ending(fingerprint(certificate), ends, 0 if now > ends else min(reached)))
    return tuple(sorted(found, key=lambda certificate: certificate.ends))


def _check_strength(who: str, certificate: x509.Certificate, key: PublicKey) -> None:
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
        raise Unsealable(f"{who} is weak: RSA of {key.key_size} bits; at least {_LEAST_RSA_BITS} are needed")
    if isinstance(key, ec.EllipticCurvePublicKey) and not isinstance(key.curve, ec.SECP256R1):
        raise Unsealable(f"{who} is on the curve {key.curve.name}; use P-256")
    if not isinstance(certificate.signature_hash_algorithm, _HASHES):
        raise Unsealable(f"{who} is signed with a weak hash; at least SHA-256 is needed")


def _check_usage(who: str, certificate: x509.Certificate, key: PublicKey, use: Use) -> None:
    """A certificate that does not limit its use may be used (RFC 5280); one that does must allow ours."""
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None:
        if use is Use.SIGN:
            fit, wanted = usage.digital_signature, "digitalSignature"
        elif isinstance(key, rsa.RSAPublicKey):
            fit, wanted = usage.key_encipherment, "keyEncipherment"
        else:
            fit, wanted = usage.key_agreement, "keyAgreement"
        if not fit:
            raise Unsealable(f"{who} is for another use: its key usage lacks {wanted}")
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    if extended is not None and not any(purpose in _PURPOSES for purpose in extended):
        raise Unsealable(f"{who} is for another use: its extended key usage allows neither documents nor e-mail")


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except ValueError as error:
        raise Unsealable("a certificate's extensions are damaged or doubled") from error


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, *, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(
    *,
    digital_signature: bool = False,
    key_encipherment: bool = False,
    key_agreement: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=key_encipherment,
        data_encipherment=False,
        key_agreement=key_agreement,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
