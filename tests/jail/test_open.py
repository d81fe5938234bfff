"""Honest files: every container opens with all its pages, upright, gray, at the right resolution."""

import io
import struct
from collections.abc import Callable

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from intake.jail.inside import opening
from intake.jail.limits import Limits
from intake.jail.pixels import OpenedScan, PagePixels
from tests.jail import papers

Open = Callable[..., OpenedScan]


@pytest.fixture
def opened() -> Open:
    """The child's own part, here in the test's process: these files are ours, and a jail for each takes its time."""

    def run(data: bytes) -> OpenedScan:
        answer = opening.open_file(io.BytesIO(data), Limits())
        pages = tuple(PagePixels(np.asarray(page.image), page.dpi, page.typed) for page in answer.pages)
        assert len(pages) == answer.count
        return OpenedScan(pages, tuple(sorted(answer.notes)))

    return run


def like(gray: np.ndarray, image: Image.Image) -> float:
    """Mean difference in gray levels between a page and an image."""
    wanted = np.asarray(image.convert("L"), dtype=int)
    assert gray.shape == wanted.shape
    return float(np.abs(gray.astype(int) - wanted).mean())


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_scanners_pdf_gives_its_own_pictures(opened: Open, mode: str) -> None:
    """Each page comes at the scanner's resolution, pixel for pixel as stored (CCITT for 1 bit, JPEG for the rest)."""
    scan = opened(papers.scan_pdf(3, mode))

    assert [page.gray.shape for page in scan.pages] == [(1169, 827)] * 3
    assert all(abs(page.dpi - 100) < 1 for page in scan.pages)
    for number, page in enumerate(scan.pages):
        assert like(page.gray, papers.sheet(number, mode=mode)) < 4


@pytest.mark.parametrize("compression", ["group4", "tiff_lzw", "jpeg", "raw", "tiff_deflate", "packbits"])
def test_every_frame_of_a_tiff_is_a_page(opened: Open, compression: str) -> None:
    """All frames, in order, whatever the compression."""
    scan = opened(papers.tiff(3, compression))

    assert len(scan.pages) == 3
    for number, page in enumerate(scan.pages):
        assert like(page.gray, papers.sheet(number, mode="1" if compression == "group4" else "L")) < 4
        assert page.dpi == pytest.approx(100, abs=1)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("JPEG", "L"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "1"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "LA")),
        *(("BMP", "RGB"), ("WEBP", "RGB"), ("GIF", "P"), ("TIFF", "CMYK"), ("TIFF", "RGBA")),
    ],
)
def test_an_image_of_any_kind_and_mode_becomes_gray(opened: Open, kind: str, mode: str) -> None:
    """One page that looks like the image."""
    image = papers.sheet(7, mode=mode)

    scan = opened(papers.image_bytes(image, kind))

    assert len(scan.pages) == 1
    assert like(scan.pages[0].gray, image.convert("RGB")) < 6


def test_sixteen_bits_become_eight_and_transparency_lies_on_white(opened: Open) -> None:
    """A 16-bit PNG keeps its shades; where nothing is drawn the page is white."""
    ramp = np.tile(np.linspace(0, 65535, 256, dtype=np.uint16), (64, 1))
    deep = opened(papers.image_bytes(Image.fromarray(ramp), "PNG")).pages[0].gray
    clear = opened(papers.image_bytes(Image.new("RGBA", (60, 60), (0, 0, 0, 0)), "PNG")).pages[0].gray

    assert np.abs(deep[0].astype(int) - np.arange(256)).max() <= 1
    assert (clear == 255).all()


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_exif_orientation_is_applied(opened: Open, kind: str, turned: int) -> None:
    """A page stored turned or mirrored comes out as it should be looked at."""
    upright = papers.sheet(3)
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[turned]
    stored = upright if undo is None else upright.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = turned

    page = opened(papers.image_bytes(stored, kind, exif=exif)).pages[0]

    assert like(page.gray, upright) < 4


