"""Lays writing by real people into the fields of a form and gives the crops that `inspect` would read.

The form is drawn here and added as `forms add` adds one; each page is 300 dpi, a little blurred and noisy, and goes
through the jail, recognition and reading of ink. What comes out is kept in a file, so that only the first run lays
pages; `SOURCE.md` of the corpus says where the writing comes from. `hands_labels.tsv` mends labels that are wrong by
the eye of a person who looked at what was called an error.
"""

import csv
import json
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from intake.adding.add import add_form
from intake.base.filing import FieldState
from intake.forms.load import load_catalogue
from intake.forms.model import Definition
from intake.forms.rendered_blank import draw_blank
from intake.jail.pixels import FieldCrop, Gray
from intake.read import crops
from intake.reader import Reader

MM = 72 / 25.4
DPI = 300
ROWS, WIDE, HIGH = 15, 84.0, 10.5
COLUMNS = (17.0, 109.0)
SETS = {"names": ("text", "Sukunimi"), "amounts": ("digits", "Kustannukset, euroa")}
DAY = date(2026, 6, 1)


@dataclass(frozen=True)
class Hand:
    """One piece of writing: what stands there by its label, and its crop; None where no ink was seen."""

    file: str
    kind: str
    """names, amounts, or "cut names": cut out of the print of the form they were written on, mostly."""
    label: str
    half: str
    crop: FieldCrop | None


def half_of(file: str) -> str:
    """Whether a picture sets thresholds or reports, whatever else the corpus holds."""
    return ("tune", "report")[zlib.crc32(file.encode()) % 2]


def hands(corpus: Path, cache: Path | None = None) -> list[Hand]:
    """All pieces of the corpus as they reach the reader of values; kept in `cache` when it is named."""
    if cache is not None and cache.exists():
        found = _kept(cache)
    else:
        found = list(_laid(corpus))
        if cache is not None:
            _keep(found, cache)
    mended = dict(_listed(Path(__file__).with_name("hands_labels.tsv"), "text"))
    return [replace(one, label=mended.get(one.file, one.label)) for one in found]


def _keep(found: Sequence[Hand], cache: Path) -> None:
    rows = [(one.file, one.kind, one.label, one.crop.value if one.crop else None) for one in found]
    crops_of = {f"crop{number}": one.crop.gray for number, one in enumerate(found) if one.crop is not None}
    np.savez_compressed(cache, rows=np.array(json.dumps(rows)), **crops_of)


def _kept(cache: Path) -> list[Hand]:
    with np.load(cache) as stored:
        return [
            Hand(
                file,
                kind,
                label,
                half_of(file),
                FieldCrop("field", value, stored[f"crop{number}"], DPI) if value else None,
            )
            for number, (file, kind, label, value) in enumerate(json.loads(str(stored["rows"])))
        ]


def _listed(table: Path, column: str) -> list[tuple[str, str]]:
    with table.open(encoding="utf-8", newline="") as rows:
        return [(row["file"], row[column]) for row in csv.DictReader(rows, delimiter="\t")]


def picture_of(path: Path) -> tuple[str, Gray]:
    """A picture's kind and its pixels; of those with print of the school form, only where the writing is."""
    with Image.open(path) as opened:
        gray = np.asarray(opened.convert("L"))
    high, wide = gray.shape
    if path.parent.name == "amounts":
        return "amounts", gray
    if wide == 388:  # "NOM :" or "PRENOM :" on the left, the line above or below
        return "cut names", gray[14 if high == 36 else 0 : 36 if high == 36 else 23, 78:]
    if high > 44:  # "NOM" or "PRENOM" above, "DATE DE NAISSANCE" below the first names
        return "cut names", gray[22 : high - 10 if high > 60 else high]
    return "names", gray


