"""Single characters: real people's digits in combs, the check characters of codes, dots and rings."""

import random

import pytest

from intake.jail.pixels import FieldCrop
from intake.values import ValueReader
from intake.values.cells import comb_ink, cut_cells, glyphs_of, written_in_cells
from intake.values.glyphs import CLASSES, GlyphNetwork
from tests.bench import values_crops as crops


@pytest.fixture(scope="module")
def network() -> GlyphNetwork:
    """One warm network for all."""
    return GlyphNetwork()


def read(network: GlyphNetwork, crop: FieldCrop) -> str:
    """The likeliest character of each written cell."""
    cells = cut_cells(comb_ink(crop.gray, crop.dpi, crop.cells or 1))
    shares = network.probabilities(glyphs_of([cell for cell in cells if cell is not None]))
    return "".join(CLASSES[int(row.argmax())] for row in shares)


def test_digits_of_people_never_learnt_from_are_read() -> None:
    """Of 30 numbers by scikit-learn's writers at least 24 come out whole; at most three are believed wrongly."""
    reader = ValueReader()
    exact = wrong = 0

    for number in range(30):
        crop, text = crops.comb_crop(crops.small_digits(half=1), 7, random.Random(f"people {number}"))
        reading = reader.read([crop])["field"]
        exact += reading.value == text
        wrong += reading.value != text and not reading.doubt

    assert exact >= 24 and wrong <= 3


@pytest.mark.parametrize("text", ["0123456789", "ABCDEFHJKLM", "NPRSTUVWXY", "ÅÄÖAÅÄÖU"])
def test_printed_characters_are_told_apart(network: GlyphNetwork, text: str) -> None:
    """All check characters of identity codes, and letters with their dots and rings, in print of any size."""
    for name in crops.TYPED_FONTS:
        assert read(network, crops.comb_text_crop(text, "plain", name, random.Random(text))).upper() == text


def test_no_cells_no_glyphs(network: GlyphNetwork) -> None:
    """An empty comb asks nothing of the network."""
    assert network.probabilities([]).shape == (0, len(CLASSES))


def test_writing_across_the_cells_is_no_comb() -> None:
    """Who wrote a line over the comb is read as a line."""
    line = crops.line_crop("1234567", "integer", "VeraBd.ttf", random.Random(3))
    comb = crops.comb_text_crop("1234567", "integer", "Vera.ttf", random.Random(3))

    assert not written_in_cells(comb_ink(line.gray, line.dpi, 15))
    assert written_in_cells(comb_ink(comb.gray, comb.dpi, 7))