def test_a_missing_or_absurd_resolution_is_guessed_from_a4(opened: Open) -> None:
    """A page of 1169 pixels without or with a camera's 72 dpi on 3508 pixels is taken for an A4."""
    silent = opened(papers.image_bytes(papers.sheet(), "PNG")).pages[0]
    camera = opened(papers.image_bytes(papers.sheet(size=(2480, 3508)), "JPEG", dpi=(72, 72))).pages[0]
    honest = opened(papers.image_bytes(papers.sheet(), "PNG", dpi=(100, 100))).pages[0]

    assert silent.dpi == pytest.approx(100, abs=1)
    assert camera.dpi == pytest.approx(300, abs=1)
    assert honest.dpi == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_a_strip_of_sheets_keeps_its_resolution(opened: Open, kind: str) -> None:
    """Five sheets that a feeder pulled without a stop were taken for one A4; an untrue width is an A4's."""
    strip = papers.sheet(size=(827, 5 * 1169))

    told, camera = (opened(papers.image_bytes(strip, kind, dpi=dpi)).pages[0].dpi for dpi in ((100, 100), (40, 40)))

    assert (told, camera) == (pytest.approx(100, abs=0.5), pytest.approx(100, abs=0.5))


@pytest.mark.parametrize(("size", "dpi"), [((1070, 8540), 61), ((1070, 7900), 61), ((827, 6200), 72)])
def test_no_strip_is_larger_than_five_sheets(opened: Open, size: tuple[int, int], dpi: int) -> None:
    """A small file that means a banner would take the reader a gigabyte; its width, or its length, is an A4's."""
    page = opened(papers.image_bytes(papers.sheet(size=size), "PNG", dpi=(dpi, dpi))).pages[0]

    assert min(page.shape) / page.dpi <= 12.3 and max(page.shape) / page.dpi <= 62.1


def test_a_fax_gets_square_pixels(opened: Open) -> None:
    """204 x 98 dots per inch become 204 x 204."""
    fax = papers.sheet(size=(1728, 1146), mode="1")

    page = opened(papers.image_bytes(fax, "TIFF", compression="group4", dpi=(204, 98))).pages[0]

    assert page.gray.shape[1] == 1728
    assert page.gray.shape[0] == pytest.approx(1146 * 204 / 98, abs=2)
    assert page.dpi == pytest.approx(204, abs=1)


MATRICES = {
    "along": [b"595 0 0 842 0 0", b"-595 0 0 842 595 0", b"595 0 0 -842 0 842", b"-595 0 0 -842 595 842"],
    "across": [b"0 842 -595 0 595 0", b"0 -842 595 0 0 842", b"0 842 595 0 0 0", b"0 -842 -595 0 595 842"],
}


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize(("lie", "number"), [(lie, number) for lie in MATRICES for number in range(4)])
def test_a_picture_is_turned_as_the_page_turns_it(opened: Open, lie: str, number: int, rotate: int) -> None:
    """Taken out, it looks as pdfium draws the page, for every flip and turn."""
    size = (595, 842) if lie == "along" else (842, 595)
    data = papers.picture_pdf(papers.sheet(5, size=size), MATRICES[lie][number], rotate=rotate)

    page = opened(data).pages[0]

    with pypdfium2.PdfDocument(data) as document:
        drawn = document[0].render(scale=1, grayscale=True).to_pil()
    assert max(page.gray.shape) == 842  # taken out, not drawn at 300 dpi
    assert like(page.gray, drawn) < 3


def test_a_page_with_anything_else_to_see_is_drawn(opened: Open) -> None:
    """Text or a stamp over the scan is part of the page; an invisible text layer is not (C-17)."""
    image = papers.sheet(5, size=(595, 842))
    plain = papers.picture_pdf(image, b"595 0 0 842 0 0")
    words = b"BT /F1 40 Tf %d Tr 100 100 Td (LIES) Tj ET"
    font = b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/XObject"
    with_font = plain.replace(b"/Resources<</XObject", font)

    def page_with(text: bytes) -> np.ndarray:
        return opened(_rebuilt(with_font, b"q 595 0 0 842 0 0 cm /Im Do Q " + text)).pages[0].gray

    assert page_with(b"").shape == (842, 595)
    assert page_with(words % 3).shape == (842, 595)
    assert page_with(words % 0).shape[0] > 3000
    assert page_with(b"0 0 300 300 re f").shape[0] > 3000


