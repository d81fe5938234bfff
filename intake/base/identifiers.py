"""Checks and normal forms of the value kinds: pure text work, no pixels.

Promises: a check says yes or no and never changes what was written into something that passes. Check digits come from
python-stdnum; the Finnish reference number (viite), which it does not know, and dates as people write them are ours.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from stdnum import iban as stdnum_iban
from stdnum import iso11649
from stdnum.fi import hetu as stdnum_hetu
from stdnum.fi import ytunnus as stdnum_ytunnus

CHECKED = frozenset({"hetu", "ytunnus", "hetu_or_ytunnus", "iban", "reference"})
"""Kinds that carry check digits: a reading of these is accepted only when they confirm it."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−﹣－_~", "-"))
_DATE = re.compile(r"(\d{1,2})[.,/-](\d{1,2})[.,/-](\d{4}|\d{2})\.?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_RUN_DATE = re.compile(r"(\d{2})(\d{2})(\d{4}|\d{2})")
_MONEY = re.compile(r"([+-]?)(\d{1,3}(?:[.' ]?\d{3})*|\d+)(?:[.,](\d{1,2}|-))?(?:€|e|eur|euroa?)?", re.IGNORECASE)
_AMOUNT = re.compile(
    r"=?([+-]?)(\d+|\d{1,3}(?:[.,' ]\d{3})+)(?:[.,](\d{2}))?(?:€|e|eur|euroa?)?[.,:]?[-=]*(?:€|e|eur|euroa?)?",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?\d{5,15}")
_LATEST_SHORT_YEAR = 40  # 1.2.41 means 1941, 1.2.40 means 2040: forms ask for births and for near futures


def compact(text: str) -> str:
    """`text` without white space, all dashes alike, capitals: for codes and numbers."""
    return "".join(text.split()).translate(_DASHES).upper()


def is_hetu(text: str) -> bool:
    """Whether `text` is a well-formed personal identity code, its date and check character right.

    Temporary numbers (900-999) count, and all century signs in use since 2023.
    """
    return bool(stdnum_hetu.is_valid(compact(text), allow_temporary=True))


def is_ytunnus(text: str) -> bool:
    """Whether `text` is a business id; the hyphen must be there, as in 2056124-3."""
    return re.fullmatch(r"\d{6,7}-\d", compact(text)) is not None and bool(stdnum_ytunnus.is_valid(compact(text)))


def is_iban(text: str) -> bool:
    """Whether `text` is an account number of any country, length and mod 97 right."""
    return bool(stdnum_iban.is_valid(compact(text), check_country=False))


def is_reference(text: str) -> bool:
    """Whether `text` is a Finnish payment reference (4-20 digits, weights 7 3 1) or an RF reference."""
    number = compact(text)
    if number.startswith("RF"):
        return bool(iso11649.is_valid(number))
    number = number.lstrip("0")
    if re.fullmatch(r"[0-9]{4,20}", number) is None:
        return False
    weighed = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(number[:-1])))
    return int(number[-1]) == -weighed % 10


def parse_date(text: str) -> date | None:
    """The day meant by 1.2.2015, 01022015, 1.2.15, 1/2/2015 or 2015-02-01; None when there is no such day."""
    bare = "".join(text.split()).translate(_DASHES)
    if found := _ISO_DATE.fullmatch(bare):
        year, month, day = found.groups()
    elif found := _DATE.fullmatch(bare) or _RUN_DATE.fullmatch(bare):
        day, month, year = found.groups()
    else:
        return None
    if len(year) == 2:
        year = ("20" if int(year) <= _LATEST_SHORT_YEAR else "19") + year
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def parse_money(text: str) -> Decimal | None:
    """The euros meant by 1 234,56, 1.234,56 €, 250,- or 12e; None when it is no amount."""
    found = _MONEY.fullmatch("".join(text.split()).translate(_DASHES))
    if found is None:
        return None
    sign, euros, cents = found.groups()
    cents = "0" if cents in (None, "-") else cents
    return Decimal(f"{sign}{re.sub(r'[^0-9]', '', euros)}.{cents}")


def amount_written(text: str) -> str | None:
    """The one amount that `text` says, without what parts thousands and closes the line: 27.027.- is 27027.

    Three digits behind a point or comma are thousands, two are cents; None for what is no single amount.
    """
    found = _AMOUNT.fullmatch("".join(text.split()).translate(_DASHES))
    if found is None:
        return None
    sign, euros, cents = found.groups()
    return sign + re.sub(r"[^0-9]", "", euros) + (f",{cents}" if cents else "")


def birth_date(hetu: str) -> date | None:
    """The birth date in a valid identity code, else None."""
    code = compact(hetu)
    if not is_hetu(code):
        return None
    century = {"+": 1800} | dict.fromkeys("-YXWVU", 1900) | dict.fromkeys("ABCDEF", 2000)
    return date(century[code[6]] + int(code[4:6]), int(code[2:4]), int(code[:2]))


def _phone(text: str) -> bool:
    return _PHONE.fullmatch(re.sub(r"[\s()./-]", "", text.translate(_DASHES))) is not None


_TESTS: Mapping[str, Callable[[str], bool]] = {
    "hetu": is_hetu,
    "ytunnus": is_ytunnus,
    "hetu_or_ytunnus": lambda text: is_hetu(text) or is_ytunnus(text),
    "iban": is_iban,
    "reference": is_reference,
    "date": lambda text: parse_date(text) is not None,
    "year": lambda text: re.fullmatch(r"(?:18|19|20)[0-9]{2}", compact(text)) is not None,
    "postcode": lambda text: re.fullmatch(r"(?:FI-|AX-)?[0-9]{5}", compact(text)) is not None,
    "money": lambda text: parse_money(text) is not None,
    "phone": _phone,
    "email": lambda text: _EMAIL.fullmatch(text.strip()) is not None,
    "integer": lambda text: re.fullmatch(r"[0-9]+", compact(text)) is not None,
}


def is_valid(kind: str, text: str) -> bool:
    """Whether `text` can be a value of `kind` (a `ValueKind`); names and plain text need only not be empty."""
    test = _TESTS.get(kind)
    return bool(text.strip()) if test is None else test(text)


def normal(kind: str, text: str) -> str:
    """`text` as we keep it: codes compact and in capitals, numbers without white space, names with single spaces.

    What was written stays recognisable: a date keeps its own notation, money its cents.
    """
    if kind in CHECKED or kind == "postcode":
        return compact(text)
    if kind in ("name", "plain"):
        return " ".join(text.split())
    bare = "".join(text.split()).translate(_DASHES)
    return (amount_written(bare) or bare) if kind == "money" else bare
