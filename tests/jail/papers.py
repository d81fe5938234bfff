"""Small files for the jail's tests: honest ones made by libraries, dishonest ones written by hand."""

import io
import random
import zlib
from collections.abc import Sequence

from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter

from intake.jail.inside import opening
from intake.jail.inside.opened import Unfit
from intake.jail.limits import Limits

A4_AT_100 = (827, 1169)


def sheet(number: int = 1, size: tuple[int, int] = A4_AT_100, mode: str = "L") -> Image.Image:
    """A page that is different at each edge: a bar at the top, a block at the left, noise in the middle."""
    dice = random.Random(number)
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    width, height = size
    pen.rectangle((width * 0.1, height * 0.02, width * 0.9, height * 0.05), fill="black")
    pen.rectangle((width * 0.03, height * 0.2, width * 0.08, height * 0.4), fill=(60, 60, 60))
    for _ in range(40):
        x, y = dice.uniform(0.2, 0.8) * width, dice.uniform(0.2, 0.8) * height
        pen.line((x, y, x + width * 0.1, y + height * 0.01), fill=(20, 40, 90), width=3)
    return image.convert(mode)


def image_bytes(image: Image.Image, kind: str, **options: object) -> bytes:
    """The image as a file of a Pillow format."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def scan_pdf(pages: int = 3, mode: str = "L") -> bytes:
    """What a scanner writes: one image a page."""
    first, *rest = [sheet(number, mode=mode) for number in range(pages)]
    return image_bytes(first, "PDF", resolution=100, save_all=True, append_images=rest)


def tiff(pages: int = 3, compression: str = "group4") -> bytes:
    """A multi-page TIFF."""
    mode = "1" if compression == "group4" else "L"
    first, *rest = [sheet(number, mode=mode) for number in range(pages)]
    return image_bytes(first, "TIFF", save_all=True, append_images=rest, compression=compression, dpi=(100, 100))


def raw_pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these object bodies, the first one its catalogue, with a right cross reference table."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object's body."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def one_page_pdf(
    *, page: bytes = b"", catalogue: bytes = b"", content: bytes = b"", more: Sequence[bytes] = (), trailer: bytes = b""
) -> bytes:
    """One A4 page; objects 1 to 4 are catalogue, page tree, page and content, `more` starts at 5."""
    box = b"" if b"/MediaBox" in page else b"/MediaBox[0 0 595 842]"
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R%s/Contents 4 0 R%s>>" % (box, page),
            stream(content),
            *more,
        ],
        trailer,
    )


def picture_pdf(image: Image.Image, matrix: bytes, *, rotate: int = 0, box: tuple[int, int] = (595, 842)) -> bytes:
    """One page that is one Flate image under a matrix."""
    data = zlib.compress(image.convert("L").tobytes())
    entries = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
        % image.size
    )
    return one_page_pdf(
        page=b"/MediaBox[0 0 %d %d]/Rotate %d/Resources<</XObject<</Im 5 0 R>>>>" % (*box, rotate),
        content=b"q %s cm /Im Do Q" % matrix,
        more=[stream(data, entries)],
    )


def locked(data: bytes, user: str, owner: str) -> bytes:
    """The PDF encrypted with AES-256."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user, owner, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def inside(data: bytes) -> int | str:
    """The child's own part in this process: the number of pages or the code."""
    try:
        answer = opening.open_file(io.BytesIO(data), Limits())
        return sum(1 for _ in answer.pages)
    except Unfit as error:
        return error.code
