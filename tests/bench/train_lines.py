"""Train the reader of handwritten lines: `python -m tests.bench.train_lines STROKES OUT [--minutes 40]`.

Starts from the line recogniser's network (RECOGNISER.md, Apache-2.0), keeps of its 18,709 characters those of LABELS,
and lets all of it learn on from lines that `train_strokes` draws with real people's pen strokes (UNIPEN, CC BY 4.0),
one writer in ten kept apart. The graph stays as it is but for its last layer. Needs `pip install torch onnx`.
"""

import argparse
import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from intake.base import durable
from intake.values.recogniser import LINE_HEIGHT, STEP_WIDTH, model_path, taught
from tests.bench.onnx_in_torch import GraphInTorch
from tests.bench.train_strokes import (
    LABELS,
    Hands,
    amount,
    code,
    joined_word,
    line,
    listed_names,
    name,
    small_name,
    worn,
)

_BATCH, _POOL, _SEEN = 32, 8, 3
"""Each line is drawn once and seen three times: more than half of the time goes into what does not learn."""
_REPORTED = 0.06
"""How often it is said how far training is: at each such share of the minutes."""
_WIDEST = 640
_FIXED = "p2o.pd_op.add.51.0"
"""The network's first two thirds, which know edges and strokes, stay as they are."""
_KEPT = 0.999
"""How much of the mean over all steps, which is what is written, stays at each step."""
_FOLDS = str.maketrans("ÈËÏèëï_", "EEIeei ")
Line = tuple[np.ndarray, str]


def drawn(hands: Hands, seed: int) -> Iterator[Line]:
    """Lines without end: pixels as the network wants them (-1 ink to 1 paper) and the text."""
    rng, listed = random.Random(seed), listed_names()
    while True:
        way = rng.random()
        if way < 0.42:
            gray, text = line(amount(rng), hands, rng)
            text = text.replace("_", "")
        elif way < 0.5:
            gray, text = line(code(rng), hands, rng)
        elif way < 0.55:
            gray, text = joined_word(hands, rng)
        elif way < 0.65:
            gray, text = line(small_name(rng, listed), hands, rng)
        else:
            gray, text = line(name(rng, listed), hands, rng, small=rng.choice([0, 0, 0, 0.05, 0.2, 1.0]))
        text, gray = text.translate(_FOLDS), worn(gray, rng)
        width = round(gray.shape[1] * LINE_HEIGHT / gray.shape[0] * rng.uniform(0.75, 1.4))
        if STEP_WIDTH * 2 <= width <= _WIDEST and text and width / STEP_WIDTH > 1.3 * len(text):
            small = cv2.resize(gray, (width, LINE_HEIGHT), interpolation=cv2.INTER_AREA)
            yield small.astype(np.float32) / 127.5 - 1, text


