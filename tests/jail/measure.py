"""Milliseconds to open one A4 page of 300 dpi in a warm jail: `python -m tests.jail.measure [rounds]`."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from intake.jail import child_process as cell
from intake.jail.jail import Jail, Limits, jail_strength
from tests.jail import papers

A4 = (2480, 3508)


def noisy() -> Image.Image:
    """A colour page with the grain of a scan."""
    grain = np.random.default_rng(1).integers(-6, 7, (A4[1], A4[0], 3))
    return Image.fromarray((np.asarray(papers.sheet(size=A4, mode="RGB")) + grain).clip(0, 255).astype(np.uint8))


def samples() -> dict[str, bytes]:
    """One file of each common kind."""
    colour = noisy()
    gray, line_art = colour.convert("L"), colour.convert("1", dither=Image.Dither.NONE)
    return {
        "JPEG in PDF, colour": papers.image_bytes(colour, "PDF", resolution=300),
        "JPEG in PDF, gray": papers.image_bytes(gray, "PDF", resolution=300),
        "G4 in PDF": papers.image_bytes(line_art, "PDF", resolution=300),
        "JPEG, colour": papers.image_bytes(colour, "JPEG", dpi=(300, 300), quality=80),
        "G4 TIFF": papers.image_bytes(line_art, "TIFF", compression="group4", dpi=(300, 300)),
        "LZW TIFF, gray": papers.image_bytes(gray, "TIFF", compression="tiff_lzw", dpi=(300, 300)),
        "PNG, gray": papers.image_bytes(gray, "PNG", dpi=(300, 300)),
        "drawn PDF": papers.one_page_pdf(content=b"q 9 w 50 50 400 600 re S 1 0 0 1 99 99 cm 9 9 99 99 re f Q"),
    }


def main(rounds: int) -> None:
    """Measure and print a table."""
    started = time.perf_counter()
    cell.start(Limits(), jail_strength()).end()
    say = sys.stdout.write
    say(f"jail {jail_strength()}, start of the server {(time.perf_counter() - started) * 1000:.0f} ms\n")
    with tempfile.TemporaryDirectory() as folder, Jail() as jail:
        for name, data in samples().items():
            path = Path(folder) / "scan"
            path.write_bytes(data)
            taken = []
            for _ in range(rounds):
                started = time.perf_counter()
                jail.open_scan(path)
                taken.append((time.perf_counter() - started) * 1000)
            say(f"{name:20} median {statistics.median(taken):5.0f} ms  worst {max(taken):5.0f} ms\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
