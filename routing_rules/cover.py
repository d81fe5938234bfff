"""Computes exactly which facts the rules of one provider cover: no fact without a rule, no rule without a fact (I-03).

Facts are points in a space with one axis per condition. On each axis only the words that some rule names can make a
difference, so all others are one: `OTHER`. A rule covers a few boxes of that space; taking each rule's boxes away from
what the rules before it left shows whether it can ever decide, and what is left at the end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from routing_rules.model import Area, Rule

OTHER = "(any other)"
NONE = "(none)"
_WORDS = ("form", "edition", "language", "point", "municipality", "kind", "verdict")
_AXES = (*_WORDS, "date")
_MOST_BOXES = 20_000

Box = tuple[frozenset[str], ...]
"""The words allowed on each axis, in the order of `_AXES`; a day stands for the days up to the next that counts."""


class TooIntricateError(ValueError):
    """The rules split the facts into more pieces than can be checked."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of one provider's rules."""

    dead: tuple[str, ...]
    """Ids of rules that never decide, because earlier ones take all their facts."""
    gap: Mapping[str, str] | None
    """Facts that no rule covers, if there are any."""


def coverage(rules: Sequence[Rule], areas: Mapping[str, Area]) -> Coverage:
    """Compute how `rules`, all of one provider and in their order, cover that provider's facts.

    Raises TooIntricateError.
    """
    atoms = _atoms(rules, areas)
    left: list[Box] = [tuple(atoms[axis] for axis in _AXES)]
    dead = []
    for rule in rules:
        boxes = _boxes(rule, areas, atoms)
        if not any(_meet(box, one) for box in boxes for one in left):
            dead.append(rule.id)
        for box in boxes:
            left = [piece for one in left for piece in _without(one, box)]
            if len(left) > _MOST_BOXES:
                raise TooIntricateError
    gap = {axis: min(words) for axis, words in zip(_AXES, left[0], strict=True)} if left else None
    return Coverage(tuple(dead), gap)


def _atoms(rules: Sequence[Rule], areas: Mapping[str, Area]) -> dict[str, frozenset[str]]:
    """Every word that makes a difference on each axis."""
    words: dict[str, set[str]] = {axis: {OTHER} for axis in _WORDS}
    days = {date.min}
    for rule in rules:
        for axis in _WORDS:
            words[axis].update(getattr(rule.when, axis))
        for name in rule.when.area:
            words["municipality"].update(areas[name].municipalities)
            words["point"].update(areas[name].points)
        if rule.valid_from is not None:
            days.add(rule.valid_from)
        if rule.valid_until is not None and rule.valid_until < date.max:
            days.add(rule.valid_until + timedelta(days=1))
    words["municipality"].add(NONE)
    return {axis: frozenset(found) for axis, found in words.items()} | {"date": frozenset(map(str, days))}


def _boxes(rule: Rule, areas: Mapping[str, Area], atoms: Mapping[str, frozenset[str]]) -> list[Box]:
    """What the rule covers: one box, or two for each area (by municipality, and by point where none is given)."""
    plain = {axis: frozenset(getattr(rule.when, axis)) or atoms[axis] for axis in _WORDS}
    plain["date"] = frozenset(day for day in atoms["date"] if rule.in_force(date.fromisoformat(day)))
    if not rule.when.area:
        return [_box(plain)]
    boxes = []
    for name in rule.when.area:
        area = areas[name]
        boxes.append(_box({**plain, "municipality": plain["municipality"] & frozenset(area.municipalities)}))
        here = {"municipality": plain["municipality"] & {NONE}, "point": plain["point"] & frozenset(area.points)}
        boxes.append(_box({**plain, **here}))
    return [box for box in boxes if all(box)]


def _box(words: Mapping[str, frozenset[str]]) -> Box:
    return tuple(words[axis] for axis in _AXES)


def _meet(one: Box, other: Box) -> bool:
    return all(mine & theirs for mine, theirs in zip(one, other, strict=True))


def _without(one: Box, taken: Box) -> list[Box]:
    """`one` less what lies in `taken`, as boxes that do not overlap."""
    if not _meet(one, taken):
        return [one]
    pieces, rest = [], list(one)
    for axis, words in enumerate(taken):
        outside = rest[axis] - words
        if outside:
            pieces.append((*rest[:axis], outside, *rest[axis + 1 :]))
            rest[axis] &= words
    return pieces
