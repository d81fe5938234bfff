"""The printed words that name a field: left of it on the same height, else just above it, else inside its top.

A guess for fields whose PDF gives no tooltip; an operator corrects it in the definition.
"""

from collections.abc import Sequence

from intake.adding.printed import Line
from intake.base.filing import Box
from intake.forms.model import FieldKind

_LEFT_WITHIN_MM, _ABOVE_WITHIN_MM, _RIGHT_WITHIN_MM = 60.0, 9.0, 8.0
_LONGEST = 160


def nearest_label(box: Box, kind: FieldKind, lines: Sequence[Line]) -> str:
    """The nearest printed text that may name a field at `box` (of a tick box, to its right); empty if none is near."""
    if kind == "check":
        return _clean([line for line in (_right(box, lines) or _left(box, lines),) if line])
    if kind == "radio":  # the question stands before or above the first choice; to its right stands the choice itself
        return _clean([line for line in (_left(box, lines) or _above(box, lines) or _right(box, lines),) if line])
    inside = _inside(box, lines)
    if inside is not None:
        return _clean([inside])
    left, above = _left(box, lines), _above(box, lines)
    if left is not None and (above is None or box[0] - left.box[2] < max(3.0, 2 * (box[1] - above.box[3]))):
        return _clean(_stack(left, lines, (box[1] - 1, box[3] + 1)))
    return _clean(_stack(above, lines, (box[1] - _ABOVE_WITHIN_MM, box[1] + 1.5)) if above else [])


def _stack(line: Line, lines: Sequence[Line], between: tuple[float, float]) -> list[Line]:
    """The line with those set close above and below it in the same size: one label in several lines."""
    stack = [line]
    for other in sorted(lines, key=lambda other: abs(other.box[1] - line.box[1])):
        if any(other is one for one in stack) or not between[0] < (other.box[1] + other.box[3]) / 2 < between[1]:
            continue
        gap = min(max(other.box[1] - one.box[3], one.box[1] - other.box[3]) for one in stack)
        beside = other.box[0] < line.box[2] and line.box[0] < other.box[2]
        if beside and gap < 0.6 * line.size_mm and 0.85 < other.size_mm / line.size_mm < 1.18:
            stack.append(other)
    return sorted(stack, key=lambda one: one.box[1])


def _clean(lines: Sequence[Line]) -> str:
    text = " ".join(line.text.strip(" ._…*|") for line in lines)
    return text.strip(" .:_…*|")[:_LONGEST].strip()


def _says_something(line: Line) -> bool:
    return any(letter.isalpha() for letter in line.text)


def _inside(box: Box, lines: Sequence[Line]) -> Line | None:
    """A small label printed in the field's own top left corner."""
    found = [
        line
        for line in lines
        if _says_something(line)
        and box[0] - 1 < line.box[0] < box[0] + 0.5 * (box[2] - box[0])
        and box[1] - 1 < line.box[1]
        and line.box[3] < box[1] + 0.6 * (box[3] - box[1])
    ]
    return min(found, key=lambda line: (line.box[1], line.box[0]), default=None)


def _left(box: Box, lines: Sequence[Line]) -> Line | None:
    middle = (box[1] + box[3]) / 2
    found = [
        line
        for line in lines
        if _says_something(line)
        and line.box[1] - 1 < middle < line.box[3] + 2.5
        and -2 < box[0] - line.box[2] < _LEFT_WITHIN_MM
    ]
    return max(found, key=lambda line: line.box[2], default=None)


def _above(box: Box, lines: Sequence[Line]) -> Line | None:
    found = [
        line
        for line in lines
        if _says_something(line)
        and -1.5 < box[1] - line.box[3] < _ABOVE_WITHIN_MM
        and line.box[0] < box[2]
        and box[0] - 3 < line.box[2]
        and line.box[0] > box[0] - 40
    ]
    return max(found, key=lambda line: (round(line.box[3]), -abs(line.box[0] - box[0])), default=None)


def _right(box: Box, lines: Sequence[Line]) -> Line | None:
    middle = (box[1] + box[3]) / 2
    found = [
        line
        for line in lines
        if _says_something(line)
        and line.box[1] - 1.5 < middle < line.box[3] + 1.5
        and -1 < line.box[0] - box[2] < _RIGHT_WITHIN_MM
    ]
    return min(found, key=lambda line: line.box[0], default=None)
