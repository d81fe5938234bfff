"""A page as pixels: what leaves the jail and what every seeing part works on."""

import ctypes
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
"""Height x width, 0 black to 255 white."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The options of `mallopt` in the GNU C library."""
_KEPT_FREE, _LARGEST_KEPT = 64 * 2**20, 32 * 2**20


def keep_freed_memory() -> None:
    """Keep up to 64 MB that one page's pictures took for those of the next, in this process.

    By itself the C library gives each picture back to the kernel and fetches the next one zeroed, which took a fifth of
    a page's time. All threads share one store: each would keep so much for itself. Another C library is left as it is.
    """
    option = getattr(ctypes.CDLL(None), "mallopt", None)
    if option is not None:
        option(_ARENA_MAX, 1)
        option(_MMAP_THRESHOLD, _LARGEST_KEPT)
        option(_TRIM_THRESHOLD, _KEPT_FREE)


class PagePixels:
    """One page as it came out of the file: not yet turned or straightened.

    The pixels of a long file's later pages are kept packed, so that a small file that unfolds takes little memory.
    """

    __slots__ = ("__weakref__", "_gray", "_packed", "_shape", "dpi", "typed")

    def __init__(self, gray: Gray, dpi: float, typed: tuple[tuple[str, str], ...] = ()) -> None:
        """`dpi`: as the file says, or a guess from an A4 page where it says nothing sensible.

        `typed`: (field name, value) of a digitally filled PDF's widgets; to be believed only where pixels agree.
        """
        self._gray: Gray | None = gray
        self._packed = b""
        self._shape: tuple[int, int] = (gray.shape[0], gray.shape[1])
        self.dpi, self.typed = dpi, typed

    @property
    def gray(self) -> Gray:
        """The pixels; unpacked for each who asks, if they are kept packed."""
        if self._gray is not None:
            return self._gray
        return np.frombuffer(zlib.decompress(self._packed), np.uint8).reshape(self._shape)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width; nothing is unpacked."""
        return self._shape

    @property
    def kept_bytes(self) -> int:
        """What the page takes in memory as it is kept."""
        return len(self._packed) if self._gray is None else self._gray.size

    def pack(self) -> int:
        """Keep the pixels packed from now on; how many bytes that takes."""
        if self._gray is not None:
            packer = zlib.compressobj(level=1, strategy=zlib.Z_RLE)  # half the time of the usual way, and paper is even
            self._packed = packer.compress(np.ascontiguousarray(self._gray).data) + packer.flush()
            self._gray = None
        return len(self._packed)


@dataclass(frozen=True, slots=True)
class OpenedScan:
    """All pages of one file, in order, and what was noticed on the way."""

    pages: tuple[PagePixels, ...]
    notes: tuple[str, ...] = ()
    """Short codes for the operator: `javascript`, `embedded_files`, `signed`, `owner_password`, `xfa`, ..."""
    pictures: tuple[int, ...] = ()
    """For each page the file's page that it is or was cut out of, 1-based; () where nothing was cut."""


@dataclass(frozen=True, slots=True)
class FieldCrop:
    """One field cut out of a registered page, for reading its value."""

    key: str
    value: str
    """The kind of value it should hold: a `ValueKind` of the form's definition."""
    gray: Gray
    """Upright, the blank's own print taken out as far as it goes, ink dark on white."""
    dpi: float
    cells: int | None = None
    """For a comb: how many even cells the width of the crop is divided into."""
    typed: str | None = None
    """What a digitally filled PDF says stands here."""
