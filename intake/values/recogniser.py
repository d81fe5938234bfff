"""The line recogniser: RapidOCR's bundled PP-OCRv6 network, asked for its probabilities instead of its best guess.

RapidOCR brings the model file and the way a line is prepared for it; its own decoder keeps only the greedy string,
so the network is run here directly. Nothing is fetched from anywhere: the model lies in the installed wheel.

The reader of handwritten lines is the same network, taught on with real people's pen strokes. What it learnt
(`handwriting.npz`) comes from `tests/bench/train_lines.py`; HANDWRITING.md is its card. It knows fewer characters and
no print, so it is a second opinion on what somebody wrote by hand, never the only one.
"""

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.base.errors import NotFound
from intake.jail.pixels import Gray
from intake.values.decode import Steps
from intake.values.network import opened
from intake.values.shapes import SOURCES

LINE_HEIGHT = 48
"""Pixels the network wants a line to be high."""
STEP_WIDTH = 8
"""Pixels of line width that make one time step."""
_WIDEST = 1600
_FEWEST_STEPS = 8
MODEL = "PP-OCRv6_rec_small.onnx"
MODEL_SHA256 = "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"
"""The model that everything was measured with; its card is RECOGNISER.md."""
HANDWRITING = Path(__file__).with_name("handwriting.npz")
_NEVER = -1e4
"""What a character that it does not know gets in place of its offset."""


def model_path() -> Path:
    """The recognition model inside the installed rapidocr. Raises NotFound if it is missing or another one."""
    spec = find_spec("rapidocr")
    path = Path(spec.origin).parent / "models" / MODEL if spec and spec.origin else Path(MODEL)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        found = "missing"
    if found != MODEL_SHA256:
        what = "is missing" if found == "missing" else "is not the one that this program was measured with"
        raise NotFound(f"{path}: the recognition model {what}; install the rapidocr of requirements.lock")
    return path


class LineRecogniser:
    """The network, loaded once and kept warm."""

    def __init__(self, *, threads: int = 1, network: bytes | None = None) -> None:
        """`threads`: processor cores one call may use; `network`: one of the same form with other weights."""
        self._session = opened(network or str(model_path()), threads=threads)
        self._input = self._session.get_inputs()[0].name
        names = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        column = {name: number for number, name in enumerate([*names, " "], start=1)}
        known = [(place, column[character]) for place, character in enumerate(SOURCES) if character in column]
        self._places = np.array([1 + place for place, _ in known])
        self._columns = np.array([number for _, number in known])

    def steps(self, lines: Sequence[Gray], *, stretch: float = 1.0) -> list[Steps]:
        """The probabilities along each line image (dark on white, tight around the ink).

        `stretch` widens a line, so that narrow characters get more steps. Lines of one width go in one batch.
        """
        images = [prepared(line, stretch) for line in lines]
        by_width: dict[int, list[int]] = {}
        for number, image in enumerate(images):
            by_width.setdefault(image.shape[2], []).append(number)
        found: dict[int, Steps] = {}
        for numbers in by_width.values():
            batch = np.stack([images[number] for number in numbers])
            output = np.asarray(self._session.run(None, {self._input: batch})[0], dtype=np.float32)
            found |= {number: self._readable(rows) for number, rows in zip(numbers, output, strict=True)}
        return [found[number] for number in range(len(lines))]

    def _readable(self, rows: NDArray[np.float32]) -> Steps:
        """Only what we can use: nothing new, SOURCES, and last any other character where that is the likeliest."""
        kept = np.zeros((rows.shape[0], len(SOURCES) + 2), dtype=np.float32)
        kept[:, 0] = rows[:, 0]
        kept[:, self._places] = rows[:, self._columns]
        likeliest = rows.max(axis=1)
        kept[:, -1] = np.where(kept.max(axis=1) < likeliest, likeliest, 0)
        return kept


def place_of_step(line: Gray, step: float, stretch: float = 1.0) -> float:
    """The column of `line` that lies under the middle of a time step."""
    return (step + 0.5) * STEP_WIDTH * int(line.shape[1]) / _width(line, stretch)


def _width(line: Gray, stretch: float) -> int:
    height, width = int(line.shape[0]), int(line.shape[1])
    return min(max(round(width * LINE_HEIGHT / height * stretch), STEP_WIDTH), _WIDEST)


def prepared(line: Gray, stretch: float) -> NDArray[np.float32]:
    """3 x 48 x width in -1..1, the width a whole number of steps, white at the right end."""
    wanted = _width(line, stretch)
    shrinks = line.shape[0] > LINE_HEIGHT
    scaled = cv2.resize(line, (wanted, LINE_HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    whole = max(-(-wanted // STEP_WIDTH), _FEWEST_STEPS) * STEP_WIDTH
    padded = cv2.copyMakeBorder(scaled, 0, 0, 0, whole - wanted, cv2.BORDER_CONSTANT, value=[255])
    plane = padded.astype(np.float32) / 127.5 - 1.0
    return np.repeat(plane[np.newaxis], 3, axis=0)


class HandwritingReader(LineRecogniser):
    """The line recogniser's network with the weights that were learnt written over its own; kept warm."""

    def __init__(self, *, threads: int = 1) -> None:
        """`threads`: processor cores one call may use."""
        super().__init__(threads=threads, network=taught(model_path().read_bytes()))


def taught(model: bytes, learnt: Path = HANDWRITING) -> bytes:
    """The model's bytes with what was learnt in their places: each array is named by the byte where it begins.

    The last layer's, whose names go on with its width, hold `columns` only; the others can never be said.
    """
    changed = bytearray(model)
    with np.load(learnt, allow_pickle=False) as stored:
        columns = stored["columns"]
        for name in stored.files:
            start, _, width = name.partition(" of ")
            if name == "columns":
                continue
            weights = stored[name].astype(np.float32)
            if width:
                whole = np.full((*weights.shape[:-1], int(width)), 0.0 if weights.ndim > 1 else _NEVER, np.float32)
                whole[..., columns] = weights
                weights = whole
            changed[int(start) : int(start) + weights.nbytes] = weights.tobytes()
    return bytes(changed)
