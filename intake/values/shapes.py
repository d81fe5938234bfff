"""The shapes of each kind of value, as small automata that the decoder walks along.

A shape is one or more patterns; a pattern is a row of slots, each a set of characters that may be left out or
repeated. A character that only looks like one of a slot's own (O for 0, l for 1) is taken for it there. The shape
holds no check digits on purpose, nor a calendar for identity codes: those judge a reading afterwards and must not
steer it (C-15). A plain date, which nothing is looked up by, may only have days, months and years that there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass

DIGITS = "0123456789"
_DIGITS = frozenset(DIGITS)
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = "abcdefghijklmnopqrstuvwxyz" + CAPITALS + "åäöÅÄÖéÉüÜšžŠŽæøÆØß"
PUNCTUATION = " .,-/:;()&'\"+@%€!?*=#§_"
READABLE = "".join(dict.fromkeys(DIGITS + LETTERS + PUNCTUATION))
"""Everything a field can say here, in a fixed order."""

_LOOK_ALIKES = {
    "0": "OoQDUΟО〇○。øØ",
    "1": "lI|!i丨Ⅰｌíìî[]",
    "2": "Zzz乙",
    "3": "ЗзӡƷ",
    "4": "Чyч",
    "5": "Ss",
    "6": "bGб",
    "7": "?ヮTフ",
    "8": "B&",
    "9": "gqԛ",
    "-": "–—‐−_~一ー－ˉ¯=",
    ".": "·•,。．:;",
    ",": "，、.;",
    "+": "＋十†",
    "/": "／",
    ":": "：",
    "'": "’‘`´",
    '"': "”“",
    "(": "（",
    ")": "）",
    "A": "А",
    "B": "8В",
    "E": "Е",
    "F": "ҒＦ",
    "H": "Н",
    "I": "l1|",
    "J": "j",
    "K": "k",
    "L": "",
    "M": "m",
    "N": "n",
    "P": "p",
    "R": "r",
    "S": "s",
    "T": "t",
    "U": "u",
    "V": "v",
    "W": "w",
    "X": "x×",
    "Y": "y",
    "C": "c",
    "€": "£",
    "Ö": "ÕŐÓÔ",
    "ö": "õőóôò",
    "Ä": "ÃÂÁÀ",
    "ä": "ãâáàà",
    "å": "ȧ",
    "Å": "Ȧ",
    "o": "оσ",
    "a": "а",
    "e": "еèêë",
    "é": "ē",
    "É": "ÈÊËĒ",
    "u": "úùû",
    "n": "ñ",
    "i": "íìîï",
    "y": "ý",
    "c": "ç",
}
SOURCES = "".join(dict.fromkeys(READABLE + "".join(_LOOK_ALIKES.values())))
"""Every character of the recogniser that can count for a readable one."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a pattern."""

    characters: frozenset[str]
    optional: bool = False
    repeats: bool = False
    also: str = ""
    """For a slot of one character that is sure to stand there: what else it may be taken for."""

    def take(self, seen: str) -> str | None:
        """The character `seen` counts for here, or None."""
        if seen in self.characters:
            return seen
        for own in sorted(self.characters):
            if seen in _LOOK_ALIKES.get(own, "") or seen in self.also:
                return own
        return None


def like_digit(seen: str, digit: str, worth: float) -> float:
    """1 where `seen` is `digit`, `worth` where it looks like it, else 0."""
    return 1.0 if seen == digit else worth * (seen in _LOOK_ALIKES[digit])


Pattern = tuple[Slot, ...]
State = int
"""A number of the shape's own for the set of places in its patterns that are still possible."""
_Places = frozenset[tuple[int, int]]


def _slots(characters: str, low: int, high: int | None = None) -> Pattern:
    """`low` to `high` of `characters`; `high` 0 means without end, None means exactly `low`."""
    own = frozenset(characters)
    if high == 0:
        return (*[Slot(own)] * low, Slot(own, optional=True, repeats=True))
    return (*[Slot(own)] * low, *[Slot(own, optional=True)] * ((high or low) - low))


