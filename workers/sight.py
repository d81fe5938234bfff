"""What the journey's stages see of a scan: the pixels of the last few scans, kept between stages.

Everything here can be made again from the scan's bytes, so nothing is lost when it is forgotten.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from intake.console.picture import preview
from intake.filing import Document, FieldReading
from intake.ledger.blobs import Blobs
from intake.look import Eyes, attachments_of, described
from intake.pages import Gray, OpenedScan
from intake.read import upright
from intake.recognise import Seen

KEPT_SCANS = 2
_FIELDS = TypeAdapter(dict[str, FieldReading])


class Sight:
    """The eyes, with a short memory."""

    def __init__(self, eyes: Eyes, blobs: Blobs) -> None:
        """`blobs` holds the scans' bytes."""
        self._eyes, self._blobs = eyes, blobs
        self._opened: OrderedDict[str, OpenedScan] = OrderedDict()
        self._runs: dict[str, tuple[Seen, ...]] = {}
        self._lock = threading.RLock()

    def opened(self, scan: str) -> OpenedScan:
        """The pages of a scan. Raises Refused, Damaged."""
        with self._lock:
            if scan not in self._opened:
                with self._blobs.as_file(scan) as path:
                    self._opened[scan] = self._eyes.open(path)
                while len(self._opened) > KEPT_SCANS:
                    self._runs.pop(self._opened.popitem(last=False)[0], None)
            self._opened.move_to_end(scan)
            return self._opened[scan]

    def runs(self, scan: str) -> tuple[Seen, ...]:
        """The scan's pages as runs that belong together."""
        with self._lock:
            opened = self.opened(scan)
            if scan not in self._runs:
                self._runs[scan] = self._eyes.recognise(opened)
            return self._runs[scan]

    def read(self, scan: str, pages: Sequence[int]) -> dict[str, object]:
        """Facts for the ledger: the form's fields with their values, and a picture of each page."""
        with self._lock:
            opened = self.opened(scan)
            runs = self._runs_of(scan, pages)
            fields = self._eyes.read_values(opened, runs[0], self._eyes.read(opened, runs[0]))
            pictures = {
                str(page.reading.source_page): self._blobs.put(preview(upright(opened, page)))
                for seen in runs
                for page in seen.pages
            }
            return {
                "fields": {key: reading.model_dump(mode="json") for key, reading in fields.items()},
                "pictures": pictures,
            }

    def judge(self, scan: str, pages: Sequence[int], facts: Mapping[str, object]) -> tuple[Document, ...]:
        """The filing's documents, the form first, judged by what was read."""
        with self._lock:
            runs = self._runs_of(scan, pages)
            fields = _FIELDS.validate_python(facts["fields"])
            first = self._eyes.judge(runs[0], fields, attachments_of(runs, 0))
            return (first, *(described(seen, {}) for seen in runs[1:]))

    def upright_pages(self, scan: str, pages: Sequence[int]) -> list[tuple[Gray, float]]:
        """The filing's pages upright and straightened, each with its dpi, in page order."""
        with self._lock:
            opened = self.opened(scan)
            return [
                (upright(opened, page), opened.pages[page.reading.source_page - 1].dpi)
                for seen in self._runs_of(scan, pages)
                for page in seen.pages
            ]

    def _runs_of(self, scan: str, pages: Sequence[int]) -> tuple[Seen, ...]:
        """The runs that make up one filing, renumbered so that attachments point at the first."""
        wanted = set(pages)
        runs = [seen for seen in self.runs(scan) if {page.reading.source_page for page in seen.pages} <= wanted]
        return tuple(seen if seen.attached_to is None else replace(seen, attached_to=0) for seen in runs)
