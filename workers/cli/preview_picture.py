"""Draws what a candidate would change as one SVG: the load of each place and of each day, and what each rule moves."""

import re
from collections.abc import Sequence

import pygal
from pygal.style import Style

from routing_rules.replay import Load, Moves

WIDTH = 1000
_DAYS_HEIGHT = 400
_BARS_HEIGHT, _BAR_HEIGHT = 120, 34
_MOST_LINES = 12
_SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
_COLOURS = ("#00457c", "#c4561a", "#2e7d32", "#7b3fa0", "#8a6d00", "#00838f")


def _style(*colours: str) -> Style:
    pale = {"guide_stroke_color": "#dddddd", "major_guide_stroke_color": "#bbbbbb", "guide_stroke_dasharray": "1,0"}
    plain = {"background": "#ffffff", "plot_background": "#ffffff", "font_family": "sans-serif", "opacity": "1"}
    return Style(colors=colours, major_guide_stroke_dasharray="1,0", **pale, **plain)


_BEFORE_AND_AFTER = _style("#9e9e9e", _COLOURS[0])
_MOVED = _style(_COLOURS[0])
_BY_PLACE_TWICE = _style(*(colour for colour in _COLOURS * 2 for _ in range(2)))


def picture(places: Sequence[Load], days: Sequence[Load], moves: Sequence[Moves]) -> str:
    """The SVG; nothing in it is fetched from elsewhere and nothing runs."""
    charts = [(_by_place(places), _BARS_HEIGHT + _BAR_HEIGHT * len(places))]
    if len({row.day for row in days}) > 1:
        charts.append((_by_day([row.place for row in places], days), _DAYS_HEIGHT))
    if moves:
        charts.append((_by_rule(moves[:_MOST_LINES]), _BARS_HEIGHT + _BAR_HEIGHT * len(moves[:_MOST_LINES])))
    parts, top = [], 0
    for number, (chart, height) in enumerate(charts):
        chart.uuid = f"part-{number}"  # the same picture for the same figures
        chart.config(width=WIDTH, height=height, js=[], disable_xml_declaration=True, order_min=0)
        drawn = _SCRIPT.sub("", chart.render(is_unicode=True))  # its tooltips are for web pages
        parts.append(drawn.replace("<svg ", f'<svg y="{top}" width="{WIDTH}" height="{height}" ', 1))
        top += height
    size = f'width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>\n'


def _by_place(places: Sequence[Load]) -> pygal.HorizontalBar:
    rows = list(reversed(places))  # drawn from the bottom
    labels = [row.place for row in rows]
    chart = pygal.HorizontalBar(
        title="Filings by place", legend_at_bottom=True, x_labels=labels, style=_BEFORE_AND_AFTER
    )
    chart.add("before", [row.before for row in rows])
    chart.add("after", [row.after for row in rows])
    return chart


def _by_rule(moves: Sequence[Moves]) -> pygal.HorizontalBar:
    rows = list(reversed(moves))
    labels = [f"{row.rule or 'no rule'}: {row.before} → {row.after}" for row in rows]
    chart = pygal.HorizontalBar(title="Moved filings by rule", show_legend=False, x_labels=labels, style=_MOVED)
    chart.add("moved", [row.filings for row in rows])
    return chart


def _by_day(places: Sequence[str], days: Sequence[Load]) -> pygal.Line:
    """Two lines for each place that changes, the later one dashed; of many places those with the largest load."""
    loads = {(row.day, row.place): row for row in days}
    labels = sorted({row.day for row in days})
    chart = pygal.Line(
        title="Filings by day (dashed: after)", legend_at_bottom=True, x_labels=labels,
        x_labels_major_every=max(1, len(labels) // 12), show_minor_x_labels=False, x_label_rotation=30,
        style=_BY_PLACE_TWICE,
    )  # fmt: skip
    for place in places[:_MOST_LINES]:
        rows = [loads.get((day, place)) for day in labels]
        if any(row and row.before != row.after for row in rows):
            chart.add(f"{place}, before", [row.before if row else 0 for row in rows])
            after = [row.after if row else 0 for row in rows]
            chart.add(f"{place}, after", after, stroke_style={"dasharray": "6, 4"})
    return chart
