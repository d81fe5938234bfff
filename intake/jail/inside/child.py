"""The child inside the jail: confine itself, take one file, answer, go.

Promises: one file in a life. Any failure that no parser adapter foresaw ends the process, and the parent calls the
file damaged; there is nothing here to recover, because nothing of this process is used again.
"""

import os
import socket
import warnings
from typing import NoReturn

from intake.jail import protocol as frames
from intake.jail.inside import confine, opening
from intake.jail.inside.opened import Opened, Unfit
from intake.jail.limits import Limits

_BAND_BYTES = 96 * 1024
"""So much of a page is sent at once: larger pieces of memory would be fetched from the kernel anew for each band."""


def main(limits: Limits, server: int, *, may_open: bool) -> NoReturn:
    """Serve one file on the socket that is standard input, then end the process. `server`: who forked it."""
    line = socket.socket(fileno=0)
    confine.confine(limits, server, may_open=may_open)
    line.sendall(frames.READY)
    _, descriptors, _, _ = socket.recv_fds(line, 1, 1)
    if descriptors:
        _serve(line, descriptors[0], limits)
        line.shutdown(socket.SHUT_RDWR)
    os._exit(0)


def _serve(line: socket.socket, descriptor: int, limits: Limits) -> None:
    warnings.simplefilter("ignore")
    try:
        with os.fdopen(descriptor, "rb") as file:
            _answer(line, opening.open_file(file, limits), limits)
    except Unfit as error:
        _refuse(line, error.code)
    except MemoryError:  # C-02: the cap on address space
        _refuse(line, "too_large")


def _refuse(line: socket.socket, code: str) -> None:
    line.sendall(frames.REFUSED + frames.REFUSED_HEAD.pack(frames.CODES.index(code)))


def _answer(line: socket.socket, opened: Opened, limits: Limits) -> None:
    line.sendall(frames.OPENED + frames.OPENED_HEAD.pack(opened.count))
    room = limits.total_px
    for page in opened.pages:
        room -= page.image.width * page.image.height
        if room < 0:
            raise Unfit("too_large")
        count, typed = frames.pack_typed(page.typed)
        dpi = min(max(page.dpi, frames.LEAST_DPI), frames.MOST_DPI)
        head = frames.PAGE_HEAD.pack(page.image.width, page.image.height, dpi, count, len(typed))
        line.sendall(frames.PAGE + head)
        rows = max(1, _BAND_BYTES // page.image.width)
        for top in range(0, page.image.height, rows):  # a second copy of a large page is not made
            line.sendall(page.image.crop((0, top, page.image.width, min(top + rows, page.image.height))).tobytes())
        line.sendall(typed)
    bits = sum(1 << frames.NOTES.index(note) for note in opened.notes)
    line.sendall(frames.END + frames.END_HEAD.pack(bits))
