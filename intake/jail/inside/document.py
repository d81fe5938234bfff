"""Draws the pages of a bundle's `document.pdf` as JPEGs, in a process of its own that confines itself first.

For a back office, whose page shows them: `python -m intake.jail.inside.document`. The PDF was written by a point's
program and signed by it; a point that was taken over could still send another, so nothing is read before the walls
stand. The process holds no key, takes the PDF on standard input, and answers on standard output: for each page its
length in four bytes, then the picture.
"""

import io
import os
import struct
import sys

import pypdfium2
from PIL import Image

from intake.jail.inside import confine
from intake.jail.limits import Limits

DPI = 110
MOST_PX = 4_000
QUALITY = 70


def main() -> None:
    """Confine, draw, answer. Ends with another code than 0 for what is no such PDF."""
    limits = Limits()
    Image.preinit()
    confine.confine(limits, os.getppid(), may_open=False)
    data = sys.stdin.buffer.read(limits.file_bytes)
    document = pypdfium2.PdfDocument(data)
    if len(document) > limits.pages:
        os._exit(3)
    for page in document:
        scale = min(DPI / 72, MOST_PX / max(page.get_size()))
        picture = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil().convert("L")
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=QUALITY)
        sys.stdout.buffer.write(struct.pack(">I", out.tell()) + out.getvalue())
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