def _box(place: int) -> tuple[float, float, float, float]:
    x, y = COLUMNS[place // ROWS], 30.0 + 17.0 * (place % ROWS)
    return x, y, x + WIDE, y + HIGH


def _blank(path: Path) -> None:
    canvas = Canvas(str(path), pagesize=(210 * MM, 297 * MM), invariant=1)
    for page, (kind, (_, label)) in enumerate(SETS.items(), 1):
        canvas.setFont("Helvetica-Bold", 15)
        canvas.drawString(17 * MM, (297 - 17) * MM, f"Hakemus korvauksesta {page}/2")
        canvas.setFont("Helvetica", 8)
        canvas.drawString(109 * MM, (297 - 17) * MM, "Täytä selvästi. Palauta asiointipisteeseen.")
        for place in range(ROWS * len(COLUMNS)):
            x0, y0, x1, y1 = _box(place)
            canvas.drawString(x0 * MM, (297 - y0 + 1.2) * MM, f"{place + 1}. {label}")
            canvas.rect(x0 * MM, (297 - y1) * MM, (x1 - x0) * MM, (y1 - y0) * MM)
            canvas.acroForm.textfield(
                name=f"{kind}_{place:02}", tooltip=label, x=x0 * MM, y=(297 - y1) * MM,
                width=(x1 - x0) * MM, height=(y1 - y0) * MM, borderWidth=0, forceBorder=False,
                fillColor=None, borderColor=None,
            )  # fmt: skip
        canvas.showPage()
    canvas.save()


def _laid(corpus: Path) -> Iterator[Hand]:
    with tempfile.TemporaryDirectory() as scratch:
        blank = Path(scratch) / "hands.pdf"
        _blank(blank)
        add_form(blank, provider="bench", form="hands", edition="1", language="fi", into=Path(scratch) / "forms")
        form = load_catalogue([Path(scratch) / "forms"])[0]
        pages = [cv2.resize(page.gray, (2480, 3508)) for page in draw_blank(form.blank)]
        with Reader([form], on=DAY, values=False) as reader:
            for number, (kind, (column, _)) in enumerate(SETS.items()):
                listed = _listed(corpus / f"{kind}.tsv", column)
                each = ROWS * len(COLUMNS)
                for start in range(0, len(listed), each):
                    some = listed[start : start + each]
                    scan = Path(scratch) / "page.png"
                    _fill(pages[number], [corpus / kind / file for file, _ in some], start, scan)
                    cut = _cut(reader, scan, form)
                    for place, (file, label) in enumerate(some):
                        named = picture_of(corpus / kind / file)[0] if kind == "names" else kind
                        yield Hand(file, named, label, half_of(file), cut.get(f"{kind}_{place:02}"))


def _fill(page: Gray, pictures: Sequence[Path], seed: int, target: Path) -> None:
    """The page with one picture in each field, multiplied in as ink would lie, blurred and noisy."""
    gray = page.astype(np.float32)
    for place, picture in enumerate(pictures):
        ink = picture_of(picture)[1].astype(np.float32)
        ink = np.clip(ink / max(float(np.percentile(ink, 75)), 1) * 255, 0, 255)
        x0, y0, x1, y1 = (round(mm / 25.4 * DPI) for mm in _box(place))
        room = (x1 - x0 - 16, y1 - y0 - 12)
        scale = min(room[0] / ink.shape[1], room[1] / ink.shape[0])
        size = (round(ink.shape[1] * scale), round(ink.shape[0] * scale))
        ink = cv2.resize(ink, size, interpolation=cv2.INTER_CUBIC).clip(0, 255)
        left, top = x0 + 8, y0 + (y1 - y0 - size[1]) // 2
        gray[top : top + size[1], left : left + size[0]] *= ink / 255
    noise = np.random.default_rng(seed).normal(0, 4, gray.shape)
    worn = cv2.GaussianBlur(gray, (0, 0), 0.7) * 0.97 + noise
    Image.fromarray(np.clip(worn, 0, 255).astype(np.uint8)).save(target, dpi=(DPI, DPI))


def _cut(reader: Reader, scan: Path, form: Definition) -> dict[str, FieldCrop]:
    opened = reader.open(scan)
    seen = reader.recognise(opened)[0]
    assert seen.definition is not None and seen.definition.form == form.form, "the page was not recognised"
    fields = reader.read(opened, seen)
    assert all(reading.state in FieldState for reading in fields.values())
    return {crop.key: crop for crop in crops(opened, seen, fields)}
