"""A page as pixels: what leaves the jail and what every seeing part works on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
"""Height x width, 0 black to 255 white."""


@dataclass(frozen=True, slots=True)
class PagePixels:
    """One page as it came out of the file: not yet turned or straightened."""

    gray: Gray
    dpi: float
    """Pixels per inch as the file says, or a guess from an A4 page where it says nothing sensible."""
    typed: tuple[tuple[str, str], ...] = ()
    """(field name, value) of a digitally filled PDF's widgets on this page; to be believed only where pixels agree."""


@dataclass(frozen=True, slots=True)
class OpenedScan:
    """All pages of one file, in order, and what was noticed on the way."""

    pages: tuple[PagePixels, ...]
    notes: tuple[str, ...] = ()
    """Short codes for the operator: `javascript`, `embedded_files`, `signed`, `owner_password`, `xfa`, ..."""


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
