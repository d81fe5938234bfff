"""The skeleton of a TIFF, read strictly before a decoder sees the file: how many pages, and is all of it there.

Decoders forgive: a directory or a strip that points past the end becomes a shorter document, and a strip that holds
fewer rows than it should ends in white. Here both are `damaged`.
"""

import io
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from PIL import Image

from intake.jail.inside import fax, jpeg
from intake.jail.inside.opened import Unfit, check_px
from intake.jail.limits import Limits

_WIDTH, _HEIGHT, _SUBFILE, _COMPRESSION, _FILL_ORDER, _ROWS = 256, 257, 254, 259, 266, 278
_BITS, _SAMPLES, _PLANAR, _PHOTOMETRIC, _ORIENTATION = 258, 277, 284, 262, 274
_JPEG_AT, _JPEG_LENGTH, _JPEG_TABLES = 513, 514, 347
_OFFSETS, _COUNTS = (273, 324), (279, 325)
_PICTURE = {_WIDTH, _HEIGHT, _SUBFILE, _COMPRESSION, _FILL_ORDER, _ROWS, _BITS, _SAMPLES, _PLANAR, _PHOTOMETRIC}
_WANTED = {*_PICTURE, _ORIENTATION, _JPEG_AT, _JPEG_LENGTH, _JPEG_TABLES, *_OFFSETS, *_COUNTS}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q"}
_MOST_ENTRIES = 1000
_MOST_VALUES = 200_000
_REDUCED = 1
_RAW, _GROUP3, _GROUP4, _OLD_JPEG, _JPEG = 1, 3, 4, 6, 7
_UNTURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What undoes the turn that Pillow gives a frame of this orientation while it loads it."""
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class Frame:
    """One directory: its place in the chain, and the numbers that say where its pixels are."""

    number: int
    tags: dict[int, tuple[int, ...]]
    ends: tuple[int, ...]
    """Where the data of each strip ends at the latest."""

    def first(self, tag: int, default: int) -> int:
        """The first number of a tag."""
        return self.tags.get(tag, (default,))[0]

    @property
    def px(self) -> int:
        """Pixels of the frame."""
        return self.first(_WIDTH, 0) * self.first(_HEIGHT, 0)


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


def frames(file: BinaryIO, limits: Limits) -> tuple[Frame, ...]:
    """The frames that are pages; copies that are marked as reduced, and are smaller, are left out. Raises Unfit."""
    layout, at = _start(file)
    seen: set[int] = set()
    found: list[Frame] = []
    while at:
        if at in seen:
            raise Unfit("damaged")  # C-03: directories in a ring
        if len(found) == limits.pages:
            raise Unfit("too_large")  # C-04: ten thousand frames
        seen.add(at)
        frame, at = _directory(layout, at, len(found), limits)
        found.append(frame)
    file.seek(0)
    if not found:
        raise Unfit("damaged")
    full = [frame for frame in found if not frame.first(_SUBFILE, 0) & _REDUCED]
    most = max((frame.px for frame in full), default=0)
    return tuple(frame for frame in found if frame in full or frame.px >= most)


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


def _directory(layout: _Layout, at: int, number: int, limits: Limits) -> tuple[Frame, int]:
    """(what it says, where the next one is)."""
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
    return Frame(number, tags, _ends(layout, tags)), following


def _entry(layout: _Layout, at: int) -> tuple[int, tuple[int, ...]]:
    """(tag, its numbers) where it is one of ours and holds whole numbers; every entry's data must be in the file."""
    tag, kind, count = layout.read("HHQ" if layout.big else "HHI", at)
    at += 12 if layout.big else 8
    size = _SIZES.get(kind, 1) * count
    if size > (8 if layout.big else 4):
        (at,) = layout.read("Q" if layout.big else "I", at)
        if at + size > layout.size:
            raise Unfit("damaged")
    if tag not in _WANTED or kind not in _INTEGERS or not count:
        return tag, ()
    if count > _MOST_VALUES:
        raise Unfit("too_large")
    return tag, layout.read(f"{count}{_INTEGERS[kind]}", at)


