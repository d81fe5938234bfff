"""CAdES signatures: made and checked with pyHanko's CMS parts; whom to trust is decided here.

A bundle's signature is detached and trusted through the point's CA, that of a point's note carries its content and is
trusted likewise; a receipt's carries its content and is trusted because its certificate is pinned. Revocation is not
looked up online: a withdrawn CA or pin is taken out of the files.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import cms, core
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, SimpleSigner
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko_certvalidator.registry import SimpleCertificateStore

from intake.base.errors import Untrusted, VireilleError
from workers.seal import certificates
from workers.seal.certificates import Use
from workers.seal.keys import Identity

CLOCK_SLACK = timedelta(minutes=5)
_DIGESTS = {"sha256", "sha384", "sha512"}
_MOST_BYTES = 1_000_000
_UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    UnsupportedAlgorithm,
    InvalidSignature,
    x509.DuplicateExtension,
    x509.InvalidVersion,
)
"""What asn1crypto, pyHanko and cryptography raise on rubbish."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The signer and the time of signing, both checked."""

    certificate: x509.Certificate
    at: datetime
    issuer: x509.Certificate
    """The CA under which the certificate was believed."""


def sign_detached(digest: bytes, identity: Identity, *, at: datetime) -> bytes:
    """The DER of a detached CAdES signature over content whose SHA-256 is `digest`. Raises Unsealable (F-05)."""
    certificates.check(identity.certificate, Use.SIGN, at=at)
    signer = _signer(identity)
    attributes = PdfCMSSignedAttributes(signing_time=at.replace(microsecond=0))
    made = asyncio.run(
        signer.async_sign(digest, "sha256", use_pades=True, is_pdf_sig=False, signed_attr_settings=attributes)
    )
    return bytes(made.dump())


def sign_embedded(content: bytes, identity: Identity, *, at: datetime) -> bytes:
    """The DER of a CAdES signature that carries `content`. Raises Unsealable."""
    certificates.check(identity.certificate, Use.SIGN, at=at)
    attributes = PdfCMSSignedAttributes(signing_time=at.replace(microsecond=0))
    made = asyncio.run(
        _signer(identity).async_sign_general_data(
            content, "sha256", detached=False, use_cades=True, signed_attr_settings=attributes
        )
    )
    return bytes(made.dump())


def verify_detached(untrusted_der: bytes, sha256: bytes, cas: Sequence[x509.Certificate], *, now: datetime) -> Signed:
    """Check a bundle's signature over content with this SHA-256.

    Promises that the signer's certificate was issued by one of `cas` and was fit at the signing time. Raises Untrusted.
    """
    with _readable():
        signed = _parse(untrusted_der)
        info = _one_signer(signed)
        if signed["encap_content_info"]["content"].native is not None or _digest_name(info) != "sha256":
            raise Untrusted("the bundle's signature is not detached, or not over SHA-256", code="malformed")
        certificate = _named(info, _embedded(signed))
        _check_signature(info, certificate, sha256)
        at = _signing_time(info)
    return _believed(certificate, cas, at, now)


def verify_note(untrusted_der: bytes, cas: Sequence[x509.Certificate], *, now: datetime) -> tuple[bytes, Signed]:
    """Check a signature that carries its content and its certificate; gives the content.

    Promises that the signer's certificate was issued by one of `cas` and was fit at the signing time. Raises Untrusted.
    """
    with _readable():
        signed = _parse(untrusted_der)
        info = _one_signer(signed)
        content = _content(signed)
        certificate = _named(info, _embedded(signed))
        _check_signature(info, certificate, hashlib.new(_digest_name(info), content).digest())
        at = _signing_time(info)
    return content, _believed(certificate, cas, at, now)


def verify_embedded(untrusted_der: bytes, pinned: Sequence[x509.Certificate]) -> tuple[bytes, x509.Certificate]:
    """Check a signature that carries its content; gives the content and which of `pinned` signed it.

    Whether that certificate was valid then is the caller's to check, who knows the time. Raises Untrusted.
    """
    with _readable():
        signed = _parse(untrusted_der)
        info = _one_signer(signed)
        content = _content(signed)
        certificate = _named(info, pinned)
        _check_signature(info, certificate, hashlib.new(_digest_name(info), content).digest())
        return content, certificate


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """K-11: whatever the libraries raise over bytes that nobody has vouched for is a refusal."""
    try:
        yield
    except _UNREADABLE as error:
        raise Untrusted("the signature is not valid CMS in DER, or altered", code="malformed") from error


def _signer(identity: Identity) -> SimpleSigner:
    der = identity.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(identity.certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=asn1_keys.PrivateKeyInfo.load(der),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]  # pyHanko's is untyped
    )


