"""Judges from a file's bytes alone whether it is complete: strictly, per format, without any parser library.

"It opens" is not "it is complete" (F1): a PDF cut at 70 % opens with fewer pages and no error. A PDF must reach its
trailer, a TIFF its last strip, a JPEG its end mark, a PNG its IEND. Content of another kind is left to the quiet time
here and to the jail later. Nothing is decoded, repaired or kept; reads are bounded by the caller's size cap.
"""

import os
import re
import struct
import zlib
from enum import StrEnum

from scanners.whole_tiff import tiff_is_whole

_MAGICS = (b"%PDF-", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_PDF_HEADER_WITHIN = 1024
_STEP = 1 << 20
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PDF_TAIL = 2048
_PDF_END = re.compile(
    rb"startxref[\x00\t\n\x0c\r ]+([0-9]{1,19})[\x00\t\n\x0c\r ]+(?:%[^\r\n]*[\r\n]+)*%%EOF"
    rb"(?![\x00\t\n\x0c\r ]*[0-9])(?!.*(?:\bobj\b|xref|PK\x03\x04|%%EOF)).{0,1000}\Z",
    re.DOTALL,
)
"""After the end only what the jail passes over, too: blanks, zeros with which a device fills its last block, or a line
that is neither another file nor the start of more."""
_BLOCK = 1 << 16
_XREF = re.compile(rb"[\x00\t\n\x0c\r ]*(?:xref[\t\n\x0c\r ]|[0-9]{1,10}[\t\n\x0c\r ]+[0-9]{1,5}[\t\n\x0c\r ]+obj)")


class Whole(StrEnum):
    """The verdict on a file's bytes."""

    YES = "yes"
    NO = "no"
    FILLED = "filled"
    """Whole, with zeros behind its end: a device's last block, or room for more that is still to be written."""
    UNKNOWN = "unknown"
    """A kind of content whose end we do not know."""


class Source:
    """A file of a known size behind a descriptor, read at offsets. What is no longer there is an end, not an error."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self.size = size

    def at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`; fewer at the end. Raises OSError as the system does."""
        if offset < 0 or offset >= self.size:
            return b""
        wanted = min(count, self.size - offset)
        data = os.pread(self._descriptor, wanted, offset)
        while len(data) < wanted and (more := os.pread(self._descriptor, wanted - len(data), offset + len(data))):
            data += more
        return data


def judge(descriptor: int, size: int) -> Whole:
    """Whether the first `size` bytes behind `descriptor` are a whole file. Raises OSError as the system does."""
    source = Source(descriptor, size)
    head = source.at(0, _PDF_HEADER_WITHIN)
    if not head.strip(b"\x00"):  # B-02: pre-allocated, nothing written yet
        return Whole.NO
    if any(magic.startswith(head[: len(magic)]) and len(head) < len(magic) for magic in _MAGICS):
        return Whole.NO
    if head[:4] in _MAGICS[1:5]:
        return _said(tiff_is_whole(source))
    if head.startswith(_MAGICS[5]):
        return _said(_jpeg_is_whole(source))
    if head.startswith(_MAGICS[6]):
        return _said(_png_is_whole(source))
    start = head.find(_MAGICS[0])
    if start < 0:
        return Whole.UNKNOWN
    if not _pdf_is_whole(source, start):
        return Whole.NO
    return Whole.YES if source.at(size - 1, 1) != b"\x00" else Whole.FILLED


def _said(answer: bool) -> Whole:
    return Whole.YES if answer else Whole.NO


def _png_is_whole(source: Source) -> bool:
    """Walk the chunks, checksums included, to IEND."""
    offset = 8
    while True:
        head = source.at(offset, 8)
        if len(head) < 8 or not head[4:].isalpha():
            return False
        length = int.from_bytes(head[:4], "big")
        if offset + 12 + length > source.size:
            return False
        if not _checksum_fits(source, offset + 4, length + 4):
            return False
        if head[4:] == b"IEND":
            return True
        offset += 12 + length


def _checksum_fits(source: Source, start: int, length: int) -> bool:
    checksum = 0
    for offset in range(start, start + length, _STEP):
        checksum = zlib.crc32(source.at(offset, min(_STEP, start + length - offset)), checksum)
    return source.at(start + length, 4) == checksum.to_bytes(4, "big")


def _jpeg_is_whole(source: Source) -> bool:
    """Walk the segments, and through the coded data of each scan, to the end-of-image mark."""
    offset, scans = 2, 0
    while True:
        head = source.at(offset, 4)
        if len(head) < 2 or head[0] != 0xFF:
            return False
        code = head[1]
        if code == 0xFF:  # padding before a mark
            offset += 1
        elif code == 0xD9:
            return scans > 0
        elif code == 0x01 or 0xD0 <= code <= 0xD8:
            offset += 2
        else:
            if len(head) < 4 or (length := struct.unpack(">H", head[2:])[0]) < 2:
                return False
            offset += 2 + length
            if code == 0xDA:
                scans += 1
                offset = _end_of_coded_data(source, offset)


def _end_of_coded_data(source: Source, offset: int) -> int:
    """Where the next mark stands that is neither a stuffed byte nor a restart; the file's size if there is none."""
    while offset < source.size:
        block = source.at(offset, _STEP)
        found = _MARKER.search(block)
        if found:
            return offset + found.start()
        offset += max(1, len(block) - 1) if len(block) == _STEP else len(block) or source.size
    return source.size


def _pdf_is_whole(source: Source, start: int) -> bool:
    """Look for `%%EOF` at the end, and a `startxref` that points at a cross-reference.

    `start`: where `%PDF-` stands; devices that put bytes before it count offsets from there or from zero.
    """
    size = _pdf_size(source)
    tail_from = max(start, size - _PDF_TAIL)
    found = _PDF_END.search(source.at(tail_from, size - tail_from))
    if not found:
        return False
    said = int(found[1])
    before = tail_from + found.start()
    return any(0 < at < before and _XREF.match(source.at(at, 64)) is not None for at in {said, said + start})


def _pdf_size(source: Source) -> int:
    """How long the file is without the zeros at its end."""
    end = source.size
    while end > 0:
        block = source.at(max(0, end - _BLOCK), min(_BLOCK, end))
        kept = len(block.rstrip(b"\x00"))
        end -= len(block) - kept
        if kept or not block:
            break
    return end
