"""`rules replay` and `rules diff`: candidate rules over the past filings of one or several points."""

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from intake.base.errors import WrongUse
from intake.base.settings import load_settings
from routing_rules.replay import Load, Preview
from workers.cli import show
from workers.cli.here import HERE
from workers.cli.rule_worlds import world_of

CandidateArgument = Annotated[Path, typer.Argument(help="A folder of candidate rules.")]
ConfigsOption = Annotated[
    list[Path] | None, typer.Option("--config", help="The point's settings; repeat it for several points.")
]
ProvidersOption = Annotated[Path | None, typer.Option("--providers", help="A folder of candidate providers.")]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="As if all were handed over on this day, under both sets."),
]
FromOption = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Only filings from this day on.")
]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Only filings to this day.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Filings by day and place, for a spreadsheet.")]
SvgOption = Annotated[Path | None, typer.Option("--svg", help="Draw before and after, by place and by day, here.")]
MOST_LISTED = 20


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("replay")(replay)
    app.command("diff")(diff)


def replay(
    rules: CandidateArgument, config: ConfigsOption = None, providers: ProvidersOption = None, on: OnOption = None,
    start: FromOption = None, end: ToOption = None, json_: JsonOption = False, csv_: CsvOption = False,
    svg: SvgOption = None,
) -> None:  # fmt: skip
    """Count how many past filings would go where under candidate rules."""
    if json_ and csv_:
        raise WrongUse("--json and --csv print one thing each; choose one of them")
    found = _preview(rules, config, providers, on=on, start=start, end=end)
    _draw(found, svg)
    if json_:
        show.as_json({row.place: row.after for row in found.places() if row.after})
    elif csv_:
        _as_csv(("day", "place", "filings"), ((row.day, row.place, row.after) for row in found.days() if row.after))
    else:
        show.table(("goes to", "filings"), ((row.place, row.after) for row in found.places() if row.after))


def diff(
    rules: CandidateArgument, config: ConfigsOption = None, providers: ProvidersOption = None, on: OnOption = None,
    start: FromOption = None, end: ToOption = None, json_: JsonOption = False, csv_: CsvOption = False,
    svg: SvgOption = None,
) -> None:  # fmt: skip
    """Show what candidate rules would change: the load of each place, what each rule moves, and the filings."""
    if json_ and csv_:
        raise WrongUse("--json and --csv print one thing each; choose one of them")
    found = _preview(rules, config, providers, on=on, start=start, end=end)
    _draw(found, svg)
    if json_:
        show.as_json(_all_of(found))
    elif csv_:
        rows = ((row.day, row.place, row.before, row.after) for row in found.days())
        _as_csv(("day", "place", "before", "after"), rows)
    else:
        _show(found)


def _preview(
    rules: Path, config: Sequence[Path] | None, providers: Path | None,
    *, on: datetime | None, start: datetime | None, end: datetime | None,
) -> Preview:  # fmt: skip
    """Every point's filings of the period. Raises BadFile, WrongUse, and what opening a ledger raises."""
    from workers.ledger.opening import open_ledger
    from workers.send.routing_facts import all_past

    first, last = start.date() if start else date.min, end.date() if end else date.max
    if last < first:
        raise WrongUse(f"--to {last} lies before --from {first}; turn them round")
    found = Preview(on.date() if on else None)
    for file in config or [HERE]:
        settings = load_settings(file)
        now, after = world_of(settings), world_of(settings, rules, providers)
        with open_ledger(settings) as ledger:
            found.add((past for past in all_past(ledger, settings.here) if first <= past.on <= last), now, after)
    return found


def _draw(found: Preview, svg: Path | None) -> None:
    if svg is not None:
        from workers.cli.preview_picture import picture

        show.write(svg, picture(found.places(), found.days(), found.moves()).encode())


def show_later(found: Preview) -> None:
    """Name the changed rules that begin after all the days looked at, and how to see what they do."""
    for rule, day in sorted(found.later.items()):
        show.line(f"{rule} begins on {day}, after all these days; see what it does with --on {day}")


def _all_of(found: Preview) -> dict[str, object]:
    return {
        "filings": found.filings,
        "moved": len(found.changes),
        "places": [_without_day(row) for row in found.places()],
        "days": [asdict(row) for row in found.days()],
        "rules": [asdict(row) for row in found.moves()],
        "changes": [asdict(change) for change in found.changes],
    }


def _without_day(row: Load) -> dict[str, object]:
    return {"place": row.place, "before": row.before, "after": row.after}


def _as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(columns)
    out.writerows(rows)


def _show(found: Preview) -> None:
    """The answer first: how much moves; then where to, by which rule, and the filings."""
    show.line(f"{len(found.changes)} filings would go elsewhere, of {found.filings}")
    show_later(found)
    if not found.changes:
        return
    show.table(
        ("place", "before", "after", ""),
        ((row.place, row.before, row.after, f"{row.after - row.before:+d}") for row in found.places()),
    )
    moves = ((row.rule or "no rule", row.before, row.after, row.filings) for row in found.moves())
    show.table(("by rule", "from", "to", "filings"), moves)
    listed = found.changes[:MOST_LISTED]
    show.table(
        ("filing", "point", "day", "went to", "by", "would go to", "by"),
        (
            (move.filing, move.point, move.day, move.before, move.before_rule, move.after, move.after_rule)
            for move in listed
        ),
    )
    if len(found.changes) > len(listed):
        show.line(f"and {len(found.changes) - len(listed)} more; --json lists all of them")
