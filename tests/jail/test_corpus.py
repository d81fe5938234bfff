"""Real scans open whole, and hostile files end in an outcome. Needs the corpus named by VIREILLE_CORPUS."""

import os
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from intake.base.errors import REFUSALS, Refused
from intake.jail.jail import Jail
from intake.jail.pixels import OpenedScan

CORPUS = os.environ.get("VIREILLE_CORPUS")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(CORPUS is None, reason="VIREILLE_CORPUS is not set"),
]
IMAGES = {".tif": "TIFF", ".tiff": "TIFF", ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
MOST_PAGES = 30


def files(folder: str, every: int) -> list[Path]:
    """Every n-th file below a folder of the corpus, in a fixed order."""
    root = Path(CORPUS or "/nowhere") / folder
    found = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".md")
    return found[::every]


def counted(path: Path) -> int | None:
    """How many pages another reader finds; None where it finds none."""
    kind = IMAGES.get(path.suffix.lower())
    try:
        if kind is None:
            with pypdfium2.PdfDocument(path) as document:
                return len(document)
        with Image.open(path) as image:
            return int(getattr(image, "n_frames", 1)) if kind == "TIFF" else 1
    except (OSError, ValueError, pypdfium2.PdfiumError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def test_real_scans_of_every_container_open_with_all_their_pages(jail: Jail) -> None:
    """Every fifth PDF, TIFF, JPEG and PNG; a refusal only for size, lock or damage, and damage hardly ever."""
    kinds = {*IMAGES, ".pdf"}
    opened: dict[str, int] = {}
    refused: dict[str, str] = {}
    for path in [path for path in files("real-scans", 1) if path.suffix.lower() in kinds][::5]:
        wanted = counted(path)
        if wanted is None or wanted > MOST_PAGES:
            continue
        try:
            scan = jail.open_scan(path)
        except Refused as error:
            refused[path.name] = error.code
            continue
        assert len(scan.pages) == wanted, path.name
        opened[path.suffix.lower()] = opened.get(path.suffix.lower(), 0) + 1

    assert {".pdf", ".tif", ".jpg", ".png"} <= set(opened)
    assert set(refused.values()) <= {"locked", "too_large", "damaged"}
    assert list(refused.values()).count("damaged") <= 0.03 * sum(opened.values()), refused


def test_a_sample_of_hostile_files_ends_in_an_outcome(jail: Jail) -> None:
    """About sixty: pages or a code of the list, in bounded time, the parent no larger, the jail in order."""
    sample = files("hostile", 22)
    assert len(sample) > 50
    jail.open_scan(files("real-scans/ocrmypdf/tests/resources", 1)[-1].with_name("linn.png"))
    before = resident_bytes()
    for path in sample:
        try:
            assert isinstance(jail.open_scan(path), OpenedScan)
        except Refused as error:
            assert error.code in REFUSALS

    assert resident_bytes() - before < 50_000_000


def resident_bytes() -> int:
    """Memory of this process in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
