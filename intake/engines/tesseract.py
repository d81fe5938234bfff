"""Whole pages to text: Tesseract with Finnish and Swedish, one thread, bounded, and nothing left behind.

Always both languages: the Finnish model alone knows no å. The page goes in and the words come out through pipes, so
no page lies in a temporary folder. Its language models are the operator's packages; `tesseract_ready` tells `doctor`.
"""

import os
from collections.abc import Iterator

from intake.base.errors import NotFound
from intake.engines.child import Ran, run_bounded
from intake.engines.text import MOST_WORDS, PageText, Word, clean_word
from intake.pages import Gray

LANGUAGES = ("fin", "swe")
_MISSING = "tesseract is not installed; install tesseract-ocr with tesseract-ocr-fin and tesseract-ocr-swe"
_MOST_BYTES = 4_000_000
_NICENESS = "10"  # the counter's verdict comes first
_COLUMNS = 12


def page_text(gray: Gray, dpi: float, *, timeout_seconds: float = 60.0, program: str = "tesseract") -> PageText:
    """The words of an upright page.

    A page that takes too long, overflows or breaks the engine gives no words and says why in `failed`; it is never
    an error of the whole filing. Raises NotFound when Tesseract is not installed.
    """
    height, width = gray.shape
    command = ["nice", "-n", _NICENESS, program, "stdin", "stdout", "-l", "+".join(LANGUAGES)]
    command += ["--dpi", str(max(70, round(dpi))), "tsv"]
    feed = b"P5\n%d %d\n255\n" % (width, height) + gray.tobytes()
    ran = _run(command, feed, timeout_seconds)
    if ran.ended in ("timeout", "too_much"):
        return PageText((), width, height, failed=ran.ended)
    if ran.ended == "failed":
        return PageText((), width, height, failed="engine")
    words = list(_words(ran.output, width, height))
    if len(words) > MOST_WORDS:
        return PageText((), width, height, failed="too_much")
    return PageText(tuple(words), width, height)


def tesseract_ready(*, program: str = "tesseract") -> tuple[str, ...]:
    """The languages that are missing, () when the engine is fit to run. Raises NotFound when it is not installed."""
    ran = _run([program, "--list-langs"], b"", 10.0)
    found = set(ran.output.decode("utf-8", errors="replace").split())
    return tuple(language for language in LANGUAGES if language not in found)


def _run(command: list[str], feed: bytes, seconds: float) -> Ran:
    known = {name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX") if name in os.environ}
    environment = known | {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
    try:
        ran = run_bounded(command, feed=feed, environment=environment, seconds=seconds, most_bytes=_MOST_BYTES)
    except FileNotFoundError as error:
        raise NotFound(_MISSING) from error
    return ran


def _words(untrusted_tsv: bytes, width: int, height: int) -> Iterator[Word]:
    """The believable words of Tesseract's table: on the page, of readable characters, with a confidence."""
    line, last = -1, None
    for row in untrusted_tsv.decode("utf-8", errors="replace").splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) != _COLUMNS or cells[0] != "5":
            continue
        try:
            left, top, wide, high = (int(cell) for cell in cells[6:10])
            confidence = float(cells[10]) / 100
        except ValueError:
            continue
        text = clean_word(cells[11])
        box = (max(left, 0), max(top, 0), min(left + wide, width), min(top + high, height))
        if not text or box[0] >= box[2] or box[1] >= box[3] or not 0 <= confidence <= 1:
            continue
        if cells[1:5] != last:
            line, last = line + 1, cells[1:5]
        yield Word(text, box, confidence, line)
