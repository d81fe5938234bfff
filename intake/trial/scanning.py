"""A scanner in software: a page lies a little askew on the glass, and comes out as a file."""

import io
import time
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from intake.jail.pixels import Gray

_A_DAY = time.struct_time((2015, 3, 2, 12, 0, 0, 0, 61, 0))


def scanned(gray: Gray, *, skew_degrees: float = 0.0, seed: int = 0, noise: float = 4.0) -> Gray:
    """The page as a scanner sees it: turned by `skew_degrees`, shifted a little, paper not quite white, some noise."""
    random = np.random.default_rng(seed)
    height, width = gray.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), skew_degrees, 1.0)
    turn[:, 2] += random.uniform(-0.006, 0.006, 2) * width
    turned = cv2.warpAffine(gray, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=250)
    soft = cv2.GaussianBlur(turned, (3, 3), 0.6).astype(np.float32)
    soft = soft * random.uniform(0.93, 0.98) + random.normal(0, noise, gray.shape).astype(np.float32)
    return np.clip(soft, 0, 255).astype(np.uint8)


def scan_pdf(pages: Sequence[Gray], *, dpi: int = 300, quality: int = 75) -> bytes:
    """The pages as a scanner's PDF: one JPEG each."""
    images = [Image.fromarray(page) for page in pages]
    buffer = io.BytesIO()
    images[0].save(
        buffer, "PDF", save_all=True, append_images=images[1:], resolution=dpi, quality=quality,
        producer="Vireille trial", creationDate=_A_DAY, modDate=_A_DAY,
    )  # fmt: skip
    return buffer.getvalue()
