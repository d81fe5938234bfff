"""CMS RecipientInfos: the content key, wrapped for each certificate, and unwrapped with a private key.

Writes RSA-OAEP-SHA256 and one-pass ephemeral ECDH on P-256 with the SHA-256 KDF and AES-256 key
wrap. Reads those and their near relatives that OpenSSL makes by default (other hashes, subject key identifiers), never
RSA PKCS #1 v1.5.
"""

from asn1crypto import cms, core
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from intake.base.errors import Unsealable, Untrusted
from workers.seal.der import is_der
from workers.seal.keys import PrivateKey, public_key

MOST = 16
KEY_BYTES = 32
_STD_DH: dict[str, hashes.HashAlgorithm] = {
    "1.3.133.16.840.63.0.2": hashes.SHA1(),  # noqa: S303  # OpenSSL's default; fit for a KDF
    "1.3.132.1.11.1": hashes.SHA256(),
    "1.3.132.1.11.2": hashes.SHA384(),
    "1.3.132.1.11.3": hashes.SHA512(),
}
_WRAP_BITS = {"2.16.840.1.101.3.4.1.5": 128, "2.16.840.1.101.3.4.1.25": 192, "2.16.840.1.101.3.4.1.45": 256}
_OAEP_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303  # OpenSSL's default; fit for OAEP
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_SHA256_KDF, _AES256_WRAP = "1.3.132.1.11.1", "2.16.840.1.101.3.4.1.45"


class _SharedInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto is untyped
    """ECC-CMS-SharedInfo of RFC 5753."""

    _fields = [
        ("key_info", core.Any),
        ("entity_u_info", core.OctetString, {"explicit": 0, "optional": True}),
        ("supp_pub_info", core.OctetString, {"explicit": 2}),
    ]


def wrap(content_key: bytes, certificates: tuple[x509.Certificate, ...]) -> bytes:
    """The DER of RecipientInfos giving `content_key` to each of `certificates`. Raises Unsealable if there is none."""
    if not 1 <= len(certificates) <= MOST:
        raise Unsealable(f"a bundle needs 1 to {MOST} recipients, not {len(certificates)}")
    infos = [_wrap_for(content_key, certificate) for certificate in certificates]
    return bytes(cms.RecipientInfos(infos).dump(force=True))


def parse(untrusted_der: bytes) -> "cms.RecipientInfos":
    """RecipientInfos, strictly DER. Raises Untrusted."""
    if not is_der(untrusted_der):
        raise Untrusted("the bundle's recipients are not in DER", code="malformed")
    try:
        infos = cms.RecipientInfos.load(untrusted_der, strict=True)
        infos.native  # noqa: B018  # asn1crypto parses lazily: this visits every value
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise Untrusted("the bundle's recipients are not valid CMS", code="malformed") from error
    parts = [info.dump() for info in infos]
    if parts != sorted(parts) or not 1 <= len(parts) <= MOST:
        raise Untrusted("the bundle's recipients are none, too many, or not in order", code="malformed")
    return infos


def unwrap(infos: "cms.RecipientInfos", key: PrivateKey, certificate: x509.Certificate | None) -> tuple[bytes, ...]:
    """Candidates for the content key: one for each RecipientInfo that `key` fits.

    With a certificate only those that name it. Without one, every one of the key's kind is tried. Which
    candidate is right is told by the cipher's tag.
    """
    found = []
    for info in infos:
        try:
            candidate = _unwrap_one(info, key, certificate)
        except (
            ValueError,
            TypeError,
            KeyError,
            InvalidUnwrap,
        ):  # not for this key, or altered: the caller sees nothing fits
            continue
        if candidate is not None and len(candidate) == KEY_BYTES:
            found.append(candidate)
    return tuple(found)


def _wrap_for(content_key: bytes, certificate: x509.Certificate) -> "cms.RecipientInfo":
    key = public_key(certificate)
    parsed = asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
    serial = cms.IssuerAndSerialNumber({"issuer": parsed.issuer, "serial_number": parsed.serial_number})
    if isinstance(key, rsa.RSAPublicKey):
        return _wrap_rsa(content_key, key, serial)
    return _wrap_ec(content_key, key, serial)


def _wrap_rsa(content_key: bytes, key: rsa.RSAPublicKey, serial: "cms.IssuerAndSerialNumber") -> "cms.RecipientInfo":
    sha256 = {"algorithm": "sha256"}
    oaep = {
        "hash_algorithm": sha256,
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256},
    }
    info = cms.KeyTransRecipientInfo(
        {
            "version": "v0",
            "rid": cms.RecipientIdentifier("issuer_and_serial_number", serial),
            "key_encryption_algorithm": {"algorithm": "rsaes_oaep", "parameters": oaep},
            "encrypted_key": key.encrypt(content_key, _oaep(hashes.SHA256(), hashes.SHA256())),
        }
    )
    return cms.RecipientInfo("ktri", info)


