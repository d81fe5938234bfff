"""The ways in which a filled page is worn and scanned, by name."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from intake.jail.pixels import Gray
from tests.makers.dirty import PAPER, SPOILERS, dirty, mixed
from tests.makers.scan import FileKind


@dataclass(frozen=True)
class Way:
    """How a filled page comes into the folder."""

    wear: Callable[[Gray, int], Gray] = lambda page, seed: page
    dpi: int = 300
    kind: FileKind = "pdf"
    pencil: bool = False


def _spoiled(kind: str, strength: float) -> Way:
    return Way(lambda page, seed: dirty(page, kind, strength, seed=seed))


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
    **{f"{kind} {strength}": _spoiled(kind, strength) for kind in SPOILERS for strength in (0.4, 0.8)},
}
