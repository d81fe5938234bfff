"""What the journey's stages see of a scan: the pixels of the last few scans, kept between stages.

Everything here can be made again from the scan's bytes, so nothing is lost when it is forgotten.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from intake.base import durable
from intake.base.filing import Document, FieldReading, Kind
from intake.check.asked import asked_values
from intake.check.attachments_present import companions
from intake.jail.pixels import Gray, OpenedScan
from intake.read import upright
from intake.reader import Eyes, described
from intake.recognise import DocumentRun
from workers.ledger.blobs import Blobs
from workers.pages.picture import preview

KEPT_SCANS, KEPT_BYTES = 16, 200_000_000
"""About 23 pages of A4 at 300 dpi; the scan in hand is kept whatever its size."""
Scans = tuple[str, ...]
"""SHA-256 of each file of one hand-over, in page order."""
_FIELDS = TypeAdapter(dict[str, FieldReading])
_NAMES = TypeAdapter(list[str])


@dataclass(slots=True)
class _Memory:
    """What is known of one hand-over so far. Whoever looks at it holds its lock; nobody waits for another's."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    opened: OpenedScan | None = None
    runs: tuple[DocumentRun, ...] | None = None
    fields: dict[int, dict[str, FieldReading]] = field(default_factory=dict)
    """By the run's place: the fields with the values that the check asks for."""

    @property
    def kept_bytes(self) -> int:
        return 0 if self.opened is None else sum(page.kept_bytes for page in self.opened.pages)