class Reader(nn.Module):
    """The network with a last layer for LABELS only, which begins with what it knew of them."""

    def __init__(self, model: onnx.ModelProto) -> None:
        """`model`: the line recogniser's, or one with what was learnt in its places."""
        super().__init__()
        last = next(node for node in reversed(model.graph.node) if node.op_type == "MatMul")
        self.last = last.input[1], next(n for n in model.graph.node if last.output[0] in n.input).input[1]
        weights, offsets = (_stored(model, own) for own in self.last)
        known = next(one.value.splitlines() for one in model.metadata_props if one.key == "character")
        self.columns = columns = [0, *(1 + [*known, " "].index(label) for label in LABELS)]
        self.body = GraphInTorch(model, last.input[0], fixed=_FIXED)
        self.head = nn.Linear(len(weights), len(columns))
        with torch.no_grad():
            self.head.weight.copy_(torch.tensor(weights.T[columns]))
            self.head.bias.copy_(torch.tensor(offsets[columns]))

    def known(self, images: torch.Tensor) -> torch.Tensor:
        """What the part that does not learn says of images (lines x 48 x width)."""
        planes = images[:, None].expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            return self.body.known(planes)

    def forward(self, known: torch.Tensor) -> torch.Tensor:
        """Logits: lines x steps x (nothing, LABELS)."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            return self.head(self.body(known)).float()


def _stored(model: onnx.ModelProto, name: str) -> np.ndarray:
    return np.array(numpy_helper.to_array(next(own for own in model.graph.initializer if own.name == name)))


def batch(lines: Sequence[Line]) -> tuple[torch.Tensor, ...]:
    """Pictures padded with paper on the right, their steps, the texts as numbers and their lengths."""
    steps = [-(-image.shape[1] // STEP_WIDTH) for image, _ in lines]
    images = np.ones((len(lines), LINE_HEIGHT, max(steps) * STEP_WIDTH), np.float32)
    for number, (image, _) in enumerate(lines):
        images[number, :, : image.shape[1]] = image
    texts = torch.tensor([1 + LABELS.index(c) for _, text in lines for c in text])
    return torch.tensor(images), torch.tensor(steps), texts, torch.tensor([len(text) for _, text in lines])


def said(model: Reader, images: Sequence[np.ndarray]) -> list[str]:
    """The best path of each."""
    model.eval()
    texts = []
    with torch.no_grad():
        for image in images:
            best = model(model.known(batch([(image, "")])[0]))[0].argmax(1).tolist()
            texts.append("".join(LABELS[b - 1] for b, a in zip(best, [0, *best[:-1]], strict=True) if b and b != a))
    model.train()
    return texts


def share_right(model: Reader, lines: Sequence[Line]) -> str:
    """The share of lines with digits, and of others, whose best path says the text."""
    right: dict[bool, list[bool]] = {True: [], False: []}
    for text, (_, own) in zip(said(model, [image for image, _ in lines]), lines, strict=True):
        digits = own[-1].isdigit() or own[0].isdigit()
        kept = [c for c in own.upper() if c.isalnum()], [c for c in text.upper() if c.isalnum()]
        right[digits].append(kept[0] == kept[1])
    return f"digits {np.mean(right[True]):.3f} letters {np.mean(right[False]):.3f}"


def train(folder: Path, minutes: float, save: Path, start: Path | None, seed: int) -> None:
    """Train for so much processor time; prints from time to time what is read of the writers kept apart."""
    hands, others = Hands.of(folder, apart=False), Hands.of(folder, apart=True)
    apart, source = drawn(others, 7), drawn(hands, seed)
    judged = [next(apart) for _ in range(600)]
    base = model_path().read_bytes()
    model = Reader(onnx.load_from_string(base if start is None else taught(base, start)))
    optimiser = torch.optim.AdamW(
        [
            {"params": list(model.body.parameters()), "scale": 0.4},
            {"params": list(model.head.parameters()), "scale": 1},
        ],
        weight_decay=1e-2,
    )
    mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(_KEPT))
    kept: deque[tuple[torch.Tensor, ...]] = deque(maxlen=_SEEN * _POOL)
    begun, seen, loss_mean, reported = time.process_time(), 0, 0.0, -1.0
    while (share := (time.process_time() - begun) / (60 * minutes)) < 1:
        if share - reported > _REPORTED:
            reported = share
            print(f"{share:.2f} {seen} lines, loss {loss_mean:.3f}, {share_right(mean.module, judged)}", flush=True)
            write(mean.module, save)
        for group in optimiser.param_groups:
            rate = min(1, 0.02 + seen / 3000, 2 - 2 * share)
            group["lr"] = 5e-4 * group["scale"] * rate + 1e-6
        pool = sorted((next(source) for _ in range(_POOL * _BATCH)), key=lambda own: own[0].shape[1])
        for first in range(0, len(pool), _BATCH):
            images, *told = batch(pool[first : first + _BATCH])
            kept.append((model.known(images), *told))
        for known, steps, texts, lengths in random.sample(kept, len(kept)):
            shares = functional.log_softmax(model(known), 2).transpose(0, 1)
            loss = functional.ctc_loss(shares, texts, steps, lengths, zero_infinity=True)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 2)
            optimiser.step()
            mean.update_parameters(model)
            seen += _BATCH
            loss_mean = loss.item() if loss_mean == 0 else 0.98 * loss_mean + 0.02 * loss.item()
    print(f"{seen} lines, {share_right(mean.module, judged)}", flush=True)
    write(mean.module, save)


def write(trained: Reader, path: Path) -> None:
    """What was learnt, at half precision; each array is named by the line recogniser's byte where its own begins."""
    whole = model_path().read_bytes()
    own = {stored.name: stored for stored in onnx.load_from_string(whole).graph.initializer}
    learnt = trained.body.weights() | dict(zip(trained.last, (trained.head.weight.T, trained.head.bias), strict=True))
    arrays = {"columns": np.array(trained.columns, np.uint16)}
    for place, tensor in learnt.items():
        known = numpy_helper.to_array(own[place])
        start = whole.index(known.tobytes())
        assert whole.count(known.tobytes()) == 1, "a place must be sure"
        wide = f" of {known.shape[-1]}" if place in trained.last else ""
        arrays[f"{start}{wide}"] = tensor.detach().half().numpy()
    path.unlink(missing_ok=True)
    with durable.open_new(path) as file:
        np.savez_compressed(file, **arrays)


def main() -> None:
    """Train and write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("strokes", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--minutes", type=float, default=20, help="of processor time")
    arguments.add_argument("--start", type=Path, help="a network that this program wrote, to be taught on")
    arguments.add_argument("--seed", type=int, default=1, help="of the lines that are drawn: another for each round")
    options = arguments.parse_args()
    random.seed(1)
    torch.manual_seed(1)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    train(options.strokes, options.minutes, options.out, options.start, options.seed)


if __name__ == "__main__":
    main()
