"""Whole pages to text with its places, by Tesseract: Finnish and Swedish, one thread, bounded processor time.

Always both languages: the Finnish model alone knows no å. A page goes to the engine through a pipe, so that it lies on
no disk (F-09). Its time is counted in its own processor time, so that what is read does not depend on how busy the
machine is. The language models are the operator's packages; `tesseract_ready` tells `doctor`.
"""

import os
import resource
import shutil
import signal
import subprocess
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from intake.base.errors import NotFound
from intake.jail.pixels import Gray

os.environ["OMP_THREAD_LIMIT"] = "1"  # F3: several threads for each page make all pages slower, many times over
COMMAND = "tesseract"
LANGUAGES = ("fin", "swe")
_MISSING = "tesseract is not installed; install tesseract-ocr with tesseract-ocr-fin and tesseract-ocr-swe"
_NICENESS = 10  # the counter's verdict comes first
_COLUMNS = [
    "level", "page_num", "block_num", "par_num", "line_num", "word_num", "left", "top", "width", "height", "conf",
    "text",
]  # fmt: skip
MOST_WORDS = 5_000
"""A4 pages hold some hundreds; more is noise taken for letters."""
LONGEST_WORD = 80


@dataclass(frozen=True, slots=True)
class Word:
    """One word and where it stands."""

    text: str
    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 in pixels of the page that was read."""
    confidence: float
    """0 to 1."""
    line: int
    """Words of one printed line share a number; numbers rise in reading order."""


@dataclass(frozen=True, slots=True)
class PageText:
    """The words of one page in reading order."""

    words: tuple[Word, ...]
    width: int
    height: int
    failed: str | None = None
    """Why there are no words although nobody could look: `timeout`, `too_much`, `engine`."""

    @property
    def text(self) -> str:
        """The words, a line each."""
        lines: dict[int, list[str]] = {}
        for word in self.words:
            lines.setdefault(word.line, []).append(word.text)
        return "\n".join(" ".join(words) for words in lines.values())

    @property
    def confidence(self) -> float:
        """The mean confidence of the words' letters, 0 when there are none."""
        letters = sum(len(word.text) for word in self.words)
        return sum(len(word.text) * word.confidence for word in self.words) / letters if letters else 0.0


def clean_word(untrusted_text: str) -> str:
    """`untrusted_text` in composed form without control, unassigned or replacement characters, of bounded length."""
    composed = unicodedata.normalize("NFC", untrusted_text[: 4 * LONGEST_WORD])
    kept = (character for character in composed if unicodedata.category(character)[0] != "C" and character != "�")
    return "".join("".join(kept).split())[:LONGEST_WORD]


def page_text(
    gray: Gray, dpi: float, *, cpu_seconds: int = 60, wall_seconds: float = 900.0, niceness: int = _NICENESS
) -> PageText:
    """The words of an upright page.

    A page that takes too long or breaks the engine gives no words and says why in `failed`; it is never an error of the
    whole filing (C-12). `cpu_seconds` is what the engine may take by itself; `wall_seconds` only ends one that hangs.
    Raises NotFound when Tesseract is not installed.
    """
    if shutil.which(COMMAND) is None:
        raise NotFound(_MISSING)
    height, width = gray.shape
    command = ["nice", "-n", str(niceness), COMMAND, "stdin", "stdout", "--dpi", str(max(70, round(dpi)))]
    command += ["-l", "+".join(LANGUAGES), "tsv"]
    picture = b"P5\n%d %d\n255\n" % (width, height) + gray.tobytes()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        with suppress(OSError, ValueError):  # it has ended already, or inherits a limit that is tighter still
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
        try:
            table, _ = process.communicate(picture, timeout=wall_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return PageText((), width, height, failed="timeout")
    if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return PageText((), width, height, failed="timeout")
    rows = [line.split("\t") for line in table.decode("utf-8", "replace").split("\n")]
    if process.returncode or rows[0] != _COLUMNS:
        return PageText((), width, height, failed="engine")
    words = tuple(_words(rows[1:], width, height))
    if len(words) > MOST_WORDS:
        return PageText((), width, height, failed="too_much")
    return PageText(words, width, height)


def tesseract_ready() -> tuple[str, ...]:
    """The languages that are missing, () when the engine is fit to run. Raises NotFound when it is not installed."""
    if shutil.which(COMMAND) is None:
        raise NotFound(_MISSING)
    said = subprocess.run([COMMAND, "--list-langs"], capture_output=True, text=True, check=False, timeout=60).stdout
    return tuple(language for language in LANGUAGES if language not in said.split())


def _words(untrusted: Sequence[Sequence[str]], width: int, height: int) -> Iterator[Word]:
    """The believable words of Tesseract's table: on the page, of readable characters, with a confidence."""
    number, last = -1, None
    for row in untrusted:
        if len(row) != len(_COLUMNS) or row[0] != "5":
            continue
        try:
            left, top, wide, high = (int(cell) for cell in row[6:10])
            confidence = float(row[10]) / 100
        except ValueError:
            continue
        text = clean_word(row[11])
        box = (max(left, 0), max(top, 0), min(left + wide, width), min(top + high, height))
        if not text or box[0] >= box[2] or box[1] >= box[3] or not 0 <= confidence <= 1:
            continue
        if row[1:5] != last:
            number, last = number + 1, row[1:5]
        yield Word(text, box, confidence, number)
