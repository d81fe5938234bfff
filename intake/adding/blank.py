"""Open an operator's blank PDF: pages, form fields and pixels, leniently, or say plainly why it cannot be used.

A blank comes from an authority by way of the operator, never from a citizen; it is the only PDF that is opened
outside the jail. Official blanks are often encrypted with an empty password, or a little broken.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

from intake.adding.page_space import PageSpace
from intake.base.errors import UnusableBlank

MOST_PAGES = 200
MOST_BYTES = 100_000_000
_HEADER_WITHIN = 1024
PARSER_ERRORS = (
    PyPdfError, KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, NotImplementedError,
    struct.error, zlib.error,
)  # fmt: skip
"""What pypdf lets escape on a broken file."""


class Blank:
    """An open blank: `reader` for its fields, `pdf` for its text and pixels, `spaces` for its coordinates."""

    def __init__(self, path: Path, reader: PdfReader, pdf: pypdfium2.PdfDocument) -> None:
        self.path, self.reader, self.pdf = path, reader, pdf
        self.spaces = tuple(PageSpace.of(page) for page in reader.pages)

    @property
    def acro_form(self) -> DictionaryObject:
        """The form dictionary; an empty one if there is none."""
        root = self.reader.trailer["/Root"].get_object()
        found = root.get("/AcroForm") if isinstance(root, DictionaryObject) else None
        form = found.get_object() if found is not None else None
        return form if isinstance(form, DictionaryObject) else DictionaryObject()

    @property
    def is_xfa(self) -> bool:
        """Whether the file carries an XFA form, static or dynamic."""
        return "/XFA" in self.acro_form


@contextmanager
def open_blank(path: Path) -> Iterator[Blank]:
    """The blank at `path`. Raises UnusableBlank: what is wrong and what to do."""
    _check_bytes(path)
    with translated(path):
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnusableBlank(path, "locked", "needs a password to open; get a copy without one from its authority")
        pages = len(reader.pages)
        if not pages:
            raise UnusableBlank(path, "empty", "has no pages; download it again")
        if pages > MOST_PAGES:
            raise UnusableBlank(path, "too_large", f"has more than {MOST_PAGES} pages; split off the form itself")
        pdf = pypdfium2.PdfDocument(path)
    try:
        with translated(path):
            blank = Blank(path, reader, pdf)
        if len(pdf) != pages:
            raise UnusableBlank(path, "damaged", "two readers disagree on its pages; download it again")
        yield blank
    finally:
        pdf.close()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Parser errors met inside become UnusableBlank."""
    try:
        yield
    except (*PARSER_ERRORS, pypdfium2.PdfiumError) as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise UnusableBlank(path, "damaged", f"is damaged ({reason}); download it again") from error


def _check_bytes(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEADER_WITHIN)
    except OSError as error:
        raise UnusableBlank(path, "unreadable", f"cannot be read ({error.strerror}); check path and mode") from error
    if size == 0 or not head.strip():
        raise UnusableBlank(path, "empty", "is empty; download it again")
    if size > MOST_BYTES:
        raise UnusableBlank(path, "too_large", f"is larger than {MOST_BYTES // 1_000_000} MB; save a smaller copy")
    if b"%PDF-" not in head:
        raise UnusableBlank(path, "not_supported", "is not a PDF, whatever its name says; save the form as PDF")
