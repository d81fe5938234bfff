"""All points at once, as their notes at the hub tell: how each is, when it was last heard of, what needs somebody."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from intake.base.clock import Clock
from intake.base.errors import Untrusted, VireilleError, WrongUse
from intake.base.settings import Settings
from workers.deliver.connect import open_store, require_store
from workers.deliver.ports import Store
from workers.operator.alarms import AWAY_AFTER, GRAVEST_FIRST, Alarm, health_alarms, note_alarm
from workers.operator.health import PointHealth
from workers.seal.growing import read_json
from workers.seal.trust import CA_FILES, TrustedPoint, trusted_points
from workers.send.notes import NoteRead, kept_notes, read_notes

FRESH_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Hub:
    """Where the points' notes lie, whose are believed, and what was read of them before."""

    url: str
    store: Store
    keys: Path
    kept: Path
    clock: Clock

    def trusted(self) -> tuple[TrustedPoint, ...]:
        """The points whose notes are believed; bound by `inbox trust`. Raises BadFile."""
        return trusted_points(self.keys, CA_FILES)


@dataclass(frozen=True, slots=True)
class PointSeen:
    """A point as far as it is known here. Without `health` it was never heard of, or its note is not believed."""

    id: str
    at: datetime | None = None
    """When it told this."""
    health: PointHealth | None = None
    alarms: tuple[Alarm, ...] = ()

    @property
    def name(self) -> str:
        """The point's name for people, else its id."""
        return self.health.name if self.health else self.id


@dataclass(frozen=True, slots=True)
class Overview:
    """All points, those with the gravest alarms first."""

    now: datetime
    points: tuple[PointSeen, ...]
    hub_problem: str | None = None
    """A code: the hub does not answer, and all this is what was known before."""


def hub_of(settings: Settings, clock: Clock) -> Hub:
    """The hub that the settings name. Raises WrongUse: nobody's notes would be believed; NotFound: no such folder."""
    require_store(settings.store.url)
    if not any(settings.keys.directory.glob(CA_FILES)):
        raise WrongUse(
            f"no point's CA certificate (…ca.pem) in {settings.keys.directory}: get it from each point, "
            "'vireille inbox trust' puts it there"
        )
    data = settings.point.data if settings.point is not None else settings.file.parent / "data"
    return Hub(settings.store.url, open_store(settings.store.url), settings.keys.directory, data / "notes", clock)


def look(hub: Hub) -> Overview:
    """Read every point's note. Raises BadFile: a certificate among the keys cannot be read."""
    trusted, now, problem = hub.trusted(), hub.clock.now(), None
    try:
        require_store(hub.url)  # a share that is not mounted is no empty hub
        read = read_notes(hub.store, "health", trusted, kept=hub.kept, now=now)
    except VireilleError as error:
        read, problem = list(kept_notes("health", trusted, kept=hub.kept, now=now)), error.code
    known = {note.point: note for note in read}
    for point in sorted({signer.point for signer in trusted if signer.point}):
        known.setdefault(point, NoteRead(point, None))
    seen = [_seen(note, now, hub_answers=problem is None) for note in known.values()]
    return Overview(now, tuple(sorted(seen, key=lambda point: (_gravity(point), point.id))), problem)


def needs_somebody(overview: Overview) -> list[tuple[str, Alarm]]:
    """Every alarm with its point's name, the gravest first; what an authority gave up on once, whoever tells it."""
    found = [(point.name, alarm) for point in overview.points for alarm in point.alarms]
    dead: dict[str, int] = {}
    for point in overview.points:
        for provider, count in point.health.dead.items() if point.health else ():
            dead[provider] = max(count, dead.get(provider, 0))
    found += [("", Alarm("dead_letter", "", provider, count)) for provider, count in dead.items()]
    return sorted(found, key=lambda named: GRAVEST_FIRST.index(named[1].kind.severity))


def _seen(read: NoteRead, now: datetime, *, hub_answers: bool) -> PointSeen:
    health = None
    alarms = [note_alarm(read.point, read.problem)] if read.problem else []
    if read.note is not None:
        try:
            health = read_json(PointHealth, json.dumps(read.note.body), "a point's health")
        except Untrusted:
            alarms.append(note_alarm(read.point, "malformed"))
    alarms += _away(read, now) if hub_answers else ()
    if health is not None:
        alarms += health_alarms(read.point, health, now)
    return PointSeen(read.point, read.note.at if read.note else None, health, tuple(alarms))


def _away(read: NoteRead, now: datetime) -> Iterator[Alarm]:
    if read.note is not None and now - read.note.at > AWAY_AFTER:
        yield Alarm("point_away", read.point, since=read.note.at)
    elif read.note is None and read.problem is None:
        yield Alarm("point_silent", read.point)


def _gravity(point: PointSeen) -> int:
    found = [GRAVEST_FIRST.index(alarm.kind.severity) for alarm in point.alarms]
    return min(found, default=len(GRAVEST_FIRST))


class Watch:
    """Looks at the hub at most every `FRESH_SECONDS`, however many pages are open."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self._lock = hub, threading.Lock()
        self._seen: tuple[float, Overview] | None = None

    def overview(self) -> Overview:
        """All points as they are now. Raises BadFile."""
        with self._lock:
            now = self.hub.clock.monotonic()
            if self._seen is None or now - self._seen[0] >= FRESH_SECONDS:
                self._seen = now, look(self.hub)
            return self._seen[1]
