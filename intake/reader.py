"""The reader of papers: opens a file in the jail, recognises its forms, reads their fields, checks and completes them.

The same steps serve `inspect` (at once, nothing is stored) and the journey (stage by stage). What they give depends
only on the bytes, the catalogue and the day.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType

from intake.base.errors import Damaged, Refused
from intake.base.filing import (
    Document,
    FieldReading,
    FieldState,
    Frozen,
    InspectError,
    Inspection,
    Seconds,
    Verdict,
)
from intake.check import check, verdict_of, with_doubts
from intake.check.attachments_present import papers_beside
from intake.check.conditions import asked_values
from intake.forms.model import Definition
from intake.jail.jail import Jail
from intake.jail.pixels import OpenedScan, PagePixels, keep_freed_memory
from intake.read import crops, read_fields
from intake.recognise import DocumentRun, alike, cut_apart, recognise
from intake.recognise.index import Index
from intake.values import ValueReader, ValueReading

TORN = 0.5
"""At this confidence or below, recognition could not decide between look-alikes that do differ."""


@dataclass(slots=True)
class Stopwatch:
    """Seconds spent in each named step."""

    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count the time of the block to `name`."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - begun

    def seconds(self, total: float) -> Seconds:
        """All steps, rounded to tenths of a millisecond."""
        return Seconds(total=round(total, 4), **{name: round(value, 4) for name, value in self.spent.items()})


class Reader:
    """A warm jail, the index of all known faces, and a warm reader of values. Safe to share between threads."""

    def __init__(self, definitions: Sequence[Definition], *, on: date, values: bool = True) -> None:
        """`definitions`: all editions known; `on`: the day by which editions and rules count; `values`: read them."""
        keep_freed_memory()
        self.on = on
        self.definitions = tuple(known for known in definitions if known.valid_from is None or known.valid_from <= on)
        self.index = Index.of(self.definitions)
        self._jail = Jail(warm=True)
        self._values = ValueReader(on=on) if values else None

    def __enter__(self) -> "Reader":
        self._jail.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._jail.__exit__(kind, error, trace)

    def open(self, path: Path, pages: int | None = None) -> OpenedScan:
        """All pages of `path`, each sheet of a picture with several as a page of its own.

        A file that has had `pages` before keeps their numbers, though the forms known may have changed since.
        Raises Refused; Damaged if it cannot have so many pages any more.
        """
        whole = self._jail.open_scan(path)
        opened = cut_apart(whole, self.index)
        if pages in (None, len(opened.pages)):
            return opened
        if pages != len(whole.pages):
            raise Damaged(f"the file had {pages} pages and has {len(opened.pages)} now", code="pages_changed")
        return whole

    def recognise(self, opened: OpenedScan) -> tuple[DocumentRun, ...]:
        """Runs of pages that belong together; every page in exactly one."""
        return recognise(opened, self.index)

    def alike(self, page: PagePixels) -> tuple[Definition, ...]:
        """The forms that a page resembles, the likeliest first."""
        return alike(page, self.index)

    def read(self, opened: OpenedScan, run: DocumentRun) -> dict[str, FieldReading]:
        """Every field of the form's registered pages, with the values that the check asks for; {} without a form."""
        if run.definition is None:
            return {}
        return self._with_values(opened, run, read_fields(opened, run), asked_values(run.definition))

    def check(self, run: DocumentRun, fields: dict[str, FieldReading], beside: Sequence[str] = ()) -> Document:
        """The document with its findings and verdict; `beside` names the attachments and forms handed over with it."""
        document = described(run, fields)
        if run.definition is None:
            return document
        return judge(document, run.definition, around(run, beside), on=self.on)

    def complete(
        self,
        opened: OpenedScan,
        run: DocumentRun,
        fields: dict[str, FieldReading],
        between: Callable[[], None] = lambda: None,
    ) -> dict[str, FieldReading]:
        """The same fields with the values that `read` left, since the check can do without them. May be repeated.

        `between` is called before each value.
        """
        left = [key for key, reading in fields.items() if reading.value is None and not reading.candidates]
        return self._with_values(opened, run, fields, left, between)

    def inspect(self, path: Path, shown_as: str) -> Inspection:
        """Take all steps at once, and the time of each; a refused file is in the result, not raised.

        Nobody waits for the verdict, so the fields are completed first and the check may doubt every value.
        """
        watch, begun = Stopwatch(), time.perf_counter()
        try:
            with watch.step("open"):
                whole = self._jail.open_scan(path)
        except Refused as refused:
            error = InspectError(code=refused.code, text=refused.text)
            return Inspection(file=shown_as, error=error, seconds=watch.seconds(time.perf_counter() - begun))
        with watch.step("recognise"):
            opened = cut_apart(whole, self.index)
            runs = self.recognise(opened)
        documents = []
        for number, run in enumerate(runs):
            with watch.step("read"):
                fields = self.read(opened, run)
                beside = papers_beside(opened, runs, number)
            with watch.step("values"):
                fields = self.complete(opened, run, fields)
            with watch.step("check"):
                documents.append(self.check(run, fields, beside))
        return Inspection(file=shown_as, documents=tuple(documents), seconds=watch.seconds(time.perf_counter() - begun))

    def _with_values(
        self,
        opened: OpenedScan,
        run: DocumentRun,
        fields: dict[str, FieldReading],
        keys: Collection[str],
        between: Callable[[], None] = lambda: None,
    ) -> dict[str, FieldReading]:
        if self._values is None:
            return fields
        wanted = {key: reading for key, reading in fields.items() if key in keys}
        found = self._values.read(crops(opened, run, wanted), between)
        return {key: _with_value(reading, found.get(key)) for key, reading in fields.items()}


