"""The ways in which a filled page is worn and scanned, by name.

`worn` and `photo` are three steps of what office scanners seldom see, with any pen, stamps and correction fluid.
Measured on 27 November 2026 on unseen official forms by `makers_set --corpus DIR --source corpus --seed S --way
"worn light" ...`, 35 papers a step with seed 6 (`--papers 210`), on which the levels of `intake.read.ink` were chosen
among others, and 20 with seed 9 (`--papers 120`), on which nothing was; in brackets the 95 % bound. No form was taken
for another (of 210; at most 1.8 %).

| step | seed | filled said empty, before | now | worn off | empty said filled, before | now | unclear, before | now |
|---|---|---|---|---|---|---|---|---|
| worn light | 6 | 2.9 % of 510 | 2.4 % (4.1) | 10 of 12 | 0.7 % of 667 | 0 (0.6) | 2.3 % | 0.7 % |
| worn middle | 6 | 4.6 % of 388 | 2.1 % (4.0) | 8 of 8 | 0.4 % of 474 | 0 (0.8) | 2.9 % | 1.6 % |
| worn hard | 6 | 14.3 % of 496 | 12.9 % (16.2) | 64 of 64 | 2.2 % of 680 | 1.6 % (2.9) | 3.9 % | 3.1 % |
| photo light | 6 | 3.3 % of 448 | 0 (0.8) | | 0.9 % of 571 | 0.2 % (1.0) | 2.1 % | 1.5 % |
| photo middle | 6 | 7.5 % of 359 | 0 (1.0) | | 0.6 % of 523 | 0.2 % (1.1) | 4.3 % | 2.4 % |
| photo hard | 6 | 3.2 % of 462 | 0 (0.8) | | 0.3 % of 579 | 0.2 % (1.0) | 4.6 % | 2.1 % |
| worn light | 9 | 0.8 % of 247 | 0 (1.5) | | 0.3 % of 360 | 0 (1.0) | 1.2 % | 1.2 % |
| worn middle | 9 | 6.1 % of 314 | 5.1 % (8.1) | 15 of 16 | 0.9 % of 465 | 0.2 % (1.2) | 1.2 % | 1.2 % |
| worn hard | 9 | 15.0 % of 180 | 15.0 % (21.1) | 26 of 27 | 0 of 289 | 0 (1.3) | 1.9 % | 1.9 % |
| photo light | 9 | 2.6 % of 270 | 0 (1.4) | | 2.2 % of 359 | 0 (1.0) | 2.7 % | 1.4 % |
| photo middle | 9 | 4.3 % of 329 | 0.3 % (1.7) | 0 of 1 | 0.2 % of 403 | 0 (0.9) | 8.5 % | 1.8 % |
| photo hard | 9 | 8.1 % of 234 | 3.0 % (6.1) | 0 of 7 | 0.6 % of 309 | 0.6 % (2.3) | 2.0 % | 1.7 % |

What is worn off (`gone` in the table that is printed) is less than 8 of 255 greys darker than the paper beside it, in
the mean of all pixels that were written on: a fax of a copy loses a pale pen altogether, and no person can see it. Of
the rest of both seeds 0.3 % is said empty (12 of 4,114), seven of these on one photograph of a pen 20 greys dark. Of
the empty places 0.3 % is said filled (17 of 5,678), ten of them on one fax of coffee and of what shines through. All
lies on few papers, so the bounds, which take fields as independent, are too low. What was unclear before was mostly
dense writing, taken for an area of ink. A third seed, 12, with 40 papers a step, was chosen on besides: 0.3 % of 4,008
empty places said filled (0.7 % before), 2.5 % unclear (3.9 % before).

Tried besides, and left: a seam one pixel wider around print (nine empty places filled by the edges of print for two
found); clusters of specks as what a copier left of writing (they are dust: thirteen empty places for no filled one); a
paler pen still, to 230 of 255 (16 empty places more are unclear, for one filled place found), or one that is four times
as dark as the paper's own noise (124 empty places for no filled one: what shines through is as dark); a gap of 2.1 mm
in a word that runs on from the left (eight filled places more for no empty one); on a fax, strokes with less than 0.15
of the ink and half the height of the page's others (eight filled places for two empty); strokes that keep together
within 1.6 mm and reach ten times as far as a line (84 filled places for eleven empty: a pale hand's letters do).
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from intake.jail.pixels import Gray
from tests.makers.dirty import PAPER, SPOILERS, dirty, hard, mixed
from tests.makers.scan import FileKind


@dataclass(frozen=True)
class Way:
    """How a filled page comes into the folder."""

    wear: Callable[[Gray, int], Gray] = lambda page, seed: page
    dpi: int = 300
    kind: FileKind = "pdf"
    pencil: bool = False
    handled: bool = False
    """Any pen, a stamp over a field, correction fluid: what people and offices do to a paper."""


def _spoiled(kind: str, strength: float) -> Way:
    return Way(lambda page, seed: dirty(page, kind, strength, seed=seed))


def _steps(name: str, wear: Callable[[Gray, int, float], Gray]) -> dict[str, Way]:
    """Three steps of one kind of wear, a person's and an office's marks in each."""
    return {
        f"{name} {step}": Way(lambda page, seed, strength=number / 3: wear(page, seed, strength), handled=True)
        for number, step in enumerate(("light", "middle", "hard"), start=1)
    }


def _scaled(factor: float, degrees: float = 0.0) -> Callable[[Gray, int], Gray]:
    def wear(page: Gray, seed: int) -> Gray:
        height, width = page.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees * (1 if seed % 2 else -1), factor)
        return np.asarray(cv2.warpAffine(page, matrix, (width, height), borderValue=PAPER), np.uint8)

    return wear


def _upside_down(page: Gray, seed: int) -> Gray:
    return np.ascontiguousarray(page[::-1, ::-1])


WAYS: dict[str, Way] = {
    "plain": Way(),
    "pencil": Way(pencil=True),
    "mixed 0.5": Way(lambda page, seed: mixed(page, seed=seed, strength=0.5)),
    "mixed 1": Way(lambda page, seed: mixed(page, seed=seed, strength=1.0)),
    "pdf-g4 300": Way(kind="pdf-g4"),
    "pdf-g4 200": Way(dpi=200, kind="pdf-g4"),
    "tiff-g4 300": Way(kind="tiff-g4"),
    "tiff-g4 400": Way(dpi=400, kind="tiff-g4"),
    "150 dpi": Way(dpi=150),
    "200 dpi": Way(dpi=200),
    "400 dpi": Way(dpi=400, kind="tiff"),
    "upside down": Way(_upside_down),
    "askew 5": Way(_scaled(1.0, 5.0)),
    "askew 3, 150": Way(_scaled(1.0, 3.0), dpi=150),
    "93 %": Way(_scaled(0.93, 0.5)),
    "103 %": Way(_scaled(1.03, 0.5)),
    **_steps("worn", lambda page, seed, strength: hard(page, seed=seed, strength=strength)),
    **_steps("photo", lambda page, seed, strength: dirty(page, "photo", strength, seed=seed)),
    **{f"{kind} {strength}": _spoiled(kind, strength) for kind in SPOILERS for strength in (0.4, 0.8)},
}
