"""Checks of codes and numbers: what passes, what fails, and that one changed character never goes unnoticed."""

import random

from stdnum import iban as stdnum_iban

from intake.base.identifiers import is_valid, normal, parse_date, parse_money
from tests.bench.values_crops import hetu, iban, reference, ytunnus

SIGNS = "010594Y9032 010594Y9021 020594X903P 030594W903B 040594V9030 050594U903M 010516B903X 020516C903K 030516D9037 "
SIGNS += "010501E9032 020503F9037 020504A902E 131052-308T"


def test_all_century_signs_in_use_since_2023_are_known() -> None:
    """The specimens of every sign pass."""
    assert [code for code in SIGNS.split() if not is_valid("hetu", code)] == []


def test_impossible_dates_and_wrong_check_characters_fail() -> None:
    """A code whose day does not exist or whose check character is wrong is none."""
    assert not any(is_valid("hetu", code) for code in ("140262-901R", "310294-9014", "290295-901X", "131052308T"))


def test_no_changed_number_of_a_code_stays_valid() -> None:
    """C-15: every other digit or check character at every place, for 20 codes, fails."""
    rng = random.Random(15)
    for code in (hetu(rng) for _ in range(20)):
        for place in (0, 1, 2, 3, 4, 5, 7, 8, 9, 10):
            for other in "0123456789ABCDEFHJKLMNPRSTUVWXY" if place == 10 else "0123456789":
                if other != code[place]:
                    assert not is_valid("hetu", code[:place] + other + code[place + 1 :])


def test_made_numbers_pass_and_their_normal_forms_are_compact() -> None:
    """Account numbers, business ids and references pass as stdnum or the published weights say."""
    rng = random.Random(16)
    for _ in range(100):
        account = iban(rng)
        assert is_valid("iban", account) and normal("iban", account) == stdnum_iban.compact(account)
        assert is_valid("ytunnus", ytunnus(rng)) and is_valid("reference", reference(rng))
    assert is_valid("reference", "12 34561") and not is_valid("reference", "12 34562")


def test_dates_are_understood_in_the_ways_finns_write_them() -> None:
    """Dots, slashes, runs of digits and short years mean the same day; a day that is not stays none."""
    days = {parse_date(text) for text in ("1.2.2015", "01022015", "1.2.15", "1/2/2015", "2015-02-01", " 01. 02. 2015")}
    assert {str(day) for day in days} == {"2015-02-01"}
    assert parse_date("31.2.2015") is None and normal("date", "4.12.2019") == "4.12.2019"


def test_money_is_understood_with_and_without_cents() -> None:
    """Finnish amounts come out as euros."""
    assert [str(parse_money(text)) for text in ("1 234,56", "250,-", "12e", "1.234,50 €")] == [
        "1234.56",
        "250.0",
        "12.0",
        "1234.50",
    ]
