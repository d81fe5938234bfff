"""A digitally filled PDF says what was typed; it counts only where the pixels say the same (C-17)."""

import math
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from intake.base.identifiers import CHECKED, is_valid, normal
from intake.values.decode import Candidate
from intake.values.judge import ValueReading
from intake.values.looks import Look

_RIVAL = math.log(1e-3)
_ALIKE = 0.85
_FOLDS = str.maketrans("oilsz|", "011521")
"""What one font draws alike: neither reading nor typing tells them apart by the pixels."""


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
    return [one.text for one in candidates if one.log_p > candidates[0].log_p + _RIVAL]


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