def _parse(untrusted_der: bytes) -> cms.SignedData:
    if len(untrusted_der) > _MOST_BYTES:
        raise Untrusted("the signature is too large", code="malformed")
    info = cms.ContentInfo.load(untrusted_der, strict=True)
    if info["content_type"].native != "signed_data":
        raise Untrusted("the signature is not CMS SignedData", code="malformed")
    info.native  # noqa: B018  # asn1crypto parses lazily: this visits every value
    return info["content"]


def _one_signer(signed: cms.SignedData) -> cms.SignerInfo:
    infos = signed["signer_infos"]
    if len(infos) != 1 or isinstance(infos[0]["signed_attrs"], core.Void):
        raise Untrusted("the signature does not have exactly one signer with signed attributes", code="malformed")
    attributes = [attribute["type"].native for attribute in infos[0]["signed_attrs"]]
    if attributes.count("signing_certificate_v2") != 1:
        raise Untrusted(
            "the signature is not CAdES: it does not name its certificate; sign with -cades", code="malformed"
        )
    return infos[0]


def _content(signed: cms.SignedData) -> bytes:
    content = signed["encap_content_info"]["content"].native
    if not isinstance(content, bytes):
        raise Untrusted("the signature carries no content; sign with -nodetach", code="malformed")
    return content


def _digest_name(info: cms.SignerInfo) -> str:
    name = str(info["digest_algorithm"]["algorithm"].native)
    if name not in _DIGESTS:
        raise Untrusted("the signature uses a weak hash; at least SHA-256 is needed", code="malformed")
    return name


def _embedded(signed: cms.SignedData) -> list[x509.Certificate]:
    if not signed["certificates"]:
        raise Untrusted("the signature does not carry its certificate", code="malformed")
    return [
        x509.load_der_x509_certificate(choice.chosen.dump())
        for choice in signed["certificates"]
        if choice.name == "certificate"
    ]


def _named(info: cms.SignerInfo, among: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate the signer names."""
    sid = info["sid"]
    for certificate in among:
        parsed = asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
        if sid.name == "subject_key_identifier":
            fits = sid.chosen.native == parsed.key_identifier
        else:
            same_issuer = sid.chosen["issuer"].chosen.dump() == parsed.issuer.chosen.dump()
            fits = same_issuer and sid.chosen["serial_number"].native == parsed.serial_number
        if fits:
            return certificate
    raise Untrusted("the signature is by a certificate that is not known here")


def _check_signature(info: cms.SignerInfo, certificate: x509.Certificate, digest: bytes) -> None:
    parsed = asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
    intact, valid = validate_sig_integrity(info, parsed, "data", digest)
    if not (intact and valid):
        raise Untrusted("the signature does not fit the content", code="altered")


def _signing_time(info: cms.SignerInfo) -> datetime:
    times = [attribute["values"] for attribute in info["signed_attrs"] if attribute["type"].native == "signing_time"]
    if len(times) != 1 or len(times[0]) != 1 or not isinstance(times[0][0].native, datetime):
        raise Untrusted("the signature does not say when it was made", code="malformed")
    return times[0][0].native.astimezone(UTC)


def _believed(certificate: x509.Certificate, cas: Sequence[x509.Certificate], at: datetime, now: datetime) -> Signed:
    """Believe what a point signed `at`, if one of `cas` vouches for it. Raises Untrusted."""
    issuer = _issuer(certificate, cas, at)
    if at > now + CLOCK_SLACK:  # only whom we trust may make us doubt our clock
        raise Untrusted("the point says it signed in the future; check this machine's clock", code="clock")
    return Signed(certificate, at, issuer)


def _issuer(certificate: x509.Certificate, cas: Sequence[x509.Certificate], at: datetime) -> x509.Certificate:
    """Find which of `cas` issued the certificate; one that was renewed may lie there twice. Raises Untrusted."""
    problem: Untrusted | None = None
    for ca in cas:
        if not certificates.is_issued(certificate, ca):
            continue
        try:
            certificates.check_issued(certificate, ca)
            certificates.check(certificate, Use.SIGN, at=at)
        except VireilleError as error:
            text = f"the point's signing certificate was not fit when it signed: {error.message}"
            problem = Untrusted(text, code="not_fit")
            continue
        if ca.not_valid_before_utc <= at <= ca.not_valid_after_utc:
            return ca
        problem = Untrusted("the point's CA was not valid when the bundle was signed", code="not_fit")
    raise problem or Untrusted(
        "the bundle was signed by a point whose CA certificate is not here; get its ca.pem", code="unknown_point"
    )
