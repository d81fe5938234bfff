"""How long a page takes on one core, beside OCRmyPDF and Tesseract on the same pages; growth and memory.

python -m tests.bench.speed --corpus DIR [--pages 12] [--cache DIR]

Whole seconds a page as the advisor waits for them: the jail's work is counted, and everything is pinned to one core.
"""

import argparse
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytesseract
from PIL import Image

from intake.forms.load import load_catalogue
from intake.forms.model import Definition
from intake.jail.jail import Jail
from intake.reader import Reader
from intake.recognise import recognise
from intake.recognise.index import Index
from tests.bench.accuracy import catalogue, scans
from tests.recognise.paper import Edition, define

SIZES = (50, 200, 1000)
MOST_VALUES = 10
KINDS = ("name", "date", "postcode", "integer", "phone")


def with_values(definitions: Sequence[Definition]) -> tuple[Definition, ...]:
    """The same forms with up to ten text fields of each page marked as mattering, whatever the blank said."""
    changed = []
    for one in definitions:
        wanted = [field.key for page in range(1, len(one.pages) + 1) for field in _texts(one, page)[:MOST_VALUES]]
        fields = tuple(
            replace_value(field, KINDS[number % len(KINDS)] if field.key in wanted else None)
            for number, field in enumerate(one.fields)
        )
        changed.append(one.model_copy(update={"fields": fields}))
    return tuple(changed)


def _texts(one: Definition, page: int) -> list:
    return [field for field in one.fields if field.kind in ("text", "comb", "date") and field.places[0].page == page]


def replace_value(field, value: str | None):
    """The field with another kind of value."""
    return field.model_copy(update={"value": value})


def seconds(work: Callable[[Path], object], files: Sequence[Path]) -> float:
    """The median wall time of `work` over the files."""
    spent = []
    for file in files:
        begun = time.perf_counter()
        work(file)
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


def as_pdf(image: Image.Image, folder: Path, name: str) -> Path:
    """The page as a scanner's PDF, for OCRmyPDF."""
    path = folder / f"{name}.pdf"
    buffer = io.BytesIO()
    image.convert("L").save(buffer, "PDF", resolution=300, quality=80)
    path.write_bytes(buffer.getvalue())
    return path


def ocrmypdf(file: Path) -> None:
    """As an office would run it: straighten, turn, both languages."""
    command = ["ocrmypdf", "--deskew", "--rotate-pages", "-l", "fin+swe", "--jobs", "1", "--force-ocr", "-q"]
    program = Path(sys.executable).with_name(command[0])
    subprocess.run([program, *command[1:], file, file.with_suffix(".out.pdf")], check=False, capture_output=True)


def tesseract(file: Path) -> None:
    """A full page to words."""
    with Jail(warm=False) as jail:
        gray = jail.open_scan(file).pages[0].gray
    begun = time.perf_counter()
    pytesseract.image_to_data(Image.fromarray(gray), lang="fin+swe")
    tesseract.spent.append(time.perf_counter() - begun)  # type: ignore[attr-defined]


tesseract.spent = []  # type: ignore[attr-defined]


