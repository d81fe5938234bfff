"""First pages beside poppler's and pdfium's own pictures: `python -m tests.bench.viewers --corpus FOLDER`.

Needs `pdftoppm`. Each page is laid over poppler's picture at 75 dots per inch; where squares are darker or lighter,
the three pictures are written side by side into `--crops`, and the row says by which known kind (`viewers.toml`) it is
explained.
"""

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from intake.base.errors import Refused, VireilleError
from intake.jail.jail import Jail

DPI = 75
CELL = 10
"""Pixels of a square's side: a third of a centimetre."""
DIFFERS = 40.0
"""By so much of 255 a square must be darker or lighter on average."""
LEAST_CELLS, LEAST_PART = 3, 0.003
SHAPE = 0.03
SECONDS = 40
PDFIUM = """
import sys, pypdfium2
document = pypdfium2.PdfDocument(sys.argv[1], password="")
document.init_forms()
document[0].render(scale=float(sys.argv[2]) / 72, grayscale=True).to_pil().convert("L").save(sys.stdout.buffer, "PNG")
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One file whose first page differs from poppler's picture."""

    file: Path
    poppler: float
    pdfium: float | None
    """The part of the page that differs; None: that program shows nothing, or a page of another shape."""


def picture(command: list[str]) -> Image.Image | None:
    """What a program writes to its standard output, gray; None if nothing comes."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        return Image.open(io.BytesIO(done.stdout)).convert("L")
    except (OSError, subprocess.TimeoutExpired):
        return None


def by_poppler(file: Path) -> Image.Image | None:
    """The first page as poppler draws it."""
    return picture(["pdftoppm", "-r", str(DPI), "-cropbox", "-gray", "-f", "1", "-l", "1", str(file)])


def by_pdfium(file: Path) -> Image.Image | None:
    """The first page as pdfium draws it, in a process of its own."""
    return picture([sys.executable, "-c", PDFIUM, str(file), str(DPI)])


def differing(ours: Image.Image, theirs: Image.Image | None) -> float | None:
    """The part of the page that is darker or lighter; None where there is no page of that shape to compare."""
    if theirs is None or abs(ours.width * theirs.height / (ours.height * theirs.width) - 1) > SHAPE:
        return None
    cells = [squares(one.resize(theirs.size, Image.Resampling.BOX)) for one in (ours, theirs)]
    apart = np.abs(cells[0] - cells[1]) > DIFFERS
    return float(apart.mean()) if apart.sum() >= LEAST_CELLS else 0.0


def squares(page: Image.Image) -> NDArray[np.float32]:
    """The mean of each square; soft, so that a line that lies half a pixel aside is the same line."""
    soft = page.filter(ImageFilter.GaussianBlur(2))
    size = (max(1, soft.width // CELL), max(1, soft.height // CELL))
    return np.asarray(soft.resize(size, Image.Resampling.BOX), dtype=np.float32)


def side_by_side(pages: list[Image.Image | None], into: Path) -> None:
    """Ours, poppler's and pdfium's, each in a frame of its own."""
    there = [page or Image.new("L", (200, 280), 128) for page in pages]
    height = max(page.height for page in there)
    sheet = Image.new("L", (sum(page.width + 12 for page in there), height + 12), 90)
    left = 6
    for page in there:
        sheet.paste(page, (left, 6))
        left += page.width + 12
    sheet.save(into)


def main() -> None:
    """Compare, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--crops", type=Path, default=Path(tempfile.gettempdir()) / "vireille-viewers")
    parser.add_argument("--part", type=int, default=1, help="every N-th file only")
    given = parser.parse_args()
    if shutil.which("pdftoppm") is None:
        parser.error("pdftoppm is not installed: apt-get install poppler-utils")
    given.crops.mkdir(exist_ok=True)
    files = sorted(path for path in given.corpus.rglob("*") if path.suffix.lower() == ".pdf")[:: given.part]
    codes: Counter[str] = Counter()
    rows: list[Row] = []
    with Jail() as jail:
        for file in files:
            try:
                gray = jail.open_scan(file).pages[0].gray
            except VireilleError as error:
                codes[error.code if isinstance(error, Refused) else "away"] += 1
                continue
            codes["opened"] += 1
            ours, poppler = Image.fromarray(gray), by_poppler(file)
            apart = differing(ours, poppler)
            if apart is not None and apart < LEAST_PART:
                continue
            pdfium = by_pdfium(file)
            rows.append(Row(file, -1.0 if apart is None else apart, differing(ours, pdfium)))
            small = ours.resize((max(1, ours.width * 600 // ours.height), 600), Image.Resampling.BOX)
            side_by_side([small, poppler, pdfium], given.crops / f"{len(rows):03}-{file.stem[:60]}.png")
    report(rows, codes, given.corpus, given.crops)


def report(rows: list[Row], codes: Counter[str], corpus: Path, crops: Path) -> None:
    """The table: each file that differs, by how much from either, and the kind that explains it."""
    kinds = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    of_file = {name: kind for kind, one in kinds.items() for name in one["files"]}
    print(f"{sum(codes.values())} files: {', '.join(f'{code} {count}' for code, count in codes.most_common())}")
    print(f"{len(rows)} first pages differ from poppler's; pictures in {crops}\n")
    print("poppler  pdfium  kind         file")
    found: Counter[str] = Counter()
    for row in sorted(rows, key=lambda one: of_file.get(one.file.name, "")):
        kind = of_file.get(row.file.name, "UNEXPLAINED")
        found[kind] += 1
        print(f"{part(row.poppler)}  {part(row.pdfium)}  {kind:12} {row.file.relative_to(corpus)}")
    print()
    for kind, count in found.most_common():
        print(f"{count:4} {kind}: {kinds.get(kind, {}).get('why', 'look at its picture')}")


def part(value: float | None) -> str:
    """A part in hundredths; a dash where there is no picture of that shape."""
    return "   -   " if value is None or value < 0 else f"{100 * value:5.1f} %"


if __name__ == "__main__":
    main()
