"""The small picture of a page that the advisor sees, re-encoded from pixels of our own."""

import io

from PIL import Image

from intake.jail.pixels import Gray

WIDTH_PX = 1000


def preview(gray: Gray) -> bytes:
    """`gray` as a JPEG at most 1,000 px wide."""
    image = Image.fromarray(gray)
    if image.width > WIDTH_PX:
        image = image.resize((WIDTH_PX, max(1, round(image.height * WIDTH_PX / image.width))), Image.Resampling.BOX)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=72)
    return out.getvalue()
