"""The reader of handwritten lines: the line recogniser's network, taught on with real people's pen strokes.

What it learnt (`handwriting.npz`) comes from `tests/bench/train_lines.py`; HANDWRITING.md is its card. It knows fewer
characters and no print, so it is a second opinion on what somebody wrote by hand, never the only one.
"""

from pathlib import Path

import numpy as np

from intake.values.recogniser import LineRecogniser, model_path

MODEL = Path(__file__).with_name("handwriting.npz")
_NEVER = -1e4
"""What a character that it does not know gets in place of its offset."""


class HandwritingReader(LineRecogniser):
    """The line recogniser's network with the weights that were learnt written over its own; kept warm."""

    def __init__(self, *, threads: int = 1) -> None:
        """`threads`: processor cores one call may use."""
        super().__init__(threads=threads, network=taught(model_path().read_bytes()))


def taught(model: bytes, learnt: Path = MODEL) -> bytes:
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
