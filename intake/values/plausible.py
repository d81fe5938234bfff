"""Weighs a reading before anybody looks: days that do not exist, births in the future, letters no name has.

It speaks of the calendar and of how names are spelt (`names.py`), never of check digits (C-15), and it weighs what was
seen.
"""

import math
import re
from collections.abc import Sequence
from datetime import date

from intake.values.decode import Candidate
from intake.values.names import Names

_UNLIKELY = math.log(1 / 200)
_SELDOM = math.log(1 / 20)
"""For the signs beside +, - and A: given out only where the old ones run short."""
_NEW_SIGNS = frozenset("BCDEFYXWVU")
_NAME_WEIGHT = 0.3
"""How much the spelling of names counts beside what was seen: letters are not independent of each other."""
_OLDEST_YEARS = 125
_SIGNS_SINCE = date(2023, 1, 1)
"""From this day on B-F and Y-U are given out beside - and A."""
_CENTURIES = {"+": 1800} | dict.fromkeys("-YXWVU", 1900) | dict.fromkeys("ABCDEF", 2000)
_CODE = re.compile(r"(\d{2})(\d{2})(\d{2})([-+A-FU-Y])")


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