def _ends(layout: _Layout, tags: dict[int, tuple[int, ...]]) -> tuple[int, ...]:
    """Where each strip or tile ends, which must be within the file (C-01).

    Where a length is missing or 0, the data goes on to the next strip or to the end, as decoders take it.
    """
    ends: list[int] = []
    for offsets_tag, counts_tag in zip(_OFFSETS, _COUNTS, strict=True):
        offsets, counts = tags.get(offsets_tag, ()), tags.get(counts_tag, ())
        if counts and len(counts) != len(offsets):
            raise Unfit("damaged")
        following = sorted({*offsets, layout.size})
        after = dict(pairwise(following))
        for offset, count in zip(offsets, counts or (0,) * len(offsets), strict=True):
            if offset >= layout.size or offset + count > layout.size:
                raise Unfit("damaged")
            ends.append(offset + count if count else after.get(offset, layout.size))
    return tuple(ends)


def old_jpeg(file: BinaryIO, frame: Frame) -> bytes | None:
    """The one JPEG file that an old-style JPEG frame holds, if it does."""
    at, length = frame.first(_JPEG_AT, 0), frame.first(_JPEG_LENGTH, 0)
    if frame.first(_COMPRESSION, 1) != _OLD_JPEG or not at:
        return None
    file.seek(at)
    data = file.read(length or -1)
    return data if data.startswith(_JPEG_START) and b"\xff\xda" in data else None


def check_strips(file: BinaryIO, frame: Frame, image: Image.Image) -> None:
    """Raise Unfit unless every strip holds all its rows. `image`: the frame as it was decoded."""
    kind = frame.first(_COMPRESSION, 1)
    if kind == _JPEG:
        _check_jpegs(file, frame)
    elif _OFFSETS[0] not in frame.tags:
        return  # tiles of other kinds: their decoder knows their size
    elif kind == _RAW:
        _check_raw(file, frame)
    elif kind in (_GROUP3, _GROUP4):
        turned = _UNTURNED.get(frame.first(_ORIENTATION, 1))
        image = image if turned is None else image.transpose(turned)
        if image.size == (frame.first(_WIDTH, 0), frame.first(_HEIGHT, 0)):
            _check_fax(file, frame, image)


def _data(file: BinaryIO, frame: Frame) -> list[bytes]:
    """The data of each strip or tile."""
    parts = []
    for offset, end in zip(frame.tags.get(_OFFSETS[0]) or frame.tags.get(_OFFSETS[1], ()), frame.ends, strict=False):
        file.seek(offset)
        parts.append(file.read(max(0, end - offset)))
    return parts


def _check_jpegs(file: BinaryIO, frame: Frame) -> None:
    tables = bytes(frame.tags.get(_JPEG_TABLES, ()))
    tables = tables[: -len(_JPEG_END)] if tables.endswith(_JPEG_END) else _JPEG_START
    for part in _data(file, frame):
        jpeg.check(tables + part.removeprefix(_JPEG_START))


def _check_raw(file: BinaryIO, frame: Frame) -> None:
    """Each strip's rows lie within the file."""
    size = file.seek(0, io.SEEK_END)
    width, height = frame.first(_WIDTH, 0), frame.first(_HEIGHT, 0)
    samples = 1 if frame.first(_PLANAR, 1) == 2 else frame.first(_SAMPLES, 1)
    row = (width * samples * frame.first(_BITS, 1) + 7) // 8
    rows = min(frame.first(_ROWS, height), height)
    for number, offset in enumerate(frame.tags[_OFFSETS[0]]):
        here = min(rows, max(0, height - number * rows)) if samples == frame.first(_SAMPLES, 1) else 0
        if offset + row * here > size:
            raise Unfit("damaged")


def _check_fax(file: BinaryIO, frame: Frame, image: Image.Image) -> None:
    height = frame.first(_HEIGHT, 0)
    rows = min(frame.first(_ROWS, height), height) or height
    ground = 0 if frame.first(_PHOTOMETRIC, 0) else 255
    for number, part in enumerate(_data(file, frame)):
        top, foot = number * rows, min(height, (number + 1) * rows)
        if top >= foot:
            raise Unfit("damaged")
        coded = fax.reversed_bits(part) if frame.first(_FILL_ORDER, 1) == 2 else part  # lowest bit first
        if frame.first(_COMPRESSION, 1) == _GROUP4:
            whole = fax.group4_is_whole(coded, image, range(top, foot), ground)
        else:
            whole = fax.group3_is_whole(coded, foot - top)
        if not whole:
            raise Unfit("damaged")
    if len(frame.ends) * rows < height:
        raise Unfit("damaged")
