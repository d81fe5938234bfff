"""A filing through pixels: the blank filled, attachments beside it, scanned in software, read by the product."""

import io
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType

import numpy as np
import pypdfium2
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from intake.base.filing import Document, Finding
from intake.check import attachment_kind
from intake.check.attachments import attachment_kinds
from intake.check.sentences import maybe
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition, Rule
from intake.jail.pixels import Gray
from intake.reader import Reader
from intake.trial import fill, sample, scan_pdf, scanned
from tests.catalogue.changes import day_for
from tests.catalogue.filings import Filing

DPI = 300
SKEW_DEGREES = 0.7


class Counters:
    """A reader for each day a filing is handed in on, each knowing the whole catalogue."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._readers: dict[date, Reader] = {}

    def __enter__(self) -> "Counters":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def on(self, day: date) -> Reader:
        """The reader of that day, kept warm."""
        if day not in self._readers:
            self._readers[day] = self._open.enter_context(Reader(load_catalogue([BUILTIN]), on=day))
        return self._readers[day]


def seen(counters: Counters, filing: Filing, folder: Path, *, seed: int = 3) -> Document:
    """The filing's form as the product sees it in a scan of all its papers. Raises AssertionError if it is not."""
    form = filing.definition
    pages = list(fill(form, filing.values, seed=seed))
    for name in sorted(filing.attachments, key=_is_form):  # what lies behind another form would be that form's
        pages += attachment(name, form)
    documents = looked(counters, pages, day_for(form), folder, seed=seed)
    names = [(one.form, one.edition, one.language) for one in documents]
    mine = (form.form, form.edition, form.language)
    assert mine in names, f"taken for {names}"
    return documents[names.index(mine)]


def looked(
    counters: Counters, pages: Sequence[Gray], day: date, folder: Path, *, seed: int = 3
) -> tuple[Document, ...]:
    """All documents of a scan of these pages, handed in on that day."""
    scan = folder / "scan.pdf"
    askew = [scanned(page, skew_degrees=SKEW_DEGREES, seed=seed + number) for number, page in enumerate(pages)]
    scan.write_bytes(scan_pdf(askew))
    return counters.on(day).inspect(scan, "scan").documents


def _is_form(attachment: str) -> bool:
    return any(form.form == attachment for form in load_catalogue([BUILTIN]))


def attachment(name: str, beside: Definition) -> tuple[Gray, ...]:
    """The pages of an attachment of this kind: another form of the catalogue, or a page with its title."""
    for form in load_catalogue([BUILTIN]):
        if form.form == name and form.language == beside.language and form.valid_on(day_for(beside)):
            return fill(form, sample(form, seed=5, extra=0, on=day_for(beside)).values, seed=5)
    return (titled(title_of(name, beside.language)),)


def title_of(name: str, language: str) -> str:
    """What such a paper is headed with: its name, or the first of its titles where the name is ours."""
    kind = next(kind for kind in attachment_kinds() if kind.id == name)
    title = kind.names.sv if language == "sv" else kind.names.fi
    return title if attachment_kind(title) == name else kind.titles[0].upper()


def titled(title: str) -> Gray:
    """A typed page that no form's face is like."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica-Bold", 17)
    canvas.drawString(70, 740, title)
    canvas.setFont("Helvetica", 11)
    for line in range(24):
        text = "Tiedot annettu. " * (1 + line % 4)
        canvas.drawString(70, 690 - 24 * line, f"{line + 1}. Saarijärvi 2.3.2015 {text}")
    canvas.save()
    pdf = pypdfium2.PdfDocument(buffer.getvalue())
    try:
        return np.squeeze(pdf[0].render(scale=DPI / 72, grayscale=True).to_numpy()).copy()
    finally:
        pdf.close()


def outcome(rule: Rule, filing: Filing, document: Document) -> str:
    """`exact` where the rule's finding is told (or not told) on paper just as on perfect readings; else what was."""
    mine = [_row(finding) for finding in document.findings if finding.text == rule.text]
    if any(finding.text == maybe(rule.text) for finding in document.findings):
        return "unclear"
    if mine == [_row(finding) for finding in filing.findings if finding.text == rule.text]:
        return "exact"
    return "otherwise" if mine else "silent"


def _row(finding: Finding) -> tuple[str, str | None, bool]:
    return finding.code, finding.field, finding.blocks


def others(filing: Filing, document: Document) -> list[tuple[str, str | None]]:
    """Findings on paper that perfect readings do not give, and the other way round; whichever rule they come from.

    That handwriting was read and is not believed is no rule's finding: it never blocks, and comes with its candidates.
    """
    doubted = {key for key, reading in document.fields.items() if reading.value is None and reading.candidates}
    expected = {(finding.code, finding.field, finding.text) for finding in filing.findings}
    found = {
        (finding.code, finding.field, finding.text)
        for finding in document.findings
        if not (finding.code == "unclear" and not finding.blocks and finding.field in doubted)
    }
    return sorted((code, field or "") for code, field, _ in expected ^ found)
