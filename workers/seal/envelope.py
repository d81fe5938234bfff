"""CMS AuthEnvelopedData with AES-256-GCM: written and read in one stream, in little memory.

The header is built by one function; reading parses the values out and builds it again, so whatever parses is byte for
byte what we would have written (no second spelling of the same bundle). The tag is checked before plaintext is kept.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from intake.base.durable import translate
from intake.base.errors import Untrusted
from workers.seal import recipients
from workers.seal.der import tlv
from workers.seal.keys import PrivateKey
from workers.seal.manifest import EnvelopeMark

CHUNK = 1 << 20
NONCE_BYTES, TAG_BYTES = 12, 16
_MOST_HEADER = 64 * 1024
_AUTH_ENVELOPED = bytes.fromhex("060b2a864886f70d0109100117")  # id-ct-authEnvelopedData
_DATA = bytes.fromhex("06092a864886f70d010701")  # id-data
_GCM = bytes.fromhex("060960864801650304012e")  # id-aes256-GCM
_VERSION_0 = bytes.fromhex("020100")
_TAG_LENGTH = bytes.fromhex("020110")  # aes-ICVlen 16


def _wrapped(tag: int, content: bytes) -> bytes:
    return tlv(tag, len(content)) + content


def header(infos: bytes, nonce: bytes, length: int) -> bytes:
    """Everything before the ciphertext of `length` bytes."""
    parameters = _wrapped(0x30, _wrapped(0x04, nonce) + _TAG_LENGTH)
    inner = _DATA + _wrapped(0x30, _GCM + parameters) + tlv(0x80, length)
    content_info = tlv(0x30, len(inner) + length) + inner
    body = _VERSION_0 + infos + content_info
    tail = length + 2 + TAG_BYTES
    sequence = tlv(0x30, len(body) + tail) + body
    explicit = tlv(0xA0, len(sequence) + tail) + sequence
    outer = _AUTH_ENVELOPED + explicit
    return tlv(0x30, len(outer) + tail) + outer


@dataclass(frozen=True, slots=True)
class Plan:
    """A sealing's outer header, fixed before its content: a fresh key and nonce, used once."""

    key: bytes
    nonce: bytes
    infos: bytes

    @property
    def mark(self) -> EnvelopeMark:
        """The part of the signed content that names this header."""
        return EnvelopeMark(nonce=self.nonce.hex(), recipients_sha256=hashlib.sha256(self.infos).hexdigest())


