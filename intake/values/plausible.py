"""Weighs a reading before anybody looks: days that do not exist, births in the future, letters no name has.

It speaks of the calendar and of how names are spelt, never of check digits (C-15), and it weighs what was seen.

Which letters follow each other in Finnish and Swedish names is counted in runs of up to five over `names.txt` (first
names and surnames in use, gathered from Faker's lists for Finland and Sweden, one a line; anybody may add some) and
weighed by Witten and Bell's interpolation (T. C. Bell, J. G. Cleary, I. H. Witten: Text Compression, 1990), so that a
name that is not in the list is unusual but never impossible.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from intake.values.decode import Candidate

_UNLIKELY = math.log(1 / 200)
_SELDOM = math.log(1 / 20)
"""For the signs beside +, - and A: given out only where the old ones run short."""
_NEW_SIGNS = frozenset("BCDEFYXWVU")
_NAME_WEIGHT = 0.2
"""How much the spelling of names counts beside what was seen: letters are not independent of each other."""
_OLDEST_YEARS = 125
_SIGNS_SINCE = date(2023, 1, 1)
"""From this day on B-F and Y-U are given out beside - and A."""
_CENTURIES = {"+": 1800} | dict.fromkeys("-YXWVU", 1900) | dict.fromkeys("ABCDEF", 2000)
_CODE = re.compile(r"(\d{2})(\d{2})(\d{2})([-+A-FU-Y])")
LISTED = Path(__file__).with_name("names.txt")
_LONGEST = 5
_SYMBOLS = 40
"""About as many different letters as names are written with."""
_WRITTEN_ALIKE = {"M": "HN", "H": "MN", "N": "MH", "U": "V", "V": "UY", "Y": "V"}
"""An M with a shallow dip is an H to both networks, and they are sure of it."""
_START, _STOP = "^", "$"
_BETWEEN = re.compile(r"[ -]")


def plausible(kind: str, candidates: Sequence[Candidate], on: date | None) -> list[Candidate]:
    """The candidates of a name or identity code weighed by what is usual, `on` that day; best first.

    Dates are taken as they are seen: a day that does not exist must not become another one.
    """
    if kind not in ("hetu", "hetu_or_ytunnus", "name"):
        return list(candidates)
    odds = {one.text: _odds(kind, one.text, on) for one in candidates}
    weighed = sorted(candidates, key=lambda one: -one.log_p - odds[one.text])
    level = odds[weighed[0].text] if weighed and odds[weighed[0].text] != _UNLIKELY else 0.0
    return [Candidate(one.text, one.log_p + odds[one.text] - level) for one in weighed]


def has_seldom_sign(kind: str, text: str) -> bool:
    """Whether `text` is an identity code with one of the signs given out beside +, - and A."""
    return kind in ("hetu", "hetu_or_ytunnus") and text[6:7] in _NEW_SIGNS


def _odds(kind: str, text: str, on: date | None) -> float:
    if kind == "name":
        return _NAME_WEIGHT * Names.known().log_p(text)
    if not _born(text, on):
        return _UNLIKELY
    return _SELDOM if has_seldom_sign(kind, text) else 0.0


def _born(text: str, on: date | None) -> bool:
    """Whether the beginning of an identity code tells the birth of somebody who may hand in a paper that day."""
    found = _CODE.match(text)
    if found is None:
        return "-" in text[6:]  # a business id
    day, month, year, sign = found.groups()
    try:
        birth = date(_CENTURIES[sign] + int(year), int(month), int(day))
    except ValueError:
        return False
    if on is None:
        return True
    given = sign not in _NEW_SIGNS or on >= _SIGNS_SINCE
    return birth <= on and on.year - birth.year <= _OLDEST_YEARS and given


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
