"""Computes exactly which facts the rules of one provider cover: no fact without a rule, no rule without a fact (I-03).

A rule covers a few boxes of the space of facts; taking each rule's boxes away from what the rules before it left shows
whether it can ever decide, and what is left at the end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing_rules.model import Area, Deadline, Rule
from routing_rules.space import Box, Space

_MOST_BOXES = 20_000


class TooIntricateError(ValueError):
    """The rules split the facts into more pieces than can be checked; the argument is the rule where that happened."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of one provider's rules."""

    dead: tuple[str, ...]
    """Ids of rules that never decide, because earlier ones take all their facts."""
    gap: str | None
    """Facts that no rule covers, in words, if there are any."""


def coverage(rules: Sequence[Rule], areas: Mapping[str, Area], deadlines: Mapping[str, Deadline]) -> Coverage:
    """Compute how `rules`, all of one provider and in their order, cover that provider's facts.

    Raises TooIntricateError.
    """
    space = Space(rules, areas, deadlines)
    left = [space.all]
    covered: list[Box] = []
    dead = []
    for rule in rules:
        boxes = space.boxes(rule)
        if not any(_meet(box, open_box) for box in boxes for open_box in left):
            dead.append(rule.id)
            continue
        covered += boxes
        for box in boxes:
            left = [piece for open_box in left for piece in _without(open_box, box)]
            if len(left) > _MOST_BOXES:
                raise TooIntricateError(rule.id)
    return Coverage(tuple(dead), space.told(_widest(left[0], space.all, covered)) if left else None)


def _widest(gap: Box, every: Box, covered: Sequence[Box]) -> Box:
    """The gap with all axes left open that it does not depend on."""
    for axis in range(len(gap)):
        wider = (*gap[:axis], every[axis], *gap[axis + 1 :])
        if not any(_meet(wider, box) for box in covered):
            gap = wider
    return gap


def _meet(box: Box, other: Box) -> bool:
    return all(mine & theirs for mine, theirs in zip(box, other, strict=True))


def _without(box: Box, taken: Box) -> list[Box]:
    """`box` less what lies in `taken`, as boxes that do not overlap."""
    if not _meet(box, taken):
        return [box]
    pieces, rest = [], list(box)
    for axis, allowed in enumerate(taken):
        outside = rest[axis] & ~allowed
        if outside:
            pieces.append((*rest[:axis], outside, *rest[axis + 1 :]))
            rest[axis] &= allowed
    return pieces
