"""Writes a filing's data for case systems: `data.json` as it is, `data.csv` made safe for spreadsheets.

A citizen writes into cells. A spreadsheet runs a cell that starts with `=` and its kin; so such cells get an apostrophe
before them, also after a quote or separator inside the cell, where a program with another separator would cut (G-11).
"""

import csv
import io
import json
import re
from collections.abc import Sequence

from workers.backoffice.normal import normalised
from workers.seal.manifest import Correction, Manifest

SCHEMA = 2
"""Of `data.json`: `data-2.schema.json` beside BUNDLE.md. 2: `normalised`, and what bundles of schema 2 say."""

COLUMNS = ("field", "kind", "state", "value", "confidence")
_STARTS = r"=+\-@\t\r＝＋－＠"
_DANGER = re.compile(rf"(^|[,;|\t\r\n\"'])(\s*)([{_STARTS}])")
_NOT_SHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def safe_cell(text: str) -> str:
    """`text` so that no spreadsheet takes it, or a part of it, for a formula. Control characters are dropped."""
    shown = _NOT_SHOWN.sub("", text)
    return _DANGER.sub(r"\1\2'\3", shown)


def data_csv(manifest: Manifest) -> bytes:
    """One row for each field, UTF-8 with a byte order mark, every cell quoted."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for key, field in manifest.fields.items():
        confidence = "" if field.confidence is None else f"{field.confidence:.2f}"
        row = (key, field.kind, field.state.value, field.value or "", confidence)
        writer.writerow([safe_cell(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def data_json(manifest: Manifest, further: Sequence[Correction] = ()) -> bytes:
    """The filing's own data, without what only opening needs, and its values in one form.

    `further`: corrections made at the office, which join those that came in the bundle.
    """
    table = manifest.model_dump(
        mode="json", by_alias=True, exclude={"recipients", "recipient_keys", "envelope", "files"}
    )
    table["schema"] = SCHEMA
    table["corrections"] += [correction.model_dump(mode="json") for correction in further]
    table["normalised"] = normalised(manifest, further).model_dump(mode="json")
    return json.dumps(table, ensure_ascii=False, indent=2).encode() + b"\n"
