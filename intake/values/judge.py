"""Whether a reading may be believed: margin, fit and check digits; what may not is None, with its candidates.

A reading is believed when the likeliest candidate is much likelier than the next, when restricting the reading to the
kind cost little (else something of another kind is written there), and, for kinds with check digits, when these
confirm it. Check digits never choose between candidates (C-15).

A digitally filled PDF says what was typed; it counts only where the pixels say the same (C-17).
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from intake.base.identifiers import CHECKED, is_valid, normal
from intake.values.decode import Candidate
from intake.values.looks import Look
from intake.values.names import Names
from intake.values.plausible import has_seldom_sign

_SURE, _SURE_OF_DIGITS = 0.9, 0.95
"""How sure a reading without check digits must be; numbers get the stricter one, as no spelling helps."""
_SURE_BY_HAND = {"name": 0.85, "money": 0.85}
"""The same for kinds at which the reader of handwriting looks too. Of 343 names and 318 amounts that real people wrote,
kept for this and their labels mended by eye, 83 and 82 % were given right, 0.9 and 1.9 % of all of them wrong
(`tests/bench/hands.py` measures both on writing that set nothing)."""
_SURE_IN_USE = 0.6
"""The same for a name of whose words each is in use: what is spelt as a name is seldom misread as one."""
_SPELT = frozenset({"name", "plain", "email"})
_FITS = math.log(0.02)
_FITS_A_DAY = math.log(0.5)
"""Stricter for dates, whose shape knows the calendar: what is seen without it must not be another day."""
_MAY_FIT = math.log(1e-5)
_RIVAL = math.log(0.02)
_SEEN, _SEEN_SELDOM = 0.8, 0.995
"""How sure a reading must be before its check digits are asked, and one with a sign that hardly anybody has."""
_CONFIRMED_RIVAL = math.log(5e-4)
"""Of two values that check digits confirm both, one must be this much likelier: a code's sign is under no check."""
_TYPED_RIVAL = math.log(1e-3)
_ALIKE = 0.85
_FOLDS = str.maketrans("oilsz|", "011521")
"""What one font draws alike: neither reading nor typing tells them apart by the pixels."""


@dataclass(frozen=True, slots=True)
class ValueReading:
    """The reading of one field's value."""

    value: str | None
    """The normal form (`identifiers.normal`), or None when it is not believed."""
    confidence: float
    """0 to 1: the share of the likeliest candidate among all, lowered where the shape fits badly. A value without
    check digits is given from 0.9 on (names and amounts: 0.85; a name in use: 0.6; other numbers: 0.95)."""
    doubt: bool
    """A person should look."""
    candidates: tuple[str, ...] = ()
    """What it may say, likeliest first, when in doubt."""


def judge(kind: str, candidates: Sequence[Candidate], plain: Sequence[Candidate], free_log_p: float) -> ValueReading:
    """The verdict over the candidates of one field. `plain`: the unrestricted reading of the same pixels."""
    fit = _fit(candidates[0], plain, free_log_p) if candidates else -math.inf
    if fit < _MAY_FIT:
        return _other_kind(kind, candidates, plain)
    best = candidates[0]
    confidence = _share(candidates)
    texts = tuple(dict.fromkeys(normal(kind, one.text) for one in candidates if one.log_p > best.log_p + _RIVAL))
    if fit < (_FITS_A_DAY if kind == "date" else _FITS):
        return ValueReading(None, 0.5 * confidence, doubt=True, candidates=texts)
    valid = is_valid(kind, texts[0])
    if kind in CHECKED:
        near = [normal(kind, one.text) for one in candidates if one.log_p > best.log_p + _CONFIRMED_RIVAL]
        rivals = [text for text in near if text != texts[0] and is_valid(kind, text)]
        least = _SEEN_SELDOM if has_seldom_sign(kind, texts[0]) else _SEEN
        if not valid or rivals or confidence < least:
            return ValueReading(None, confidence, doubt=True, candidates=texts)
        return ValueReading(texts[0], confidence, doubt=False)
    least = _SURE_BY_HAND.get(kind, _SURE if kind in _SPELT else _SURE_OF_DIGITS)
    if kind == "name" and Names.known().in_use(texts[0]):
        least = _SURE_IN_USE
    if not valid or confidence < least:
        return ValueReading(None, confidence, doubt=True, candidates=texts)
    return ValueReading(texts[0], confidence, doubt=False)


def _fit(best: Candidate, plain: Sequence[Candidate], free_log_p: float) -> float:
    return best.log_p - max(free_log_p, plain[0].log_p if plain else free_log_p)


def _share(candidates: Sequence[Candidate]) -> float:
    top = candidates[0].log_p
    return 1.0 / sum(math.exp(one.log_p - top) for one in candidates)


def _other_kind(kind: str, candidates: Sequence[Candidate], plain: Sequence[Candidate]) -> ValueReading:
    """Something else seems to be written there: hand over the plain reading, in doubt."""
    texts = tuple(dict.fromkeys(one.text for one in (*plain[:2], *candidates[:2]) if one.text))
    return ValueReading(None, 0.3 if texts else 0.0, doubt=True, candidates=texts)


def confirmed(kind: str, typed: str, look: Look) -> ValueReading | None:
    """The typed value when the look agrees with it and it can be of the kind, else None."""
    texts = _near(look.candidates) + _near(look.plain)
    if not any(_agree(kind, typed, text) for text in texts):
        return None
    value = normal(kind, typed)
    if not is_valid(kind, value):
        return None
    return ValueReading(value, 1.0, doubt=False)


def _near(candidates: Sequence[Candidate]) -> list[str]:
    return [one.text for one in candidates if one.log_p > candidates[0].log_p + _TYPED_RIVAL]


def _agree(kind: str, typed: str, seen: str) -> bool:
    typed, seen = _bare(typed), _bare(seen)
    if typed == seen:
        return bool(typed)
    if kind in CHECKED or kind not in ("name", "plain", "email"):
        return False
    digits = [[character for character in text if character.isdigit()] for text in (typed, seen)]
    return digits[0] == digits[1] and SequenceMatcher(None, typed, seen, autojunk=False).ratio() >= _ALIKE


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum() or character == "-").translate(_FOLDS)
