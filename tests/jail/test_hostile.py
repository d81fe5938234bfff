"""Rows C-01, C-03, C-05 to C-08 and C-17 and F1 of the fault matrix: files that mean harm or are broken."""

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from intake.base.errors import Refused
from intake.jail.jail import Jail
from intake.jail.pixels import OpenedScan
from tests.jail import papers
from tests.jail.papers import inside

Outcome = Callable[..., int | str]


SAMPLES = {
    "pdf of one": lambda: papers.scan_pdf(1, "1"),
    "pdf of five": lambda: papers.scan_pdf(5),
    "tiff of four": lambda: papers.tiff(4),
    "jpeg": lambda: papers.image_bytes(papers.sheet(), "JPEG"),
    "png": lambda: papers.image_bytes(papers.sheet(), "PNG"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_c01_f1_a_cut_file_never_opens_with_fewer_pages(name: str) -> None:
    """Cut at every 2 %, and with a zero-filled tail, it is refused as damaged."""
    whole = SAMPLES[name]()
    assert isinstance(inside(whole), int)

    for part in range(2, 100, 2):
        cut = whole[: len(whole) * part // 100]
        assert inside(cut) in ("damaged", "not_supported"), part
        assert inside(cut.ljust(len(whole), b"\0")) in ("damaged", "not_supported"), part


def test_c01_a_linearized_pdf_cut_after_its_first_part_is_damaged() -> None:
    """The first part of a linearized file ends with an end mark of its own; the length it names tells."""
    whole = papers.one_page_pdf(content=b"9 9 99 99 re f")
    claims = whole.replace(b"<</Type/Catalog", b"<</Linearized 1/L %08d/Type/Catalog" % (len(whole) + 900))
    honest = papers.one_page_pdf(catalogue=b"/Linearized 1/L 00000200")

    assert inside(claims) == "damaged"
    assert inside(honest) == 1


def test_c01_a_missing_page_is_damage() -> None:
    """A tree that counts more or fewer pages than it holds is not opened."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>"
    for said, outcome in ((1, "damaged"), (2, 2), (3, "damaged")):
        tree = b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count %d>>" % said

        assert inside(papers.raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", tree, page, page])) == outcome


def _tree(kids: bytes, more: list[bytes], count: int = 1) -> bytes:
    return papers.raw_pdf(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids), *more]
    )


def test_c03_trees_without_end_are_refused() -> None:
    """A million pages, 201 pages that say they are one, a ring, a thousand levels, nothing at all."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>"
    levels = [b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (number + 4) for number in range(1000)]

    assert inside(_tree(b"3 0 R", [page], 1_000_000)) == "too_large"
    assert inside(_tree(b"3 0 R " * 300, [page], 300)) == "too_large"
    assert inside(_tree(b"3 0 R " * 201, [page], 1)) == "too_large"
    assert inside(_tree(b"2 0 R", [])) == "damaged"
    assert inside(_tree(b"3 0 R", [b"<</Type/Pages/Count 1/Kids[2 0 R]>>"])) == "damaged"
    assert inside(_tree(b"3 0 R", [*levels, page])) == "damaged"
    assert inside(_tree(b"", [], 0)) == "damaged"


@pytest.mark.parametrize("box", [b"0 0 14400 14400", b"0 0 2000000 2000000", b"0 0 1e30 1e30"])
def test_c03_a_huge_page_box_is_too_large(box: bytes) -> None:
    """Nothing of that size is drawn."""
    assert inside(papers.one_page_pdf(page=b"/MediaBox[%s]" % box)) in ("too_large", "damaged")


@pytest.mark.parametrize("box", [b"0 0 0 0", b"0 0 -595 -842", b"595 842 0 0", b"a b c d", b"0 0 595"])
def test_c03_a_box_of_nothing_ends_in_an_outcome(outcome: Outcome, box: bytes) -> None:
    """An empty, negative or senseless box is drawn on a default page or refused, in the jail."""
    assert outcome(papers.one_page_pdf(page=b"/MediaBox[%s]" % box)) in (1, "damaged", "too_large")


def test_c03_deep_nesting_is_refused(outcome: Outcome) -> None:
    """An array in an array, fifty thousand times."""
    deep = b"[" * 50_000 + b"]" * 50_000

    assert outcome(papers.one_page_pdf(catalogue=b"/Deep " + deep)) in (1, "damaged", "too_large")


def test_c05_locked_files_are_told_and_owner_locks_are_noted(
    opened: Callable[..., OpenedScan], outcome: Outcome
) -> None:
    """A user password or a certificate: locked. An owner password alone: opened, with a note."""
    plain = papers.scan_pdf(2)
    certificate = papers.one_page_pdf(
        more=[b"<</Filter/Adobe.PubSec/SubFilter/adbe.pkcs7.s5/V 4>>"], trailer=b"/Encrypt 5 0 R/ID[<00><00>]"
    )

    assert outcome(papers.locked(plain, "secret", "owner")) == "locked"
    assert outcome(certificate) == "locked"
    scan = opened(papers.locked(plain, "", "owner"))
    assert len(scan.pages) == 2
    assert scan.notes == ("owner_password",)


def test_c06_what_a_pdf_would_do_is_noted_and_not_done(opened: Callable[..., OpenedScan]) -> None:
    """Scripts, launches, attachments and XFA are told by their codes; the page opens all the same."""
    acts = b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))/Next<</S/Launch/F(/bin/sh)>>>>"
    names = b"/Names<</EmbeddedFiles<</Names[(a) 5 0 R]>>>>/AcroForm<</Fields[]/XFA 6 0 R>>"
    link = b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(http://192.0.2.1/)>>>>]"
    links = link + b"/AA<</O<</S/SubmitForm>>>>"
    more = [b"<</Type/Filespec/F(a)/EF<<>>>>", papers.stream(b"<xdp/>")]

    scan = opened(papers.one_page_pdf(catalogue=acts + names, page=links, more=more))

    assert set(scan.notes) == {"javascript", "launch_action", "embedded_files", "xfa"}
    assert len(scan.pages) == 1


def test_c07_a_signature_is_noted_and_the_file_is_untouched(jail: Jail, tmp_path: Path) -> None:
    """A signed PDF opens with a note; its bytes are what they were."""
    widget = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(sig)/Rect[0 0 0 0]/V<</Type/Sig/Filter/Adobe.PPKLite>>>>"
    data = papers.one_page_pdf(
        page=b"/Annots[5 0 R]", catalogue=b"/AcroForm<</Fields[5 0 R]/SigFlags 3>>", more=[widget]
    )
    path = tmp_path / "signed.pdf"
    path.write_bytes(data)

    scan = jail.open_scan(path)

    assert scan.notes == ("signed",)
    assert path.read_bytes() == data


def test_c08_content_decides_not_the_name(outcome: Outcome) -> None:
    """A wrong name changes nothing; text, pages of the web, archives and mixtures are not opened."""
    pdf = papers.scan_pdf(1)

    assert outcome(pdf, "scan.jpg") == 1
    assert outcome(papers.image_bytes(papers.sheet(), "JPEG"), "scan.pdf") == 1
    for other in (
        b"This is a letter, not a PDF.\n" * 50,
        b"<html><script>1</script></html>",
        b"<html>%PDF-1.4</html>",
        b"PK\x03\x04" + bytes(500),
        b"<html><!--" + pdf,
        b"%!PS-Adobe-3.0\n",
        b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99),
        b"\x7fELF" + bytes(99),
        b"x",
    ):
        assert inside(other) == "not_supported"
    assert inside(pdf + b"PK\x03\x04" + bytes(5000)) == "damaged"
    assert outcome(b"A letter, not a PDF.\n" * 50, "scan.pdf") == "not_supported"


def test_c09_numbers_that_a_decoder_cannot_hold_are_damage() -> None:
    """A TIFF's palette of negative numbers, which Pillow takes until it makes bytes of them (found by a fuzzer)."""
    whole = papers.image_bytes(papers.sheet(mode="P"), "TIFF")
    palette = whole.index(struct.pack("<HHL", 320, 3, 768))

    assert inside(whole) == 1
    assert inside(whole[:palette] + struct.pack("<HHL", 320, 6, 768) + whole[palette + 8 :]) == "damaged"


def test_c17_a_lying_text_layer_changes_nothing(opened: Callable[..., OpenedScan]) -> None:
    """Text drawn invisibly over the scan leaves no trace in what comes out."""
    image = papers.sheet(4, size=(595, 842))
    plain = papers.picture_pdf(image, b"595 0 0 842 0 0")
    bodies = [part.split(b" obj\n", 1)[1] for part in plain.split(b"\nendobj\n")[:-1]]
    bodies[2] = bodies[2].replace(b"/XObject", b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/XObject")
    bodies[3] = papers.stream(b"q 595 0 0 842 0 0 cm /Im Do Q BT 3 Tr /F1 40 Tf 90 400 Td (SEND ELSEWHERE) Tj ET")

    honest, lying = opened(plain).pages[0], opened(papers.raw_pdf(bodies)).pages[0]

    assert (honest.gray == lying.gray).all()
    assert lying.typed == ()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_c01_changed_bytes_end_in_an_outcome(jail: Jail, tmp_path: Path) -> None:
    """Thirty honest files with a few bytes changed: an answer each time, and never fewer pages."""
    dice = random.Random(20261124)
    path = tmp_path / "changed"
    for round_number in range(30):
        name = dice.choice(sorted(SAMPLES))
        data = bytearray(SAMPLES[name]())
        for _ in range(dice.randint(1, 20)):
            data[dice.randrange(len(data))] ^= 0xFF
        path.write_bytes(data)
        try:
            pages = len(jail.open_scan(path).pages)
        except Refused:
            continue
        assert pages == {"pdf of five": 5, "tiff of four": 4}.get(name, 1), (round_number, name)
