"""`status`: the ledger as it stands, all of it or what has been too long in a state."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from intake.base.clock import SystemClock, iso, parse_iso
from intake.base.errors import WrongUse
from intake.base.settings import load_settings
from intake.base.states import State
from workers.cli import show
from workers.cli.point import HERE, ConfigOption, JsonOption

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
COLUMNS = ("id", "state", "since", "reason", "kind", "form", "edition", "provider", "unit", "bundle")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(status)


def status(
    config: ConfigOption = HERE,
    json_: JsonOption = False,
    state: Annotated[list[State] | None, typer.Option("--state", help="Only in this state; may be repeated.")] = None,
    provider: Annotated[str | None, typer.Option("--provider", help="Only this authority's.")] = None,
    older: Annotated[str | None, typer.Option("--older", help="Only so long in their state: 30m, 2h, 3d.")] = None,
) -> None:
    """List every filing, scan, refused and arriving file; the options narrow the filings alone."""
    from workers.ledger import reports
    from workers.ledger.opening import open_ledger
    from workers.operator.health import last_told

    before = None if older is None else SystemClock().now() - age_of(older)
    settings = load_settings(config)
    with open_ledger(settings) as ledger:
        found: Any = reports.status(ledger)
    found["filings"] = narrowed(found["filings"], state or (), provider, before)
    hub = last_told(settings)
    found["hub"] = hub.model_dump(mode="json")
    if json_:
        show.as_json(found)
        return
    now = SystemClock().now()
    rows = (
        (*(row[name] for name in COLUMNS), len(row["pages"]), _age(parse_iso(row["since"]), now))
        for row in found["filings"]
    )
    show.table((*COLUMNS, "pages", "age"), rows)
    for row in found["refused"]:
        show.line(f"refused on {row['scanner']}: {row['code']}, {row['bytes']} bytes: {row['text']['en']}")
    show.line(", ".join(f"{count} {name}" for name, count in found["counts"].items()) or "nothing yet")
    rest = Counter((row["provider"], row["reason"]) for row in found["filings"] if row["state"] == "sealed")
    for (recipient, reason), count in rest.items():
        if reason:
            show.line(f"{count} sealed for {recipient} wait ({reason}): 'vireille doctor' says what is wrong there")
    if found["arriving"]:
        show.line(f"{len(found['arriving'])} files still arriving")
    if hub.code is not None:
        heard = f"last heard of this point at {iso(hub.told)}" if hub.told else "has not heard of this point yet"
        show.line(f"the hub could not be told how this point is ({hub.code}); it {heard}")


def age_of(text: str) -> timedelta:
    """A length of time as typed. Raises WrongUse."""
    found = re.fullmatch(r"(\d{1,4})([mhd])", text)
    if found is None:
        raise WrongUse(f"--older: '{text}' is no age; say minutes, hours or days, such as 30m, 2h or 3d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def narrowed(
    rows: list[dict[str, Any]], states: Sequence[State], provider: str | None, before: datetime | None
) -> list[dict[str, Any]]:
    """The filings in one of these states, of this authority, in their state since before a moment."""
    return [
        row
        for row in rows
        if (not states or row["state"] in states)
        and (provider is None or row["provider"] == provider)
        and (before is None or parse_iso(row["since"]) < before)
    ]


def _age(since: datetime, now: datetime) -> str:
    """In the largest fitting unit, as `--older` takes it."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 2 * 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 2 * 24 * 60 else f"{minutes // (24 * 60)}d"