def _with_value(reading: FieldReading, found: ValueReading | None) -> FieldReading:
    """The reading with what was read of it; in doubt no value, but what it may be and how sure the likeliest is."""
    if found is None or reading.state is not FieldState.FILLED:
        return reading
    candidates = found.candidates if found.value is None else ()
    update = {"value": found.value, "candidates": candidates, "confidence": round(found.confidence, 3)}
    return reading.model_copy(update=update)


class Around(Frozen):
    """The surroundings of a form's fields that count in its judgement."""

    beside: tuple[str, ...] = ()
    """Attachments and forms handed over with it."""
    crowded: tuple[int, ...] = ()
    """Pages whose picture seems to hold more than the form's page."""
    broken: tuple[int, ...] = ()
    """Pages that the feeder did not pull in one piece."""
    mixed: bool = False
    """The scan holds several copies of the form."""


def around(run: DocumentRun, beside: Sequence[str]) -> Around:
    """Find the surroundings of the fields of `run`."""
    crowded = tuple(page.reading.source_page for page in run.pages if page.crowded)
    broken = tuple(page.reading.source_page for page in run.pages if page.broken)
    return Around(beside=tuple(beside), crowded=crowded, broken=broken, mixed=run.mixed)


def judge(document: Document, definition: Definition, beside: Around, *, on: date) -> Document:
    """The document with the findings and the verdict that its fields have now; needs no picture."""
    pages = [page.form_page for page in document.pages if page.form_page is not None]
    findings, _ = check(definition, document.fields, pages_seen=pages, attachments=beside.beside, on=on)
    findings = with_doubts(findings, crowded=beside.crowded, broken=beside.broken, mixed=beside.mixed)
    verdict = verdict_of(findings)
    if document.confidence <= TORN:  # C-13: a wrong form never gets a firm verdict
        verdict = Verdict.UNSURE
    return document.model_copy(update={"findings": findings, "verdict": verdict, "eservice": definition.eservice})


def described(run: DocumentRun, fields: dict[str, FieldReading]) -> Document:
    """The document without judgement."""
    definition = run.definition
    named = {} if definition is None else {
        "provider": definition.provider, "form": definition.form,
        "edition": definition.edition, "language": definition.language,
    }  # fmt: skip
    return Document(
        kind=run.kind,
        attached_to=run.attached_to,
        same_face=run.same_face,
        confidence=round(run.confidence, 3),
        pages=tuple(page.reading for page in run.pages),
        fields=fields,
        **named,
    )