def plan(certificates: tuple[x509.Certificate, ...]) -> Plan:
    """Draw key and nonce (F-07: fresh for each sealing, so no pair can repeat) and wrap the key. Raises Unsealable."""
    key, nonce = secrets.token_bytes(recipients.KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    return Plan(key, nonce, recipients.wrap(key, certificates))


def encrypted(planned: Plan, length: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The whole `.p7m` around `chunks`, which must be `length` bytes together."""
    yield header(planned.infos, planned.nonce, length)
    cipher = Cipher(algorithms.AES256(planned.key), modes.GCM(planned.nonce)).encryptor()
    done = 0
    for chunk in chunks:
        done += len(chunk)
        yield cipher.update(chunk)
    if done != length:
        msg = f"{done} bytes to encrypt instead of {length}"
        raise ValueError(msg)
    cipher.finalize()
    yield _wrapped(0x04, cipher.tag)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed header: where the ciphertext lies and what opens it."""

    infos: bytes
    nonce: bytes
    start: int
    length: int
    tag: bytes

    @property
    def mark(self) -> EnvelopeMark:
        """To be compared with what the signed content says."""
        return EnvelopeMark(nonce=self.nonce.hex(), recipients_sha256=hashlib.sha256(self.infos).hexdigest())


class _Reader:
    """Strict DER, just enough for the header."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def head(self, tag: int) -> int:
        """Step over a tag and its length; gives the length."""
        found, first = self.take(2)
        if found != tag:
            raise Untrusted("the file is not a bundle (CMS AuthEnvelopedData in DER)", code="malformed")
        if first < 0x80:
            return first
        return int.from_bytes(self.take(first & 0x7F), "big")  # whether it is the shortest form shows on rebuilding

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        part = self.data[self.at : self.at + count]
        if len(part) != count:
            raise Untrusted("the bundle is cut short, or its header is too large", code="malformed")
        self.at += count
        return part


def parse(file: BinaryIO) -> Envelope:
    """The envelope in the seekable `file`. Raises Untrusted unless it is exactly as BUNDLE.md says."""
    file.seek(0, 2)
    total = file.tell()
    file.seek(0)
    reader = _Reader(file.read(_MOST_HEADER))
    reader.head(0x30)
    reader.take(len(_AUTH_ENVELOPED))
    reader.head(0xA0)
    reader.head(0x30)
    reader.take(len(_VERSION_0))
    before = reader.at
    infos_length = reader.head(0x31)
    reader.take(infos_length)
    infos = reader.data[before : reader.at]
    reader.head(0x30)
    reader.take(len(_DATA))
    reader.head(0x30)
    reader.take(len(_GCM))
    reader.head(0x30)
    nonce = reader.take(reader.head(0x04))
    reader.take(len(_TAG_LENGTH))
    length = reader.head(0x80)
    rebuilt = len(nonce) == NONCE_BYTES and header(infos, nonce, length) == reader.data[: reader.at]  # F-01
    if not rebuilt or total != reader.at + length + 2 + TAG_BYTES:
        raise Untrusted("the bundle's header is altered, or bytes are missing or added", code="malformed")
    file.seek(reader.at + length)
    trailer = file.read(2 + TAG_BYTES)
    if trailer[:2] != tlv(0x04, TAG_BYTES):
        raise Untrusted("the bundle's end is altered", code="malformed")
    return Envelope(infos, nonce, reader.at, length, trailer[2:])


def _plain(file: BinaryIO, envelope: Envelope, key: bytes) -> Iterator[bytes]:
    """Decrypted chunks; the last step raises InvalidTag if they must not be used."""
    cipher = Cipher(algorithms.AES256(key), modes.GCM(envelope.nonce, envelope.tag)).decryptor()
    file.seek(envelope.start)
    left = envelope.length
    while left:
        chunk = file.read(min(CHUNK, left))
        if not chunk:
            raise Untrusted("the bundle is cut short", code="malformed")
        left -= len(chunk)
        yield cipher.update(chunk)
    cipher.finalize()


def _tag_fits(file: BinaryIO, envelope: Envelope, key: bytes) -> bool:
    try:
        for _ in _plain(file, envelope, key):
            pass
    except InvalidTag:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Opener:
    """A private key, with its certificate if at hand."""

    key: PrivateKey
    certificate: x509.Certificate | None = None


def decrypt(path: Path, openers: Iterable[Opener], keep: Callable[[bytes], object]) -> tuple[Envelope, Opener]:
    """Give the plaintext of `path` to `keep`, piece by piece, after its tag was found right.

    Returns the envelope and the key that opened it. Raises Untrusted: `malformed`, `altered`, or `no_key`.
    """
    try:
        with path.open("rb") as file:
            envelope = parse(file)
            infos = recipients.parse(envelope.infos)
            altered = False
            for opener in openers:
                for key in recipients.unwrap(infos, opener.key, opener.certificate):
                    altered = True  # unless its tag fits: a content key unwraps for the right private key only
                    if _tag_fits(file, envelope, key):
                        for chunk in _plain(file, envelope, key):
                            keep(chunk)
                        return envelope, opener
    except InvalidTag as error:  # the file changed between the two readings
        raise Untrusted("the bundle changed while it was being opened", code="altered") from error
    except OSError as error:
        raise translate(error, "cannot read the bundle") from error
    if altered:
        raise Untrusted("the bundle was altered: its content does not fit its tag", code="altered")
    raise Untrusted("the bundle is sealed to another key than those here", code="no_key")
