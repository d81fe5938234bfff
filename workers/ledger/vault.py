"""Seals everything personal with one key, so that a stolen disk reveals nothing.

One 32-byte key from a file outside the data folder (its place from settings or VIREILLE_VAULT_KEY_FILE, never its
value). Each purpose gets a key of its own derived from it, so that none can stand in for another.
"""

import json
import os
import secrets
import zlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from intake.base import durable
from intake.base.errors import BadFile, Damaged

KEY_FILE = "VIREILLE_VAULT_KEY_FILE"
VAULT_KEY = "vault.key"
"""Its name in the folder of keys, unless the variable names another place."""
_KEY_BYTES = 32
_NONCE_BYTES = 12

Json = dict[str, object]


class Vault:
    """Seals rows and derives keys. Its key never leaves it and never shows in a repr (H-03)."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 random bytes."""
        if len(key) != _KEY_BYTES:
            msg = f"the vault key must be {_KEY_BYTES} bytes"
            raise ValueError(msg)
        self._key = key
        self._rows = AESGCM(self.derive("rows"))

    def __repr__(self) -> str:
        return "Vault(...)"

    def fingerprint(self) -> str:
        """Names the key and reveals nothing of it."""
        return self.derive("fingerprint").hex()[:32]

    def derive(self, purpose: str, *, salt: bytes | None = None) -> bytes:
        """A 32-byte key for one purpose; the same each time."""
        return HKDF(SHA256(), _KEY_BYTES, salt, b"vireille/" + purpose.encode()).derive(self._key)

    def seal(self, content: Json, *, context: str) -> bytes:
        """`content` encrypted and bound to `context` (which row and column it is for)."""
        plain = zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._rows.encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, *, context: str) -> Json:
        """The reverse of `seal`. Raises Damaged: changed, moved from another row, or another key."""
        try:
            plain = self._rows.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise Damaged("a sealed part of the ledger does not open with this vault key") from error
        content: Json = json.loads(zlib.decompress(plain))
        return content


def new_vault_key(path: Path) -> None:
    """Write a fresh key to `path`, readable by the owner only. Never overwrites: a lost key loses every paper."""
    if path.exists():
        raise BadFile(path, "a vault key is already there")
    durable.make_folder(path.parent)
    durable.write(path, secrets.token_bytes(_KEY_BYTES).hex().encode() + b"\n", mode=0o600)


def load_vault(path: Path) -> Vault:
    """The vault whose key lies at `path`, or where VIREILLE_VAULT_KEY_FILE points if that is set. Raises BadFile."""
    place = Path(os.environ[KEY_FILE]) if os.environ.get(KEY_FILE) else path
    try:
        if place.stat().st_mode & 0o077:
            raise BadFile(place, "the vault key may be read by others; chmod 600")
        return Vault(bytes.fromhex(place.read_text("ascii").strip()))
    except OSError as error:
        raise BadFile(place, f"no vault key ({error.strerror}); restore it from your safe copy") from error
    except ValueError as error:
        raise BadFile(place, "is no vault key (64 hex digits)") from error
