"""The report's plots, drawn from the same figures as its tables, each as a plain SVG."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pygal

from routing_rules.calendar import WEEKDAYS
from workers.design.plots import COLOURS, svg
from workers.figures.figures import MONTH, Figures, share_of
from workers.figures.seasons import hour_grid, hours_of
from workers.figures.shown import LEAST, rounded
from workers.figures.tables import QUALITIES, Tables, months_in
from workers.pages.words import WHYS

WIDTH, MOST_BARS = 900, 15
SMALL = 480
"""The width of a plot that stands beside those of other points."""
_HEIGHT, _SMALL_HEIGHT, _BARS_HEIGHT, _BAR_HEIGHT = 360, 260, 110, 34
_TRAFFIC = ("#1d6f42", "#6fae85", "#b9d8c4", "#b3261e", "#e0a100", "#8a96a3")
"""One for each word of quality: green, paler greens, red, amber, grey."""


def drawn(count: int, *, public: bool) -> float:
    """The height at which a count is drawn: to the public one under five lies halfway."""
    return LEAST / 2 if public and 0 < count < LEAST else rounded(count, public=public)


def plots(tables: Tables, before: date | None) -> Iterator[tuple[str, str]]:
    """The name of the part that each plot belongs to, and its SVG; none where there is nothing to draw."""
    if tables.figures.count("papers"):
        yield "volumes", _months(tables)
        yield "quality", _quality(tables)
    if tables.figures.count("delivered"):
        yield "times", _times(tables)
        yield "load", _load(tables)
    if any(of != "not_asked" for (of,) in tables.figures.count("why", "of")):
        yield "outcomes", _whys(tables)
    yield "seasons", _hours(tables)
    if before is not None:
        yield "compare", _before_and_after(tables, before)


def small_plots(tables: Tables) -> Iterator[str]:
    """Draw the small plots that stand for a point beside others: papers by month, and what became of their gaps."""
    if tables.figures.count("papers"):
        yield _months(tables, SMALL, _SMALL_HEIGHT)
        yield _quality(tables, SMALL)


def _chart(
    kind: type[pygal.graph.graph.Graph], title: str, labels: Sequence[str], **more: object
) -> pygal.graph.graph.Graph:
    return kind(title=title, x_labels=list(labels), legend_at_bottom=True, **more)


def _along(tables: Tables) -> list[str]:
    return sorted({day[:MONTH] for (day,) in tables.figures.count("papers", "day")})


def _months(tables: Tables, width: int = WIDTH, height: int = _HEIGHT) -> str:
    say, labels = tables.say, _along(tables)
    chart = _chart(pygal.StackedBar, say.t["plot_months"], labels)
    found: Counter[tuple[str, str]] = Counter()
    for (provider, day), count in tables.figures.count("papers", "provider", "day").items():
        found[provider, day[:MONTH]] += count
    for provider in tables.providers:
        heights = [drawn(found[provider, month], public=say.public) for month in labels]
        chart.add(say.provider(provider), heights)
    return svg(chart, width, height)


def _quality(tables: Tables, width: int = WIDTH) -> str:
    say, rows = tables.say, tables.by_provider("quality")
    shown = [name for name in tables.providers if sum(rows[name][quality] for quality in QUALITIES) >= LEAST][::-1]
    chart = _chart(
        pygal.HorizontalStackedBar, say.t["plot_quality"], [say.provider(name) for name in shown], range=(0, 100)
    )
    for quality in QUALITIES:
        shares = []
        for name in shown:
            forms = sum(rows[name][other] for other in QUALITIES)
            part, whole = (drawn(number, public=say.public) for number in (rows[name][quality], forms))
            shares.append(round(100 * part / whole, 1))
        chart.add(say.t[quality], shares)
    legend = 0 if width == WIDTH else 2 * _BAR_HEIGHT
    return svg(chart, width, _BARS_HEIGHT + _BAR_HEIGHT * len(shown) + legend, _TRAFFIC)


def _times(tables: Tables) -> str:
    say, labels = tables.say, _along(tables)
    chart = _chart(pygal.Line, say.t["plot_times"], labels, range=None, min_scale=3, order_min=0)
    found: dict[tuple[str, str], Counter[str]] = {}
    for (provider, day, of), count in tables.figures.count("delivery_seconds", "provider", "day", "of").items():
        found.setdefault((provider, day[:MONTH]), Counter())[of] += count
    for provider in tables.providers:
        if any(key[0] == provider for key in found):
            medians = [_median_minutes(found.get((provider, month), Counter())) for month in labels]
            if any(median is not None for median in medians):
                chart.add(say.provider(provider), medians)
    return svg(chart, WIDTH, _HEIGHT)


def _median_minutes(counts: Counter[str]) -> float | None:
    """None where so few papers went that their median tells little, and perhaps too much."""
    seconds = share_of(counts, 0.5) if counts.total() >= LEAST else None
    return None if seconds is None else round(seconds / 60, 1)


def _load(tables: Tables) -> str:
    say, papers = tables.say, tables.figures.count("delivered", "provider", "unit")
    order = sorted(papers, key=lambda key: papers[key])[-MOST_BARS:]
    names = [say.unit(*key) if key[1] else say.provider(key[0]) for key in order]
    chart = _chart(pygal.HorizontalBar, say.t["plot_load"], names, show_legend=False)
    chart.add("", [drawn(papers[key], public=say.public) for key in order])
    return svg(chart, WIDTH, 70 + _BAR_HEIGHT * len(order))


def _whys(tables: Tables) -> str:
    say = tables.say
    counts = tables.figures.count("why", "of")
    labels = [say.t[f"why_{why}"] for why in reversed(WHYS)]
    chart = _chart(pygal.HorizontalBar, say.t["plot_whys"], labels, show_legend=False)
    chart.add("", [drawn(counts[why,], public=say.public) for why in reversed(WHYS)])
    return svg(chart, WIDTH, 70 + _BAR_HEIGHT * len(WHYS))


def _hours(tables: Tables) -> str:
    grid = hour_grid(tables.figures)
    days = [number for number in range(len(WEEKDAYS)) if number < 5 or any(day == number for day, _ in grid)]
    labels = [f"{hour:02}" for hour in hours_of(grid)]
    chart = _chart(pygal.Dot, tables.say.t["plot_hours"], labels, show_legend=False)
    for day in days:
        row = [drawn(grid[day, hour], public=tables.say.public) for hour in hours_of(grid)]
        chart.add(tables.say.t[WEEKDAYS[day]], row)
    return svg(chart, WIDTH, 90 + 44 * len(days), COLOURS[:1])


def _before_and_after(tables: Tables, day: date) -> str:
    say, figures = tables.say, tables.figures
    names = tables.providers[::-1]
    chart = _chart(pygal.HorizontalBar, say.t["plot_compare"], [say.provider(name) for name in names])
    sides = {"before": figures.between(date.min, day - timedelta(days=1)), "after": figures.between(day, date.max)}
    for word, side in sides.items():
        chart.add(say.t[word], [_a_month(side, name, public=say.public) for name in names])
    return svg(chart, WIDTH, _BARS_HEIGHT + _BAR_HEIGHT * len(names), ("#8a96a3", COLOURS[0]))


def _a_month(side: Figures, provider: str, *, public: bool) -> float:
    count = side.count("handovers", provider=provider).total()
    return round(drawn(count, public=public) / months_in(side.periods), 1)
