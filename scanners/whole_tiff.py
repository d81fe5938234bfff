"""Judges whether a TIFF (also BigTIFF) holds every strip and tile that its directories name.

Walks the chain of directories to its end; nothing is decoded. A strip that is named but not yet written (offset or
length 0, beyond the end, or all zero at its end where the compression cannot produce that) means unfinished.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

_MOST_DIRECTORIES = 10_000
_MOST_ENTRIES = 4_096
_MOST_STRIPS = 1_000_000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_COMPRESSION, _SUB_DIRECTORIES = 259, 330
_PARTS = ((273, 279), (324, 325), (513, 514))
_ENDS_NEVER_IN_ZEROS = {2, 3, 4, 5, 7, 8, 32946}
"""Fax, LZW, JPEG and deflate data end in an end mark or checksum; raw and PackBits data may end in zeros."""
_FAX = {2, 3, 4}
_ZERO_TAIL = 64


class Source(Protocol):
    """Bytes at offsets."""

    size: int

    def at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`."""


class _NotYet(Exception):
    """Something that must be there is not."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Byte order and the widths of classic or big TIFF."""

    order: str
    big: bool

    def number(self, data: bytes) -> int:
        return int.from_bytes(data, "little" if self.order == "<" else "big")


def tiff_is_whole(source: Source) -> bool:
    """Whether every directory and all the data it names lie inside the file."""
    try:
        layout, first = _header(source)
        pending, seen = [first], set[int]()
        while pending:
            offset = pending.pop()
            if offset in seen or len(seen) >= _MOST_DIRECTORIES:
                return False
            seen.add(offset)
            tags, following = _directory(source, layout, offset)
            pending.extend(tags.get(_SUB_DIRECTORIES, ()))
            if following:
                pending.append(following)
            _check_parts(source, tags)
    except _NotYet:
        return False
    return True


def _read(source: Source, offset: int, count: int) -> bytes:
    data = source.at(offset, count)
    if len(data) < count:
        raise _NotYet
    return data


def _header(source: Source) -> tuple[_Layout, int]:
    head = _read(source, 0, 8)
    layout = _Layout("<" if head[:2] == b"II" else ">", head[2:4] in {b"+\x00", b"\x00+"})
    first = layout.number(_read(source, 8, 8) if layout.big else head[4:8])
    if first < 8:
        raise _NotYet  # written last by many a device
    return layout, first


def _directory(source: Source, layout: _Layout, offset: int) -> tuple[dict[int, tuple[int, ...]], int]:
    """The tags that name data, and where the next directory is (0: none)."""
    count_width, entry_width, pointer_width = (8, 20, 8) if layout.big else (2, 12, 4)
    count = layout.number(_read(source, offset, count_width))
    if not 0 < count <= _MOST_ENTRIES:
        raise _NotYet
    table = _read(source, offset + count_width, count * entry_width + pointer_width)
    tags: dict[int, tuple[int, ...]] = {}
    wanted = {_COMPRESSION, _SUB_DIRECTORIES, *(tag for pair in _PARTS for tag in pair)}
    for start in range(0, count * entry_width, entry_width):
        tag, values = _values(source, layout, table[start : start + entry_width], wanted=wanted)
        if values:
            tags[tag] = values
    return tags, layout.number(table[-pointer_width:])


def _values(source: Source, layout: _Layout, entry: bytes, *, wanted: set[int]) -> tuple[int, tuple[int, ...]]:
    """(tag, its whole numbers); the values of other tags must lie inside the file but are not read."""
    tag, kind = layout.number(entry[:2]), layout.number(entry[2:4])
    width = 8 if layout.big else 4
    count, place = layout.number(entry[4 : 4 + width]), entry[4 + width :]
    length = _SIZES.get(kind, 1) * count
    if length > width and layout.number(place) + length > source.size:
        raise _NotYet
    if tag not in wanted or kind not in _WHOLE_NUMBERS:
        return tag, ()
    if count > _MOST_STRIPS:
        raise _NotYet
    data = place[:length] if length <= width else _read(source, layout.number(place), length)
    return tag, struct.unpack(f"{layout.order}{count}{_WHOLE_NUMBERS[kind]}", data)


def _check_parts(source: Source, tags: dict[int, tuple[int, ...]]) -> None:
    compression = tags.get(_COMPRESSION, (1,))[0]
    last = (0, 0)
    parts = list(_parts(tags))
    for offset, length in parts:
        if offset < 8 or offset + max(1, length) > source.size:
            raise _NotYet
        if length == 0 and (compression not in _FAX or len(parts) > 1):
            raise _NotYet  # one fax strip may say no length: it goes on to the end, as the jail takes it
        last = max(last, (offset, length or source.size - offset))
    tail = min(last[1], _ZERO_TAIL)
    if compression in _ENDS_NEVER_IN_ZEROS and tail >= 8:
        data = _read(source, sum(last) - tail, tail)
        if not data.strip(b"\x00"):  # B-02: pre-allocated, directory first
            raise _NotYet


def _parts(tags: dict[int, tuple[int, ...]]) -> Iterator[tuple[int, int]]:
    """(offset, length) of every strip, tile and old-style JPEG stream."""
    for offsets_tag, lengths_tag in _PARTS:
        offsets, lengths = tags.get(offsets_tag, ()), tags.get(lengths_tag, ())
        if lengths and len(offsets) != len(lengths):
            raise _NotYet
        yield from zip(offsets, lengths or (1,) * len(offsets), strict=True)
