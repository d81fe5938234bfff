"""The calendar weighs readings: what it lowers, what it leaves, and that it knows nothing of check digits."""

import math
from datetime import date

import pytest

from intake.values.decode import Candidate
from intake.values.plausible import plausible

ON = date(2026, 6, 1)


def order(kind: str, *texts: str, on: date | None = ON, gap: float = 1.0) -> list[str]:
    """The texts after the calendar spoke; before, each was `gap` less likely than the one ahead of it."""
    seen = [Candidate(text, -gap * place) for place, text in enumerate(texts)]
    return [one.text for one in plausible(kind, seen, on)]


@pytest.mark.parametrize(
    ("impossible", "possible"),
    [
        ("721006-9566", "121006-9566"),  # no such day
        ("161036A931P", "161036-931P"),  # born in 2036
        ("161036C931P", "161036Y931P"),
        ("010190+9055", "010190-9055"),  # 136 years old
        ("02062600905U", "020626-905U"),  # no century sign
    ],
)
def test_a_code_of_nobody_alive_yields_to_one_of_somebody(impossible: str, possible: str) -> None:
    """The likelier reading comes second when nobody can have that code, whatever its check character."""
    assert order("hetu", impossible, possible) == [possible, impossible]


def test_what_was_clearly_seen_is_not_overruled() -> None:
    """A code a thousand times likelier than the next stays first; being invalid, it goes to a person."""
    assert order("hetu", "161036A931P", "161036-931P", gap=math.log(1000)) == ["161036A931P", "161036-931P"]


def test_check_characters_do_not_count() -> None:
    """C-15: of two codes of possible people the likelier stays first though only the other's check is right."""
    assert order("hetu", "131052-308U", "131052-308T") == ["131052-308U", "131052-308T"]


def test_the_day_of_the_paper_decides_what_is_possible() -> None:
    """The letters beside - and A are given out since 2023 only; without a day nobody is too young or too old."""
    assert order("hetu", "010594Y9032", "010594-9032", on=date(2015, 2, 1)) == ["010594-9032", "010594Y9032"]
    assert order("hetu", "010594Y9032", "010594-9032", gap=4.0) == ["010594Y9032", "010594-9032"]
    assert order("hetu", "010135A9032", "010135-9032", on=None) == ["010135A9032", "010135-9032"]


def test_a_seldom_sign_has_to_be_seen_clearly() -> None:
    """Nearly all codes have - or A: a C that may be an A is an A; a clear one is a C and as sure as it was seen."""
    assert order("hetu", "101112C9628", "101112A9628") == ["101112A9628", "101112C9628"]
    (best, *_) = plausible("hetu", [Candidate("101112C9628", -0.1), Candidate("101112A9628", -9.0)], ON)
    assert best.text == "101112C9628" and best.log_p == pytest.approx(-0.1)


def test_dates_and_business_ids() -> None:
    """A day that is not stays as it was seen; a business id among codes is left alone, as are all other kinds."""
    assert order("date", "7.17.1975", "7.11.1975") == ["7.17.1975", "7.11.1975"]
    assert order("hetu_or_ytunnus", "2056124-3", "121006-9566") == ["2056124-3", "121006-9566"]
    assert order("integer", "721006", "121006") == ["721006", "121006"]


@pytest.mark.parametrize(("usual", "unusual"), [("Väinö Björklund", "Vaino Bjorklund"), ("Åsa Öberg", "Asa Oberg")])
def test_a_name_spelt_as_names_are_wins_a_near_tie(usual: str, unusual: str) -> None:
    """Dots over letters are often passed over: the name that there is comes first."""
    assert order("name", unusual, usual, gap=0.5)[0] == usual


def test_a_name_clearly_seen_stays_however_unusual() -> None:
    """Nobody's name is corrected into a more usual one."""
    assert order("name", "Xqzw Vaino", "Väinö Väinö", gap=12.0)[0] == "Xqzw Vaino"
