"""Reading typed and written crops: right values, honest doubt, no repair."""

import random
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from intake.jail.pixels import FieldCrop
from intake.values import ValueReader
from intake.values.comb import decode_cells, line_view
from intake.values.decode import Candidate
from intake.values.judge import judge
from intake.values.shapes import SHAPES, SOURCES
from tests.bench import values_crops as crops


@pytest.fixture(scope="module")
def reader() -> ValueReader:
    """One warm reader for all."""
    return ValueReader()


@pytest.mark.parametrize("kind", ["hetu", "iban", "ytunnus", "date", "postcode", "money", "phone"])
def test_typed_values_are_read(reader: ValueReader, kind: str) -> None:
    """Four typed values of each kind come out exact and without doubt."""
    for number in range(4):
        rng = random.Random(f"{kind} {number}")
        text = crops.value(kind, rng)

        reading = reader.read([crops.line_crop(text, kind, "Vera.ttf", rng)])["field"]

        assert reading.value == text.replace(" ", "") and not reading.doubt


def test_dots_right_under_the_box_belong_to_their_letter(reader: ValueReader) -> None:
    """A small name high in a large box keeps its dots; a rest of the box's broken line does not stay."""
    page = Image.new("L", (660, 230), 253)
    ImageDraw.Draw(page).text((26, 9), "Kerttu Järvinen", 20, crops.font("Vera.ttf", 46))
    crop = FieldCrop("field", "name", np.asarray(page), 300)
    ruled = np.asarray(page).copy()
    ruled[2:5, 300:318] = ruled[2:5, 322:350] = 60

    assert reader.read([crop])["field"].value == "Kerttu Järvinen"
    assert reader.read([replace(crop, gray=ruled)])["field"].value == "Kerttu Järvinen"


def test_a_comb_is_read_cell_by_cell(reader: ValueReader) -> None:
    """An account number in cells comes out whole."""
    crop = crops.comb_text_crop("FI21 1234 5600 0007 85", "iban", "Vera.ttf", random.Random(4))

    assert reader.read([crop])["field"].value == "FI2112345600000785"


def test_a_code_with_a_wrong_check_character_is_never_a_value(reader: ValueReader) -> None:
    """C-15: a clear but invalid identity code is handed to a person as it stands."""
    crop = crops.line_crop("131052-308U", "hetu", "Vera.ttf", random.Random(5))

    reading = reader.read([crop])["field"]

    assert reading.value is None and reading.doubt and "131052-308U" in reading.candidates


def test_check_digits_never_choose_a_less_likely_candidate() -> None:
    """C-15: a valid runner-up is a candidate, not the value; two valid ones are both handed over."""
    invalid_first = [Candidate("131052-308U", -0.7), Candidate("131052-308T", -0.8)]
    both_valid = [Candidate("010594Y9032", -0.7), Candidate("010594X9032", -0.8)]

    for candidates in (invalid_first, both_valid):
        reading = judge("hetu", candidates, candidates, 0.0)
        assert reading.value is None and reading.doubt and len(reading.candidates) == 2


@pytest.mark.parametrize("kind", ["integer", "money"])
def test_a_one_with_a_long_flag_is_a_one_also_where_more_than_digits_may_stand(kind: str) -> None:
    """The line recogniser takes it for a 7 two times to one; in amounts, too, that is not enough to believe it."""
    shares = np.zeros(len(SOURCES))
    shares[[SOURCES.index("1"), SOURCES.index("7")]] = 0.3, 0.6

    best = decode_cells([(line_view(shares),)] * 3, SHAPES[kind])

    assert best[0].text == "111"


def test_the_century_sign_is_under_no_check_and_must_be_surer() -> None:
    """Two codes that differ only in their sign are both confirmed: a thousand to one is not enough, ten thousand is."""
    for gap, believed in ((7.0, None), (9.2, "291208D9226")):
        candidates = [Candidate("291208D9226", 0.0), Candidate("291208B9226", -gap)]
        assert judge("hetu", candidates, candidates, 0.0).value == believed


def test_a_lying_text_layer_is_not_believed(reader: ValueReader) -> None:
    """C-17: typed text counts where the pixels agree; else what is seen stands, in doubt."""
    crop = crops.line_crop("1250,00", "money", "Vera.ttf", random.Random(6))

    honest = reader.read([replace(crop, typed="1250,00")])["field"]
    lying = reader.read([replace(crop, typed="9250,00")])["field"]

    assert honest.value == "1250,00" and not honest.doubt
    assert lying.value == "1250,00" and lying.doubt


def test_an_empty_crop_has_no_value(reader: ValueReader) -> None:
    """White paper says nothing and says so, in a line as in a comb."""
    white = np.full((60, 300), 255, np.uint8)

    for cells in (None, 7):
        reading = reader.read([FieldCrop("field", "integer", white, 200.0, cells)])["field"]
        assert reading.value is None and reading.doubt


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("01022015", "01022015"),
        (" 1 22015", "1.2.2015"),
        ("1 122015", "1.12.2015"),
        ("122015  ", None),
        ("1122015 ", None),
        ("512001  ", None),
        ("3 1 2 15", None),
    ],
)
def test_a_day_in_a_comb_without_its_zeros_is_that_day_or_none(
    reader: ValueReader, cells: str, said: str | None
) -> None:
    """Where each digit stands tells day, month and year; where it does not, no day is made up."""
    for number in range(3):
        crop = crops.comb_text_crop(
            cells.replace(" ", "\u00a0"), "date", "Vera.ttf", random.Random(f"{cells} {number}")
        )

        reading = reader.read([crop])["field"]

        assert reading.value in ((said, None) if said else (None,))
    assert said is None or reading.value == said