class Sight:
    """The eyes, with a short memory. Safe to share between threads."""

    def __init__(self, eyes: Eyes, blobs: Blobs) -> None:
        """`blobs` holds the scans' bytes."""
        self._eyes, self._blobs = eyes, blobs
        self._kept: OrderedDict[Scans, _Memory] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def _memory(self, scans: Scans) -> Iterator[_Memory]:
        """What is known of the hand-over, ours alone; the one used longest ago is forgotten."""
        with self._lock:
            memory = self._kept.setdefault(scans, _Memory())
            self._kept.move_to_end(scans)
            while len(self._kept) > KEPT_SCANS or (len(self._kept) > 1 and self._kept_bytes() > KEPT_BYTES):
                self._kept.popitem(last=False)
        with memory.lock:
            yield memory

    def _kept_bytes(self) -> int:
        return sum(one.kept_bytes for one in self._kept.values())

    def opened(self, scans: Scans) -> OpenedScan:
        """The pages of a hand-over's files, one after the other. Raises Refused, Damaged."""
        with self._memory(scans) as memory:
            if memory.opened is None:
                memory.opened = joined([self._open(scan) for scan in scans])
            return memory.opened

    def look_ahead(self, content: bytes) -> None:
        """See a file that was not taken over yet, so that its verdict is ready sooner. Raises as `opened`."""
        scans = (hashlib.sha256(content).hexdigest(),)
        with self._memory(scans) as memory:
            if memory.opened is None:
                with durable.memory_file([content]) as path:
                    memory.opened = self._eyes.open(path)
            for place in range(len(self.runs(scans))):
                self._fields(scans, place)

    def _open(self, scan: str) -> OpenedScan:
        with self._blobs.as_file(scan) as path:
            return self._eyes.open(path)

    def runs(self, scans: Scans) -> tuple[DocumentRun, ...]:
        """The scan's pages as runs that belong together."""
        with self._memory(scans) as memory:
            if memory.runs is None:
                memory.runs = self._eyes.recognise(self.opened(scans))
            return memory.runs

    def _fields(self, scans: Scans, place: int) -> dict[str, FieldReading]:
        """The fields of one run with the values that the check asks for; {} for what is no form."""
        with self._memory(scans) as memory:
            opened, run = self.opened(scans), self.runs(scans)[place]
            if place not in memory.fields:
                asked = asked_values(run.definition) if run.definition else ()
                memory.fields[place] = self._eyes.read_values(opened, run, self._eyes.read(opened, run), only=asked)
            return memory.fields[place]

    def read(self, scans: Scans, pages: Sequence[int]) -> dict[str, object]:
        """Facts for the ledger: the form's fields with the values that the check asks for, a picture of each page."""
        opened, every, runs = self.opened(scans), self.runs(scans), self._runs_of(scans, pages)
        place = _place(every, runs[0])
        pictures = {
            str(page.reading.source_page): self._blobs.put(preview(upright(opened, page)))
            for seen in runs
            for page in seen.pages
        }
        return {
            "beside": companions(opened, _attached(every, pages, place), place),
            "fields": {key: one.model_dump(mode="json") for key, one in self._fields(scans, place).items()},
            "pictures": pictures,
        }

    def judge(self, scans: Scans, pages: Sequence[int], facts: Mapping[str, object]) -> tuple[Document, ...]:
        """The filing's documents, the form first, judged by what was read."""
        runs = self._runs_of(scans, pages)
        fields = _FIELDS.validate_python(facts["fields"])
        first = self._eyes.judge(runs[0], fields, _NAMES.validate_python(facts["beside"]))
        return (first, *(described(seen, {}) for seen in runs[1:]))

    def complete(self, scans: Scans, pages: Sequence[int], documents: Sequence[Document]) -> tuple[Document, ...]:
        """The same documents with the values that could wait until the customer had the verdict."""
        run, first = self._runs_of(scans, pages)[0], documents[0]
        waited = [key for key, reading in first.fields.items() if reading.confidence is None or reading.value is None]
        fields = self._eyes.read_values(self.opened(scans), run, dict(first.fields), only=waited)
        return (first.model_copy(update={"fields": fields}), *documents[1:])

    def upright_pages(self, scans: Scans, pages: Sequence[int]) -> list[tuple[Gray, float]]:
        """The filing's pages upright and straightened, each with its dpi, in page order."""
        opened = self.opened(scans)
        return [
            (upright(opened, page), opened.pages[page.reading.source_page - 1].dpi)
            for seen in self._runs_of(scans, pages)
            for page in seen.pages
        ]

    def page_counts(self, scans: Scans) -> tuple[int, ...]:
        """How many pages each file of the hand-over has."""
        return tuple(len(self.opened((scan,)).pages) for scan in scans)

    def _runs_of(self, scans: Scans, pages: Sequence[int]) -> tuple[DocumentRun, ...]:
        """The runs that make up one filing, its form first, renumbered so that attachments point at the first.

        Of a run that goes on in another filing, since a person moved pages, only the pages of this one.
        """
        wanted = set(pages)
        cut = (
            replace(seen, pages=tuple(page for page in seen.pages if page.reading.source_page in wanted))
            for seen in self.runs(scans)
        )
        runs = sorted((seen for seen in cut if seen.pages), key=lambda seen: seen.kind is not Kind.FORM)
        return tuple(seen if seen.attached_to is None else replace(seen, attached_to=0) for seen in runs)


def _attached(runs: Sequence[DocumentRun], pages: Sequence[int], place: int) -> tuple[DocumentRun, ...]:
    """The scan's runs, those of this filing's pages that are no forms attached to its form at `place`."""
    wanted = set(pages)
    return tuple(
        replace(seen, kind=Kind.ATTACHMENT, attached_to=place)
        if number != place and seen.definition is None and {page.reading.source_page for page in seen.pages} <= wanted
        else seen
        for number, seen in enumerate(runs)
    )


def _place(runs: Sequence[DocumentRun], one: DocumentRun) -> int:
    """Which of the scan's runs has its first page."""
    first = one.pages[0].reading.source_page
    return next(place for place, seen in enumerate(runs) if first in {page.reading.source_page for page in seen.pages})


def joined(opened: Sequence[OpenedScan]) -> OpenedScan:
    """Several files of one hand-over as one scan."""
    if len(opened) == 1:
        return opened[0]
    notes = tuple(dict.fromkeys(note for one in opened for note in one.notes))
    return OpenedScan(pages=tuple(page for one in opened for page in one.pages), notes=notes)
