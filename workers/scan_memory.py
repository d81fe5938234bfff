"""The short memory of the journey: the pixels, runs and fields of the last few scans, kept between stages.

Everything here can be made again by the reader from the scan's bytes, so nothing is lost when it is forgotten.
"""

import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from PIL import Image

from intake.base import durable
from intake.base.errors import NotHere
from intake.base.filing import FieldReading, Kind
from intake.forms.model import Definition
from intake.jail.pixels import Gray, OpenedScan, PagePixels
from intake.read import Corners, form_corners_mm, skewed, upright
from intake.reader import Reader
from intake.recognise import DocumentRun
from intake.recognise.runs import RunPage
from workers.ledger.blobs import Blobs

KEPT_SCANS, KEPT_BYTES = 16, 200_000_000
"""About 23 pages of A4 at 300 dpi; the scan in hand is kept whatever its size."""
PREVIEW_WIDTH_PX = 1000
AS_IT_LIES = (0, 0.0)
"""Neither turned nor straightened."""
_KEPT_AT_ONCE = 4
NO_TURNS: Mapping[int, int] = {}
"""By page number by how many degrees a person turned it further, clockwise."""
Scans = tuple[str, ...]
"""SHA-256 of each file of one hand-over, in page order."""


@dataclass(slots=True)
class _Known:
    """What is known of one hand-over so far; its pages can be had while they are being read."""

    opening: threading.Lock = field(default_factory=threading.Lock)
    reading: threading.RLock = field(default_factory=threading.RLock)
    opened: OpenedScan | None = None
    runs: tuple[DocumentRun, ...] | None = None
    fields: dict[int, dict[str, FieldReading]] = field(default_factory=dict)
    """By the run's place."""

    @property
    def kept_bytes(self) -> int:
        return 0 if self.opened is None else sum(page.kept_bytes for page in self.opened.pages)


