"""Rows C-02 and C-04 of the fault matrix, F2 and F9: small files that want to be large."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from intake.base.errors import Refused
from intake.jail.jail import Jail
from intake.jail.limits import Limits
from tests.jail import papers
from tests.jail.papers import inside

Outcome = Callable[..., int | str]
LARGE = 100_000_000


def resident_bytes() -> int:
    """Memory of this process in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def flate(data: bytes, times: int = 1) -> bytes:
    """The data compressed, and compressed again."""
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


def bombs() -> dict[str, bytes]:
    """Small files that want to be large."""
    zeros = b"\0" * LARGE
    box = b"/Resources<</XObject<</Im 5 0 R>>>>"
    paint = b"q 595 0 0 842 0 0 cm /Im Do Q"
    kind = b"/Type/XObject/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 8"

    def image(size: tuple[int, int], filters: bytes, data: bytes) -> bytes:
        entries = kind + b"/Width %d/Height %d/Filter %s" % (*size, filters)
        return papers.one_page_pdf(page=box, content=paint, more=[papers.stream(data, entries)])

    content = papers.one_page_pdf().replace(
        papers.stream(b""), papers.stream(flate(zeros, 2), b"/Filter[/FlateDecode/FlateDecode]")
    )
    bodies = [part.split(b" obj\n", 1)[1] for part in content.split(b"\nendobj\n")[:-1]]
    return {
        "nested flate content": papers.raw_pdf(bodies),
        "image larger than it says": image((100, 100), b"/FlateDecode", flate(zeros)),
        "image that says it is huge": image((60000, 60000), b"/FlateDecode", flate(zeros)),
        "run length": image((60000, 1000), b"/RunLengthDecode", b"\x81\0" * 200_000 + b"\x80"),
        "lzw": image((8000, 8000), b"/LZWDecode", b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01"),
        "jbig2": image((60000, 60000), b"/JBIG2Decode", bytes(300)),
        "fax": image((65000, 65000), b"/CCITTFaxDecode", bytes(300)),
        "object stream": _object_stream_bomb(zeros),
    }


def _object_stream_bomb(zeros: bytes) -> bytes:
    """A cross reference stream that unpacks to 100 MB."""
    packed = flate(zeros)
    start = len(b"%PDF-1.7\n")
    body = papers.stream(packed, b"/Type/XRef/Size 9999999/W[1 8 1]/Root 2 0 R/Filter/FlateDecode")
    return b"%%PDF-1.7\n1 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (body, start)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_c02_f9_bombs_hurt_only_their_child(jail: Jail, tmp_path: Path) -> None:
    """Each ends as an outcome in bounded time, the parent stays flat, and the next honest scan opens."""
    (tmp_path / "good").write_bytes(papers.scan_pdf(1))
    jail.open_scan(tmp_path / "good")
    before = resident_bytes()
    outcomes = {}
    for name, data in bombs().items():
        (tmp_path / "bomb").write_bytes(data)
        try:
            outcomes[name] = len(jail.open_scan(tmp_path / "bomb").pages)
        except Refused as error:
            outcomes[name] = error.code

    assert resident_bytes() - before < 50_000_000
    assert outcomes["image that says it is huge"] == "too_large"
    assert outcomes["jbig2"] == outcomes["fax"] == "too_large"
    assert set(outcomes.values()) <= {1, "damaged", "too_large", "timeout"}, outcomes
    assert len(jail.open_scan(tmp_path / "good").pages) == 1


def test_c02_a_child_out_of_memory_says_too_large(tmp_path: Path) -> None:
    """The cap on addresses is felt as a refusal, not as a crash of ours."""
    path = tmp_path / "scan"
    path.write_bytes(papers.image_bytes(Image.new("RGB", (7000, 9000), "white"), "PNG"))
    with Jail(limits=Limits(memory_bytes=250_000_000)) as jail, pytest.raises(Refused) as refused:
        jail.open_scan(path)

    assert refused.value.code == "too_large"


def png_that_says(width: int, height: int) -> bytes:
    """A small PNG whose header claims this size, its check sum right."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    whole = papers.image_bytes(Image.new("L", (10, 10)), "PNG")
    old = whole[16:33]
    return whole.replace(old, header + struct.pack(">I", zlib.crc32(b"IHDR" + header)), 1)


def test_c04_f2_image_bombs_are_stopped_by_their_header(jail: Jail, outcome: Outcome) -> None:
    """PNG, JPEG, TIFF and WebP of absurd size and a TIFF of ten thousand frames, before anything is decoded."""
    jpeg = papers.image_bytes(Image.new("L", (16, 16)), "JPEG")
    at = jpeg.index(b"\xff\xc0") + 5
    huge_jpeg = jpeg[:at] + struct.pack(">HH", 65000, 65000) + jpeg[at + 4 :]
    small = papers.image_bytes(Image.new("L", (16, 16)), "TIFF")
    huge_tiff = small.replace(struct.pack("<HHII", 256, 4, 1, 16), struct.pack("<HHII", 256, 4, 1, 60000)).replace(
        struct.pack("<HHII", 257, 4, 1, 16), struct.pack("<HHII", 257, 4, 1, 60000)
    )
    before = resident_bytes()

    assert outcome(png_that_says(30_000, 30_000)) == "too_large"
    assert outcome(huge_jpeg) == "too_large"
    assert outcome(huge_tiff) == "too_large"
    assert outcome(many_frames(10_000)) == "too_large"
    assert resident_bytes() - before < 50_000_000


def many_frames(count: int) -> bytes:
    """A TIFF of one tiny directory after the other."""
    out = bytearray(b"II*\0" + struct.pack("<I", 8))
    for number in range(count):
        entries = ((256, 8), (257, 8), (258, 1), (259, 1), (262, 1), (273, 0), (278, 8), (279, 8))
        following = len(out) + 2 + 12 * len(entries) + 4
        out += struct.pack("<H", len(entries))
        out += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
        out += struct.pack("<I", following if number < count - 1 else 0)
    return bytes(out)


def test_c04_directories_in_a_ring_are_damage() -> None:
    """A TIFF whose last directory points at its first one."""
    ring = bytearray(many_frames(3))
    ring[-4:] = struct.pack("<I", 8)

    assert inside(many_frames(3)) == 3
    assert inside(bytes(ring)) == "damaged"


def test_l9_a_form_of_more_values_than_are_kept_says_so() -> None:
    """Four thousand and one typed values are refused with a sentence, not cut off in silence."""
    widget = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(f%d)/V(x)/Rect[0 0 9 9]>>"

    def form(count: int) -> bytes:
        annots = b"/Annots[%s]" % b" ".join(b"%d 0 R" % (number + 5) for number in range(count))
        return papers.one_page_pdf(page=annots, more=[widget % number for number in range(count)])

    assert inside(form(4001)) == inside(form(6000)) == "too_large"
    assert "filled fields" in Refused("too_large").text.en
    assert inside(form(100)) == 1


def test_o_a_small_file_that_unfolds_takes_little_memory(jail: Jail, tmp_path: Path) -> None:
    """Sixty white A4 pages in a few kilobytes: later pages are kept packed, and come out as they were."""
    white = Image.new("1", (2480, 3508), 1)
    written = tmp_path / "small.tif"
    white.save(written, "TIFF", compression="group4", save_all=True, append_images=[white] * 59, dpi=(300, 300))
    before = resident_bytes()

    scan = jail.open_scan(written)

    assert len(scan.pages) == 60
    assert resident_bytes() - before < 200_000_000
    assert all(page.gray.shape == (3508, 2480) and page.gray.min() == 255 for page in scan.pages[::10])


def test_o_packed_pages_have_a_cap_and_keep_every_pixel(tmp_path: Path) -> None:
    """What does not fit even packed is too large; what does is the same to the pixel."""
    (tmp_path / "scan").write_bytes(papers.tiff(4, "raw"))
    with (
        Jail() as plain,
        Jail(limits=Limits(plain_px=1)) as packing,
        Jail(limits=Limits(plain_px=1, packed_bytes=9)) as full,
    ):
        one, other = plain.open_scan(tmp_path / "scan"), packing.open_scan(tmp_path / "scan")
        with pytest.raises(Refused) as refused:
            full.open_scan(tmp_path / "scan")

    assert all((a.gray == b.gray).all() for a, b in zip(one.pages, other.pages, strict=True))
    assert refused.value.code == "too_large"
