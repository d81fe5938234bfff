"""Turns a pygal chart into a plain SVG: no script, no style sheet, nothing fetched, the same for the same figures.

Every element carries its own look, so that it is drawn alike in a page whose policy allows no inline style, and in a
PDF.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from pygal import PluginImportFixer
from pygal.etree import etree
from pygal.graph.graph import Graph

# pygal's finder of maps answers the import system's old question only: each later import would warn of it
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, PluginImportFixer)]

COLOURS = ("#0b4f9e", "#c4561a", "#1d6f42", "#7b3fa0", "#8a6d00", "#00838f", "#b3261e", "#566372")
"""Far enough apart, also in grey; the first is the pages' blue."""
COLUMN, ROW = 210, 22
"""A legend's column and row."""
INK, SOFT, LINE = "#16202c", "#52606e", "#d5dbe3"
FONT = "sans-serif"
_DROPPED = {"script", "style", "title", "desc", "defs", "metadata"}


def svg(chart: Graph, width: int, height: int, colours: Sequence[str] = COLOURS) -> str:
    """The chart as one plain SVG of this size."""
    columns = max(1, min(width // COLUMN, len(chart.raw_series)))
    cut = (
        -(-len(chart.raw_series) // columns) - len(chart.raw_series) // columns
    )  # pygal leaves room for whole rows only
    chart.config(
        width=width, height=height, js=[], margin=12, margin_bottom=12 + ROW * cut, spacing=8, truncate_legend=-1,
        legend_at_bottom_columns=columns,
    )  # fmt: skip
    root = chart.render_tree()
    _settle(root, [], colours)
    for name in [name for name in root.attrib if name not in {"viewBox", "class"}]:
        del root.attrib[name]
    del root.attrib["class"]
    root.set("width", str(width))
    root.set("height", str(height))
    text: str = etree.tostring(root, encoding="unicode")
    return text


def _settle(element: Any, above: list[str], colours: Sequence[str]) -> None:  # noqa: ANN401 an element of either library
    """Give the element and all below it their looks; drop what is only for the screen."""
    for child in list(element):
        name = str(child.tag).rpartition("}")[2]
        words = str(child.get("class", "")).split()
        if not isinstance(child.tag, str) or name in _DROPPED or {"tooltip", "text-overlay"} & {*words}:
            element.remove(child)
            continue
        around = [*above, *words]
        _settle(child, around, colours)
        for key, value in _looks(name, around, child, colours):
            child.set(key, value)
        for key in ("class", "id"):
            child.attrib.pop(key, None)


def _looks(name: str, around: list[str], child: Any, colours: Sequence[str]) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    number = next((int(word.rpartition("-")[2]) for word in reversed(around) if word.startswith("color-")), None)
    colour = colours[(number or 0) % len(colours)]
    if name == "text":
        title, legend = "title" in around, "legend" in around
        anchor = "middle" if title or ("x" in around and not child.get("transform")) else "start"
        yield "text-anchor", "end" if "y" in around and "axis" in around else anchor
        yield "font-family", FONT
        yield "font-size", "15" if title else "12" if legend else "11"
        yield "fill", INK if title or legend else SOFT
        if title:
            yield "font-weight", "600"
    elif "background" in around:
        yield "fill", "#ffffff" if name == "rect" else "none"
    elif "axis" in around and name == "path":
        yield "fill", "none"
        across = "vertical" in around and "x" in around and "always_show" not in around
        yield "stroke", "none" if across else LINE
    elif "line" in around and name == "path":
        yield "fill", "none"
        yield "stroke", colour
        yield "stroke-width", "2"
    elif number is not None and name in {"rect", "circle", "path"}:
        yield "fill", colour
