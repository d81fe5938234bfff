"""The page's contents in the reader's language: rows of the queue, dead letters, the load by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from intake.base.clock import parse_iso
from intake.base.reasons import SENTENCES
from intake.base.texts import Language
from workers.access.words import sentences
from workers.deliver.ports import DeadLetter
from workers.office.queue import Load
from workers.office.schema import OPEN
from workers.office.shelf import Shelf

HERE = Path(__file__).parent
FINLAND = ZoneInfo("Europe/Helsinki")


@cache
def words(language: str) -> dict[str, str]:
    """All words of the page in `language`."""
    return sentences(HERE / "texts.toml", language)


def day_time(moment: str | datetime) -> str:
    """Day and time as on paper, in Finland."""
    at = parse_iso(moment) if isinstance(moment, str) else moment
    return at.astimezone(FINLAND).strftime("%-d.%-m. %H.%M")


def day_of(due: str | None) -> str:
    """A day as on paper."""
    return date.fromisoformat(due).strftime("%-d.%-m.%Y") if due else ""


def age(moment: str, now: datetime, language: str) -> str:
    """How long ago, in the largest fitting unit."""
    minutes, t = int((now - parse_iso(moment)).total_seconds() // 60), words(language)
    if minutes < 60:
        return t["minutes"].format(max(minutes, 0))
    if minutes < 48 * 60:
        return t["hours"].format(minutes // 60)
    return t["days"].format(minutes // (24 * 60))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the queue."""

    bundle: str
    title: str
    name: str
    at: str
    age: str
    urgent: bool
    due: str
    clerk: str
    state: str
    colour: str
    unit: str


def row_of(row: RowMapping, shelf: Shelf, now: datetime, language: Language, unit: str) -> Row:
    """A filing's line; `unit` is named where the page serves several."""
    state, who = row["state"], shelf.who(row)
    return Row(
        bundle=row["bundle"],
        title=titled(row["form"], who.titles, language),
        name=who.name,
        at=day_time(row["handed_over"]),
        age=age(row["handed_over"], now, language),
        urgent=bool(row["urgent"]),
        due=day_of(row["due"]),
        clerk=row["claimed_by"] or "",
        state="" if state == OPEN else words(language)[f"state_{state}"],
        colour=(row["verdict"] or "unsure") if state == OPEN else "ended",
        unit=unit,
    )


def titled(form: str | None, titles: Mapping[str, str], language: str) -> str:
    """The form's title, else its id."""
    return named(titles, language) or form or words(language)["unknown_form"]


def named(names: Mapping[str, str], language: str) -> str:
    """What the form calls a thing in `language`, else in Finnish; empty where it says nothing."""
    return names.get(language) or names.get("fi") or ""


def reasons(language: Language) -> list[tuple[str, str]]:
    """Each reason for a return with the sentence that the advisor will read."""
    return [(code, text.in_language(language)) for code, text in SENTENCES["returned"].items()]


def dead_rows(letters: Sequence[DeadLetter], language: Language) -> list[dict[str, str]]:
    """Dead letters with why, in a clerk's words."""
    t = words(language)
    return [
        {
            "bundle": letter.message.bundle, "form": letter.message.form or "", "unit": letter.message.unit or "",
            "at": day_time(letter.message.handed_over), "code": letter.code or "",
            "why": t.get(f"why_{letter.code}", t["why_other"]),
        }
        for letter in letters
    ]  # fmt: skip


def bars(load: Load) -> list[dict[str, object]]:
    """Received and answered by day, each as a share of the busiest day."""
    days = sorted({*load.received, *load.answered})
    most = max((*load.received.values(), *load.answered.values(), 1))
    return [
        {
            "day": f"{int(day[8:])}.{int(day[5:7])}.", "received": load.received.get(day, 0),
            "answered": load.answered.get(day, 0), "most": most,
        }
        for day in days
    ]  # fmt: skip
