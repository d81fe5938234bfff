"""How much one file may ask for. Read by the parent, which checks, and by the child, which stops early.

Standard library only: the child imports this before it confines itself.
"""

import os
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one file; what is over them is refused, never cut down."""

    pages: int = 200
    page_px: int = 70_000_000
    """A3 at 600 dpi."""
    total_px: int = 1_800_000_000
    """200 pages of A4 at 300 dpi."""
    file_bytes: int = 500_000_000
    memory_bytes: int = 1_500_000_000
    """Address space of the child."""
    plain_px: int = 100_000_000
    """So many pixels of a file are kept as they are, eleven A4 pages of 300 dpi; later pages are kept packed."""
    packed_bytes: int = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 8
    """What the packed pages of a file may take: a part of this machine's memory."""
    seconds: float = 20.0
    """Processor time of the child, so that a busy machine refuses no good paper."""
    patience: float = 6.0
    """How many times as long a child may take by the clock: this only ends one that hangs."""

    def to_dict(self) -> dict[str, float]:
        """The caps as plain numbers, for the child's command line."""
        return asdict(self)
