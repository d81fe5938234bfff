"""Whole pages to text by pytesseract: Finnish and Swedish, one thread, bounded in time, kept away from the counter.

Always both languages: the Finnish model alone knows no å. pytesseract hands the page to the engine as a temporary file
and removes it; `workers.main` puts temporary files into memory, so that no page lies on a disk (F-09). The language
models are the operator's packages; `tesseract_ready` tells `doctor`.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence

import pytesseract
from PIL import Image
from pytesseract import Output, TesseractError, TesseractNotFoundError

from intake.base.errors import NotFound
from intake.engines.text import MOST_WORDS, PageText, Word, clean_word
from intake.pages import Gray

os.environ["OMP_THREAD_LIMIT"] = "1"  # F3: several threads for each page make all pages slower, many times over
LANGUAGES = ("fin", "swe")
_MISSING = "tesseract is not installed; install tesseract-ocr with tesseract-ocr-fin and tesseract-ocr-swe"
_NICENESS = 10  # the counter's verdict comes first
Columns = Mapping[str, Sequence[object]]


def page_text(gray: Gray, dpi: float, *, timeout_seconds: float = 60.0) -> PageText:
    """The words of an upright page.

    A page that takes too long or breaks the engine gives no words and says why in `failed`; it is never an error of the
    whole filing (C-12). Raises NotFound when Tesseract is not installed.
    """
    height, width = gray.shape
    try:
        columns: Columns = pytesseract.image_to_data(
            Image.fromarray(gray),
            lang="+".join(LANGUAGES),
            config=f"--dpi {max(70, round(dpi))}",
            nice=_NICENESS,
            timeout=timeout_seconds,
            output_type=Output.DICT,
        )
    except TesseractNotFoundError as error:
        raise NotFound(_MISSING) from error
    except (TesseractError, FileNotFoundError, ValueError, IndexError):  # it failed, or left no table or half of one
        if shutil.which(pytesseract.pytesseract.tesseract_cmd) is None:
            raise NotFound(_MISSING) from None
        return PageText((), width, height, failed="engine")
    except RuntimeError:  # pytesseract's word for a time-out; the engine is dead then
        return PageText((), width, height, failed="timeout")
    words = tuple(_words(columns, width, height))
    if len(words) > MOST_WORDS:
        return PageText((), width, height, failed="too_much")
    return PageText(words, width, height)


def tesseract_ready() -> tuple[str, ...]:
    """The languages that are missing, () when the engine is fit to run. Raises NotFound when it is not installed."""
    try:
        found = pytesseract.get_languages()
    except TesseractNotFoundError as error:
        raise NotFound(_MISSING) from error
    return tuple(language for language in LANGUAGES if language not in found)


def _words(untrusted: Columns, width: int, height: int) -> Iterator[Word]:
    """The believable words of Tesseract's table: on the page, of readable characters, with a confidence."""
    names = ("left", "top", "width", "height", "conf", "text", "level", "page_num", "block_num", "par_num", "line_num")
    if any(name not in untrusted for name in names):
        return
    line, last = -1, None
    for row in zip(*(untrusted[name] for name in names), strict=False):
        try:
            left, top, wide, high = (int(str(cell)) for cell in row[:4])
            confidence = float(str(row[4])) / 100
        except ValueError:
            continue
        text = clean_word(str(row[5]))
        box = (max(left, 0), max(top, 0), min(left + wide, width), min(top + high, height))
        if str(row[6]) != "5" or not text or box[0] >= box[2] or box[1] >= box[3] or not 0 <= confidence <= 1:
            continue
        if row[7:] != last:
            line, last = line + 1, row[7:]
        yield Word(text, box, confidence, line)
