"""A closer look at a line: its characters one by one, each weighed by line recogniser and glyph network together.

It starts from what the first look thinks is written, so it can doubt a character but not the number of them; where the
first look wavers between numbers of characters, each is looked at and they compete.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from intake.values.cells import glyphs_of, single
from intake.values.comb import CellView, decode_cells, glyph_view, line_view
from intake.values.decode import Candidate, Steps
from intake.values.glyphs import CLASSES, GlyphNetwork
from intake.values.looks import Look, merged, with_capitals
from intake.values.parted import Parted, Sight, parted
from intake.values.shapes import SHAPES, SOURCES

_GROUPS = 3
_RIVAL = math.log(0.01)
_BEST = 8
_UNKNOWN = 0.7
"""The share of a character that the glyph network does not know."""
_MARKED = [np.array([SOURCES.index(own) for own in group]) for group in ("AÅÄ", "OÖ", "aåä", "oö")]
_MARK_SHARE = 0.1
"""What each of these is taken to have at least of what they have together."""
_WEIGHT = 0.5
_FLOOR = 1e-4


class CloserLook:
    """Looks with a glyph network that is already warm."""

    def __init__(self, glyphs: GlyphNetwork) -> None:
        self._glyphs = glyphs

    def look(self, kind: str, sight: Sight, first: Look) -> Look:
        """The first look at a line of `kind`, corrected by a look at its characters."""
        rivals = [(alike, parted(sight, alike[0].text)) for alike in _of_one_length(first.candidates)]
        groups = [self._group(kind, alike, parts, sight.steps) for alike, parts in rivals]
        apart = all(parts is not None and all(parts.cells) for _, parts in rivals)
        best = max((worth for worth, _ in groups), default=0.0)
        found: list[Candidate] = []
        for worth, candidates in groups:
            less = _WEIGHT * (best - worth) if apart else 0.0
            found += [Candidate(one.text, one.log_p - less) for one in candidates]
        if kind == "name":
            found = with_capitals(found)
        return Look(tuple(merged(found)[:_BEST]), first.plain, first.free_log_p)

    def _group(
        self, kind: str, alike: list[Candidate], parts: Parted | None, steps: Steps
    ) -> tuple[float, list[Candidate]]:
        """Candidates of the same lengths by both networks, and how well the likeliest fits the ink.

        Where no character is joined to another, that holds different numbers of characters against each other.
        """
        leader = alike[0]
        if parts is None:
            return 0.0, alike
        cells = [cell for cell in parts.cells if cell is not None]
        alone = iter([glyph_view(shares) for shares in self._glyphs.probabilities(glyphs_of(cells))])
        glyphs = [None if cell is None else next(alone) for cell in parts.cells]
        spaced = SHAPES[kind].spaced
        spans = [single(steps[start:stop]) for start, stop in parts.spans]
        lines = [line_view(unmarked(shares) if spaced else shares, ones=not spaced) for shares in spans]
        views = [(line,) if glyph is None else (line, glyph) for line, glyph in zip(lines, glyphs, strict=True)]
        others = decode_cells(views, SHAPES[kind])
        worth = _worth(parts.text, glyphs)
        if not others:
            return worth, alike
        level = next((one.log_p for one in others if one.text == parts.text), others[-1].log_p)
        found = [Candidate(_spaced(one.text, leader.text), leader.log_p + one.log_p - level) for one in others]
        return worth, found if leader.text in {one.text for one in found} else [*found, leader]


def _of_one_length(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """The likely candidates, those with words of the same lengths together."""
    groups: dict[tuple[int, ...], list[Candidate]] = {}
    for one in candidates:
        if one.log_p > candidates[0].log_p + _RIVAL:
            groups.setdefault(tuple(len(word) for word in one.text.split(" ")), []).append(one)
    return list(groups.values())[:_GROUPS]


def _worth(text: str, glyphs: Sequence[CellView | None]) -> float:
    """How well the text's characters fit their ink."""
    shares = [
        float(glyph.shares[CLASSES.index(own)]) if glyph is not None and own in CLASSES else _UNKNOWN
        for own, glyph in zip(text, glyphs, strict=True)
    ]
    return sum(math.log(max(share, _FLOOR)) for share in shares)


def unmarked(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line recogniser's shares with less said about dots and rings, which it often passes over."""
    changed = shares.copy()
    for group in _MARKED:
        changed[group] = np.maximum(changed[group], _MARK_SHARE * shares[group].sum())
    return changed


def _spaced(text: str, like: str) -> str:
    """`text` with spaces where `like` has them."""
    characters = iter(text)
    return "".join(own if own == " " else next(characters) for own in like)