def _wrap_ec(
    content_key: bytes, key: ec.EllipticCurvePublicKey, serial: "cms.IssuerAndSerialNumber"
) -> "cms.RecipientInfo":
    ephemeral = ec.generate_private_key(key.curve)
    wrapping = cms.KeyEncryptionAlgorithm({"algorithm": _AES256_WRAP})
    shared = ephemeral.exchange(ec.ECDH(), key)
    kek = _kek(shared, wrapping, hashes.SHA256(), None)
    point = ephemeral.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    originator = asn1_keys.PublicKeyInfo({"algorithm": {"algorithm": "ec"}, "public_key": point})
    info = cms.KeyAgreeRecipientInfo(
        {
            "version": "v3",
            "originator": cms.OriginatorIdentifierOrKey("originator_key", originator),
            "key_encryption_algorithm": {"algorithm": _SHA256_KDF, "parameters": wrapping},
            "recipient_encrypted_keys": [
                {
                    "rid": cms.KeyAgreementRecipientIdentifier("issuer_and_serial_number", serial),
                    "encrypted_key": aes_key_wrap(kek, content_key),
                }
            ],
        }
    )
    return cms.RecipientInfo("kari", info)


def _unwrap_one(info: "cms.RecipientInfo", key: PrivateKey, certificate: x509.Certificate | None) -> bytes | None:
    if info.name == "ktri" and isinstance(key, rsa.RSAPrivateKey):
        return _unwrap_rsa(info.chosen, key, certificate)
    if info.name == "kari" and isinstance(key, ec.EllipticCurvePrivateKey):
        return _unwrap_ec(info.chosen, key, certificate)
    return None


def _unwrap_rsa(
    info: "cms.KeyTransRecipientInfo", key: rsa.RSAPrivateKey, certificate: x509.Certificate | None
) -> bytes | None:
    algorithm = info["key_encryption_algorithm"]
    fits = info["version"].native in {"v0", "v2"} and algorithm["algorithm"].native == "rsaes_oaep"
    if not fits or not _names(info["rid"], certificate):
        return None
    parameters = algorithm["parameters"]
    digest = _OAEP_HASHES[parameters["hash_algorithm"]["algorithm"].native]
    mask = _OAEP_HASHES[parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native]
    return key.decrypt(info["encrypted_key"].native, _oaep(digest, mask))


def _unwrap_ec(
    info: "cms.KeyAgreeRecipientInfo", key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate | None
) -> bytes | None:
    if info["version"].native != "v3" or info["originator"].name != "originator_key":
        return None
    digest = _STD_DH[info["key_encryption_algorithm"]["algorithm"].dotted]
    wrapping = cms.KeyEncryptionAlgorithm.load(info["key_encryption_algorithm"]["parameters"].dump(), strict=True)
    point = info["originator"].chosen["public_key"].native
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point))
    kek = _kek(shared, wrapping, digest, info["ukm"].native)
    for wrapped in info["recipient_encrypted_keys"]:
        if not _names(wrapped["rid"], certificate):
            continue
        try:
            return aes_key_unwrap(kek, wrapped["encrypted_key"].native)
        except (InvalidUnwrap, ValueError):  # without a certificate: perhaps the next one is ours
            continue
    return None


def _kek(
    shared: bytes, wrapping: "cms.KeyEncryptionAlgorithm", digest: hashes.HashAlgorithm, ukm: bytes | None
) -> bytes:
    bits = _WRAP_BITS[wrapping["algorithm"].dotted]
    info = _SharedInfo(
        {
            "key_info": core.Any(wrapping),
            "entity_u_info": ukm,
            "supp_pub_info": bits.to_bytes(4, "big"),
        }
    )
    return X963KDF(algorithm=digest, length=bits // 8, sharedinfo=info.dump()).derive(shared)


def _names(rid: core.Choice, certificate: x509.Certificate | None) -> bool:
    """Whether a recipient identifier names `certificate`; without one every name will do."""
    if certificate is None:
        return True
    parsed = asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
    if rid.name == "issuer_and_serial_number":
        chosen = rid.chosen
        same_serial = chosen["serial_number"].native == parsed.serial_number
        return bool(same_serial and chosen["issuer"].chosen.dump() == parsed.issuer.chosen.dump())
    chosen = rid.chosen["subject_key_identifier"] if rid.name == "r_key_id" else rid.chosen
    return bool(chosen.native == parsed.key_identifier)


def _oaep(digest: hashes.HashAlgorithm, mask: hashes.HashAlgorithm) -> padding.OAEP:
    return padding.OAEP(mgf=padding.MGF1(algorithm=mask), algorithm=digest, label=None)
