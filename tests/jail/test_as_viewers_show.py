"""What a viewer opens and no byte of content lacks is opened, and looks as the viewer shows it (cases A to E, N)."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from intake.jail.inside import opening
from intake.jail.inside.opened import Page
from intake.jail.limits import Limits
from tests.jail import papers
from tests.jail.papers import inside


def pages(data: bytes) -> list[Page]:
    """The child's own part."""
    return list(opening.open_file(io.BytesIO(data), Limits()).pages)


def test_A_zeros_after_the_end_of_a_pdf_are_no_damage() -> None:
    """A printer fills its last block; a file that was cut and filled stays damaged."""
    data = papers.scan_pdf(2)

    assert inside(data + bytes(4845)) == inside(data + b"\0") == 2
    assert inside(data[: len(data) // 2] + bytes(4845)) == "damaged"


@pytest.mark.parametrize(
    "junk", [b"@PJL JOB\r\n", b"\x1b%-12345X@PJL ENTER LANGUAGE=PDF\r\n", b"\xc2\xa0\n", b"0c3\r\n"]
)
@pytest.mark.parametrize("counted_from", ["header", "start"])
def test_E_a_few_bytes_before_the_header_are_passed_over(junk: bytes, counted_from: str) -> None:
    """A job header or a stray line; places may count from either."""
    plain = papers.one_page_pdf(content=b"9 9 99 99 re f")
    if counted_from == "header":
        data = junk + plain
    else:
        bodies = [part.split(b" obj\n", 1)[1] for part in plain.split(b"\nendobj\n")[:-1]]
        data = junk + papers.raw_pdf(bodies)
        start = data.index(b"xref\n")
        for place in sorted(
            {int(line[:10]) for line in data[start:].split(b"\n") if line.endswith(b"n ")}, reverse=True
        ):
            data = data.replace(b"%010d 00000 n" % place, b"%010d 00000 n" % (place + len(junk)))
        data = data.replace(b"startxref\n%d" % (start - len(junk)), b"startxref\n%d" % start)

    assert inside(data) == 1


def test_E_a_key_that_stands_twice_with_one_value_is_no_damage() -> None:
    """With two values nobody knows which one counts."""
    assert inside(papers.one_page_pdf(page=b"/Rotate 0/Tabs/S/Rotate 0")) == 1
    assert inside(papers.one_page_pdf(page=b"/Rotate 0/Tabs/S/Rotate 90")) == "damaged"


def test_M8_a_pointer_to_the_blanks_before_a_table_is_followed() -> None:
    """A browser that saves a filled-in form points there."""
    data = papers.one_page_pdf(content=b"9 9 99 99 re f")
    at = data.index(b"xref\n")
    more = data[:at] + b"\n\n\n\n" + data[at:]

    assert inside(more) == 1


def test_B_a_turn_in_the_exif_of_a_pdfs_picture_means_nothing() -> None:
    """The page shows it as it is stored."""
    page = papers.sheet(3, size=(600, 850))
    exif = Image.Exif()
    exif[0x0112] = 6
    jpeg = papers.image_bytes(page, "JPEG", exif=exif)
    entries = (
        b"/Type/XObject/Subtype/Image/Width 600/Height 850/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
    )
    data = papers.one_page_pdf(
        page=b"/Resources<</XObject<</Im 5 0 R>>>>",
        content=b"q 595 0 0 842 0 0 cm /Im Do Q",
        more=[papers.stream(jpeg, entries)],
    )

    assert pages(data)[0].image.size == (600, 850)


@pytest.mark.parametrize("ppi", [72, 96, 1200])
def test_C_a_page_in_strips_with_an_untrue_size_is_an_a4(ppi: int) -> None:
    """A scan of 300 dots an inch whose page says another density, drawn in two strips."""
    width, height = 2480 * 72 / ppi, 3508 * 72 / ppi
    strip = papers.sheet(2, size=(2480, 1754)).tobytes()
    entries = b"/Type/XObject/Subtype/Image/Width 2480/Height 1754/ColorSpace/DeviceGray/BitsPerComponent 8"
    content = b"q %f 0 0 %f 0 %f cm /Im Do Q q %f 0 0 %f 0 0 cm /Im Do Q" % (
        *(width, height / 2, height / 2),
        *(width, height / 2),
    )
    data = papers.one_page_pdf(
        page=b"/MediaBox[0 0 %f %f]/Resources<</XObject<</Im 5 0 R>>>>" % (width, height),
        content=content,
        more=[papers.stream(strip, entries)],
    )

    page = pages(data)[0]

    assert page.dpi == pytest.approx(300, abs=2)
    assert max(page.image.size) == pytest.approx(3508, abs=4)


def test_C_square_pixels_that_say_they_are_not_stay_square() -> None:
    """An A4 of 300 dots an inch that claims 300 by 150."""
    page = pages(papers.image_bytes(papers.sheet(size=(1240, 1754)), "PNG", dpi=(150, 75)))[0]

    assert page.image.size == (1240, 1754)


def test_D_a_fax_whose_strip_says_no_length_is_opened() -> None:
    """The data goes on to the next strip or to the end."""
    data = papers.tiff(1)
    with Image.open(io.BytesIO(data)) as image:
        length = image.tag_v2[279][0]
        strips = len(image.tag_v2[279])
    entry = struct.pack("<HHII", 279, 4, 1, length)
    if strips == 1 and entry in data:
        data = data.replace(entry, struct.pack("<HHII", 279, 4, 1, 0))

    assert inside(data) == 1


def test_D_an_old_style_jpeg_in_a_tiff_is_opened() -> None:
    """No strips: only the place and length of a JPEG file."""
    jpeg = papers.image_bytes(papers.sheet(2, size=(600, 850)), "JPEG")
    tags = [(256, 600), (257, 850), (258, 8), (259, 6), (262, 1), (277, 1), (513, 8), (514, len(jpeg))]
    at = 8 + len(jpeg) + len(jpeg) % 2
    table = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)

    page = pages(b"II*\0" + struct.pack("<I", at) + jpeg.ljust(at - 8, b"\0") + table + bytes(4))[0]

    assert page.image.size == (600, 850)


def test_N_a_filled_widget_is_drawn_where_the_catalogue_knows_no_form() -> None:
    """A page that a common tool took out of a form: its values have a look, and are read and drawn."""
    widget = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Matti)/Rect[50 700 250 720]/F 4/AP<</N 6 0 R>>>>"
    look = papers.stream(b"0 0 200 20 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 200 20]")

    page = pages(papers.one_page_pdf(page=b"/Annots[5 0 R]", more=[widget, look]))[0]

    assert page.typed == (("name", "Matti"),)
    assert np.asarray(page.image)[round((842 - 710) / 72 * 300), round(100 / 72 * 300)] < 50


