"""The reader of handwritten lines is a second opinion on amounts and names."""

import random

import cv2
import numpy as np
import pytest

from intake.jail.pixels import FieldCrop, Gray
from intake.values import ValueReader
from intake.values.decode import decode
from intake.values.recogniser import HandwritingReader
from intake.values.shapes import SHAPES, SOURCES
from tests.bench import values_crops as crops
from tests.bench.train_strokes import LABELS


def by_people(digits: crops.Digits, text: str, rng: random.Random) -> Gray:
    """A number as a line of digits that real people wrote, dark on white."""
    line = np.full((72, 60 + 46 * len(text)), 255, np.uint8)
    for place, digit in enumerate(text):
        picked = rng.choice([number for number, label in enumerate(digits.labels) if label == int(digit)])
        large = cv2.resize(digits.images[picked], (44, 48), interpolation=cv2.INTER_CUBIC)
        left = 30 + 46 * place
        line[12:60, left : left + 44] = np.minimum(line[12:60, left : left + 44], 255 - large)
    return line


def test_it_knows_only_characters_that_fields_may_hold() -> None:
    """Its labels are among the characters that shapes are made of, each once."""
    assert set(LABELS) <= set(SOURCES) and len(set(LABELS)) == len(LABELS)


def test_numbers_of_people_never_learnt_from_are_read() -> None:
    """Of 24 amounts in coarse digits by scikit-learn's writers it reads at least 16 whole by itself."""
    digits, reader = crops.small_digits(half=1), HandwritingReader()
    exact = 0

    for number in range(24):
        rng = random.Random(f"line {number}")
        text = str(rng.randint(100, 99_999))
        found = decode(reader.steps([by_people(digits, text, rng)])[0], SHAPES["money"])
        exact += bool(found) and found[0].text == text

    assert exact >= 16


@pytest.mark.parametrize("kind", ["money", "name"])
def test_a_line_without_a_character_is_no_value(kind: str) -> None:
    """A pen's idle loops are no amount and no name that anybody believes."""
    gray = np.full((80, 400), 255, np.uint8)
    steps = np.linspace(0, 1, 400)
    points = np.stack([40 + 300 * steps + 18 * np.sin(60 * steps), 40 + 14 * np.cos(60 * steps)], 1)
    cv2.polylines(gray, [points.astype(np.int32)], False, 40, 2, cv2.LINE_AA)

    reading = ValueReader().read([FieldCrop("field", kind, gray, 200)])["field"]

    assert reading.value is None and reading.doubt
