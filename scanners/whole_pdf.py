"""Does a PDF reach its trailer: `%%EOF` at the very end, and a `startxref` that points at a cross-reference inside.

No repair and no leniency: what a lenient reader opens may be half a document (F1). A zero-filled tail is refused.
"""

import re
from typing import Protocol

_TAIL = 2048
_END = re.compile(
    rb"startxref[\x00\t\n\x0c\r ]+([0-9]{1,19})[\x00\t\n\x0c\r ]+(?:%[^\r\n]*[\r\n]+)*%%EOF[\t\n\x0c\r ]*\Z"
)
_TARGET = re.compile(rb"[\x00\t\n\x0c\r ]*(?:xref[\t\n\x0c\r ]|[0-9]{1,10}[\t\n\x0c\r ]+[0-9]{1,5}[\t\n\x0c\r ]+obj)")


class Source(Protocol):
    """Bytes at offsets."""

    size: int

    def at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`."""


def pdf_is_whole(source: Source, start: int) -> bool:
    """`start`: where `%PDF-` stands; devices that put bytes before it count offsets from there or from zero."""
    tail_from = max(start, source.size - _TAIL)
    found = _END.search(source.at(tail_from, _TAIL))
    if not found:
        return False
    said = int(found[1])
    before = tail_from + found.start()
    return any(0 < at < before and _TARGET.match(source.at(at, 64)) is not None for at in {said, said + start})