class ScanMemory:
    """The reader's results by the scans they came from, each made when it is first asked for. Safe to share."""

    def __init__(self, reader: Reader, blobs: Blobs, noted_pages: Callable[[str], int | None]) -> None:
        """`blobs` holds the scans' bytes; `noted_pages` says how many a scan had at first, for its numbers stay."""
        self._reader, self._blobs, self._noted_pages = reader, blobs, noted_pages
        self._kept: OrderedDict[Scans, _Known] = OrderedDict()
        self._previews: WeakKeyDictionary[PagePixels, dict[tuple[int, float], bytes]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def _known(self, scans: Scans) -> _Known:
        """What is known of the hand-over; the hand-over used longest ago is forgotten."""
        with self._lock:
            known = self._kept.setdefault(scans, _Known())
            self._kept.move_to_end(scans)
            while len(self._kept) > KEPT_SCANS or (len(self._kept) > 1 and self._kept_bytes() > KEPT_BYTES):
                self._kept.popitem(last=False)
        return known

    def _kept_bytes(self) -> int:
        return sum(known.kept_bytes for known in self._kept.values())

    def opened(self, scans: Scans) -> OpenedScan:
        """The pages of a hand-over's files, one file after the other. Raises Refused, Damaged."""
        known = self._known(scans)
        with known.opening:
            if known.opened is None:
                known.opened = _together([self._open(scan) for scan in scans])
            return known.opened

    def _open(self, scan: str) -> OpenedScan:
        with self._blobs.as_file(scan) as path:
            return self._reader.open(path, self._noted_pages(scan))

    def at_hand(self, scan: str) -> OpenedScan | None:
        """The pages of one file if they are in memory now; waits for nobody who reads them."""
        with self._lock:
            known = self._kept.get((scan,))
        return known.opened if known is not None else None

    def alike(self, scan: str, page: int) -> tuple[Definition, ...]:
        """The forms that a page of a file resembles, the likeliest first; none if its bytes are not here."""
        try:
            return self._reader.alike(self.opened((scan,)).pages[page - 1])
        except NotHere:
            return ()

    def page_counts(self, scans: Scans) -> tuple[int, ...]:
        """How many pages each file of the hand-over has. Raises as `opened`."""
        return tuple(len(pictures) for pictures in self.pictures(scans))

    def pictures(self, scans: Scans) -> tuple[tuple[int, ...], ...]:
        """For each file of the hand-over and each of its pages the file's page that it is or was cut out of."""
        files = [self.opened((scan,)) for scan in scans]
        return tuple(file.pictures or tuple(range(1, len(file.pages) + 1)) for file in files)

    def cut_out(self, scans: Scans, pages: Sequence[int]) -> list[int]:
        """Those of `pages` that were cut out of a picture with several sheets."""
        cut = [pictures.count(picture) > 1 for pictures in self.pictures(scans) for picture in pictures]
        return [page for page in pages if cut[page - 1]]

    def runs(self, scans: Scans) -> tuple[DocumentRun, ...]:
        """The hand-over's pages as runs that belong together."""
        known = self._known(scans)
        with known.reading:
            if known.runs is None:
                known.runs = self._reader.recognise(self.opened(scans))
            return known.runs

    def fields(self, scans: Scans, place: int) -> dict[str, FieldReading]:
        """The fields of the run at `place` as the reader reads them for the check."""
        known = self._known(scans)
        with known.reading:
            if place not in known.fields:
                known.fields[place] = self._reader.read(self.opened(scans), self.runs(scans)[place])
            return known.fields[place]

    def prefetch(self, content: bytes) -> None:
        """Read a file that was not taken over yet, so that its verdict is ready sooner. Raises as `opened`."""
        scans = (hashlib.sha256(content).hexdigest(),)
        known = self._known(scans)
        with known.opening:
            if known.opened is None:
                with durable.memory_file([content]) as path:
                    known.opened = self._reader.open(path)
        for place, run in enumerate(self.runs(scans)):
            self.fields(scans, place)
            for page in run.pages:
                self._preview(known.opened, page)

    def filing_runs(
        self, scans: Scans, pages: Sequence[int], turns: Mapping[int, int] = NO_TURNS
    ) -> tuple[DocumentRun, ...]:
        """The runs that make up one filing, its form first, renumbered so that attachments point at the first.

        Of a run that goes on in another filing, since a person moved pages, only the pages of this one. The pages of a
        form lie as on the form; the others in the order of `pages`, each turned further as a person did.
        """
        place = {page: number for number, page in enumerate(pages)}
        cut = [_laid(run, place, turns) for run in self.runs(scans)]
        runs = [run for run in cut if run.pages]
        runs.sort(key=lambda run: (run.kind is not Kind.FORM, place[run.pages[0].reading.source_page]))
        if runs[0].kind is not Kind.FORM:  # taken out of its form's filing by a person
            return tuple(replace(run, kind=Kind.UNKNOWN, attached_to=None) for run in runs)
        return tuple(run if run.attached_to is None else replace(run, attached_to=0) for run in runs)

    def form_among_runs(self, scans: Scans, pages: Sequence[int]) -> tuple[tuple[DocumentRun, ...], int]:
        """All runs of the hand-over and the place of the filing's form, to which its formless pages are attached."""
        runs, wanted = self.runs(scans), set(pages)
        first = self.filing_runs(scans, pages)[0].pages[0].reading.source_page
        numbers = [{page.reading.source_page for page in run.pages} for run in runs]
        place = next(place for place, here in enumerate(numbers) if first in here)
        return tuple(
            replace(run, kind=Kind.ATTACHMENT, attached_to=place)
            if number != place and run.definition is None and here <= wanted
            else run
            for number, (run, here) in enumerate(zip(runs, numbers, strict=True))
        ), place

    def keep_previews(self, scans: Scans, pages: Sequence[int], turns: Mapping[int, int] = NO_TURNS) -> dict[str, str]:
        """By page number the SHA-256 of a kept picture of each of the filing's pages, upright."""
        opened = self.opened(scans)
        seen = [page for run in self.filing_runs(scans, pages, turns) for page in run.pages]
        with ThreadPoolExecutor(_KEPT_AT_ONCE) as several:  # a disk takes several files in the time of one
            names = several.map(self._blobs.put, [self._preview(opened, page) for page in seen])
            return {str(page.reading.source_page): name for page, name in zip(seen, names, strict=True)}

    def as_opened(self, page: PagePixels) -> bytes:
        """A page's picture as the file has it, made once for as long as its pixels are kept."""
        return self._once(page, AS_IT_LIES, lambda: page.gray)

    def _preview(self, opened: OpenedScan, page: RunPage) -> bytes:
        """A page's picture upright, made once for as long as its pixels are kept."""
        lies = page.reading.turned, page.reading.skew_degrees if skewed(page) else 0.0
        return self._once(opened.pages[page.reading.source_page - 1], lies, lambda: upright(opened, page))

    def _once(self, page: PagePixels, lies: tuple[int, float], gray: Callable[[], Gray]) -> bytes:
        made = self._previews.setdefault(page, {})
        if lies not in made:
            made[lies] = preview(gray())
        return made[lies]

    def upright_pages(
        self, scans: Scans, pages: Sequence[int], turns: Mapping[int, int] = NO_TURNS
    ) -> list[tuple[Gray, float]]:
        """The filing's pages upright and straightened, each with its dpi, the form's first."""
        opened = self.opened(scans)
        return [
            (upright(opened, page), opened.pages[page.reading.source_page - 1].dpi)
            for run in self.filing_runs(scans, pages, turns)
            for page in run.pages
        ]

    def form_corners(self, scans: Scans, pages: Sequence[int]) -> dict[int, Corners]:
        """By page number where a form's page lies on the upright page, in mm."""
        opened, found = self.opened(scans), {}
        for run in self.filing_runs(scans, pages):
            sizes = run.definition.pages if run.definition else ()
            for page in run.pages if sizes else ():
                size = sizes[(page.reading.form_page or 1) - 1]
                corners = form_corners_mm(opened, page, size.width_mm, size.height_mm)
                if corners is not None:
                    found[page.reading.source_page] = corners
        return found


def _laid(run: DocumentRun, place: Mapping[int, int], turns: Mapping[int, int]) -> DocumentRun:
    """The pages of `run` that have a place; those of no form in the order of places and turned as a person did."""
    mine = [page for page in run.pages if page.reading.source_page in place]
    if run.definition is not None:
        return replace(run, pages=tuple(mine))
    mine.sort(key=lambda page: place[page.reading.source_page])
    return replace(run, pages=tuple(_turned(page, turns.get(page.reading.source_page, 0)) for page in mine))


def _turned(page: RunPage, further: int) -> RunPage:
    if not further:
        return page
    turned = (page.reading.turned + further) % 360
    return replace(page, reading=page.reading.model_copy(update={"turned": turned}))


def preview(gray: Gray, width: int = PREVIEW_WIDTH_PX) -> bytes:
    """`gray` as a JPEG at most `width` px wide: the picture of a page that the advisor sees, of pixels of our own."""
    image = Image.fromarray(gray)
    if image.width > width:
        height = max(1, round(image.height * width / image.width))
        image = image.resize((width, height), Image.Resampling.BOX)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=72)
    return out.getvalue()


def lossless(page: PagePixels) -> bytes:
    """A page as a PNG: every pixel as it was read, which is grey."""
    out = io.BytesIO()
    Image.fromarray(page.gray).save(out, "PNG", dpi=(page.dpi, page.dpi))
    return out.getvalue()


def _together(opened: Sequence[OpenedScan]) -> OpenedScan:
    """Several files of one hand-over as one scan."""
    if len(opened) == 1:
        return opened[0]
    notes = tuple(dict.fromkeys(note for file in opened for note in file.notes))
    return OpenedScan(pages=tuple(page for file in opened for page in file.pages), notes=notes)
