"""Complete or cut short, from the bytes alone (F1): no cut of a whole file passes, and no real scan is turned away."""

import io
import os
import random
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scanners.whole import Whole, judge
from tests.scanners.support import pdf, pdf_grown, png


@contextmanager
def held(data: bytes) -> Iterator[int]:
    """A descriptor of a file with these bytes."""
    descriptor = os.memfd_create("judged")
    try:
        os.write(descriptor, data)
        yield descriptor
    finally:
        os.close(descriptor)


def judged(data: bytes) -> Whole:
    """What is said of a file with these bytes."""
    with held(data) as descriptor:
        return judge(descriptor, len(data))


def image(kind: str, **options) -> bytes:
    """A small page-like image of some kind, as Pillow writes it."""
    noise = random.Random(7)
    picture = Image.frombytes("L", (60, 80), bytes(noise.randrange(256) for _ in range(4_800)))
    pages = [picture, picture.rotate(180), picture]
    if options.pop("bilevel", False):
        pages = [page.convert("1") for page in pages]
    if kind in {"TIFF", "PDF"}:
        options |= {"save_all": True, "append_images": pages[1:]}
    written = io.BytesIO()
    pages[0].save(written, kind, **options)
    return written.getvalue()


SAMPLES = {
    "pdf": pdf(3),
    "pdf grown": pdf_grown(pdf(2)),
    "pdf of images": image("PDF"),
    "tiff raw": image("TIFF"),
    "tiff g4": image("TIFF", bilevel=True, compression="group4"),
    "tiff lzw": image("TIFF", compression="tiff_lzw"),
    "tiff jpeg": image("TIFF", compression="jpeg"),
    "big tiff": image("TIFF", big_tiff=True),
    "jpeg": image("JPEG"),
    "jpeg progressive": image("JPEG", progressive=True),
    "png": image("PNG"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_whole_file_is_whole(name: str) -> None:
    """Each format as common software writes it."""
    assert judged(SAMPLES[name]) is Whole.YES


@pytest.mark.parametrize("name", SAMPLES)
def test_F1_no_cut_is_whole(name: str) -> None:
    """Cut anywhere, every byte of it for a stretch and every few for the rest; white space at the end is no loss."""
    data = SAMPLES[name]
    padding = {"pdf": b"\r\n", "tif": b"\x00"}  # a TIFF may end in zeros that nothing names
    necessary = len(data.rstrip(next((ends for kind, ends in padding.items() if kind in name), b"")) or data)
    earlier = {at + 6 for at in range(len(data)) if data[at : at + 6] == b"%%EOF\n"}  # F1b: no parser can tell
    lengths = {*range(1, necessary, 1 + len(data) // 700), *range(max(1, necessary - 200), necessary)}
    lengths -= earlier | {end - 1 for end in earlier}

    with held(data) as descriptor:
        wrong = [length for length in sorted(lengths) if judge(descriptor, length) is not Whole.NO]

    assert wrong == []


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("share", [0.95, 0.7, 0.4])
def test_B_02_F1_a_zero_filled_tail_is_not_whole(name: str, share: float) -> None:
    """Pre-allocated to its full size and not yet written to the end."""
    data = SAMPLES[name]
    written = data[: int(len(data) * share)]
    if name in {"tiff raw", "big tiff"} and share > 0.5:
        pytest.skip("raw strips may truly be zero (black, or white in fax order): only the quiet time tells")

    assert judged(written + bytes(len(data) - len(written))) is Whole.NO


def test_A_zeros_after_the_end_of_a_pdf_are_waited_out() -> None:
    """A printer fills its last block; a device that reserved room may still write there, so the longer time counts."""
    assert judged(pdf() + bytes(4845)) is judged(pdf() + b"\0") is Whole.FILLED
    assert judged(pdf() + b"\r\n") is Whole.YES


def test_A_a_line_after_the_end_of_a_pdf_does_no_harm() -> None:
    """A printer's job ends there; an update that was cut short, or another file, is not passed over."""
    assert judged(pdf() + b"\x1b%-12345X@PJL EOJ\r\n") is Whole.YES
    assert judged(pdf() + b"9 0 obj\n<< /Added") is Whole.NO
    assert judged(pdf() + b"PK\x03\x04" + bytes(20)) is Whole.NO


def test_D_a_fax_whose_one_strip_says_no_length_is_whole() -> None:
    """The jail opens it, so the folder does not refuse it."""
    written = io.BytesIO()
    Image.new("1", (60, 80), 1).save(written, "TIFF", compression="group4")
    data = written.getvalue()
    with Image.open(io.BytesIO(data)) as opened:
        length = opened.tag_v2[279][0]
    entries = [struct.pack("<HHII", 279, 4, 1, length), struct.pack("<HHIHxx", 279, 3, 1, length)]
    entry = next(entry for entry in entries if entry in data)

    assert judged(data.replace(entry, entry[:8] + bytes(4))) is Whole.YES


@pytest.mark.parametrize("pointer", [b"0", b"999999", b"5"])
def test_a_pdf_whose_trailer_points_nowhere_is_not_whole(pointer: bytes) -> None:
    """`startxref` must lead to a cross-reference inside the file."""
    head, tail = pdf().rsplit(b"startxref\n", 1)

    assert judged(head + b"startxref\n" + pointer + b"\n" + tail.split(b"\n", 1)[1]) is Whole.NO


def test_a_pdf_with_bytes_before_its_header_is_whole() -> None:
    """Some devices put a job header first and count from there."""
    assert judged(b"@PJL JOB\r\n" + pdf()) is Whole.YES


def test_a_png_with_a_wrong_checksum_is_not_whole() -> None:
    """A hole in the middle is as bad as a missing end."""
    data = bytearray(png(40, 40))
    data[len(data) // 2] ^= 0xFF

    assert judged(bytes(data)) is Whole.NO


@pytest.mark.parametrize("data", [b"hello", b"PK\x03\x04rest", b"GIF89a"])
def test_other_content_is_left_to_the_jail(data: bytes) -> None:
    """We do not know where it ends; the quiet time alone counts."""
    assert judged(data) is Whole.UNKNOWN


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"II*\x00", b"MM\x00+", b"\xff\xd8\xff", b"%PDF-", b"\x89PNG\r\n\x1a\n"]),
)
def test_no_bytes_make_it_fail(rest: bytes, head: bytes) -> None:
    """Hostile or random, there is always an answer."""
    assert judged(head + rest) in set(Whole)


@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 10**6), st.integers(1, 255))
def test_no_flipped_byte_makes_it_fail(name: str, place: int, flip: int) -> None:
    """One byte changed in a whole file."""
    data = bytearray(SAMPLES[name])
    data[place % len(data)] ^= flip

    assert judged(bytes(data)) in set(Whole)


