"""Amounts as people write them: the one number that stands there, or none."""

import random
from dataclasses import replace

import pytest

from intake.base.identifiers import amount_written, is_valid, normal
from intake.values import ValueReader
from intake.values.decode import Candidate
from intake.values.ink import has_cents_point, lines_of
from intake.values.judge import judge
from intake.values.looks import Look, cents_doubted
from tests.bench import values_crops as crops


@pytest.fixture(scope="module")
def reader() -> ValueReader:
    """One warm reader for all."""
    return ValueReader()


def test_what_parts_thousands_or_closes_the_line_is_not_what_an_amount_says() -> None:
    """Three digits behind a point or comma are thousands, two are cents; points and dashes at the end are nothing."""
    said = {
        "27.027": "27027", "100.000": "100000", "4,693": "4693", "3.975,00": "3975,00", "1 234,56 €": "1234,56",
        "6000.": "6000", "15.340.-": "15340", "250,-": "250", "500--": "500",
        "1.234.567,89": "1234567,89", "-12,50": "-12,50",
    }  # fmt: skip

    assert {text: normal("money", text) for text in said} == said
    assert all(is_valid("money", text) for text in said.values())


@pytest.mark.parametrize("text", ["100+50", "100-200", "1.2.3", "noin 300", "12,345,6", "100 tai 200", "1/2"])
def test_sums_ranges_and_words_are_no_single_amount(text: str) -> None:
    """Nothing is made of them that was not written."""
    assert amount_written(text) is None


@pytest.mark.parametrize("text", ["27.027", "100.000", "6000.", "15.340,-", "8.289=", "4400", "3.975,00"])
def test_amounts_with_separators_are_read_as_the_number_they_are(reader: ValueReader, text: str) -> None:
    """A thousands point never becomes a comma, and what closes the line never a digit."""
    for number in range(3):
        crop = crops.line_crop(text, "money", "Vera.ttf", random.Random(f"{text} {number}"))

        assert reader.read([crop])["field"].value in (amount_written(text), None)


@pytest.mark.parametrize("text", ["100+50", "100-200", "12/100", "noin 300", "30 tai 40"])
def test_what_is_no_single_amount_is_never_given_as_one(reader: ValueReader, text: str) -> None:
    """A sum, a range or words in a field for money are left to a person, with what may stand there."""
    for number in range(3):
        crop = crops.line_crop(text, "money", "Vera.ttf", random.Random(f"{text} {number}"))

        reading = reader.read([crop])["field"]

        assert reading.value is None and reading.doubt and reading.candidates


def test_a_reading_in_doubt_is_no_value_whatever_its_kind(reader: ValueReader) -> None:
    """Letters where an amount must stand give candidates and no value; the same pixels as text give a value."""
    crop = crops.line_crop("Mikkeli", "money", "Vera.ttf", random.Random(3))

    as_money, as_text = (reader.read([replace(crop, value=kind)])["field"] for kind in ("money", "plain"))

    assert as_money.value is None and as_money.candidates and as_text.value == "Mikkeli"


def test_a_point_before_the_last_two_digits_is_not_passed_over() -> None:
    """Ink that may be a cents point keeps a reading without cents from being given: a hundred times too much."""
    seen = Look((Candidate("9800", -0.1), Candidate("9600", -9.0)), (Candidate("9800", -0.1),), -0.1)

    reading = judge("money", cents_doubted(seen).candidates, seen.plain, seen.free_log_p)

    assert reading.value is None and set(reading.candidates) == {"9800", "98,00"}


@pytest.mark.parametrize(("text", "has"), [("98,00", True), ("1.234,50", True), ("27.027", False), ("6000.", False)])
def test_the_cents_point_is_known_by_its_ink(text: str, has: bool) -> None:
    """It stands low before the last two characters; one that parts thousands or closes the line is none."""
    crop = crops.line_crop(text, "money", "Vera.ttf", random.Random(4))

    assert [has_cents_point(line) for line in lines_of(crop.gray, crop.dpi)] == [has]
