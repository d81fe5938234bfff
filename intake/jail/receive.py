"""The parent's ear: reads one child's answer, believes none of it, and stops at the deadline.

Promises: never reads or allocates more than the caps allow, whatever the child says; an answer that is short, long or
lies about a size is no answer.
"""

import math
import socket
import time

import numpy as np

from intake.base.errors import Refused
from intake.jail import protocol as frames
from intake.jail.limits import Limits
from intake.jail.pixels import Gray, OpenedScan, PagePixels
from intake.jail.protocol import Broken

LINGER_SECONDS = 1.0
"""How long a child may take to fall silent after its last word."""


class Ear:
    """Reads exactly what was announced, until a moment of the monotonic clock."""

    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line, self._deadline = line, deadline

    def fill(self, untrusted_buffer: memoryview) -> None:
        """Fill the buffer. Raises Broken when the child falls silent, TimeoutError at the deadline."""
        done = 0
        while done < len(untrusted_buffer):
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._line.settimeout(left)
            try:
                # recv_into has no room for ancillary data: descriptors that a child sends are dropped by the kernel
                got = self._line.recv_into(untrusted_buffer[done:])
            except ConnectionError as error:
                raise Broken("the line broke") from error
            if got == 0:
                raise Broken("the answer is short")
            done += got

    def take(self, size: int) -> bytes:
        """Exactly `size` bytes; for small things."""
        untrusted = bytearray(size)
        self.fill(memoryview(untrusted))
        return bytes(untrusted)

    def expect(self, word: bytes) -> None:
        """This word and no other. Raises Broken."""
        if self.take(len(word)) != word:
            raise Broken("another word was due")

    def silence(self) -> None:
        """Nothing more comes. Raises Broken on one more byte or a child that lingers (C-09)."""
        self._line.settimeout(LINGER_SECONDS)
        try:
            if self._line.recv(1):
                raise Broken("bytes after the last frame")
        except TimeoutError as error:
            raise Broken("the child lingers") from error
        except ConnectionError as error:
            raise Broken("the line broke") from error


def read_scan(ear: Ear, limits: Limits) -> OpenedScan:
    """One whole answer. Raises Refused with the child's code, Broken, or TimeoutError."""
    count = _opened(ear, limits)
    pages: list[PagePixels] = []
    room, packed = limits.total_px, 0
    for _ in range(count):
        _expect(ear, frames.PAGE)
        page = _page(ear, min(limits.page_px, room))
        room -= page.gray.size
        if limits.total_px - room > limits.plain_px:
            packed += page.pack()
        if packed > limits.packed_bytes:
            raise Refused("too_large")
        pages.append(page)
    _expect(ear, frames.END)
    notes = _notes(ear)
    ear.silence()
    return OpenedScan(pages=tuple(pages), notes=notes)


def _expect(ear: Ear, kind: bytes) -> None:
    untrusted_kind = ear.take(1)
    if untrusted_kind == frames.REFUSED:
        (index,) = frames.REFUSED_HEAD.unpack(ear.take(frames.REFUSED_HEAD.size))
        if index >= len(frames.CODES):
            raise Broken("no such refusal")
        ear.silence()
        raise Refused(frames.CODES[index])
    if untrusted_kind != kind:
        raise Broken("another frame was due")


def _opened(ear: Ear, limits: Limits) -> int:
    _expect(ear, frames.OPENED)
    (count,) = frames.OPENED_HEAD.unpack(ear.take(frames.OPENED_HEAD.size))
    if not 1 <= count <= limits.pages:
        raise Broken("number of pages out of range")
    return int(count)


def _page(ear: Ear, most_px: int) -> PagePixels:
    head = frames.page_head(ear.take(frames.PAGE_HEAD.size))
    if not (head.width and head.height and head.width * head.height <= most_px):
        raise Broken("page size out of range")
    if not (math.isfinite(head.dpi) and frames.LEAST_DPI <= head.dpi <= frames.MOST_DPI):
        raise Broken("resolution out of range")
    if head.typed_count > frames.MAX_TYPED or head.typed_bytes > frames.MAX_TYPED_BYTES:
        raise Broken("too many typed values")
    gray: Gray = np.empty((head.height, head.width), dtype=np.uint8)
    ear.fill(gray.reshape(-1).data)
    typed = frames.unpack_typed(head.typed_count, ear.take(head.typed_bytes))
    return PagePixels(gray=gray, dpi=head.dpi, typed=typed)


def _notes(ear: Ear) -> tuple[str, ...]:
    (bits,) = frames.END_HEAD.unpack(ear.take(frames.END_HEAD.size))
    if bits >> len(frames.NOTES):
        raise Broken("no such note")
    return tuple(note for place, note in enumerate(frames.NOTES) if bits >> place & 1)