class Shape:
    """All patterns of a kind, as an automaton whose states are numbered as they are first reached."""

    def __init__(self, patterns: tuple[Pattern, ...], *, spaced: bool = False) -> None:
        """`spaced`: white space is part of the value (else it is nothing)."""
        self.spaced = spaced
        self._patterns = patterns
        self._numbers: dict[_Places, State] = {}
        self._places: list[_Places] = []
        self._steps: list[dict[str, tuple[tuple[str, State], ...]]] = []
        self.start = self._state((number, 0) for number in range(len(patterns)))
        """Before the first character."""

    def _state(self, places: Iterable[tuple[int, int]]) -> State:
        reached = set(places)
        for number, place in tuple(reached):
            pattern = self._patterns[number]
            while place < len(pattern) and pattern[place].optional:
                place += 1
                reached.add((number, place))
        found = frozenset(reached)
        if found not in self._numbers:
            self._numbers[found] = len(self._places)
            self._places.append(found)
            self._steps.append({})
        return self._numbers[found]

    def accepts(self, state: State) -> bool:
        """Whether the value may end here."""
        return any(place == len(self._patterns[number]) for number, place in self._places[state])

    def only_digits(self, state: State) -> bool:
        """Whether nothing but a digit can come next."""
        slots = [self._patterns[n][place] for n, place in self._places[state] if place < len(self._patterns[n])]
        return all(slot.characters <= _DIGITS for slot in slots)

    def step(self, state: State, seen: str) -> tuple[tuple[str, State], ...]:
        """The next states after `seen`: each character it can count for, with its state."""
        known = self._steps[state]
        if seen not in known:
            known[seen] = self._step(state, seen)
        return known[seen]

    def _step(self, state: State, seen: str) -> tuple[tuple[str, State], ...]:
        places: dict[str, set[tuple[int, int]]] = {}
        for number, place in sorted(self._places[state]):
            pattern = self._patterns[number]
            if place < len(pattern) and (own := pattern[place].take(seen)) is not None:
                places.setdefault(own, set()).add((number, place if pattern[place].repeats else place + 1))
        return tuple((own, self._state(found)) for own, found in places.items())


def counts_for(seen: str, own: str) -> bool:
    """Whether `seen` may be one more time step of the character `own` just read."""
    return seen == own or seen in _LOOK_ALIKES.get(own, "")


_HETU_SIGNS = "+-ABCDEFYXWVU"
_HETU_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_HETU = _slots(DIGITS, 6) + _slots(_HETU_SIGNS, 1) + _slots(DIGITS, 3) + _slots(_HETU_CHECKS, 1)
_YTUNNUS = _slots(DIGITS, 7) + _slots("-", 1) + _slots(DIGITS, 1)
_FI = (Slot(frozenset("F"), also="f7TtEPpr[Ff1"), Slot(frozenset("I"), also="18l9076ijJ!/[]tT+"))
_DOT = _slots(".-/,", 1)
_DAY, _MONTH = _slots("0123", 0, 1) + _slots(DIGITS, 1), _slots("01", 0, 1) + _slots(DIGITS, 1)
_DD, _MM = _slots("0123", 1) + _slots(DIGITS, 1), _slots("01", 1) + _slots(DIGITS, 1)
_SHORT = _slots(DIGITS, 2)
_PAST, _NOW = (
    _slots("1", 1) + _slots("89", 1) + _SHORT,
    _slots("2", 1) + _slots("0", 1) + _slots("01234", 1) + _slots(DIGITS, 1),
)
_SIGN, _POINT = _slots("-", 0, 1), _slots(".,'", 1)
_CLOSED = _slots("€", 0, 1) + _slots(".,:", 0, 1) + _slots("-=", 0, 1) + _slots("-=", 0, 1) + _slots("€", 0, 1)
"""What people put behind an amount so that nobody adds a digit."""
_THOUSANDS = tuple(_slots(DIGITS, 1, 3) + (_POINT + _slots(DIGITS, 3)) * groups for groups in (1, 2))
_EUROS = tuple(
    euros + cents for euros in (_slots(DIGITS, 1, 0), *_THOUSANDS) for cents in ((), _POINT + _slots(DIGITS, 2))
)
"""Points and commas may part thousands or cents: which, the number of digits behind them says."""
_MAIL = LETTERS[:26] + DIGITS + "._-+" + "åäö"
_NAME = LETTERS + " -.'"

SHAPES: dict[str, Shape] = {
    "hetu": Shape((_HETU,)),
    "ytunnus": Shape((_YTUNNUS,)),
    "hetu_or_ytunnus": Shape((_HETU, _YTUNNUS)),
    "iban": Shape((_FI + _slots(DIGITS, 16),)),
    "reference": Shape((_slots(DIGITS, 4, 20), _slots("R", 1) + _slots("F", 1) + _slots(DIGITS, 5, 23))),
    "date": Shape(
        (
            *[_DAY + _DOT + _MONTH + _DOT + year for year in (_SHORT, _PAST, _NOW)],
            *[_DD + _MM + year for year in (_SHORT, _PAST, _NOW)],
            *[year + _slots("-", 1) + _MM + _slots("-", 1) + _DD for year in (_PAST, _NOW)],
        )
    ),
    "year": Shape((_PAST, _NOW)),
    "postcode": Shape((_slots(DIGITS, 5),)),
    "money": Shape(tuple(_SIGN + euros + _CLOSED for euros in _EUROS)),
    "phone": Shape(
        (_slots("+", 0, 1) + _slots(DIGITS, 5, 15), _slots(DIGITS, 2, 4) + _slots("-", 1) + _slots(DIGITS, 4, 9))
    ),
    "email": Shape(
        (_slots(_MAIL, 1, 0) + _slots("@", 1) + _slots(_MAIL, 1, 0) + _slots(".", 1) + _slots(_MAIL, 2, 0),)
    ),
    "integer": Shape((_slots(DIGITS, 1, 0),)),
    "name": Shape((_slots(LETTERS, 1) + _slots(_NAME, 1, 0),), spaced=True),
    "plain": Shape((_slots(READABLE, 1, 0),), spaced=True),
}
