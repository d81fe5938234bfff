"""Artificial people: names, addresses and codes that pass every check and belong to nobody."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

_CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_FIRST = (
    "Aino", "Eero", "Helmi", "Ilmari", "Kerttu", "Lauri", "Maija-Liisa", "Onni", "Pirkko", "Reijo", "Siiri", "Toivo",
    "Väinö", "Åke", "Märta", "Göran", "Björn", "Solveig", "Örjan", "Eeva",
)  # fmt: skip
_LAST = (
    "Aaltonen", "Hämäläinen", "Järvinen", "Koskela", "Lehtonen", "Mäkelä", "Nieminen", "Pöyhönen", "Räsänen", "Sjöberg",
    "Tähtinen", "Väisänen", "Åkerlund", "Öhman", "Söderström", "Lindqvist", "Kärkkäinen", "Ylönen",
)  # fmt: skip
_STREETS = ("Kirkkokatu", "Rantatie", "Mäkitie", "Koulukatu", "Strandvägen", "Pöllökuja", "Åvägen", "Torikatu")
_TOWNS = (
    ("50100", "MIKKELI"), ("90900", "KIIMINKI"), ("21600", "PARAINEN"), ("98500", "PELKOSENNIEMI"),
    ("43100", "SAARIJÄRVI"), ("21660", "NAUVO"), ("43240", "PYLKÖNMÄKI"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    first: str
    last: str
    hetu: str
    street: str
    postcode: str
    town: str
    phone: str
    email: str
    iban: str
    ytunnus: str

    @property
    def name(self) -> str:
        """First name and surname."""
        return f"{self.first} {self.last}"


def person(seed: int, *, age: int | None = None, on: date = date(2015, 3, 2)) -> Person:
    """The same person for the same seed; `age`: whole years on the day `on`, else a grown-up."""
    random = Random(seed)  # noqa: S311  # repeatable, not secret
    first, last = random.choice(_FIRST), random.choice(_LAST)
    years = age if age is not None else random.randint(19, 64)
    born = on - timedelta(days=round(years * 365.25) + random.randint(30, 330))
    postcode, town = random.choice(_TOWNS)
    plain = f"{first}.{last}".lower().translate(str.maketrans("åäö", "aao"))
    return Person(
        first=first,
        last=last,
        hetu=hetu(born, random.randint(900, 999)),
        street=f"{random.choice(_STREETS)} {random.randint(1, 98)} {random.choice('ABC')} {random.randint(1, 40)}",
        postcode=postcode,
        town=town,
        phone=f"0{random.choice((40, 44, 45, 50))} {random.randint(1000000, 9999999)}",
        email=f"{plain}@example.fi",
        iban=iban(f"5{random.randint(10**12, 10**13 - 1)}"),
        ytunnus=ytunnus(random),
    )


def hetu(born: date, number: int) -> str:
    """An identity code for a birthday and an individual number (use 900-999, which are never issued)."""
    head = f"{born:%d%m%y}"
    sign = "A" if born.year >= 2000 else "-"
    return f"{head}{sign}{number:03d}{_CHECK[int(f'{head}{number:03d}') % 31]}"


def iban(account: str) -> str:
    """A Finnish account number with 14 digits made of `account`, its check digits right."""
    bban = account.ljust(14, "0")[:14]
    check = 98 - int(f"{bban}151800") % 97  # FI = 15 18
    return f"FI{check:02d}{bban}"


def ytunnus(random: Random) -> str:
    """A business id whose check digit is right."""
    while True:
        digits = f"{random.randint(2000000, 2999999)}"
        rest = sum(int(a) * b for a, b in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        if rest != 1:
            return f"{digits}-{0 if rest == 0 else 11 - rest}"


def reference(base: int) -> str:
    """A payment reference whose last digit is right."""
    total = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(str(base))))
    return f"{base}{-total % 10}"
