"""`points` and `page operator`: every point's health as the hub knows it, on the terminal and on a page."""

import signal
import threading
from typing import TYPE_CHECKING

import typer

from intake.base.clock import SystemClock, iso
from intake.base.errors import CheckFailed
from intake.base.extras import needs
from intake.base.settings import load_settings
from workers.cli import show
from workers.cli.point import HERE, ConfigOption, JsonOption

if TYPE_CHECKING:
    from workers.operator.alarms import Alarm
    from workers.operator.overview import PointSeen

pages = typer.Typer(help="The page of whoever looks after several points.", no_args_is_help=True)


@pages.callback()
def _pages() -> None:
    """The page of whoever looks after several points."""


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(points)
    app.add_typer(pages, name="page")


def points(config: ConfigOption = HERE, json_: JsonOption = False) -> None:
    """List every point's health as its notes at the hub tell, and what needs somebody. Exit 5: urgent, or hub away."""
    from workers.operator.overview import hub_of, look, needs_somebody

    found = look(hub_of(load_settings(config), SystemClock()))
    alarms = needs_somebody(found)
    if json_:
        shown = {"points": [_as_json(point) for point in found.points], "alarms": [_alarm(*named) for named in alarms]}
        show.as_json({"hub": found.hub_problem, **shown})
    else:
        rows = [(point.id, point.name, *_told(point), len(point.alarms) or "") for point in found.points]
        show.table(("point", "name", "heard of", "papers", "late", "free MB", "rules", "alarms"), rows)
        if found.hub_problem is not None:
            show.line(f"the hub does not answer ({found.hub_problem}): this is what was known before")
        for name, alarm in alarms:
            show.line(f"{alarm.kind.severity}: {alarm.says('en', name)} ({alarm.code})")
            show.line(f"  {alarm.kind.todo.en}")
    if found.hub_problem is not None:
        raise CheckFailed(f"the hub does not answer ({found.hub_problem}); nothing newer is known of the points")
    if any(alarm.kind.severity == "urgent" for _, alarm in alarms):
        raise CheckFailed("a point needs somebody now")


@pages.command()
def operator(config: ConfigOption = HERE) -> None:
    """Serve the operator's page until SIGTERM. Who may sign in: 'vireille people add NAME --role operator'."""
    settings = load_settings(config)
    with needs("operator"):
        from workers.operator.serve import serve
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve(settings, stop, show.line)


def _told(point: "PointSeen") -> tuple[object, ...]:
    """When it was heard of, papers on their way, those too old, room on its disk, its rules."""
    if point.health is None or point.at is None:
        return (None,) * 5
    counts = [(group.count, group.late) for group in point.health.work]
    papers, late = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    rules = point.health.taken_set or point.health.rules
    return iso(point.at), papers, late, point.health.disk_free_bytes // 1_000_000, rules


def _as_json(point: "PointSeen") -> dict[str, object]:
    return {
        "id": point.id,
        "name": point.name,
        "at": iso(point.at) if point.at else None,
        "health": point.health.model_dump(mode="json") if point.health else None,
        "alarms": [_alarm(point.name, alarm) for alarm in point.alarms],
    }


def _alarm(name: str, alarm: "Alarm") -> dict[str, object]:
    return {
        "code": alarm.code, "severity": alarm.kind.severity, "subject": alarm.subject, "count": alarm.count,
        "since": iso(alarm.since) if alarm.since else None, "text": alarm.says("en", name),
        "todo": alarm.kind.todo.en,
    }  # fmt: skip