def test_D_fax_data_with_more_behind_its_end_mark_is_opened() -> None:
    """A program put the rest of a TIFF into the PDF; a foot of many white rows comes before."""
    page = papers.sheet(size=(1240, 1754), mode="1")

    assert inside(papers.image_bytes(page, "PDF", resolution=150)) == 1


@pytest.mark.parametrize("resources", [b"", b"/Resources<<>>", b"/Resources<</XObject<</Other 6 0 R>>>>"])
@pytest.mark.parametrize("lock", [False, True])
def test_M9_a_form_shows_what_only_its_page_has_a_name_for(resources: bytes, lock: bool) -> None:
    """K-06: its own list lacks the name; pdfium alone leaves the picture out. Locked by an empty password too."""
    entries = b"/Type/XObject/Subtype/Image/Width 100/Height 100/ColorSpace/DeviceGray/BitsPerComponent 8"
    data = papers.one_page_pdf(
        page=b"/Resources<</XObject<</F 5 0 R/Im 6 0 R>>>>",
        content=b"/F Do",
        more=[
            papers.stream(
                b"q 300 0 0 300 100 100 cm /Im Do Q", b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]" + resources
            ),
            papers.stream(zlib.compress(bytes(100 * 100)), entries + b"/Filter/FlateDecode"),
        ],
    )

    (page,) = pages(papers.locked(data, "", "owner") if lock else data)

    assert 0.15 < (np.asarray(page.image) < 128).mean() < 0.25


def test_M9_a_name_that_nobody_has_is_damage() -> None:
    """The picture is not in the file."""
    form = papers.stream(b"/Im Do", b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<<>>>>")

    assert inside(papers.one_page_pdf(page=b"/Resources<</XObject<</F 5 0 R>>>>", content=b"/F Do", more=[form])) == (
        "damaged"
    )
