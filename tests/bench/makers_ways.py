"""The ways in which a filled page is worn and scanned, by name.

`worn` and `photo` are three steps of what office scanners seldom see, with any pen, stamps and correction fluid.
Measured on 27 November 2026 on unseen official forms, 35 papers a step, by `makers_set --corpus DIR --source corpus
--papers 210 --seed 6 --way "worn light" ...`; in brackets the 95 % bound. No form was taken for another (of 210; at
most 1.8 %).

| step | refused | filled said empty | empty said filled | unclear |
|---|---|---|---|---|
| worn light | 0 (10) | 2.9 % of 510 (4.8) | 0.7 % of 667 (1.7) | 2.4 % |
| worn middle | 0 (10) | 4.6 % of 388 (7.2) | 0.4 % of 474 (1.5) | 2.0 % |
| worn hard | 5 (29) | 14.3 % of 496 (17.7) | 2.2 % of 680 (3.6) | 2.0 % |
| photo light | 0 (10) | 3.3 % of 448 (5.5) | 0.9 % of 571 (2.0) | 1.9 % |
| photo middle | 1 (15) | 7.5 % of 359 (10.7) | 0.6 % of 523 (1.7) | 4.5 % |
| photo hard | 1 (15) | 3.2 % of 462 (5.3) | 0.3 % of 579 (1.3) | 3.8 % |

What is said empty lies on few papers (70 of the 71 of `worn hard` on two), so the bounds, which take fields as
independent, are too low. It is pale pens: a fax of a copy loses their ink altogether, which nobody can read and which
counts as filled here all the same, and in a photograph they are fainter than `intake.read.ink` takes for writing.
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
