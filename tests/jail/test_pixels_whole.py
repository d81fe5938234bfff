"""Whole means whole in the pixels too: what a decoder would paint gray, black or white is `damaged` (JAIL.md, 3)."""

import io
import re
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from tests.jail import papers
from tests.jail.papers import inside

PLACES = 20
HOLE = 400


def noisy(mode: str = "L") -> Image.Image:
    """A page with enough on it that every stretch of its data matters, and a white foot as papers have."""
    page = papers.sheet(3, size=(600, 850))
    for number in range(12):
        page.paste(papers.sheet(number, size=(120, 80)), (60 + number % 4 * 125, 60 + number // 4 * 220))
    return page.convert(mode)


def jpeg(**options: object) -> bytes:
    """The page as a JPEG of some kind."""
    return papers.image_bytes(noisy(str(options.pop("mode", "RGB"))), "JPEG", quality=80, **options)


JPEGS: dict[str, Callable[[], bytes]] = {
    "baseline": jpeg,
    "gray": lambda: jpeg(mode="L"),
    "progressive": lambda: jpeg(progressive=True),
    "restart marks": lambda: jpeg(restart_marker_rows=1),
    "four colours": lambda: jpeg(mode="CMYK"),
}


def cuts(data: bytes, start: int, end: int) -> list[bytes]:
    """The file with its coded data ended early at twenty places, the rest of the file behind it."""
    return [data[: start + (end - start) * part // PLACES] + data[end:] for part in range(1, PLACES)]


def holes(data: bytes, start: int, end: int) -> list[bytes]:
    """The file with zeros in its coded data at twenty places."""
    places = [start + (end - start - HOLE) * part // PLACES for part in range(PLACES)]
    return [data[:place] + bytes(HOLE) + data[place + HOLE :] for place in places]


def coded(data: bytes) -> tuple[int, int]:
    """Where the coded data of a JPEG's first scan begins and its last ends."""
    return data.index(b"\xff\xda") + 14, data.rindex(b"\xff\xd9")


@pytest.mark.parametrize("name", JPEGS)
def test_L_a_jpeg_with_a_cut_or_a_hole_is_damaged(name: str) -> None:
    """With the end mark in its place, too."""
    data = JPEGS[name]()
    start, end = coded(data)
    assert inside(data) == 1

    assert {inside(cut) for cut in cuts(data, start, end)} == {"damaged"}
    if name != "progressive":  # there zeros may be bits that correct nothing: most holes are found, not all
        assert {inside(hole) for hole in holes(data, start, end)} == {"damaged"}


def test_L_a_progressive_jpeg_without_its_last_scans_is_damaged() -> None:
    """The decoder warns of nothing: the page is only blurred."""
    data = jpeg(progressive=True)
    scans = [found.start() for found in re.finditer(rb"\xff\xda\x00", data)]
    tables = [data.rfind(b"\xff\xc4", 0, scan) for scan in scans]

    for table in tables[1:]:
        assert inside(data[:table] + b"\xff\xd9") == "damaged"


def test_D_stray_bytes_that_touch_no_pixel_do_no_harm() -> None:
    """Junk between the header's segments, and a byte or two before the end mark."""
    data = jpeg()
    at = data.index(b"\xff\xdb")

    assert inside(data[:at] + b"\x00\x01\x02" + data[at:]) == 1
    assert inside(data[:-2] + b"\x00\x00" + data[-2:]) == 1


def test_D_a_height_behind_the_scan_is_taken() -> None:
    """A feeder does not know how long the sheet is when it writes the header."""
    data = jpeg(mode="L")
    at = data.index(b"\xff\xc0") + 5
    _, end = coded(data)

    late = data[:at] + b"\xff\xff" + data[at + 2 : end] + b"\xff\xdc\x00\x04" + data[at : at + 2] + data[end:]

    assert inside(late) == 1


def jpeg_pdf(data: bytes, extra: bytes = b"") -> bytes:
    """One page that is this JPEG."""
    entries = (
        b"/Type/XObject/Subtype/Image/Width 600/Height 850/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
    )
    return papers.one_page_pdf(
        page=b"/Resources<</XObject<</Im 5 0 R>>>>",
        content=b"q 595 0 0 842 0 0 cm /Im Do Q" + extra,
        more=[papers.stream(data, entries)],
    )


@pytest.mark.parametrize("extra", [b"", b" 0 0 30 30 re f"], ids=["taken out", "drawn"])
def test_L_a_jpeg_in_a_pdf_with_a_cut_or_a_hole_is_damaged(extra: bytes) -> None:
    """Whether the picture is the page or is drawn with more."""
    data = jpeg(mode="L")
    start, end = coded(data)
    assert inside(jpeg_pdf(data, extra)) == inside(jpeg_pdf(data[:-2], extra)) == 1

    assert {inside(jpeg_pdf(cut, extra)) for cut in cuts(data, start, end)} == {"damaged"}
    assert {inside(jpeg_pdf(hole, extra)) for hole in holes(data, start, end)} == {"damaged"}


def test_L_a_flate_picture_with_too_few_rows_is_damaged() -> None:
    """In a PDF, at twenty places; the stream itself is sound."""
    rows = noisy().tobytes()
    whole = papers.picture_pdf(noisy(), b"595 0 0 842 0 0")
    packed = zlib.compress(rows)
    assert inside(whole) == 1

    for part in range(1, PLACES):
        short = zlib.compress(rows[: len(rows) * part // PLACES])
        entries = whole[whole.index(b"/Type/XObject") : whole.index(b"/Length %d>>" % len(packed))]
        bodies = [body.split(b" obj\n", 1)[1] for body in whole.split(b"\nendobj\n")[:-1]]
        bodies[4] = papers.stream(short, entries)
        assert inside(papers.raw_pdf(bodies)) == "damaged", part


def png(rows: bytes, size: tuple[int, int]) -> bytes:
    """A gray PNG of these filtered rows, its checksums right whatever they come to."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_L_a_png_with_too_few_rows_is_damaged() -> None:
    """At twenty places, one row included."""
    page = noisy()
    rows = b"".join(b"\0" + page.crop((0, top, 600, top + 1)).tobytes() for top in range(850))
    assert inside(png(rows, (600, 850))) == 1

    for left in [rows[: 601 * (850 * part // PLACES)] for part in range(1, PLACES)] + [rows[:-601]]:
        assert inside(png(left, (600, 850))) == "damaged"


def test_L_a_png_whose_last_rows_are_black_is_whole() -> None:
    """Rows that did not come are black too: these are counted, and one too few is missed."""
    page = noisy()
    page.paste(0, (0, 800, 600, 850))
    rows = b"".join(b"\0" + page.crop((0, top, 600, top + 1)).tobytes() for top in range(850))

    assert inside(png(rows, (600, 850))) == 1
    assert inside(png(rows[:-601], (600, 850))) == "damaged"


def test_L_an_interlaced_png_is_whole_with_all_seven_passes() -> None:
    """Rows are counted for each pass."""
    data = papers.image_bytes(noisy("1"), "PNG")
    assert inside(data) == 1
    # Pillow writes no interlaced files: seven passes of white, by hand
    rows = b""
    for left, top, across, down in (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):
        rows += (b"\0" + b"\xff" * -(-(600 - left) // across)) * -(-(850 - top) // down)
    plain = png(rows, (600, 850))
    header = struct.pack(">IIBBBBB", 600, 850, 8, 0, 0, 0, 1)
    whole = plain[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + plain[33:]
    short = png(rows[:-600], (600, 850))

    assert inside(whole) == 1
    assert inside(short[:16] + whole[16:33] + short[33:]) == "damaged"


def group4(rows: int, height: int, **options: object) -> bytes:
    """A fax TIFF whose header says `height` and whose one strip holds `rows`."""
    page = noisy("1").crop((0, 0, 600, rows))
    data = papers.image_bytes(page, "TIFF", compression="group4", tiffinfo={278: 5000}, **options)
    for tag in (257, 278):
        for kind, form in ((3, "<HHIHxx"), (4, "<HHII")):
            for old in (rows, 5000):
                data = data.replace(struct.pack(form, tag, kind, 1, old), struct.pack(form, tag, kind, 1, height))
    return data


def test_L_fax_data_with_fewer_rows_is_damaged() -> None:
    """The rest would be white, as if nothing had been written there."""
    assert inside(group4(850, 850)) == 1

    for part in range(2, PLACES):
        assert inside(group4(850 * part // PLACES, 850)) == "damaged", part
    assert inside(group4(840, 850)) == "damaged"


def test_L_fax_data_with_holes_is_damaged() -> None:
    """Zeros at twenty places of the strip."""
    data = group4(850, 850)
    with Image.open(io.BytesIO(data)) as image:
        start, length = image.tag_v2[273][0], image.tag_v2[279][0]

    outcomes = {
        inside(data[:at] + bytes(60) + data[at + 60 :]) for at in range(start, start + length - 80, length // 20)
    }

    assert outcomes == {"damaged"}


@pytest.mark.parametrize("height", [850, 900])
def test_L_a_fax_picture_in_a_pdf_is_counted(height: int) -> None:
    """Group 4 in a PDF, whole and with fewer rows than it says."""
    data = group4(850, 850)
    with Image.open(io.BytesIO(data)) as image:
        start, length = image.tag_v2[273][0], image.tag_v2[279][0]
    entries = (
        b"/Type/XObject/Subtype/Image/Width 600/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1"
        b"/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 600/Rows %d>>" % (height, height)
    )
    pdf = papers.one_page_pdf(
        page=b"/Resources<</XObject<</Im 5 0 R>>>>",
        content=b"q 595 0 0 842 0 0 cm /Im Do Q",
        more=[papers.stream(data[start : start + length], entries)],
    )

    assert inside(pdf) == (1 if height == 850 else "damaged")


def test_L_jpeg_strips_of_a_tiff_are_judged_as_strictly() -> None:
    """A hole in a strip."""
    data = papers.image_bytes(noisy(), "TIFF", compression="jpeg")
    with Image.open(io.BytesIO(data)) as image:
        start, length = image.tag_v2[273][0], image.tag_v2[279][0]
    assert inside(data) == 1

    assert {inside(hole) for hole in holes(data, start + 300, start + length - 2)} == {"damaged"}


def test_L_a_gif_with_too_few_pixels_is_damaged() -> None:
    """Its codes end early, at twenty places, with the end of the file in order."""
    data = papers.image_bytes(noisy("P"), "GIF")
    assert inside(data) == 1
    start = data.index(b",\0\0\0\0") + 11
    blocks = []
    while data[start]:
        blocks.append(data[start : start + 1 + data[start]])
        start += 1 + data[start]

    for part in range(PLACES):
        kept = b"".join(blocks[: len(blocks) * part // PLACES])
        assert inside(data[: data.index(b",\0\0\0\0") + 11] + kept + data[start:]) == "damaged", part


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "MPO", "TIFF"])
def test_M_every_frame_is_a_page(kind: str) -> None:
    """Never fewer pages than the file has."""
    first, *rest = [papers.sheet(number, mode="RGB") for number in range(3)]

    assert inside(papers.image_bytes(first, kind, save_all=True, append_images=rest)) == 3


@pytest.mark.parametrize(
    ("page", "content"),
    [
        (b"/Resources<</XObject<</Im 99 0 R>>>>", b"/Im Do"),
        (b"/Resources<</XObject<<>>>>", b"q /Im Do Q"),
        (b"", b"/Im#20x Do"),
        (b"/Resources<</XObject<</Im null>>>>", b"/Im\nDo"),
    ],
)
def test_L_a_page_that_paints_what_is_not_there_is_damaged(page: bytes, content: bytes) -> None:
    """Viewers show a blank place and say nothing."""
    assert inside(papers.one_page_pdf(page=page, content=content)) == "damaged"


def test_L_a_page_whose_content_is_not_there_is_damaged() -> None:
    """A page without any content is blank; one that points at nothing has lost it."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]%s>>"
    tree = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]

    assert inside(papers.raw_pdf([*tree, page % b""])) == 1
    assert inside(papers.raw_pdf([*tree, page % b"/Contents 77 0 R"])) == "damaged"
