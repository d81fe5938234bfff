"""Finds out whether a longer PDF begins with the bytes of one that was taken earlier (F1b, B-23).

A device that appends pages by incremental update leaves the earlier file, byte for byte, as the beginning of the later
one; that beginning ended at a `%%EOF`. So the hash is taken at each such place and the ledger asked for it.
"""

import hashlib
import mmap
from collections.abc import Callable
from pathlib import Path

_MARK = b"%%EOF"
_SPACES = b"\r\n\t\x0c "
_MOST_SPACES = 4
_MOST_ENDS = 128


def grows_from(path: Path, knows: Callable[[str], bool]) -> str | None:
    """The SHA-256 of the longest earlier file that the PDF at `path`, a private copy, begins with, or None.

    `knows` tells whether a file with that hash was taken.
    """
    with path.open("rb") as file:
        if file.read(5) != b"%PDF-":
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            hashes = _hashes(data, _earlier_ends(data)[-_MOST_ENDS:])
    return next((found for found in reversed(hashes) if knows(found)), None)


def _earlier_ends(data: mmap.mmap) -> list[int]:
    """Where an earlier version may have ended, ascending; the file's own end left out."""
    ends = []
    at = data.find(_MARK)
    while 0 <= at < (following := data.find(_MARK, at + 1)):
        end = at + len(_MARK)
        ends.append(end)
        while end < following and data[end] in _SPACES and end - at - len(_MARK) < _MOST_SPACES:
            end += 1
            ends.append(end)
        at = following
    return ends


def _hashes(data: mmap.mmap, ends: list[int]) -> list[str]:
    """The SHA-256 of the data up to each of `ends`, in one pass."""
    digest = hashlib.sha256()
    hashes = []
    position = 0
    with memoryview(data) as view:
        for end in ends:
            with view[position:end] as part:
                digest.update(part)
            hashes.append(digest.hexdigest())
            position = end
    return hashes
