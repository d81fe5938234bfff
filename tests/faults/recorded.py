"""A reader that replays readings, so that a paper costs milliseconds and the rest of the journey is real.

A recorded paper is a small valid PDF whose comment says what would be seen on it. What a perfect reader would read of
a sample is the recording; judging is the real check. `test_recorded.py` holds this reader to what the real one does.
"""

import os
import re
import signal
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from intake.base.errors import Refused
from intake.base.filing import FieldReading, Kind, PageReading
from intake.check.conditions import asked_values
from intake.forms.load import BUILTIN, load_catalogue, valid_on
from intake.forms.model import Definition
from intake.jail.pixels import OpenedScan, PagePixels
from intake.reader import Reader
from intake.recognise import DocumentRun
from intake.recognise.runs import RunPage
from intake.trial import readings, sample
from tests.scanners.support import pdf
from workers.run.new_point import DEMO_DAY

DPI = 20.0
_SHEET = np.full((234, 165), 235, np.uint8)
_SAID = re.compile(rb"%recorded ([a-z]+) \d+")
COMPLETE, GAP = ("dvv-nimi", "sv"), ("kela-sv4", "fi")
ON_PAPER: dict[str, tuple[tuple[str, str] | None, ...]] = {
    "complete": (COMPLETE,),
    "gap": (GAP,),
    "letter": (None,),
    "two": (COMPLETE, GAP),
    "half": (GAP,),
    "killer": (COMPLETE,),
}
"""What lies in the scan, form by form; None is a paper of nobody we know."""
DELIVERED = {"complete": 1, "gap": 0, "letter": 0, "two": 1, "bad": 0, "half": 0}
"""How many filings of such a paper go to a provider by themselves."""
FILINGS = {"complete": 1, "gap": 1, "letter": 1, "two": 2, "bad": 0, "half": 1}


def paper(kind: str, number: int, *, size: int = 0) -> bytes:
    """A scan of the given kind that no other number has; at least `size` bytes."""
    return pdf(body=b"recorded %s %d " % (kind.encode(), number) + b"x" * size)


@cache
def catalogue() -> tuple[Definition, ...]:
    """All shipped forms, read once for all rounds."""
    return load_catalogue([BUILTIN])


@cache
def form(name: str, language: str) -> Definition:
    """The edition of the demo's day."""
    return next(one for one in valid_on(catalogue(), DEMO_DAY) if (one.form, one.language) == (name, language))


@cache
def written(name: str, language: str) -> dict[str, FieldReading]:
    """The recording: a complete form, but for the signature where a gap is wanted."""
    definition = form(name, language)
    values = dict(sample(definition, seed=3, extra=0).values)
    if (name, language) == GAP:
        values.pop("allekirjoitus")
    return readings(definition, values)


def _pages(kind: str, one: tuple[str, str] | None) -> int:
    """How many pages of the form are there; of "half" the last one went through the scanner with another (B-14)."""
    return 1 if one is None else len(form(*one).pages) - (kind == "half")


class RecordedReader(Reader):
    """A reader without a jail, an index or a reader of values: everything but the check is replayed."""

    def __init__(self, definitions: Sequence[Definition], *, on: date, values: bool = True) -> None:
        self.on, self.definitions = on, tuple(definitions)

    def __enter__(self) -> "RecordedReader":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def open(self, path: Path, _: int | None = None) -> OpenedScan:
        """The pages that the paper's comment tells of; what has no such comment is refused."""
        said = _SAID.search(path.read_bytes())
        kind = said[1].decode() if said else ""
        if kind not in ON_PAPER:
            raise Refused("damaged")
        if kind == "killer":  # the kernel takes the worker, not the child
            os.kill(os.getpid(), signal.SIGKILL)
        count = sum(_pages(kind, one) for one in ON_PAPER[kind])
        return OpenedScan(pages=(PagePixels(_SHEET, DPI),) * count, notes=(kind,))

    def recognise(self, opened: OpenedScan) -> tuple[DocumentRun, ...]:
        """One run for each form."""
        runs: list[DocumentRun] = []
        first = 1
        for one in ON_PAPER[opened.notes[0]]:
            count = _pages(opened.notes[0], one)
            pages = tuple(
                RunPage(PageReading(source_page=first + at, form_page=None if one is None else at + 1))
                for at in range(count)
            )
            kind, definition = (Kind.UNKNOWN, None) if one is None else (Kind.FORM, form(*one))
            runs.append(
                DocumentRun(kind=kind, pages=pages, definition=definition, confidence=0.0 if one is None else 1.0)
            )
            first += count
        return tuple(runs)

    def read(self, opened: OpenedScan, run: DocumentRun) -> dict[str, FieldReading]:
        """The recorded fields of the pages that are there, with the values that the check asks for."""
        if run.definition is None:
            return {}
        found = written(run.definition.form, run.definition.language)
        here = {page.reading.form_page for page in run.pages}
        asked = asked_values(run.definition)
        return {
            field.key: found[field.key]
            if field.key in asked
            else found[field.key].model_copy(update={"value": None, "confidence": None})
            for field in run.definition.fields
            if here & {place.page for place in field.places}
        }

    def complete(
        self,
        opened: OpenedScan,
        run: DocumentRun,
        fields: dict[str, FieldReading],
        between: Callable[[], None] = lambda: None,
    ) -> dict[str, FieldReading]:
        """The recorded values of the other fields."""
        between()
        if run.definition is None:
            return fields
        found = written(run.definition.form, run.definition.language)
        return {key: found[key] if reading.value is None else reading for key, reading in fields.items()}
