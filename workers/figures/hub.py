"""Figures at the hub: each point puts its own there as a signed note, by month; whoever trusts the points reads all.

The note holds the figures of `MONTHS` months without days, packed by zlib, for a note has a limit. It is signed and not
sealed: nothing personal is in it, but small counts are, so it is no publication.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from intake.base.errors import VireilleError, WrongUse
from intake.base.settings import Settings
from workers.deliver.connect import open_store, require_store
from workers.deliver.ports import Store
from workers.figures.counting import figures_at
from workers.figures.figures import HELSINKI, Figures, read_figures
from workers.ledger import Ledger
from workers.operator import health
from workers.operator.overview import Hub
from workers.seal.keys import Identity
from workers.send.notes import Note, NoteRead, kept_notes, read_notes, send_note

MONTHS = 13
"""A year, and the month before it to compare."""
_MOST_BYTES = 64_000_000
_PACKED = "zlib"


@dataclass(frozen=True, slots=True)
class Told:
    """A point's newest figures at the hub; None where there are none that are believed."""

    point: str
    at: datetime | None
    figures: Figures | None
    problem: str | None


def first_month(today: date) -> date:
    """The first day that is sent."""
    months = today.year * 12 + today.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def push_figures(ledger: Ledger, settings: Settings, signer: Identity) -> Figures:
    """Put this point's figures of `MONTHS` months at the hub, and note when, or why not.

    Raises Unsealable, Away, Denied, NotFound.
    """
    here, now = settings.here, ledger.clock.now()
    today = now.astimezone(HELSINKI).date()
    try:
        require_store(settings.store.url)
        figures = figures_at(ledger, here, settings.catalogue, first_month(today), today)
        send_figures(open_store(settings.store.url), signer, here.id, figures, now)
    except VireilleError as error:
        before = health.last_told(settings, "figures")
        health.note_told(settings, health.Told(told=before.told, code=error.code), "figures")
        raise
    health.note_told(settings, health.Told(told=now), "figures")
    return figures


def figures_are_due(settings: Settings, now: datetime) -> bool:
    """Whether the point is to put its figures at the hub by itself, and has not on this day in Finland."""
    last = health.last_told(settings, "figures").told
    today = now.astimezone(HELSINKI).date()
    return settings.figures.push and (last is None or last.astimezone(HELSINKI).date() != today)


def send_figures(store: Store, signer: Identity, point: str, figures: Figures, at: datetime) -> None:
    """Put this point's figures at the hub, over those before. Raises Unsealable, Away, Denied."""
    said = json.dumps(figures.by_month().as_json(), ensure_ascii=False, separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(said.encode(), 9)).decode()
    send_note(store, signer, Note(kind="figures", point=point, at=at, body={_PACKED: packed}))


def figures_at_hub(hub: Hub) -> tuple[list[Told], str | None]:
    """Every point's newest figures; and why the hub does not answer, if it does not: then those read before.

    Raises BadFile: a certificate among the keys cannot be read.
    """
    trusted, now = hub.trusted(), hub.clock.now()
    try:
        require_store(hub.url)
        return [_told(read) for read in read_notes(hub.store, "figures", trusted, kept=hub.kept, now=now)], None
    except VireilleError as error:
        return [_told(read) for read in kept_notes("figures", trusted, kept=hub.kept, now=now)], error.code


def together(notes: Sequence[Told]) -> Figures | None:
    """All points' figures added up; None where there are none."""
    found = [note.figures for note in notes if note.figures is not None]
    return sum(found[1:], start=found[0]) if found else None


def _told(read: NoteRead) -> Told:
    if read.note is None:
        return Told(read.point, None, None, read.problem)
    try:
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(base64.b64decode(str(read.note.body.get(_PACKED))), _MOST_BYTES)
        figures = read_figures(json.loads(text), read.point)
        if set(figures.points) != {read.point}:  # signed by this point, for this point
            return Told(read.point, read.note.at, None, "not_fit")
    except (ValueError, zlib.error, WrongUse):
        return Told(read.point, read.note.at, None, "malformed")
    return Told(read.point, read.note.at, figures, read.problem)
