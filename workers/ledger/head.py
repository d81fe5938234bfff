"""Notes the last committed event beside the embedded ledger, so that a ledger that lost its end is recognised.

SQLite takes a write-ahead log that is gone, cut or damaged for an empty or shorter one, and says nothing (A-11). The
note is written after each commit and is not synced: it may be older than the ledger, never newer. So a ledger whose
log ends before the note has lost acknowledged work.
"""

from pathlib import Path

from intake.base import durable
from intake.base.errors import Damaged

RESTORE = "bring it back with 'vireille restore BACKUP'"
_DIGITS = 20


def note_of(ledger: Path) -> Path:
    """The note's path."""
    return ledger.with_name(ledger.name + ".head")


def write_head(ledger: Path, event: int) -> None:
    """Note that `event` is committed."""
    durable.note(note_of(ledger), f"{event:0{_DIGITS}d}\n")


def noted_head(ledger: Path) -> int:
    """The event that is known to be committed; 0 where nothing is known: an unreadable note is no proof."""
    try:
        words = note_of(ledger).read_text("ascii").split()
    except (FileNotFoundError, UnicodeDecodeError):
        return 0
    return int(words[0]) if words and words[0].isdigit() else 0


def check_head(ledger: Path, event: int, *, noted: int) -> None:
    """Raise Damaged if the ledger, whose last event is `event`, had more: `noted`, read before the ledger was.

    In this order a point at work may commit in between; in the other one it would look as if it had lost its end.
    """
    if noted > event:
        msg = (
            f"{ledger}: the ledger has lost its last {noted - event} events (was {ledger.name}-wal removed?); {RESTORE}"
        )
        raise Damaged(msg, code="damaged_ledger")
