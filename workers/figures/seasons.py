"""Tables along time: months, days, weekdays and hours, and two periods side by side."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from intake.base.errors import WrongUse
from routing_rules.calendar import WEEKDAYS
from workers.figures.figures import MONTH, Figures
from workers.figures.shown import Count, Rank, Rate, Share, Value
from workers.figures.tables import QUALITIES, Table, Tables, months_in

OPENS, CLOSES = 8, 17
"""The hours that the grid always shows."""
SATURDAY = 5


def by_month(tables: Tables) -> Table:
    """Count what came in each month, and how good it was."""
    return _along(tables, "months", "month", lambda day: day[:MONTH])


def by_day(tables: Tables) -> Table:
    """Count what came in each day, and how good it was. Raises WrongUse: monthly figures have no days."""
    if tables.figures.monthly:
        raise WrongUse("these are monthly figures and have no days; ask for --by month or --by hour")
    return _along(tables, "days", "day", lambda day: day)


def _along(tables: Tables, name: str, head: str, part: Callable[[str], str]) -> Table:
    def along(what: str) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {}
        for (day, of), count in tables.figures.count(what, "day", "of").items():
            found.setdefault(part(day), Counter())[of] += count
        return found

    names = ("visits", "papers", "pages", "attachments", "quality", "eservice", "returned", "delivered")
    counted = {what: along(what) for what in names}
    rows: list[list[Value]] = []
    for when in sorted(counted["visits"]):
        of = {what: counts.get(when, Counter()) for what, counts in counted.items()}
        forms = sum(of["quality"][quality] for quality in QUALITIES)
        online = of["eservice"]["yes"] + of["eservice"]["no"]
        rows.append([
            when, *(Count(of[what].total()) for what in ("visits", "papers", "pages", "attachments")),
            Share(of["eservice"]["yes"], online), Share(of["quality"]["complete"], forms),
            Share(of["quality"]["repaired"], forms), Share(of["returned"].total(), of["delivered"].total()),
        ])  # fmt: skip
    columns = ("handovers", "papers", "pages", "attachments", "eservice", "complete", "repaired", "returned")
    return tables.table(name, (head, *columns), rows)


def by_hour(tables: Tables) -> Table:
    """Papers by weekday and hour of the hand-over."""
    grid = hour_grid(tables.figures)
    heads = tuple(f"{hour:02}" for hour in hours_of(grid))
    rows: list[list[Value]] = []
    for number, name in enumerate(WEEKDAYS):
        if number < SATURDAY or any(day == number for day, _ in grid):
            rows.append([tables.say.t[name], *(Count(grid[number, hour]) for hour in hours_of(grid))])
    return tables.table("hours", ("weekday", *heads), rows)


def hour_grid(figures: Figures) -> Counter[tuple[int, int]]:
    """Papers by number of the weekday and hour."""
    found: Counter[tuple[int, int]] = Counter()
    for (of,), count in figures.count("hour", "of").items():
        weekday, hour = of.split()
        found[int(weekday), int(hour)] += count
    return found


def hours_of(grid: Counter[tuple[int, int]]) -> range:
    """The hours that a grid shows."""
    there = [hour for _, hour in grid] or [OPENS]
    return range(min(OPENS, *there, OPENS), max(CLOSES, *there, CLOSES) + 1)


def compare(tables: Tables, day: date) -> Table:
    """The time before `day` beside the time from it on. Raises WrongUse: there are no figures on one side."""
    if not tables.figures.first < day <= tables.figures.last:
        first, last = tables.figures.first, tables.figures.last
        raise WrongUse(f"--compare {day}: there are figures from {first} to {last} only; name a day within")
    sides = [tables.figures.between(date.min, day - timedelta(days=1)), tables.figures.between(day, date.max)]
    return tables.table("compare", ("measure", "before", "after"), _compared(tables, sides))


def _compared(tables: Tables, sides: Sequence[Figures]) -> Iterator[list[Value]]:
    t, months = tables.say.t, [months_in(side.periods) for side in sides]
    visits = [Rate(side.count("visits").total(), length) for side, length in zip(sides, months, strict=True)]
    yield [f"{t['handovers_a_month']}, {t['total']}", *visits]
    for provider in tables.providers:
        counts = [side.count("handovers", provider=provider).total() for side in sides]
        rates = [Rate(count, length) for count, length in zip(counts, months, strict=True)]
        yield [f"{t['handovers_a_month']}: {tables.say.provider(provider)}", *rates]
    online = [side.count("eservice", "of") for side in sides]
    yield [t["eservice"], *(Share(of["yes",], of["yes",] + of["no",]) for of in online)]
    judged = [side.count("quality", "of") for side in sides]
    for quality in QUALITIES:
        yield [t[quality], *(Share(of[quality,], sum(of[name,] for name in QUALITIES)) for of in judged)]
    sent = [side.count("delivered", "of") for side in sides]
    back = [side.count("returned").total() for side in sides]
    yield [t["returned"], *(Share(count, of.total()) for count, of in zip(back, sent, strict=True))]
    yield [t["same_day"], *(Share(of["same_day",], of.total()) for of in sent)]
    for step in ("verdict", "decision", "delivery", "answer", "receipt"):
        times = [{of: count for (of,), count in side.count(f"{step}_seconds", "of").items()} for side in sides]
        yield [f"{t[step]}, {t['median']}", *(Rank(counts, 0.5) for counts in times)]
