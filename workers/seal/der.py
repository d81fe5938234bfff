"""Is a piece of ASN.1 spelled in the one way DER allows? Lengths, integers, nesting; meaning is asn1crypto's to read.

asn1crypto reads more spellings than it writes, and keeps some as they came. A second spelling of the same bundle would
be a bundle that changed unseen (F-01).
"""

DEEPEST = 20
_CONSTRUCTED = 0x20
_INTEGER = 0x02


def is_der(data: bytes) -> bool:
    """Whether `data` is exactly one value in DER, all its parts included."""
    return _end(data, 0, len(data), 0) == len(data)


def tlv(tag: int, length: int) -> bytes:
    """A tag and the shortest form of a length."""
    if length < 0x80:
        return bytes((tag, length))
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big")


def _end(data: bytes, at: int, limit: int, depth: int) -> int:
    """Where the value at `at` ends; -1 if it is not DER or does not fit before `limit`."""
    if depth > DEEPEST or at + 2 > limit or data[at] & 0x1F == 0x1F:
        return -1
    tag, first = data[at], data[at + 1]
    size = first & 0x7F if first & 0x80 else 0
    length = int.from_bytes(data[at + 2 : at + 2 + size], "big") if size else first
    start = at + 2 + size
    if size > 4 or first == 0x80 or data[at:start] != tlv(tag, length) or start + length > limit:
        return -1
    end = start + length
    if tag & _CONSTRUCTED:
        return end if _children_end(data, start, end, depth) == end else -1
    if tag == _INTEGER and not _shortest_integer(data[start:end]):
        return -1
    return end


def _children_end(data: bytes, at: int, end: int, depth: int) -> int:
    while 0 <= at < end:
        at = _end(data, at, end, depth + 1)
    return at


def _shortest_integer(content: bytes) -> bool:
    if len(content) < 2:
        return len(content) == 1
    return not (content[0] == 0 and content[1] < 0x80) and not (content[0] == 0xFF and content[1] >= 0x80)
