"""JPEG data, decoded so that every warning of the decoder is an error: what is missing is never painted gray.

libjpeg fills in what is cut or holed and warns; Pillow and pdfium do not ask. simplejpeg does, at the same price. What
libjpeg does not count (a progressive file that lacks its last scans) is counted here; what it warns of and no picture
misses (stray bytes between the header's segments, a height that comes after the scan) is put right first.
"""

import re
from collections.abc import Iterator

import simplejpeg
from PIL import Image

from intake.jail.inside.opened import Unfit

_MARK = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
_EXTRA = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_MOST_EXTRA = 16
"""Bytes that some encoders leave between the last coded bit and the end mark; a hole leaves more."""
_START_OF_SCAN, _END_OF_IMAGE, _HEIGHT_AFTERWARDS, _PROGRESSIVE = 0xDA, 0xD9, 0xDC, 0xC2
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_NEEDED = {*range(0xC0, 0xD0), 0xDB, 0xDD, 0xE0, 0xEE}
"""Segments that say how the pixels are coded: frames, tables, restart interval, JFIF and Adobe."""
_COEFFICIENTS = 64
_HOLE = b"\0" * 64
_TABLES, _SEQUENTIAL = 0xC4, {0xC0, 0xC1}


def decoded(data: bytes) -> Image.Image:
    """The brightness of a JPEG of one or three channels, mode L. Raises Unfit when anything of it is missing."""
    gray = _decode(data, "GRAY")
    return Image.frombuffer("L", (gray.shape[1], gray.shape[0]), gray, "raw", "L", 0, 1)  # the same memory


def check(data: bytes) -> None:
    """Raise Unfit unless all coded data is there; the pixels are another decoder's part."""
    _decode(data, "", least=1)


def _decode(data: bytes, colours: str, *, least: int = 0) -> "simplejpeg.ndarray":
    try:
        return _strict(data, colours, least)
    except ValueError as error:
        extra = _EXTRA.search(str(error))
        if extra and int(extra[1]) <= _MOST_EXTRA:
            end = data.rindex(b"\xff\xd9")
            data = data[: end - int(extra[1])] + data[end:]
    try:
        return _strict(plain(data), colours, least)
    except ValueError as error:
        raise Unfit("damaged") from error


def _strict(data: bytes, colours: str, least: int) -> "simplejpeg.ndarray":
    """Raises ValueError on the first warning."""
    _check_scans(data)
    _check_holes(data)
    _, _, space, _ = simplejpeg.decode_jpeg_header(data)
    wanted = colours or {"CMYK": "CMYK", "YCCK": "CMYK"}.get(space, "GRAY")
    return simplejpeg.decode_jpeg(data, wanted, min_height=least, min_width=least, min_factor=8 if least else 1)


def with_height(data: bytes) -> bytes:
    """The file with its height in the header, where a feeder wrote it behind the scan (a DNL segment)."""
    if data.find(b"\xff\xdc\x00\x04") < 0:
        return data
    frame = 0
    for code, start, end in _segments(data):
        if code in _FRAMES:
            frame = start
        if code == _START_OF_SCAN:
            found = _MARK.search(data, end)
            if frame and found and found[1][0] == _HEIGHT_AFTERWARDS:
                height = data[found.end() + 2 : found.end() + 4]
                return data[: frame + 5] + height + data[frame + 7 : found.start()] + data[found.end() + 4 :]
            break
    return data


def plain(data: bytes) -> bytes:
    """The file with nothing before its scan but what its pixels need."""
    kept = bytearray(b"\xff\xd8")
    for code, start, end in _segments(data):
        if code == _START_OF_SCAN:
            return bytes(kept) + data[start:]
        if code in _NEEDED:
            kept += data[start:end]
    return data


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(code, start, end) of each segment up to the first scan's head; stray bytes between them are passed over."""
    at = 2
    while found := _MARK.search(data, at):
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        code, at = found[1][0], found.end() + max(2, length)
        yield code, found.end() - 2, at
        if code == _START_OF_SCAN:
            return


def _check_scans(data: bytes) -> None:
    """Raise ValueError unless the scans of a progressive file bring every coefficient to its last bit."""
    missing: dict[int, set[int]] = {}
    after = 0
    for code, start, end in _segments(data):
        if code == _PROGRESSIVE:
            parts = data[start + 9]
            missing = {data[start + 10 + 3 * part]: set(range(_COEFFICIENTS)) for part in range(parts)}
        after = end
    if not missing:
        return
    _note_scan(data, data.rindex(b"\xff\xda", 0, after) + 2, missing)
    at = after
    while (found := _MARK.search(data, at)) and found[1][0] != _END_OF_IMAGE:
        if found[1][0] == _START_OF_SCAN:
            _note_scan(data, found.end(), missing)
        at = found.end() + max(2, int.from_bytes(data[found.end() : found.end() + 2], "big"))
    if any(missing.values()):
        raise ValueError("the last scans are missing")


def _check_holes(data: bytes) -> None:
    """Raise ValueError where a long run of zeros stands in coded data that can mean no picture.

    A decoder may find its way again behind a hole, at the right count by chance. In the data of a sequential file zeros
    are sound only where its tables give the code of zeros to an empty block; with the usual ones they mean noise.
    """
    firsts: set[int] = set()
    sequential = False
    for code, start, end in _segments(data):
        sequential = sequential or code in _SEQUENTIAL
        at = start + 4
        while code == _TABLES and at + 17 <= end:
            firsts.add(data[at + 17])
            at += 17 + sum(data[at + 1 : at + 17])
        if code == _START_OF_SCAN and sequential and firsts != {0} and data.find(_HOLE, end) >= 0:
            raise ValueError("zeros in the coded data")


def _note_scan(data: bytes, at: int, missing: dict[int, set[int]]) -> None:
    """Cross out what the scan whose head's length stands at `at` completes."""
    parts = data[at + 2]
    first, last, bits = data[at + 3 + 2 * parts : at + 6 + 2 * parts]
    if bits & 0x0F == 0:
        for part in range(parts):
            missing.get(data[at + 3 + 2 * part], set()).difference_update(range(first, last + 1))
