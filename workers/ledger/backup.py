"""Copies the embedded ledger as one consistent file with every blob it stands on, and brings a copy back.

The copy is as unreadable as the original: the vault key is not in it and must be kept elsewhere. A copy of yesterday
does no harm when it is brought back: bundles get the same names again, and a provider drops what it has had (D-09).
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from intake.base import durable
from intake.base.clock import Clock, parse_iso
from intake.base.errors import Damaged, NotFound, WrongUse
from workers.ledger import verify
from workers.ledger.audit import Event, head_of, record
from workers.ledger.blobs import Blobs
from workers.ledger.database import Ledger, note_of
from workers.ledger.opening import open_ledger_at
from workers.ledger.vault import Vault
from workers.ledger.verify import referenced

_LEDGER, _BLOBS, _NOTE = "ledger.db", "blobs", "backup.json"


@dataclass(frozen=True, slots=True)
class Backup:
    """The contents of a copy."""

    at: str
    events: int
    blobs: int


def back_up(ledger: Ledger, blobs: Blobs, into: Path) -> Backup:
    """Copy the ledger and its blobs to `into`, which may hold an earlier copy; what is there already is kept.

    The ledger is copied first: whatever it points to is there to be copied after it.

    Raises:
        WrongUse: the ledger is on PostgreSQL, which has its own means.
        NotFound, Damaged: a blob is missing or not what was kept; the copy is not declared good.
    """
    ledger = ledger
    if ledger.file is None:
        raise WrongUse("back up the ledger with pg_dump, then copy the folder of blobs; both may run on")
    durable.make_folder(into)
    fresh = into / f"{durable.TEMP_MARK}0-ledger"
    durable.remove(fresh)
    with ledger.engine.connect() as connection:
        connection.connection.cursor().execute("VACUUM INTO ?", (str(fresh),))
    with ledger.read() as connection:
        wanted, head = referenced(connection), head_of(connection)
    durable.remove(into / _NOTE)
    durable.publish(fresh, into / _LEDGER)
    target = into / _BLOBS
    for sha256 in sorted(wanted):
        if not blobs.intact(sha256):
            raise Damaged(f"blob {sha256} is missing or damaged; run 'vireille verify'")
        _copy(blobs.folder, target, sha256)
    made = Backup(ledger.now(), head, len(wanted))
    durable.write(into / _NOTE, json.dumps({"at": made.at, "events": head, "blobs": made.blobs}).encode())
    return made


def restore(backup: Path, data: Path, *, clock: Clock, vault: Vault) -> list[str]:
    """Bring the copy back into the data folder; returns what `verify` has to say.

    A ledger that is there is moved aside, never overwritten; blobs that are there stay. Nothing may run meanwhile.

    Raises:
        NotFound: `backup` holds no finished copy.
        Damaged: the copied ledger cannot be used.
        WrongUse: another vault key belongs to it.
    """
    if not (backup / _NOTE).is_file() or not (backup / _LEDGER).is_file():
        raise NotFound(f"{backup}: no finished backup here")
    said = json.loads((backup / _NOTE).read_text("utf-8"))
    durable.make_folder(data)
    _set_aside(data, parse_iso(clock.now().isoformat()).strftime("%Y%m%dT%H%M%S"))
    for path in sorted((backup / _BLOBS).glob("??/*")):
        _copy(backup / _BLOBS, data / _BLOBS, path.name)
    durable.write(data / _LEDGER, _pieces(backup / _LEDGER))
    with closing(open_ledger_at(f"sqlite:///{data / _LEDGER}", clock=clock, vault=vault)) as ledger:
        with ledger.write() as connection:
            record(connection, ledger, Event("restored", "point", code=str(said["at"])))
        return verify.verify(ledger, Blobs(data / _BLOBS, vault))


def _set_aside(data: Path, time: str) -> None:
    """Move what is left of a ledger out of the way, its log first so that no other ledger ever meets it."""
    ledger = data / _LEDGER
    for path in (ledger.with_name(f"{_LEDGER}-wal"), ledger.with_name(f"{_LEDGER}-shm"), note_of(ledger), ledger):
        if path.exists():
            aside = data / f"replaced-{time}"
            durable.make_folder(aside)
            durable.move(path, aside / path.name)


def _copy(source: Path, target: Path, sha256: str) -> None:
    """Copy a blob as it lies there, sealed; one of the same name and size is taken for the same."""
    original, copy = source / sha256[:2] / sha256, target / sha256[:2] / sha256
    if not original.is_file():
        raise NotFound(f"blob {sha256} is missing")
    if copy.is_file() and copy.stat().st_size == original.stat().st_size:
        return
    durable.make_folder(copy.parent)
    durable.write(copy, _pieces(original))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(1 << 20), b"")
