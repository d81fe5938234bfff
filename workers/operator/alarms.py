"""From what the points tell to what needs somebody: alarms with what to do, the gravest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import RootModel

from intake.base.filing import Frozen
from intake.base.states import STANDING, State
from intake.base.texts import Language, Text
from intake.base.toml import load_toml
from workers.operator.health import PointHealth
from workers.seal.certificates import WARN_DAYS
from workers.send.notes import OLDER

AWAY_AFTER = timedelta(seconds=60)
"""A point tells its health every 20 seconds."""
FORGED = "receipt_not_valid"
"""The reason of a delivered filing whose receipt is not one."""
NOTICES = ("disk_full", "too_many_open", "hub_away", "hub_denied", "rules_refused")
"""Notices of a point's parts that are alarms by themselves."""
Severity = Literal["urgent", "soon", "note"]
GRAVEST_FIRST: tuple[Severity, ...] = ("urgent", "soon", "note")


class AlarmKind(Frozen):
    """A line of the list of alarms."""

    severity: Severity
    says: Text
    todo: Text


class _Kinds(RootModel[dict[str, AlarmKind]]):
    """The list of alarms by code."""


@cache
def alarm_kinds() -> dict[str, AlarmKind]:
    """Every alarm there is, by its code."""
    return load_toml(Path(__file__).with_name("alarms.toml"), _Kinds).root


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that needs somebody."""

    code: str
    point: str
    """The point's id."""
    subject: str = ""
    """The scanner, authority, certificate or state it is about."""
    count: int = 0
    since: datetime | None = None

    @property
    def kind(self) -> AlarmKind:
        """Its line in the list."""
        return alarm_kinds()[self.code]

    def says(self, language: Language, name: str) -> str:
        """The alarm in a sentence; `name`: the point's."""
        subject = STANDING[State(self.subject)].text.in_language(language) if self._is_of_state else self.subject
        filled = self.kind.says.filled(point=name, subject=subject, count=str(self.count))
        return filled.in_language(language)

    @property
    def _is_of_state(self) -> bool:
        return self.code == "papers_late"


def health_alarms(point: str, health: PointHealth, now: datetime) -> Iterator[Alarm]:
    """Find the alarms that a point's note gives reason for."""
    yield from _of_parts(point, health)
    yield from _of_certificates(point, health, now)
    yield from _of_papers(point, health)
    blocking = sum(remark.blocks for remark in health.doctor)
    if blocking:
        yield Alarm("doctor_bad", point, count=blocking)
    if health.newer_sets:
        yield Alarm("set_waits", point, ", ".join(health.newer_sets))


def _of_parts(point: str, health: PointHealth) -> Iterator[Alarm]:
    for scanner in health.scanners:
        if scanner.notice == "away":
            yield Alarm("scanner_away", point, scanner.id, since=scanner.last_paper)
    notices = {*health.notices, *(scanner.notice for scanner in health.scanners)}
    yield from (Alarm(notice, point) for notice in NOTICES if notice in notices)
    if health.disk_is_low:
        yield Alarm("disk_low", point)


def _of_certificates(point: str, health: PointHealth, now: datetime) -> Iterator[Alarm]:
    for certificate in health.certificates:
        left = certificate.ends - now
        if left <= timedelta():
            yield Alarm("certificate_ended", point, certificate.whose, since=certificate.ends)
        elif left <= timedelta(days=max(WARN_DAYS)):
            yield Alarm("certificate_ends", point, certificate.whose, left.days)


def _of_papers(point: str, health: PointHealth) -> Iterator[Alarm]:
    for group in health.work:
        if group.reason == FORGED:
            yield Alarm("receipt_forged", point, group.provider or "", group.count, group.since)
        elif group.late:
            yield Alarm("papers_late", point, group.state.value, group.late, group.since)


def note_alarm(point: str, problem: str) -> Alarm:
    """Say what is wrong with the note that lies at the hub in a point's name."""
    codes = {
        OLDER: "note_older", "unknown_point": "point_unknown", "clock": "note_clock", "not_fit": "note_certificate",
        "malformed": "note_unreadable",
    }  # fmt: skip
    return Alarm(codes.get(problem, "note_untrue"), point, problem)
