"""The skeleton of a TIFF, read strictly before a decoder sees the file: how many pages, and is all of it there.

Decoders forgive: a directory or a strip that points past the end becomes a shorter document. Here it is `damaged`.
"""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

from intake.jail.inside.opened import Unfit, check_px
from intake.jail.limits import Limits

_WIDTH, _HEIGHT, _SUBFILE = 256, 257, 254
_OFFSETS, _COUNTS = (273, 324), (279, 325)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
_MOST_ENTRIES = 1000
_MOST_VALUES = 200_000
_REDUCED = 1


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the numbers of this TIFF are: its byte order, and the widths of BigTIFF or of the common kind."""

    file: BinaryIO
    size: int
    order: str
    big: bool

    def read(self, form: str, at: int) -> tuple[int, ...]:
        """Numbers at an offset. Raises Unfit past the end."""
        form = self.order + form
        need = struct.calcsize(form)
        if at < 0 or at + need > self.size:
            raise Unfit("damaged")
        self.file.seek(at)
        return struct.unpack(form, self.file.read(need))


def frames(file: BinaryIO, limits: Limits) -> tuple[int, ...]:
    """The numbers of the frames that are pages, reduced-size copies left out. Raises Unfit."""
    layout, at = _start(file)
    seen: set[int] = set()
    reduced: list[bool] = []
    while at:
        if at in seen:
            raise Unfit("damaged")  # C-03: directories in a ring
        if len(reduced) == limits.pages:
            raise Unfit("too_large")  # C-04: ten thousand frames
        seen.add(at)
        is_reduced, at = _directory(layout, at, limits)
        reduced.append(is_reduced)
    file.seek(0)
    if not reduced:
        raise Unfit("damaged")
    pages = tuple(number for number, small in enumerate(reduced) if not small)
    return pages or tuple(range(len(reduced)))


def _start(file: BinaryIO) -> tuple[_Layout, int]:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(4)
    order = "<" if head[:2] == b"II" else ">"
    layout = _Layout(file, size, order, big=b"+" in head[2:])
    if not layout.big:
        return layout, layout.read("I", 4)[0]
    width, zero, at = layout.read("HHQ", 4)
    if (width, zero) != (8, 0):
        raise Unfit("damaged")
    return layout, at


def _directory(layout: _Layout, at: int, limits: Limits) -> tuple[bool, int]:
    """(whether it is a reduced copy, where the next one is)."""
    (count,) = layout.read("Q" if layout.big else "H", at)
    if not 1 <= count <= _MOST_ENTRIES:
        raise Unfit("damaged")
    at += 8 if layout.big else 2
    tags: dict[int, tuple[int, ...]] = {}
    step = 20 if layout.big else 12
    for entry in range(count):
        tag, values = _entry(layout, at + entry * step)
        if values:
            tags[tag] = values
    (following,) = layout.read("Q" if layout.big else "I", at + count * step)
    if _WIDTH not in tags or _HEIGHT not in tags:
        raise Unfit("damaged")
    check_px(tags[_WIDTH][0], tags[_HEIGHT][0], limits)
    _check_data(layout, tags)
    return bool(tags.get(_SUBFILE, (0,))[0] & _REDUCED), following


def _entry(layout: _Layout, at: int) -> tuple[int, tuple[int, ...]]:
    """(tag, its numbers) where it is one of ours and holds whole numbers; every entry's data must be in the file."""
    tag, kind, count = layout.read("HHQ" if layout.big else "HHI", at)
    at += 12 if layout.big else 8
    size = _SIZES.get(kind, 1) * count
    if size > (8 if layout.big else 4):
        (at,) = layout.read("Q" if layout.big else "I", at)
        if at + size > layout.size:
            raise Unfit("damaged")
    wanted = tag in (_WIDTH, _HEIGHT, _SUBFILE, *_OFFSETS, *_COUNTS)
    if not wanted or kind not in _INTEGERS or not count:
        return tag, ()
    if count > _MOST_VALUES:
        raise Unfit("too_large")
    return tag, layout.read(f"{count}{_INTEGERS[kind]}", at)


def _check_data(layout: _Layout, tags: dict[int, tuple[int, ...]]) -> None:
    """Every strip and tile lies within the file (C-01)."""
    for offsets_tag, counts_tag in zip(_OFFSETS, _COUNTS, strict=True):
        offsets, counts = tags.get(offsets_tag, ()), tags.get(counts_tag, ())
        if counts and len(counts) != len(offsets):
            raise Unfit("damaged")
        if not counts and any(offset >= layout.size for offset in offsets):
            raise Unfit("damaged")
        if any(offset + count > layout.size for offset, count in zip(offsets, counts, strict=False)):
            raise Unfit("damaged")