def test_a_directory_that_points_at_itself_ends() -> None:
    """A TIFF whose chain is a ring is not whole, and does not hold us up."""
    ring = (
        b"II*\x00\x08\x00\x00\x00"
        + b"\x01\x00"
        + b"\x00\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00"
        + b"\x08\x00\x00\x00"
    )

    assert judged(ring) is Whole.NO


def real_scans() -> Iterator[Path]:
    """Scans of real devices and programs, from the corpus."""
    root = os.environ.get("VIREILLE_CORPUS")
    folders = [Path(root) / "real-scans", Path(root) / "filled-scans"] if root else []
    kinds = {".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png"}
    return (path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix.lower() in kinds)


def test_F1_no_real_scan_is_turned_away_and_no_cut_of_one_passes() -> None:
    """Every scan of the corpus is whole, and none of it is at 95, 70 or 40 %."""
    scans = list(real_scans())
    if not scans:
        pytest.skip("VIREILLE_CORPUS is not set")
    refused, passed = [], []

    for path in scans:
        data = path.read_bytes()
        if len(data) < 100:
            continue
        with held(data) as descriptor:
            if judge(descriptor, len(data)) is Whole.NO:
                refused.append(path.name)
            cuts = [share for share in (0.95, 0.7, 0.4) if judge(descriptor, int(len(data) * share)) is Whole.YES]
        passed += [(path.name, share) for share in cuts]

    assert refused == []
    assert passed == []
