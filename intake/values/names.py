"""How names are spelt and which are in use: weighs a name's readings, doubts one that is another but for a letter.

`names.txt` holds first names and surnames of Finland and Sweden, `names_elsewhere.txt` those of countries from which
people come (both gathered from Faker's lists, one a line; anybody may add some). Which letters follow each other is
counted in runs of up to five over each and weighed by Witten and Bell's interpolation (T. C. Bell, J. G. Cleary,
I. H. Witten: Text Compression, 1990), so that a name that is in no list is unusual but never impossible.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

LISTED = Path(__file__).with_name("names.txt")
_ELSEWHERE = Path(__file__).with_name("names_elsewhere.txt")
_FROM_ELSEWHERE = 0.02
"""How much of a name's probability is the lists of elsewhere: so little that Asa seldom takes Åsa's place, and enough
that what is spelt as names are there is much likelier than what is spelt like none."""
_LONGEST = 5
_SYMBOLS = 40
"""About as many different letters as names are written with."""
_WRITTEN_ALIKE = {"M": "HN", "H": "MN", "N": "MH", "U": "V", "V": "UY", "Y": "V", "T": "J", "J": "T"}
"""An M with a shallow dip is an H to both networks, a T with a bowed bar a J, and they are sure of it."""
_MARKS = {"A": "ÅÄ", "O": "Ö", "Ä": "A", "Ö": "O"}
"""A ring or dots that a pen ran into its letter, and a speck above one."""
_START, _STOP = "^", "$"
_BETWEEN = re.compile(r"[ -]")
_WORD = 3
"""Letters of the shortest word that is told to be in use: two letters are in some list by chance."""


class _Spelling:
    """Counts of letters after letters."""

    def __init__(self, names: Iterable[str]) -> None:
        """Counts over these names."""
        words = [_START + name.lower() + _STOP for name in names]
        self._counts = Counter(
            word[end - length : end]
            for word in words
            for end in range(2, len(word) + 1)
            for length in range(1, min(_LONGEST, end) + 1)
        )
        self._totals: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        for run, count in self._counts.items():
            self._totals[run[:-1]] += count
            self._kinds[run[:-1]] += 1

    def log_p(self, word: str) -> float:
        """The logarithm of a word's probability."""
        return sum(math.log(self._p(before, letter)) for before, letter in _runs(word))

    def _p(self, before: str, letter: str) -> float:
        p = 1 / _SYMBOLS
        for length in range(min(_LONGEST, len(before) + 1)):
            context = before[len(before) - length :]
            kinds = self._kinds[context]
            if kinds:
                p = (self._counts[context + letter] + kinds * p) / (self._totals[context] + kinds)
        return p


class Names:
    """The lists, and the spelling of each."""

    def __init__(self, here: Iterable[str], elsewhere: Iterable[str]) -> None:
        """`here`: names of Finland and Sweden; `elsewhere`: of other countries."""
        here, elsewhere = list(here), list(elsewhere)
        self._here = frozenset(name.upper() for name in here)
        self._listed = self._here | {name.upper() for name in elsewhere}
        self._spellings = [
            (math.log(1 - _FROM_ELSEWHERE), _Spelling(here)),
            (math.log(_FROM_ELSEWHERE), _Spelling(elsewhere)),
        ]

    @classmethod
    @cache
    def known(cls) -> "Names":
        """From the names that are shipped."""
        return cls(LISTED.read_text("utf-8").split(), _ELSEWHERE.read_text("utf-8").split())

    def log_p(self, text: str) -> float:
        """The logarithm of a whole name's probability, its words taken each for itself."""
        return sum(self._word_log_p(word) for word in _BETWEEN.split(text))

    def _word_log_p(self, word: str) -> float:
        shares = [share + spelling.log_p(word) for share, spelling in self._spellings]
        most = max(shares)
        return most + math.log(sum(math.exp(share - most) for share in shares))

    def in_use(self, text: str) -> bool:
        """Whether each word of a name is in a list."""
        return all(len(word) >= _WORD and word.upper() in self._listed for word in _BETWEEN.split(text))

    def mistaken(self, text: str) -> str | None:
        """A name in use that differs from `text`, which is none, in one letter that people write alike.

        A name that only elsewhere is in use may be one of ours that lost its ring or dots.
        """
        words = text.split(" ")
        for place, word in enumerate(words):
            for changed in self._alike(word):
                return " ".join([*words[:place], changed, *words[place + 1 :]])
        return None

    def _alike(self, word: str) -> Iterator[str]:
        listed = word.upper() in self._listed
        for letters, names, none in (
            (_WRITTEN_ALIKE, self._listed, listed),
            (_MARKS, self._here, word.upper() in self._here),
        ):
            for at, letter in enumerate(word):
                for other in "" if none else letters.get(letter.upper(), ""):
                    changed = word[:at] + (other if letter.isupper() else other.lower()) + word[at + 1 :]
                    if changed.upper() in names:
                        yield changed


def _runs(word: str) -> Iterator[tuple[str, str]]:
    """Each letter of a word, and its end, with the letters before it."""
    whole = _START + word.lower() + _STOP
    for place in range(1, len(whole)):
        yield whole[max(0, place - _LONGEST + 1) : place], whole[place]
