"""The contents of the operator's page in the reader's language: alarms, points, the rules in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from intake.base.clock import iso
from intake.base.reasons import reason_text
from intake.base.settings import Settings
from intake.base.states import STANDING
from intake.base.texts import Language
from routing_rules.model import RuleSet
from workers.access.words import sentences
from workers.ledger import Ledger, reports
from workers.office.views import age, day_time
from workers.operator.alarms import AWAY_AFTER, Alarm
from workers.operator.health import PointHealth
from workers.operator.overview import Overview, PointSeen, needs_somebody

HERE = Path(__file__).parent
COLOURS = {"urgent": "incomplete", "soon": "unsure", "note": "note"}
MOST_LINKS = 20
SHORT = 8
"""So much of a rule set's version tells it apart on a card."""


@cache
def words(language: str) -> dict[str, str]:
    """All words of the page in `language`."""
    return sentences(HERE / "texts.toml", language)


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm in words."""

    severity: str
    """In words."""
    colour: str
    text: str
    todo: str
    since: str


@dataclass(frozen=True, slots=True)
class ScannerRow:
    """A scanner in words."""

    id: str
    well: bool
    text: str


@dataclass(frozen=True, slots=True)
class PointCard:
    """A point in words. `facts`: name and value, those that are wrong marked."""

    id: str
    name: str
    colour: str
    state: str
    heard: str
    stale: bool
    """It has not been heard of for too long: all else is what it last told."""
    scanners: tuple[ScannerRow, ...]
    facts: tuple[tuple[str, str, bool], ...]
    work: tuple[tuple[str, str, str, str, bool], ...]
    """State, reason, how many and for whom, age, whether some are too old."""
    certificates: tuple[tuple[str, str], ...]
    remarks: tuple[tuple[str, str], ...]
    """What `doctor` found, each sentence with the language that it is in."""


@dataclass(frozen=True, slots=True)
class PaperLink:
    """A paper of the point on this machine that has waited too long, and where its page is."""

    filing: str
    state: str
    age: str
    url: str


def alarm_rows(overview: Overview, language: Language) -> list[AlarmRow]:
    """List what needs somebody, the gravest first."""
    return [_alarm_row(name, alarm, overview.now, language) for name, alarm in needs_somebody(overview)]


def _alarm_row(name: str, alarm: Alarm, now: datetime, language: Language) -> AlarmRow:
    severity = alarm.kind.severity
    return AlarmRow(
        severity=words(language)[severity],
        colour=COLOURS[severity],
        text=alarm.says(language, name),
        todo=alarm.kind.todo.in_language(language),
        since=ago(alarm.since, now, language) if alarm.since else "",
    )


def point_cards(overview: Overview, language: Language) -> list[PointCard]:
    """Every point, those with the gravest alarms first."""
    return [_card(point, overview.now, language) for point in overview.points]


def _card(point: PointSeen, now: datetime, language: Language) -> PointCard:
    t, health = words(language), point.health
    gravest = min((alarm.kind.severity for alarm in point.alarms), key=list(COLOURS).index, default=None)
    return PointCard(
        id=point.id,
        name=point.name,
        colour=COLOURS[gravest] if gravest else "complete",
        state=t[f"point_{gravest}"] if gravest else t["point_well"],
        heard=_heard(point.at, now, language),
        stale=point.at is not None and now - point.at > AWAY_AFTER,
        scanners=_scanners(health, now, language) if health else (),
        facts=tuple(_facts(health, now, t)) if health else (),
        work=_work(health, now, language) if health else (),
        certificates=tuple((certificate.whose, f"{certificate.ends:%-d.%-m.%Y}") for certificate in health.certificates)
        if health
        else (),
        remarks=tuple(remark.in_language(language) for remark in health.doctor) if health else (),
    )


def ago(moment: datetime | None, now: datetime, language: Language) -> str:
    """How long ago something was; that there was none yet."""
    t = words(language)
    return t["since"].format(age(iso(moment), now, language)) if moment else t["no_paper"]


def _heard(at: datetime | None, now: datetime, language: Language) -> str:
    t = words(language)
    if at is None:
        return t["never_heard"]
    return t["heard_now"] if now - at <= AWAY_AFTER else t["heard"].format(age(iso(at), now, language))


def _scanners(health: PointHealth, now: datetime, language: Language) -> tuple[ScannerRow, ...]:
    t = words(language)
    return tuple(
        ScannerRow(
            id=scanner.id,
            well=scanner.notice is None,
            text=t.get(f"scanner_{scanner.notice or 'well'}", t["scanner_away"]).format(
                ago(scanner.last_paper, now, language)
            ),
        )
        for scanner in health.scanners
    )


def _facts(health: PointHealth, now: datetime, t: dict[str, str]) -> list[tuple[str, str, bool]]:
    """The lines of a card."""
    papers, late = sum(group.count for group in health.work), sum(group.late for group in health.work)
    certificates = health.certificates
    ends = min((((ending.ends - now).days, ending.whose) for ending in certificates), default=None)
    waits = f"{t['waits']} {', '.join(health.newer_sets)}" if health.newer_sets else ""
    return [
        (t["papers"], t["papers_late"].format(papers, late) if late else str(papers), late > 0),
        (t["disk"], f"{health.disk_free_bytes / 1e9:.1f} GB".replace(".", t["decimal"]), health.disk_is_low),
        (t["certificate"], t["days_left"].format(*ends) if ends else t["nothing"], ends is not None and ends[0] <= 30),
        (t["rules"], " · ".join(filter(None, (health.taken_set, health.rules[:SHORT], waits))), bool(waits)),
        (t["forms"], str(health.forms), False),
        (t["doctor"], str(len(health.doctor)) if health.doctor else t["nothing"], bool(health.doctor)),
        (t["software"], health.software, False),
    ]


def _work(health: PointHealth, now: datetime, language: Language) -> tuple[tuple[str, str, str, str, bool], ...]:
    rows = []
    for group in health.work:
        reason = reason_text(group.state.value, group.reason)
        said = reason.in_language(language) if reason else ""
        count = " · ".join(filter(None, (str(group.count), group.provider)))
        state = STANDING[group.state].text.in_language(language)
        rows.append((state, said, count, age(iso(group.since), now, language), group.late > 0))
    return tuple(rows)


def paper_links(settings: Settings, ledger: Ledger, language: Language) -> list[PaperLink]:
    """The papers of this machine's point that are older than their state allows, on the counter's page."""
    console, now = settings.console, ledger.clock.now()
    if not console.port:  # nobody knows which it picked
        return []
    host = f"{console.names[0] if console.names and console.tls else console.host}:{console.port}"
    base = f"{'https' if console.certificate else 'http'}://{host}/#"
    return [
        PaperLink(late.filing, STANDING[late.state].text.in_language(language), age(late.since, now, language),
                  base + late.filing)
        for late in reports.overdue(ledger)[:MOST_LINKS]
    ]  # fmt: skip


def sets_in_force(overview: Overview) -> list[tuple[str, str, list[str]]]:
    """Version of each rule set in use, the taken set's name, and at which points it is in use."""
    found: dict[tuple[str, str], list[str]] = {}
    for point in overview.points:
        if point.health is not None:
            found.setdefault((point.health.rules, point.health.taken_set or ""), []).append(point.name)
    return [(*versions, names) for versions, names in found.items()]


def rule_rows(rules: RuleSet, day: date, language: Language) -> Sequence[tuple[str, str, str, str]]:
    """Id, recipient, days and reason of each rule in force on `day` or later, in the order in which they are tried."""
    rows = []
    for rule in (rule for rule in rules.rules if rule.valid_until is None or rule.valid_until >= day):
        to = "/".join(filter(None, (rule.to.provider, rule.to.unit))) if rule.to else words(language)["by_hand"]
        days = "–".join(f"{day:%-d.%-m.%Y}" if day else "" for day in (rule.valid_from, rule.valid_until))
        rows.append((rule.id, to, days.strip("–") and days, rule.text.in_language(language)))
    return rows


def seen_at(overview: Overview) -> str:
    """When all this was looked at."""
    return day_time(overview.now)
