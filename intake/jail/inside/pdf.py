"""A PDF's structure, judged strictly by pypdf before pdfium draws anything: whole, unlocked, so many pages.

Promises: a cut or mended file never opens (F1): no parser here repairs. What the file would like to do (scripts,
attachments, signatures) is noted and not done. The pixels are `pdf_pixels`' part.
"""

import io
import re
from typing import BinaryIO

from pypdf import PasswordType, PdfReader, PdfWriter
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError
from pypdf.generic import DictionaryObject

from intake.jail.inside import pdf_bytes, pdf_data, pdf_pixels
from intake.jail.inside.opened import Opened, Unfit
from intake.jail.inside.pdf_notes import notes_of, typed_values
from intake.jail.inside.pdf_objects import array_at, dictionary_at, name_at, number_at
from intake.jail.inside.pdf_pixels import Sheet
from intake.jail.limits import Limits

_LINEARIZED_WITHIN = 1024
_LINEARIZED = re.compile(rb"/Linearized[^>]{0,200}?/L\s+(\d{1,12})\b|/L\s+(\d{1,12})\b[^>]{0,200}?/Linearized")
_MOST_DEPTH = 60
_MOST_MENDED = 20
_BAD_PDF = (
    PyPdfError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    RecursionError,
    EOFError,
    OverflowError,
)
"""What pypdf raises on rubbish; its own errors are not the only ones."""


def open_pdf(file: BinaryIO, limits: Limits) -> Opened:
    """A PDF whose structure is sound. Raises Unfit."""
    data = pdf_bytes.straight(file.read())
    _check_ends(data)
    for _ in range(_MOST_MENDED):
        try:
            return _opened(data, limits)
        except _Mended as mended:
            data = mended.data
    raise Unfit("damaged")


class _Mended(Exception):
    """The file holds what viewers pass over; `data` is the file without it."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data


def _opened(data: bytes, limits: Limits) -> Opened:
    """The document that these bytes are. Raises Unfit or _Mended."""
    try:
        reader = PdfReader(io.BytesIO(data), strict=True)
        if _locks_attachments_only(reader):
            raise _Mended(data.replace(b"/Encrypt", b"/Unlocks"))
        notes = _unlock(reader)
        pages = _pages(reader, limits)
        notes |= notes_of(reader, pages)
        typed = [typed_values(page) for page in pages]
        painted = [pdf_data.painted(page) for page in pages]
        if any([pdf_data.lend(one) for one in painted]):
            data = _written(reader)
    except LimitReachedError as error:
        # C-02; but so many colours no picture has: that number is rubbish
        raise Unfit("damaged" if str(error).startswith("Color value") else "too_large") from error
    except (DependencyError, NotImplementedError) as error:
        # C-05: pypdf says so of locks that it has no key to at all, such as a certificate's
        raise Unfit("locked" if b"/Encrypt" in data else "damaged") from error
    except FileNotDecryptedError as error:
        raise Unfit("locked") from error
    except _BAD_PDF as error:
        better = pdf_bytes.mended(data, str(error))
        if better is not None:
            raise _Mended(better) from error
        raise Unfit("damaged") from error
    sheets = [Sheet(page, values, found.pictures) for page, values, found in zip(pages, typed, painted, strict=True)]
    return Opened(len(pages), pdf_pixels.draw(data, sheets, limits), notes)


def _written(reader: PdfReader) -> bytes:
    """The document as pypdf now knows it."""
    out = io.BytesIO()
    PdfWriter(clone_from=reader).write(out)
    return out.getvalue()


def _check_ends(data: bytes) -> None:
    """The end mark is there, and a linearized file is as long as it says (C-01: cut at its first part's end mark)."""
    if not pdf_bytes.ends(data):
        raise Unfit("damaged")
    found = _LINEARIZED.search(data[:_LINEARIZED_WITHIN])
    if found and int(found[1] or found[2]) > len(data):
        raise Unfit("damaged")


def _locks_attachments_only(reader: PdfReader) -> bool:
    """Whether the lock is on attached files alone, which nobody opens here: viewers show the pages all the same."""
    lock = dictionary_at(reader.trailer, "/Encrypt")
    filters = {name_at(lock, key) or "/Identity" for key in ("/StmF", "/StrF")}
    return number_at(lock, "/V", 0) >= 4 and filters == {"/Identity"}


def _unlock(reader: PdfReader) -> set[str]:
    """Open with the empty password; a file that wants another one, or a certificate, is locked (C-05)."""
    if not reader.is_encrypted:
        return set()
    if reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        raise Unfit("locked")
    return {"owner_password"}


def _pages(reader: PdfReader, limits: Limits) -> list[DictionaryObject]:
    """The leaves of the page tree in order, at most as many as allowed. Raises Unfit."""
    root = dictionary_at(reader.root_object, "/Pages")
    said = number_at(root, "/Count", -1)
    if said > limits.pages:
        raise Unfit("too_large")  # C-03: before anything of the tree is walked
    pages: list[DictionaryObject] = []
    _walk(root, pages, set(), _MOST_DEPTH, limits.pages)
    if not pages or said != len(pages):
        raise Unfit("damaged")  # C-01: a page is missing or the tree lies
    return pages


def _walk(node: DictionaryObject, pages: list[DictionaryObject], above: set[int], depth: int, most: int) -> None:
    if depth == 0 or id(node) in above:
        raise Unfit("damaged")  # C-03: a ring, or a tree too deep
    if "/Kids" not in node:
        if node.get("/Type", "/Page") != "/Page":
            raise Unfit("damaged")
        pages.append(node)
        if len(pages) > most:
            raise Unfit("too_large")
        return
    for kid in array_at(node, "/Kids"):
        child = kid.get_object()
        if not isinstance(child, DictionaryObject):
            raise Unfit("damaged")
        _walk(child, pages, above | {id(node)}, depth - 1, most)


def warm_up() -> None:
    """Open and draw a small page once."""
    for _ in open_pdf(io.BytesIO(_small_pdf()), Limits()).pages:
        pass


def _small_pdf() -> bytes:
    content = b"BT /F1 12 Tf 9 9 Td (a) Tj ET"
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 36 36]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out = b"%PDF-1.4\n"
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n%s" % table
    return out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
