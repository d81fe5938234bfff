"""The reader of handwritten lines: the line recogniser's network, taught on with real people's pen strokes.

Its model (`handwriting.npz`, ONNX inside) comes from `tests/bench/train_lines.py`; HANDWRITING.md is its card. It knows
fewer characters and no print, so it is a second opinion on what somebody wrote by hand, never the only one.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from intake.jail.pixels import Gray
from intake.values.decode import Steps
from intake.values.network import opened
from intake.values.recogniser import prepared
from intake.values.shapes import SOURCES

MODEL = Path(__file__).with_name("handwriting.npz")
LABELS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖÉabcdefghijklmnopqrstuvwxyzåäöé .,-/'=+:"
"""The characters that it knows, in the order of its outputs after the first, which is 'nothing new here'."""
_PLACES = np.array([1 + SOURCES.index(label) for label in LABELS])


class HandwritingReader:
    """The network, loaded once and kept warm."""

    def __init__(self, *, threads: int = 1) -> None:
        """`threads`: processor cores one call may use."""
        with np.load(MODEL, allow_pickle=False) as stored:
            self._session = opened(stored["onnx"].tobytes(), threads=threads)
        self._input = self._session.get_inputs()[0].name

    def steps(self, lines: Sequence[Gray], *, stretch: float = 1.0) -> list[Steps]:
        """The probabilities along each line image, as `LineRecogniser.steps` gives them."""
        found = []
        for line in lines:
            shares = self._session.run(None, {self._input: prepared(line, stretch)[np.newaxis]})[0][0]
            steps = np.zeros((len(shares), len(SOURCES) + 2), dtype=np.float32)
            steps[:, 0], steps[:, _PLACES] = shares[:, 0], shares[:, 1:]
            found.append(steps)
        return found
