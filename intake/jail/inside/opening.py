"""What a file is, by its first bytes, and which one parser gets it (C-08). A name is never asked."""

import codecs
from typing import BinaryIO

from intake.jail.inside import image, pdf, pdf_bytes
from intake.jail.inside.opened import Opened, Unfit
from intake.jail.limits import Limits

_HEAD_BYTES = 1024
_ENCODINGS = ("utf-16", "utf-16-be", "utf-16-le", "utf-32", "cp1252", "latin-1", "mac-roman", "ascii", "unicode_escape")


def kind_of(head: bytes) -> str | None:
    """A Pillow format name, `PDF`, or None for what we do not open."""
    for magic, kind in (
        (b"\xff\xd8\xff", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"II+\0", "TIFF"),
        (b"MM\0+", "TIFF"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
    ):
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "BMP"
    return "PDF" if pdf_bytes.start_of(head) is not None else None


def open_file(file: BinaryIO, limits: Limits) -> Opened:
    """Check the structure and start on the pages. Raises Unfit, here or while the pages are made."""
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    kind = kind_of(head)
    if kind is None:
        raise Unfit("not_supported")
    if kind == "PDF":
        return pdf.open_pdf(file, limits)
    return image.open_image(file, kind, limits)


def warm_up() -> None:
    """Do once, before any file, what the libraries do on first use: afterwards nothing need be opened by path."""
    for name in _ENCODINGS:
        codecs.lookup(name)
    image.warm_up()
    pdf.warm_up()
