"""Looks at one field: one pass of the recogniser, two passes weighed together, lines put one after another."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from intake.base.identifiers import normal
from intake.values.decode import Candidate, Steps, decode, free_log_p
from intake.values.shapes import SHAPES

_MOST = 8
_FOLLOWED = 12
_UNSEEN = 3.0
_PLAIN_BEAMS = 24
_UNMARKED = str.maketrans("ÅÄÖåäö", "AAOaao")
_PARTICLES = frozenset({"af", "av", "da", "de", "der", "di", "la", "le", "van", "von", "zu"})


@dataclass(frozen=True, slots=True)
class Look:
    """The candidates under the field's kind, an unrestricted reading, and the greedy path's log probability."""

    candidates: tuple[Candidate, ...]
    plain: tuple[Candidate, ...]
    free_log_p: float
    lines: int = 1
    """How many lines of writing it saw."""


def look(kind: str, steps: Steps) -> Look:
    """One line's look."""
    plain = tuple(decode(steps, SHAPES["plain"], beams=_MOST if kind != "plain" else _PLAIN_BEAMS))
    if kind == "plain":
        return Look(plain, plain, free_log_p(steps))
    candidates = decode(steps, SHAPES[kind], best=_FOLLOWED)
    if kind == "name":
        candidates = with_capitals(candidates)
    elif kind == "money":  # where the points stand is not what an amount says
        candidates = merged([Candidate(normal(kind, one.text), one.log_p) for one in candidates])
    return Look(tuple(candidates), plain, free_log_p(steps))


def joined(before: Look, after: Look) -> Look:
    """Two lines of one field as one look."""
    return Look(
        _pairs(before.candidates, after.candidates),
        _pairs(before.plain, after.plain),
        before.free_log_p + after.free_log_p,
        before.lines + after.lines,
    )


def weighed(looks: Sequence[Look]) -> Look:
    """Looks at the same ink weighed together: what only some of them saw counts little."""
    return Look(
        _averaged([one.candidates for one in looks]),
        _averaged([one.plain for one in looks]),
        sum(one.free_log_p for one in looks) / len(looks),
        looks[0].lines,
    )


def cents_doubted(look: Look) -> Look:
    """The look at an amount with a point before its last two digits: what has no cents may have them all the same."""
    best = look.candidates[:1]
    if not best or "," in best[0].text or len(best[0].text) < 3:
        return look
    with_cents = Candidate(f"{best[0].text[:-2]},{best[0].text[-2:]}", best[0].log_p)
    return replace(look, candidates=(*best, with_cents, *look.candidates[1 : _MOST - 1]))


def only_marks_differ(candidates: Sequence[Candidate]) -> bool:
    """Whether these are alike but for dots and rings, which the line recogniser often passes over."""
    return len(candidates) > 1 and len({one.text.translate(_UNMARKED) for one in candidates}) == 1


def _pairs(before: Sequence[Candidate], after: Sequence[Candidate]) -> tuple[Candidate, ...]:
    pairs = [Candidate(f"{a.text} {b.text}", a.log_p + b.log_p) for a in before for b in after]
    return tuple(sorted(pairs, key=lambda pair: -pair.log_p)[:_MOST])


def _averaged(sides: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    known = [{candidate.text: candidate.log_p for candidate in side} for side in sides if side]
    floors = [min(side.values()) - _UNSEEN for side in known]
    scored = [
        Candidate(text, sum(side.get(text, floor) for side, floor in zip(known, floors, strict=True)) / len(known))
        for text in dict.fromkeys(text for side in known for text in side)
    ]
    return tuple(sorted(scored, key=lambda candidate: -candidate.log_p)[:_MOST])


def with_capitals(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Names with their capitals set: a written v and V differ in size only."""
    return merged([Candidate(_capitals(one.text), one.log_p) for one in candidates])


def merged(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Candidates that now read alike as one, their probabilities added."""
    sums: dict[str, float] = {}
    for one in candidates:
        sums[one.text] = sums.get(one.text, 0.0) + math.exp(max(one.log_p, -600.0))
    merged = [Candidate(text, math.log(total)) for text, total in sums.items()]
    return sorted(merged, key=lambda candidate: -candidate.log_p)


def _capitals(name: str) -> str:
    """A name in block capitals as such, another with a capital first: a written v and V differ in size only.

    Among capitals a small l is an I. Particles such as af stay small.
    """
    letters = [letter for letter in name if letter.isalpha()]
    if sum(letter.isupper() for letter in letters) > len(letters) / 2 + 0.5:
        return " ".join(name.replace("l", "I").upper().split())
    words = [word if word in _PARTICLES else "-".join(map(_capital, word.split("-"))) for word in name.split()]
    return " ".join(words)


def _capital(word: str) -> str:
    """After the first letter an I among small letters is an l, which looks the same."""
    first, rest = word[:1].upper(), word[1:]
    return first + (rest.replace("I", "l") if any(own.islower() for own in rest) else rest)
