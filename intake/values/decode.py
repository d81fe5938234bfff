"""From the recogniser's step-by-step probabilities to the likeliest values of a kind: CTC prefix beam search.

The search walks the kind's shape (`shapes.Shape`), so it never spends a guess on what cannot stand there, and gives
several candidates with scores, so that a near tie is seen as one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from intake.values.shapes import SOURCES, Shape, State, counts_for

Steps = NDArray[np.float32]
"""Time steps x (2 + len(SOURCES)): column 0 is 'nothing new here', then one column for each character of SOURCES, and
last any character that no field of ours holds, where it is likelier than all of these."""

_BEAMS = 24
_CANDIDATES_PER_STEP = 10
_FLOOR = 1e-4
_FADED = 1e-12
ONES_FAVOUR = 6.0
Float = TypeVar("Float", bound=np.floating)
_SPACE = 1 + SOURCES.index(" ")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value and the natural logarithm of its probability given the pixels."""

    text: str
    log_p: float


_Beam = tuple[State, float, float]
"""Where the shape stands, and the probabilities that the last time step held nothing new or the last character."""


def _seen(steps: Steps, *, spaced: bool) -> list[tuple[float, list[tuple[str, float]]]]:
    """For each time step the probability of nothing new, and the few characters worth following."""
    blanks = steps[:, 0] if spaced else steps[:, 0] + steps[:, _SPACE]
    blanks = np.maximum(blanks, _FLOOR)
    seen: list[list[tuple[str, float]]] = [[] for _ in steps]
    rows, columns = np.nonzero(steps[:, 1:-1] > _FLOOR)
    shares = steps[rows, columns + 1]
    for row, column, share in zip(rows.tolist(), columns.tolist(), shares.tolist(), strict=True):
        if spaced or column != _SPACE - 1:
            seen[row].append((SOURCES[column], share))
    for row, found in enumerate(seen):
        if len(found) > _CANDIDATES_PER_STEP:
            seen[row] = sorted(found, key=lambda one: -one[1])[:_CANDIDATES_PER_STEP]
    return list(zip(blanks.tolist(), seen, strict=True))


def ones_favoured(shares: NDArray[Float], first: int = 0) -> NDArray[Float]:
    """`shares` with 1 weighed against 7 as Finns write them: a 7 has a bar, a 1 often a long flag.

    Their last axis holds SOURCES from place `first` on.
    """
    changed = shares.copy()
    ones, sevens = (changed[..., first + SOURCES.index(own)] for own in "17")  # views: what they get, `changed` gets
    both, weighed = ones + sevens, ones * ONES_FAVOUR
    share = weighed / np.maximum(weighed + sevens, 1e-12)
    ones[...], sevens[...] = both * share, both * (1 - share)
    return changed


def _advance(shape: Shape, beams: Mapping[str, _Beam], blank: float, seen: list[tuple[str, float]]) -> dict[str, _Beam]:
    """One time step: every beam stays, repeats its last character, or grows by one that fits the shape."""
    grown: dict[str, _Beam] = {}
    for text, (state, before, solid) in beams.items():
        total, last, again = before + solid, text[-1:], 0.0
        for character, p in seen:
            repeats = counts_for(character, last)
            if repeats:
                again += solid * p
            for own, after in shape.step(state, character):
                longer = text + own
                known = grown.get(longer)
                more = (before if repeats else total) * p
                grown[longer] = (after, 0.0, more) if known is None else (known[0], known[1], known[2] + more)
        known = grown.get(text)
        grown[text] = (state, total * blank, again) if known is None else (state, total * blank, known[2] + again)
    return grown


def decode(steps: Steps, shape: Shape, *, best: int = 8, beams: int = _BEAMS) -> list[Candidate]:
    """The likeliest values, best first; empty when nothing of that shape can be seen.

    `beams`: how many beginnings are followed side by side.
    """
    followed: dict[str, _Beam] = {"": (shape.start, 1.0, 0.0)}
    scale = 0.0
    for blank, seen in _seen(steps, spaced=shape.spaced):
        if not seen:  # nothing new for all of them alike
            scale += math.log(blank)
            followed = {text: (state, before + solid, 0.0) for text, (state, before, solid) in followed.items()}
            continue
        grown = _advance(shape, followed, blank, seen)
        totals = sorted(((before + solid, text) for text, (_, before, solid) in grown.items()), reverse=True)[:beams]
        top = max(totals[0][0], 1e-30)
        scale += math.log(top)
        followed = {}
        for total, text in totals:
            if total > _FADED * top:
                state, before, solid = grown[text]
                followed[text] = (state, before / top, solid / top)
    whole = [(before + solid, text) for text, (state, before, solid) in followed.items() if shape.accepts(state)]
    whole.sort(reverse=True)
    return [Candidate(text, scale + math.log(total)) for total, text in whole[:best]]


def free_log_p(steps: Steps) -> float:
    """The logarithm of the probability of the greedy path: what an unrestricted reading would get."""
    return float(np.log(np.maximum(steps.max(axis=1), 1e-6)).sum())
