"""The words that a jailed child may say, as bytes; both sides read them here. The spec is `JAIL.md`.

Standard library only. Everything the parent takes from a child is bounded by a fixed-size head that says how much
follows, and the parent checks each head against the caps before it reads on.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

READY = b"VRL1"
"""Sent once: by the server when it is warm, by a child when it is confined."""
CONTROL_HEAD = struct.Struct("<cI")
"""Parent to server: `FORK` with one descriptor, or `KILL` and the number of a child."""
CONTROL_ANSWER = struct.Struct("<i")
"""Server to parent: the number of the new child, or how the child ended."""
FORK, KILL = b"F", b"K"
OPENED, PAGE, REFUSED, END = b"O", b"P", b"R", b"E"

OPENED_HEAD = struct.Struct("<H")
"""Number of pages."""
PAGE_HEAD = struct.Struct("<IIfHI")
"""Width, height, dpi, number of typed values, bytes of typed values; then the gray bytes, then the typed values."""
REFUSED_HEAD = struct.Struct("<B")
"""Index into `CODES`."""
END_HEAD = struct.Struct("<H")
"""Bits of `NOTES`."""
VALUE_HEAD = struct.Struct("<HH")
"""Bytes of a field's name, bytes of its value, both UTF-8."""

CODES = ("damaged", "locked", "too_large", "not_supported", "timeout")
NOTES = (
    "javascript",
    "embedded_files",
    "signed",
    "owner_password",
    "xfa",
    "launch_action",
)
MAX_TYPED = 4000
MAX_NAME_BYTES = 1000
MAX_VALUE_BYTES = 8000
MAX_TYPED_BYTES = 2_000_000
LEAST_DPI, MOST_DPI = 10.0, 10_000.0


@dataclass(frozen=True, slots=True)
class PageHead:
    """What a page says of itself before its bytes come; unchecked."""

    width: int
    height: int
    dpi: float
    typed_count: int
    typed_bytes: int


class Broken(Exception):
    """The other side does not speak the protocol."""


def page_head(untrusted_head: bytes) -> PageHead:
    """The head of a page, taken apart but not judged."""
    return PageHead(*PAGE_HEAD.unpack(untrusted_head))


def pack_typed(values: Iterable[tuple[str, str]]) -> tuple[int, bytes]:
    """(count, bytes) of field names and values; what is over the caps is left out."""
    parts: list[bytes] = []
    total = 0
    for name, value in values:
        key, text = name.encode("utf-8", "replace"), value.encode("utf-8", "replace")
        total += VALUE_HEAD.size + len(key) + len(text)
        if len(key) > MAX_NAME_BYTES or len(text) > MAX_VALUE_BYTES:
            total -= VALUE_HEAD.size + len(key) + len(text)
            continue
        if len(parts) == MAX_TYPED or total > MAX_TYPED_BYTES:
            break
        parts.append(VALUE_HEAD.pack(len(key), len(text)) + key + text)
    return len(parts), b"".join(parts)


def unpack_typed(count: int, untrusted: bytes) -> tuple[tuple[str, str], ...]:
    """The reverse, strictly: every byte accounted for, valid UTF-8, no control characters. Raises Broken."""
    values: list[tuple[str, str]] = []
    at = 0
    for _ in range(count):
        if at + VALUE_HEAD.size > len(untrusted):
            raise Broken("typed values are short")
        key_bytes, text_bytes = VALUE_HEAD.unpack_from(untrusted, at)
        at += VALUE_HEAD.size
        end = at + key_bytes + text_bytes
        if key_bytes > MAX_NAME_BYTES or text_bytes > MAX_VALUE_BYTES or end > len(untrusted):
            raise Broken("a typed value is too long")
        values.append((_text(untrusted[at : at + key_bytes]), _text(untrusted[at + key_bytes : end])))
        at = end
    if at != len(untrusted):
        raise Broken("bytes after the typed values")
    return tuple(values)


def _text(untrusted: bytes) -> str:
    try:
        text = untrusted.decode()
    except UnicodeDecodeError as error:
        raise Broken("a typed value is no UTF-8") from error
    return "".join(" " if char in "\t\r\n" else char for char in text if char.isprintable() or char in "\t\r\n")
