"""From the recogniser's step-by-step probabilities to the likeliest values of a kind: CTC prefix beam search.

The search walks the kind's shape (`shapes.Shape`), so it never spends a guess on what cannot stand there, and gives
several candidates with scores, so that a near tie is seen as one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intake.values.shapes import SOURCES, Shape, State

Steps = NDArray[np.float32]
"""Time steps x (2 + len(SOURCES)): column 0 is 'nothing new here', then one column for each character of SOURCES, and
last the likeliest of all characters that no field of ours holds."""

_BEAMS = 24
_CANDIDATES_PER_STEP = 10
_FLOOR = 1e-4
ONES_FAVOUR = 6.0
_SPACE = 1 + SOURCES.index(" ")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value and the natural logarithm of its probability given the pixels."""

    text: str
    log_p: float


@dataclass(slots=True)
class _Beam:
    state: State
    blank: float = 0.0
    solid: float = 0.0

    @property
    def total(self) -> float:
        return self.blank + self.solid


def _seen(row: NDArray[np.float32], *, spaced: bool) -> tuple[float, list[tuple[str, float]]]:
    """The probability of nothing new, and the few characters worth following at this step."""
    blank = float(row[0])
    if not spaced:
        blank += float(row[_SPACE])
    best = np.argpartition(row[1:-1], -_CANDIDATES_PER_STEP)[-_CANDIDATES_PER_STEP:]
    seen = [(SOURCES[i], float(row[1 + i])) for i in best if row[1 + i] > _FLOOR]
    return max(blank, _FLOOR), [(c, p) for c, p in seen if spaced or c != " "]


def ones_favoured(steps: Steps) -> Steps:
    """`steps` with 1 weighed against 7 as Finns write them: a 7 has a bar, a 1 often a long flag."""
    ones, sevens = 1 + SOURCES.index("1"), 1 + SOURCES.index("7")
    both = steps[:, ones] + steps[:, sevens]
    weighed = steps[:, ones] * ONES_FAVOUR
    share = weighed / np.maximum(weighed + steps[:, sevens], 1e-12)
    changed = steps.copy()
    changed[:, ones], changed[:, sevens] = both * share, both * (1 - share)
    return changed


def _advance(shape: Shape, beams: Mapping[str, _Beam], blank: float, seen: list[tuple[str, float]]) -> dict[str, _Beam]:
    """One time step: every beam stays, repeats its last character, or grows by one that fits the shape."""
    grown: dict[str, _Beam] = {}
    for text, beam in beams.items():
        stay = grown.setdefault(text, _Beam(beam.state))
        stay.blank += beam.total * blank
        for character, p in seen:
            repeats = bool(text) and shape.counts_for(character, text[-1])
            if repeats:
                stay.solid += beam.solid * p
            for own, state in shape.step(beam.state, character).items():
                source = beam.blank if repeats else beam.total
                longer = grown.setdefault(text + own, _Beam(state))
                longer.solid += source * p
    return grown


def decode(steps: Steps, shape: Shape, *, best: int = 8) -> list[Candidate]:
    """The likeliest values, best first; empty when nothing of that shape can be seen."""
    beams = {"": _Beam(shape.start, blank=1.0)}
    scale = 0.0
    for row in steps:
        grown = _advance(shape, beams, *_seen(row, spaced=shape.spaced))
        kept = sorted(grown.items(), key=lambda item: -item[1].total)[:_BEAMS]
        top = max(kept[0][1].total, 1e-30)
        scale += math.log(top)
        beams = {
            text: _Beam(beam.state, beam.blank / top, beam.solid / top)
            for text, beam in kept
            if beam.total > 1e-12 * top
        }
    whole = [(text, beam.total) for text, beam in beams.items() if shape.accepts(beam.state)]
    whole.sort(key=lambda item: -item[1])
    return [Candidate(text, scale + math.log(total)) for text, total in whole[:best]]


def free_log_p(steps: Steps) -> float:
    """The logarithm of the probability of the greedy path: what an unrestricted reading would get."""
    return float(np.log(np.maximum(steps.max(axis=1), 1e-6)).sum())
