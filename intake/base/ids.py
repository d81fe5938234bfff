"""Names that tell nothing: random filing ids and keyed hashes."""

import hashlib
import hmac
import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread aloud


def new_id(length: int = 10) -> str:
    """A fresh random id an advisor can read aloud; 5 bits a character."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def keyed_id(key: bytes, *parts: str) -> str:
    """32 hex digits of HMAC-SHA256 over the length-prefixed `parts`: without `key` they tell nothing."""
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:32]
