"""A file on its way from a scanner's folder into the ledger: one record for folder, receiver and ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was seen in a drop folder; with its bytes once it is whole and a private copy was made."""

    scanner: str
    label: str
    """The file's name made safe to show; kept sealed, since a name may be a person's."""
    size: int
    """In bytes."""
    handed_over: datetime
    """When the file was first seen: the time the customer handed the paper over, by our clock."""
    key: str | None = None
    """Names this arrival (folder, inode, time): the same after a restart and on every machine that sees the folder."""
    sha256: str = ""
    """Of the scanner's bytes as they were judged whole; empty where nothing was read."""
    copy: Path | None = None
    """Where this process reads the private copy, out of every scanner's reach, until the receiver is done with it."""
    start: int = 0
    """Where in `copy` its bytes begin: the pages of a batch lie in one file."""
    grows_from: str | None = None
    """SHA-256 of an earlier, shorter scan that these bytes begin with (B-23)."""
    batch: bool = False
    """Nobody waits at the counter: work on it comes after those for whom somebody does (J-05)."""

    def pieces(self, longest: int) -> Iterator[bytes]:
        """The bytes of the copy, from their beginning, in pieces of at most `longest`; none without a copy."""
        if self.copy is None:
            return
        with self.copy.open("rb") as file:
            file.seek(self.start)
            left = self.size
            while piece := file.read(min(longest, left)):
                left -= len(piece)
                yield piece
