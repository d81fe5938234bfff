"""Files as scanners write them: PDF with JPEG or group 4 inside, TIFF of many pages, JPEG, PNG."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from intake.jail.pixels import Gray
from intake.trial import scan_pdf

FileKind = Literal["pdf", "pdf-g4", "tiff", "tiff-g4", "jpg", "png"]
ENDINGS = {"pdf": ".pdf", "pdf-g4": ".pdf", "tiff": ".tif", "tiff-g4": ".tif", "jpg": ".jpg", "png": ".png"}


def scan_file(pages: Sequence[Gray], kind: FileKind = "pdf", *, dpi: int = 300) -> bytes:
    """One file with these pages; JPEG and PNG hold one page only. Raises ValueError for more."""
    if kind in ("jpg", "png") and len(pages) != 1:
        raise ValueError(f"{kind} holds one page")
    if kind == "pdf":
        return scan_pdf(pages, dpi=dpi)
    if kind == "pdf-g4":
        return _saved(_bilevel(pages), "PDF", resolution=dpi)
    if kind == "tiff":
        return _saved([Image.fromarray(page) for page in pages], "TIFF", dpi=(dpi, dpi), compression="tiff_lzw")
    if kind == "tiff-g4":
        return _saved(_bilevel(pages), "TIFF", dpi=(dpi, dpi), compression="group4")
    buffer = io.BytesIO()
    Image.fromarray(pages[0]).save(buffer, "JPEG" if kind == "jpg" else "PNG", dpi=(dpi, dpi))
    return buffer.getvalue()


def write_scan(path: Path, pages: Sequence[Gray], kind: FileKind = "pdf", *, dpi: int = 300) -> Path:
    """Write `scan_file` to `path` (its ending put right); returns where."""
    path = path.with_suffix(ENDINGS[kind])
    path.write_bytes(scan_file(pages, kind, dpi=dpi))
    return path


def _bilevel(pages: Sequence[Gray]) -> list[Image.Image]:
    return [Image.fromarray(np.where(page > 160, 255, 0).astype(np.uint8)).convert("1") for page in pages]


def _saved(images: list[Image.Image], file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    images[0].save(buffer, file_format, save_all=True, append_images=images[1:], **options)
    return buffer.getvalue()
