"""Train the network of `intake/read/signature.py`: `python -m tests.bench.train_signature FONTS OUT`.

FONTS holds font files in three folders, none of them shipped. `joined` and `separate`: handwriting (npm's @fontsource
packages such as allura, caveat, homemade-apple, sacramento, kalam, patrick-hand; Debian's fonts-breip, fonts-kristi,
fonts-dkg-handwriting, fonts-sjfonts, fonts-bwht). `typed`: Debian's fonts-liberation, fonts-dejavu, fonts-freefont-ttf,
fonts-lato, fonts-courier-prime, fonts-gnutypewriter, fonts-ocr-a and others. One half of the families is learned, the
other measures. Needs PyTorch, which nothing else here does: `pip install torch`.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from intake.base import durable
from intake.read.signature import SPOT_PX
from tests.bench.signature_marks import Fonts
from tests.bench.signature_pictures import Sample, bank, samples

_BATCH, _PART = 48, 40
_WANTED = {True: 0.99, False: 0.01, None: 0.5}
_WEIGHT = {True: 1.5, False: 1.0, None: 0.4}


class Network(nn.Module):
    """As `by_hand` runs it; norms are folded into the convolutions when it is written."""

    def __init__(self) -> None:
        super().__init__()
        sizes = ((2, 8, 5, 2), (8, 16, 3, 2), (16, 32, 3, 2), (32, 48, 3, 1))
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, side, step, side // 2) for a, b, side, step in sizes)
        self.norms = nn.ModuleList(nn.BatchNorm2d(size[1]) for size in sizes)
        self.hidden, self.told, self.drop = nn.Linear(96, 16), nn.Linear(16, 1), nn.Dropout(0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """How much speaks for a hand, for each picture."""
        inked = (functional.max_pool2d(x[:, :1], SPOT_PX, SPOT_PX) > 0.05).float()
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = functional.relu(norm(convolution(x)))
        most = (x * inked).amax((2, 3))
        mean = (x * inked).sum((2, 3)) / inked.sum((2, 3)).clamp(min=1)
        return self.told(functional.relu(self.hidden(self.drop(torch.cat([most, mean], 1)))))[:, 0]

    def weights(self) -> list[np.ndarray]:
        """In the order they are stored in."""
        found = []
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            found.append(convolution.weight * scale[:, None, None, None])
            found.append((convolution.bias - norm.running_mean) * scale + norm.bias)
        found += [self.hidden.weight, self.hidden.bias, self.told.weight, self.told.bias]
        return [tensor.detach().numpy().astype(np.float16) for tensor in found]


def batches(data: list[Sample], *, mix: bool) -> Iterator[tuple[list[int], torch.Tensor]]:
    """Pictures of about one size together, in a corner of their own if mixed."""
    order = sorted(range(len(data)), key=lambda n: data[n][2].size * (random.uniform(0.7, 1.4) if mix else 1))
    groups = [order[n : n + _BATCH] for n in range(0, len(order), _BATCH)]
    if mix:
        random.shuffle(groups)
    for group in groups:
        high, wide = (max(data[n][2].shape[axis] for n in group) // SPOT_PX * SPOT_PX + 16 for axis in (1, 2))
        out = np.zeros((len(group), 2, high, wide), np.float32)
        for row, n in enumerate(group):
            shown = data[n][2]
            y, x = (random.randrange(SPOT_PX), random.randrange(SPOT_PX)) if mix else (0, 0)
            out[row, :, y : y + shown.shape[1], x : x + shown.shape[2]] = shown
        yield group, torch.tensor(out)


def warped(images: torch.Tensor) -> torch.Tensor:
    """Each picture turned, slanted and stretched a little, some with thicker ink."""
    count, ratio = len(images), images.shape[3] / images.shape[2]
    turn, slant = (torch.rand(count) - 0.5) * 0.12, (torch.rand(count) - 0.5) * 0.3
    affine = torch.zeros(count, 2, 3)
    affine[:, 0, 0], affine[:, 1, 1] = (torch.exp((torch.rand(count) - 0.5) * 0.4) for _ in range(2))
    affine[:, 0, 1], affine[:, 1, 0] = (slant - torch.sin(turn)) / ratio, torch.sin(turn) * ratio
    affine[:, 0, 0] *= torch.cos(turn)
    out = functional.grid_sample(images, functional.affine_grid(affine, list(images.shape), False), align_corners=False)
    return functional.pad(functional.max_pool2d(out, 2, 1), (0, 1, 0, 1)) if random.random() < 0.15 else out


def train(learned: list[Sample], epochs: int) -> Network:
    """The trained network."""
    net = Network()
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=2e-3)
    steps = epochs * -(-len(learned) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, total_steps=steps)
    for _ in range(epochs):
        for group, images in batches(learned, mix=True):
            wanted = torch.tensor([_WANTED[learned[n][1]] for n in group])
            weight = torch.tensor([_WEIGHT[learned[n][1]] for n in group])
            optimiser.zero_grad()
            functional.binary_cross_entropy_with_logits(net(warped(images)), wanted, weight=weight).backward()
            optimiser.step()
            schedule.step()
    return net.eval()


def report(net: Network, other: list[Sample]) -> str:
    """One row for each kind of the half that was not learned."""
    said = np.zeros(len(other))
    with torch.no_grad():
        for group, images in batches(other, mix=False):
            said[group] = torch.sigmoid(net(images)).numpy()
    kinds = np.array([kind.split(" + ")[0] + (" + more" if "+" in kind else "") for kind, _, _ in other])
    rows = [f"{'kind':<24}{'places':>7}{'empty':>7}{'unclear':>8}{'signed':>7}"]
    for kind in sorted(set(kinds)):
        part = said[kinds == kind]
        low, high = (part < 0.25).mean(), (part >= 0.6).mean()
        rows.append(f"{kind:<24}{len(part):>7}{100 * low:>7.1f}{100 * (1 - low - high):>8.1f}{100 * high:>7.1f}")
    return "\n".join(rows) + "\n"


def _samples(fonts: Path, *, half: int, units: int, rounds: int) -> list[Sample]:
    """Drawn part by part: a scene takes two megabytes."""
    found: list[Sample] = []
    for first in range(0, units, _PART):
        scenes = bank(Fonts.of(fonts, half), half, min(_PART, units - first), first=first)
        found += samples(scenes, rounds=rounds, seed=2 * first + half)
    return found


def main() -> None:
    """Train, report and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--units", type=int, default=280, help="scenes of each kind, times its share")
    parser.add_argument("--epochs", type=int, default=24)
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(1)
    random.seed(1)
    learned = _samples(options.fonts, half=0, units=options.units, rounds=3)
    other = _samples(options.fonts, half=1, units=max(1, options.units // 5), rounds=2)
    net = train(learned, options.epochs)
    sys.stdout.write(report(net, other))
    with durable.open_new(options.out) as file:
        np.savez_compressed(file, **{f"{number:02}": values for number, values in enumerate(net.weights())})


if __name__ == "__main__":
    main()
