"""What other programs open is opened, and what is refused for good reason gets the sentence that helps."""

import io
import struct
from collections.abc import Sequence

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from intake.base.errors import Refused
from tests.jail import papers
from tests.jail.papers import inside

MARK = b"9 9 99 99 re f"


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
def test_c05_an_empty_user_password_is_none_whatever_the_cipher(algorithm: str) -> None:
    """Editors lock against changes so; every viewer opens it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(papers.one_page_pdf(content=MARK))))
    writer.encrypt("", "owner", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)

    assert inside(out.getvalue()) == 1


@pytest.mark.parametrize("filters", [b"/StmF/Identity/StrF/Identity", b""])
def test_c05_a_lock_on_the_attachments_only_locks_no_page(filters: bytes) -> None:
    """With a password that nobody here has; a lock on the pages stays one."""
    word = b"<" + b"41" * 32 + b">"
    lock = b"<</Filter/Standard/V 4/R 4/Length 128/P -4/O %s/U %s/EFF/StdCF%s/CF<</StdCF<</CFM/AESV2/Length 16>>>>>>"
    identity = b"/ID[%s%s]" % (word, word)

    open_pages = papers.one_page_pdf(content=MARK, trailer=b"/Encrypt" + lock % (word, word, filters) + identity)
    locked = lock % (word, word, b"/StmF/StdCF/StrF/StdCF")

    assert inside(open_pages) == 1
    assert inside(papers.one_page_pdf(content=MARK, trailer=b"/Encrypt" + locked + identity)) == "locked"


@pytest.mark.parametrize("page", [b"/MediaBox[0 0 0 0]", b"/MediaBox[595 842 0 0]", b"/UserUnit 0", b"/UserUnit -1"])
def test_a_page_box_or_unit_of_no_size_is_a_page_of_the_usual_size(page: bytes) -> None:
    """As viewers take it."""
    assert inside(papers.one_page_pdf(page=page, content=MARK)) == 1


def test_a_poster_is_opened_up_to_a_size_and_refused_with_what_to_do() -> None:
    """Two and a half metres are drawn with fewer dots; five are not, and the sentence says to use smaller parts."""
    assert inside(papers.one_page_pdf(page=b"/MediaBox[0 0 5000 7000]", content=MARK)) == 1
    assert inside(papers.one_page_pdf(page=b"/MediaBox[0 0 14400 14400]", content=MARK)) == "too_large"
    assert "smaller parts" in sentence("too_large")


def sentence(code: str) -> str:
    """What the advisor reads."""
    return Refused(code).text.en


def tiff(bits: Sequence[int], samples: int) -> bytes:
    """A white raw TIFF of 60 x 80 pixels, with these numbers as its bits per sample."""
    pixels = Image.new("RGB" if samples == 3 else "L", (60, 80), 255).tobytes()
    tags = {256: [60], 257: [80], 258: bits, 259: [1], 262: [2 if samples == 3 else 1], 273: [0], 277: [samples],
            278: [80], 279: [len(pixels)]}  # fmt: skip
    after = 8 + 2 + 12 * len(tags) + 4
    packed_bits = b"".join(struct.pack("<H", one) for one in bits)
    tags[273] = [after + (len(packed_bits) if len(bits) > 2 else 0)]
    body = struct.pack("<H", len(tags))
    for tag, values in tags.items():
        if len(values) > 2:
            body += struct.pack("<HHLL", tag, 3, len(values), after)
        else:
            body += struct.pack("<HHL", tag, 3, len(values)) + b"".join(struct.pack("<H", one) for one in values).ljust(
                4, b"\0"
            )
    return b"II*\0\x08\0\0\0" + body + bytes(4) + (packed_bits if len(bits) > 2 else b"") + pixels


@pytest.mark.parametrize(("bits", "samples"), [((8,), 3), ((8, 8, 8, 8), 3), ((8, 8, 8), 1), ((8, 8, 8), 3)])
def test_D_a_wrong_count_of_bits_per_sample_is_passed_over(bits: tuple[int, ...], samples: int) -> None:
    """One number for three colours, four for three, three for gray."""
    assert inside(tiff(bits, samples)) == 1


def test_a_number_of_colours_that_no_picture_has_is_damage() -> None:
    """Smaller parts would not help: the sentence asks for another scan."""
    content = papers.stream(b"x", b"/Filter/FlateDecode/DecodeParms<</Predictor 10/Colors 536870913>>")
    tree = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"

    assert inside(papers.raw_pdf([*tree, page, content])) == "damaged"


@pytest.mark.parametrize(
    "head", [b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypmif1", b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"]
)
def test_d_a_phones_picture_is_not_opened_and_the_sentence_says_what_to_do(head: bytes) -> None:
    """HEIC and JPEG 2000: save it as JPEG."""
    assert inside(head + bytes(200)) == "not_supported"
    assert "HEIC" in sentence("not_supported") and "saved as JPEG first" in sentence("not_supported")
