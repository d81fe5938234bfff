"""Weighs a word as a name in Finland: which letters follow each other in Finnish and Swedish names.

Letters are counted in runs of up to five over `names.txt` (first names and surnames in use, gathered from Faker's lists
for Finland and Sweden, one a line; anybody may add some) and weighed by Witten and Bell's interpolation (T. C. Bell,
J. G. Cleary, I. H. Witten: Text Compression, 1990), so that a name that is not in the list is unusual but never
impossible.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

LISTED = Path(__file__).with_name("names.txt")
_LONGEST = 5
_SYMBOLS = 40
"""About as many different letters as names are written with."""
_WRITTEN_ALIKE = {"M": "HN", "H": "MN", "N": "MH", "U": "V", "V": "UY", "Y": "V"}
"""An M with a shallow dip is an H to both networks, and they are sure of it."""
_START, _STOP = "^", "$"
_BETWEEN = re.compile(r"[ -]")


class Names:
    """Counts of letters after letters."""

    def __init__(self, listed: Iterable[str]) -> None:
        """Counts over these names."""
        listed = list(listed)
        self._listed = frozenset(name.upper() for name in listed)
        self._counts: Counter[str] = Counter()
        self._totals: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        for name in listed:
            for before, own in _runs(name):
                for length in range(min(_LONGEST, len(before) + 1)):
                    context = before[len(before) - length :]
                    self._kinds[context] += (context + own) not in self._counts
                    self._counts[context + own] += 1
                    self._totals[context] += 1

    @classmethod
    @cache
    def known(cls) -> "Names":
        """From the names that are shipped."""
        return cls(LISTED.read_text("utf-8").split())

    def log_p(self, text: str) -> float:
        """The logarithm of a whole name's probability, its words taken each for itself."""
        return sum(math.log(self._p(before, own)) for word in _BETWEEN.split(text) for before, own in _runs(word))

    def mistaken(self, text: str) -> str | None:
        """A name in use that differs from `text`, which is none, in one letter that people write alike."""
        words = text.split(" ")
        for place, word in enumerate(words):
            if word.upper() in self._listed:
                continue
            for at, letter in enumerate(word.upper()):
                for other in _WRITTEN_ALIKE.get(letter, ""):
                    changed = word[:at] + (other if word[at].isupper() else other.lower()) + word[at + 1 :]
                    if changed.upper() in self._listed:
                        return " ".join([*words[:place], changed, *words[place + 1 :]])
        return None

    def _p(self, before: str, own: str) -> float:
        p = 1 / _SYMBOLS
        for length in range(min(_LONGEST, len(before) + 1)):
            context = before[len(before) - length :]
            kinds = self._kinds[context]
            if kinds:
                p = (self._counts[context + own] + kinds * p) / (self._totals[context] + kinds)
        return p


def _runs(word: str) -> Iterator[tuple[str, str]]:
    """Each letter of a word, and its end, with the letters before it."""
    whole = _START + word.lower() + _STOP
    for place in range(1, len(whole)):
        yield whole[max(0, place - _LONGEST + 1) : place], whole[place]
