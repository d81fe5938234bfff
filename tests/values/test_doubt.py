"""A doubtful value on a whole paper: none is given, a person is told, and what it may be is named."""

import random
from datetime import date
from pathlib import Path

import numpy as np
from PIL import Image

from intake.jail.pixels import FieldCrop, Gray
from intake.reader import Reader
from intake.values import ValueReader, ValueReading
from intake.values.names import Names
from tests.bench import values_crops as crops
from tests.recognise import paper


def _looked_at(page: Gray, folder: Path):
    form = paper.define(paper.Edition("doubt", "1", pages=2), folder)
    scan = folder / "scan.png"
    Image.fromarray(page).save(scan, dpi=(paper.DPI, paper.DPI))
    with Reader([form], on=date(2026, 1, 1)) as reader:
        return reader.inspect(scan, "scan.png").documents[0]


def _with(blank: Path, text: str, *, blot: bool) -> Gray:
    form = paper.define(paper.Edition("doubt", "1", pages=2), blank)
    page = paper.write(paper.printed(form), text, 30, 66)
    if blot:  # through every letter: no reading of them is much likelier than another
        rng = np.random.default_rng(5)
        area = page[paper.px(61) : paper.px(68), paper.px(27) : paper.px(110)]
        area[rng.random(area.shape) < 0.25] = 90
    return page


def test_a_name_but_for_one_letter_is_doubted() -> None:
    """Hila may be Mila, whose M has a shallow dip; Mikko Hila too. Names in use and words like none are believed."""
    mistaken = Names.known().mistaken

    assert (mistaken("HILA"), mistaken("Mikko Hila")) == ("MILA", "Mikko Mila")
    assert [mistaken(name) for name in ("MILA", "Matti Virtanen", "HXQZ", "Hannu")] == [None] * 4
    line = crops.line_crop("Hila", "name", "Vera.ttf", random.Random(1))
    reading = ValueReader().read([line])["field"]
    assert (reading.value, reading.doubt, reading.candidates) == (None, True, ("Hila", "Mila"))


def test_a_second_line_is_part_of_a_name_only_if_it_is_a_name() -> None:
    """What stands above a name may be a neighbour's word; two names in use are one whole name."""
    rng = random.Random(1)

    def two(upper: str, lower: str) -> ValueReading:
        lines = [crops.line_crop(text, "name", "Vera.ttf", rng).gray for text in (upper, lower)]
        wide = max(line.shape[1] for line in lines)
        padded = [np.pad(line, ((0, 0), (0, wide - line.shape[1])), constant_values=255) for line in lines]
        return ValueReader().read([FieldCrop("field", "name", np.vstack(padded), 300)])["field"]

    assert two("Matti", "Virtanen").value == "Matti Virtanen"
    neighbours = two("Kotipaikka", "Virtanen")
    assert (neighbours.value, neighbours.doubt, neighbours.candidates) == (None, True, ("Kotipaikka Virtanen",))


def test_a_doubtful_name_gives_candidates_and_a_finding_and_a_clear_one_its_value(tmp_path: Path) -> None:
    """What cannot be believed is null in the JSON, with candidates, and the advisor is asked to look."""
    for name in ("clear", "blotted"):
        (tmp_path / name).mkdir()

    clear = _looked_at(_with(tmp_path / "clear", "Maija", blot=False), tmp_path / "clear")
    doubtful = _looked_at(_with(tmp_path / "blotted", "Maija", blot=True), tmp_path / "blotted")

    assert clear.fields["nimi"].value == "Maija" and clear.fields["nimi"].candidates == ()
    assert doubtful.fields["nimi"].value is None and doubtful.fields["nimi"].candidates
    assert [f.code for f in doubtful.findings if f.field == "nimi"] == ["unclear"]
    assert not [f for f in clear.findings if f.field == "nimi"]