def synthetic(count: int, folder: Path) -> tuple[Definition, ...]:
    """Drawn forms of two pages where the corpus ends."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(define(Edition(f"made{number:04d}", "1", seed=1000 + number), folder) for number in range(count))


def trimmed(definitions: Sequence[Definition], pages: int) -> tuple[Definition, ...]:
    """The first forms that have together at most so many pages."""
    chosen, total = [], 0
    for one in definitions:
        if total + len(one.pages) <= pages:
            chosen.append(one)
            total += len(one.pages)
    return tuple(chosen)


def growth(needed: Sequence[Definition], others: Sequence[Definition], files: Sequence[Path]) -> Iterator[str]:
    """Recognition's processor time and the index's size for catalogues of growing size.

    Every page is looked up in all of them in turn, each being first as often as the others: a machine that is now
    faster and now slower treats them alike.
    """
    with Jail(warm=True) as jail:
        opened = [jail.open_scan(file) for file in files]
    grown = []
    for size in SIZES:
        room = size - sum(len(one.pages) for one in needed)
        forms, begun = (*needed, *trimmed(others, max(room, 0))), time.process_time()
        index = Index.of(forms)
        grown.append(_Grown(index, time.process_time() - begun, held_by(forms)))
    for number, scan in enumerate(opened):
        turn = number % len(grown)
        for one in grown[turn:] + grown[:turn]:
            begun = time.process_time()
            recognise(scan, one.index)
            one.spent.append(time.process_time() - begun)
    first = statistics.median(grown[0].spent)
    for one in grown:
        pages = sum(len(form.pages) for form in one.index.definitions)
        median = statistics.median(one.spent)
        times = f"{1000 * median:6.0f} ms a page ({median / first:.2f} x)"
        yield f"{pages:5} form pages: {times}, ready in {one.ready:.2f} s, {one.megabytes / pages:.2f} MB a page"


@dataclass
class _Grown:
    index: Index
    ready: float
    """Processor seconds until it could be used."""
    megabytes: float
    spent: list[float] = field(default_factory=list)
    """Processor seconds a page."""


def held_by(forms: Sequence[Definition]) -> float:
    """Megabytes that the index of `forms` holds."""
    tracemalloc.start()
    index = Index.of(forms)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del index
    return held / 1e6


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--cache", type=Path, default=None)
    given = parser.parse_args(words)
    cv2.setNumThreads(1)
    os.environ["OMP_THREAD_LIMIT"] = "1"
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as scratch:
        cache = given.cache or Path(scratch)
        known = (
            load_catalogue([cache / "corpus"])
            if (cache / "corpus").exists()
            else catalogue(given.corpus, cache / "corpus")
        )
        truths = list(scans(given.corpus, None, 1))
        _compare(known, _some(truths, given), given.corpus, Path(scratch))
        needed = trimmed([one for one in known if any(one.form == Path(t["blank"]).stem for t in truths)], SIZES[0])
        rest = [one for one in known if one not in needed]
        names = {one.form for one in needed}
        theirs = [one for one in truths if Path(one["blank"]).stem in names]  # known in every catalogue
        files = _some(theirs, given)
        print(f"growth of recognition over {len(files)} pages (processor time)")
        for line in growth(needed, (*rest, *synthetic(470, cache / "made")), files):
            print(f"  {line}")


def _some(truths: Sequence[dict], given: argparse.Namespace) -> list[Path]:
    """As many scans as asked for, from all over the corpus."""
    every = max(1, len(truths) // given.pages)
    return [given.corpus / "filled-scans" / one["file"] for one in truths[::every]]


def _compare(known: Sequence[Definition], files: Sequence[Path], corpus: Path, scratch: Path) -> None:
    """The four ways over the same pages, and what is not one of ours."""
    strangers = sorted((corpus / "real-scans" / "leptonica" / "prog").glob("*.tif"))
    with Reader(known, on=date(2026, 1, 1), values=False) as reader:
        ink = seconds(lambda file: reader.inspect(file, ""), files)
        unknown = seconds(lambda file: reader.inspect(file, ""), strangers[:: max(1, len(strangers) // len(files))])
    with Reader(with_values(known), on=date(2026, 1, 1)) as reader:
        reader.inspect(files[0], "")
        valued = seconds(lambda file: reader.inspect(file, ""), files)
    pdfs = []
    with Jail(warm=False) as jail:
        for number, file in enumerate(files):
            pdfs.append(as_pdf(Image.fromarray(np.asarray(jail.open_scan(file).pages[0].gray)), scratch, f"p{number}"))
    office = seconds(ocrmypdf, pdfs)
    seconds(tesseract, files)
    words = statistics.median(tesseract.spent)  # type: ignore[attr-defined]
    print(f"{len(files)} pages, one core, median seconds a page")
    rows = {
        "verdict without values": ink, f"with up to {MOST_VALUES} values": valued, "not one of ours": unknown,
        "OCRmyPDF": office, "pytesseract, full page": words,
    }  # fmt: skip
    for name, spent in rows.items():
        print(f"  {name:28} {spent:7.3f}   1/{office / spent:.1f} of OCRmyPDF   1/{words / spent:.1f} of pytesseract")
    print(f"  not ours / known page: {unknown / ink:.2f}")


if __name__ == "__main__":
    main()