def _rebuilt(data: bytes, content: bytes) -> bytes:
    """The one-page PDF with another content stream and font resources, its table right again."""
    bodies = [part.split(b" obj\n", 1)[1] for part in data.split(b"\nendobj\n")[:-1]]
    bodies[3] = papers.stream(content)
    return papers.raw_pdf(bodies)


def test_values_typed_into_a_form_come_along_and_are_drawn(opened: Open) -> None:
    """Text, tick and radio of each page by full name; what is off or empty is left out; the widget is drawn."""
    look = papers.stream(b"0 0 200 20 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 200 20]")
    annots = b"/Annots[6 0 R 7 0 R 8 0 R 9 0 R]"
    widgets = [
        b"<</FT/Tx/T(person)/V(ignored)/Kids[6 0 R]>>",
        b"<</Type/Annot/Subtype/Widget/Parent 5 0 R/FT/Tx/T(n\xe4me)/V(Matti)/Rect[50 700 250 720]/AP<</N 10 0 R>>>>",
        b"<</Type/Annot/Subtype/Widget/FT/Btn/T(tick)/V/Yes/AS/Yes/Rect[50 600 60 610]>>",
        b"<</Type/Annot/Subtype/Widget/FT/Btn/T(other)/V/Off/AS/Off/Rect[50 580 60 590]>>",
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(blank)/V()/Rect[50 500 250 520]>>",
        look,
    ]
    form = b"/AcroForm<</Fields[5 0 R 7 0 R 8 0 R 9 0 R]>>"

    page = opened(papers.one_page_pdf(page=annots, catalogue=form, more=widgets)).pages[0]

    assert page.typed == (("person.näme", "Matti"), ("tick", "Yes"))
    spot = page.gray[round((842 - 710) / 72 * 300), round(100 / 72 * 300)]
    assert spot < 50


def test_an_a0_drawing_gets_fewer_dots_and_opens(opened: Open) -> None:
    """A page of 33 x 47 inches stays under the cap on pixels."""
    page = opened(papers.one_page_pdf(page=b"/MediaBox[0 0 2384 3370]", content=b"9 9 99 99 re f")).pages[0]

    assert page.gray.size <= 70_000_000
    assert 200 < page.dpi < 300


def test_a_byte_order_mark_before_the_header_is_let_pass(opened: Open) -> None:
    """Some mail gateways put one there."""
    assert len(opened(b"\xef\xbb\xbf" + papers.scan_pdf(2)).pages) == 2


def marked_reduced(size: tuple[int, int]) -> bytes:
    """A TIFF of a frame of this size that is marked as a reduced copy, and a page."""
    two = papers.image_bytes(
        papers.sheet(1, size=size), "TIFF", save_all=True, append_images=[papers.sheet(2)], tiffinfo={254: 0}
    )
    entry = struct.pack("<HHII", 254, 4, 1, 0)
    before, between, after = two.split(entry)
    return before + struct.pack("<HHII", 254, 4, 1, 1) + between + entry + after


def test_a_reduced_copy_in_a_tiff_is_no_page(opened: Open) -> None:
    """A thumbnail beside the page is left out."""
    one = opened(marked_reduced((200, 280))).pages

    assert len(one) == 1
    assert like(one[0].gray, papers.sheet(2)) < 1


def test_a_frame_marked_as_reduced_at_full_size_is_a_page(opened: Open) -> None:
    """M7: never fewer pages than the file has, whatever a device writes into the mark."""
    assert len(opened(marked_reduced(papers.A4_AT_100)).pages) == 2
