"""G-11: what a citizen wrote never becomes a formula in a spreadsheet."""

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.base.filing import FieldReading, FieldState
from tests.seal.world import World, sealed
from workers.backoffice.data import COLUMNS, data_csv, safe_cell

STARTS = "=+-@\t\r＝＋－＠"
PAYLOADS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\x00=1", '"=1', "'=1", "a,=1", "a;=1", "a\n=1",
            'x"; =1', "＝1", "\ufeff=1", "=cmd|' /C calc'!A0", "|=1", "\u202e=1"]  # fmt: skip


def dangerous(text: str) -> bool:
    """Whether some program may take `text`, or a piece after any separator or quote, for a formula."""
    for separator in ',;|\t\r\n"':
        text = text.replace(separator, "\n")
    return any(piece.strip(" \u00a0")[:1] in STARTS for piece in text.split("\n") if piece.strip())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_known_payloads_are_made_harmless(payload: str) -> None:
    """Each starts with an apostrophe where it would have started a formula."""
    assert not dangerous(safe_cell(payload))


@given(st.text(alphabet=STARTS + "a1, ;|\"'\n\x00\ufeff", max_size=12))
def test_no_text_becomes_a_formula(text: str) -> None:
    """Any mixture of signs, separators and quotes."""
    assert not dangerous(safe_cell(text))


@given(st.text(alphabet=st.characters(categories=["L", "N"], include_characters=" .:/åäö"), max_size=30))
def test_plain_words_stay_as_they_are(text: str) -> None:
    """Names, dates and numbers are not touched."""
    assert safe_cell(text) == text


def test_the_csv_has_a_row_for_each_field_and_reads_back(world: World, tmp_path: Path) -> None:
    """Quoted, with a byte order mark, umlauts kept."""
    fields = {f"k{number}": FieldReading(kind="text", state=FieldState.FILLED, value=payload)
              for number, payload in enumerate(["Mäki", *PAYLOADS])}  # fmt: skip
    manifest = sealed(world, tmp_path, fields=fields).manifest

    data = data_csv(manifest)

    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert data.startswith(b"\xef\xbb\xbf")
    assert rows[0] == list(COLUMNS)
    assert rows[1] == ["k0", "text", "filled", "Mäki", ""]
    assert len(rows) == len(PAYLOADS) + 2


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_libreoffice_sees_no_formula(world: World, tmp_path: Path) -> None:
    """A real spreadsheet program opens the file; no cell has a formula."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    fields = {f"k{number}": FieldReading(kind="text", state=FieldState.FILLED, value=payload)
              for number, payload in enumerate(PAYLOADS)}  # fmt: skip
    (tmp_path / "data.csv").write_bytes(data_csv(sealed(world, tmp_path, fields=fields).manifest))

    own = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [office, own, "--headless", "--convert-to", "fods", "--outdir", str(tmp_path), str(tmp_path / "data.csv")]
    subprocess.run(command, check=True, capture_output=True, timeout=110)

    assert b"table:formula" not in (tmp_path / "data.fods").read_bytes()
