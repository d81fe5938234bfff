"""Names, times and colours of a filing, as list and page say them in one language."""

from datetime import UTC, datetime

from intake.base.states import State
from workers.pages.entries import DeskEntry
from workers.pages.sheets import HELSINKI
from workers.pages.words import words

IN_WORK = {State.ACCEPTED, State.OPENED, State.RECOGNISED, State.READ}
SENT = {State.READY, State.ROUTED, State.SEALED, State.DELIVERED, State.CONFIRMED}
ENDED = {State.JOINED, State.PURGED}
MINUTE, HOUR, DAY = 60, 3600, 86_400


def day_time(moment: datetime, now: datetime) -> str:
    """The time of day in Finland, as on paper; with the day and month if that is not today."""
    local, today = _local(moment), _local(now)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local.day}.{local.month}. {local:%H:%M}"


def _local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(HELSINKI)


def age(since: datetime, now: datetime, language: str) -> str:
    """The age in words, such as `3 days`."""
    t, seconds = words(language), max(0, int((now - since).total_seconds()))
    if seconds < MINUTE:
        return t["age_now"]
    if seconds < HOUR:
        return t["age_minutes"].format(n=seconds // MINUTE)
    unit, count = ("day", seconds // DAY) if seconds >= DAY else ("hour", seconds // HOUR)
    return t[f"age_{unit}" if count == 1 else f"age_{unit}s"].format(n=count)


def colour_of(entry: DeskEntry) -> str:
    """`held` and `returned` whatever the verdict, `working` until judged, `ended`, else the verdict."""
    if entry.state in {State.HELD, State.RETURNED}:
        return entry.state.value
    if entry.state in ENDED:
        return "ended"
    return "working" if entry.state in IN_WORK or entry.verdict is None else entry.verdict


def who_of(entry: DeskEntry, language: str) -> str:
    """Whose form it is, or that its name was not read; nothing for what is no form, or is not read yet."""
    if entry.kind != "form" or entry.state in IN_WORK or entry.state is State.PURGED:
        return ""
    return entry.who or words(language)["no_name"]


def part_of(entry: DeskEntry, language: str) -> str:
    """Its place among the filings of one hand-over, if there are several."""
    number, of = entry.part
    return words(language)["part_of"].format(n=number, of=of) if of > 1 else ""


def title_of(entry: DeskEntry, language: str) -> str:
    """The form's title, or what kind of paper it is."""
    titles = entry.titles
    if titles:
        return titles.get(language) or titles.get("fi") or next(iter(titles.values()))
    if entry.kind is None or entry.state in IN_WORK:
        return words(language)["kind_new"]
    return entry.form or words(language)[f"kind_{entry.kind}"]
