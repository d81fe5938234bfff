"""Judges whether a PDF reaches its trailer: `%%EOF` at the end, and a `startxref` that points at a cross-reference.

No repair: what a lenient reader opens may be half a document (F1). After the end only what the jail passes over, too:
blanks, zeros with which a device fills its last block, or a line that is neither another file nor the start of more.
"""

import re
from typing import Protocol

_TAIL = 2048
_END = re.compile(
    rb"startxref[\x00\t\n\x0c\r ]+([0-9]{1,19})[\x00\t\n\x0c\r ]+(?:%[^\r\n]*[\r\n]+)*%%EOF"
    rb"(?![\x00\t\n\x0c\r ]*[0-9])(?!.*(?:\bobj\b|xref|PK\x03\x04|%%EOF)).{0,1000}\Z",
    re.DOTALL,
)
_STEP = 1 << 16
_TARGET = re.compile(rb"[\x00\t\n\x0c\r ]*(?:xref[\t\n\x0c\r ]|[0-9]{1,10}[\t\n\x0c\r ]+[0-9]{1,5}[\t\n\x0c\r ]+obj)")


class Source(Protocol):
    """Bytes at offsets."""

    size: int

    def at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`."""


def pdf_is_whole(source: Source, start: int) -> bool:
    """`start`: where `%PDF-` stands; devices that put bytes before it count offsets from there or from zero."""
    size = pdf_size(source)
    tail_from = max(start, size - _TAIL)
    found = _END.search(source.at(tail_from, size - tail_from))
    if not found:
        return False
    said = int(found[1])
    before = tail_from + found.start()
    return any(0 < at < before and _TARGET.match(source.at(at, 64)) is not None for at in {said, said + start})


def pdf_size(source: Source) -> int:
    """How long the file is without the zeros at its end."""
    end = source.size
    while end > 0:
        block = source.at(max(0, end - _STEP), min(_STEP, end))
        kept = len(block.rstrip(b"\x00"))
        end -= len(block) - kept
        if kept or not block:
            break
    return end
