"""Look at one file: open it in the jail, recognise its forms, read their fields, judge completeness.

The same eyes serve `inspect` (nothing is stored) and the journey (stage by stage). What they see depends only on the
bytes, the catalogue and the day.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType

from intake.base.errors import Refused
from intake.base.filing import Document, FieldReading, FieldState, InspectError, Inspection, Seconds, Verdict
from intake.check import check, verdict_of, with_doubts
from intake.check.attachments_present import companions
from intake.forms.model import Definition
from intake.jail.jail import Jail
from intake.jail.pixels import OpenedScan
from intake.read import crops, read_fields
from intake.recognise import DocumentRun, recognise
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


class Eyes:
    """A warm jail, the index of all known faces, and a warm reader of values."""

    def __init__(self, definitions: Sequence[Definition], *, on: date, values: bool = True) -> None:
        """`definitions`: all editions known; `on`: the day by which editions and rules count."""
        self.on = on
        self.definitions = tuple(one for one in definitions if one.valid_from is None or one.valid_from <= on)
        self.index = Index.of(self.definitions)
        self._jail = Jail(warm=True)
        self._values = ValueReader(on=on) if values else None

    def __enter__(self) -> "Eyes":
        self._jail.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._jail.__exit__(kind, error, trace)

    def open(self, path: Path) -> OpenedScan:
        """All pages of `path`. Raises Refused."""
        return self._jail.open_scan(path)

    def recognise(self, opened: OpenedScan) -> tuple[DocumentRun, ...]:
        """Runs of pages that belong together; every page in exactly one."""
        return recognise(opened, self.index)

    def read(self, opened: OpenedScan, seen: DocumentRun) -> dict[str, FieldReading]:
        """Every field of the form's pages that are here; {} for what is no form."""
        return read_fields(opened, seen) if seen.definition is not None else {}

    def read_values(
        self,
        opened: OpenedScan,
        seen: DocumentRun,
        fields: dict[str, FieldReading],
        *,
        only: Collection[str] | None = None,
    ) -> dict[str, FieldReading]:
        """The same fields with the values that matter filled in; `only`: of these keys."""
        if self._values is None or seen.definition is None:
            return fields
        wanted = {key: reading for key, reading in fields.items() if only is None or key in only}
        found = self._values.read(crops(opened, seen, wanted))
        return {key: with_value(reading, found.get(key)) for key, reading in fields.items()}

    def judge(self, seen: DocumentRun, fields: dict[str, FieldReading], attachments: Sequence[str] = ()) -> Document:
        """The document with its findings and verdict."""
        document = described(seen, fields)
        definition = seen.definition
        if definition is None:
            return document
        pages = [page.reading.form_page for page in seen.pages if page.reading.form_page is not None]
        findings, _ = check(definition, fields, pages_seen=pages, attachments=attachments, on=self.on)
        crowded = [page.reading.source_page for page in seen.pages if page.crowded]
        findings = with_doubts(findings, crowded=crowded, mixed=seen.mixed)
        verdict = verdict_of(findings)
        if seen.confidence <= TORN:  # C-13: a wrong form never gets a firm verdict
            verdict = Verdict.UNSURE
        told = {"findings": findings, "verdict": verdict, "eservice": definition.eservice}
        return document.model_copy(update=told)

    def look(self, path: Path, shown_as: str) -> Inspection:
        """Do everything at once, with the time of each step; a refused file is in the result, not raised."""
        watch, begun = Stopwatch(), time.perf_counter()
        try:
            with watch.step("open"):
                opened = self.open(path)
        except Refused as refused:
            error = InspectError(code=refused.code, text=refused.text)
            return Inspection(file=shown_as, error=error, seconds=watch.seconds(time.perf_counter() - begun))
        with watch.step("recognise"):
            runs = self.recognise(opened)
        documents = tuple(self._document(opened, runs, number, watch) for number in range(len(runs)))
        return Inspection(file=shown_as, documents=documents, seconds=watch.seconds(time.perf_counter() - begun))

    def _document(self, opened: OpenedScan, runs: Sequence[DocumentRun], number: int, watch: Stopwatch) -> Document:
        seen = runs[number]
        with watch.step("read"):
            fields = self.read(opened, seen)
            attachments = companions(opened, runs, number)
        with watch.step("values"):
            fields = self.read_values(opened, seen, fields)
        with watch.step("check"):
            return self.judge(seen, fields, attachments)


def with_value(reading: FieldReading, found: ValueReading | None) -> FieldReading:
    """The reading with what was read of it; in doubt no value, but what it may be and how sure the likeliest is."""
    if found is None or reading.state is not FieldState.FILLED:
        return reading
    candidates = found.candidates if found.value is None else ()
    update = {"value": found.value, "candidates": candidates, "confidence": round(found.confidence, 3)}
    return reading.model_copy(update=update)


def described(seen: DocumentRun, fields: dict[str, FieldReading]) -> Document:
    """The document without judgement."""
    definition = seen.definition
    named = {} if definition is None else {
        "provider": definition.provider, "form": definition.form,
        "edition": definition.edition, "language": definition.language,
    }  # fmt: skip
    return Document(
        kind=seen.kind,
        attached_to=seen.attached_to,
        same_face=seen.same_face,
        confidence=round(seen.confidence, 3),
        pages=tuple(page.reading for page in seen.pages),
        fields=fields,
        **named,
    )
