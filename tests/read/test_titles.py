"""The titles of attachments, by `inspect`: read however busy the machine is, and told when they were not read."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from intake.trial import fill, scan_pdf, scanned
from tests.catalogue.changes import ON
from tests.catalogue.filings import alone, forms, keeping
from tests.catalogue.on_paper import attachment

VIREILLE = Path(sys.executable).with_name("vireille")


@pytest.fixture(scope="module")
def claim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A travel claim with the account of an accident that its rule asks for."""
    form = forms()["kela-sv4"]["fi"]
    filing = alone(form, next(rule for rule in form.rules if rule.id == "sv143"), keeping)
    pages = [*fill(form, filing.values, seed=3), *attachment("sv143", form)]
    path: Path = tmp_path_factory.mktemp("claim") / "claim.pdf"
    path.write_bytes(scan_pdf([scanned(page, skew_degrees=0.5, seed=3) for page in pages]))
    return path


def inspected(scan: Path, folder: Path, engine: str) -> dict[str, Any]:
    """The form as `inspect --json` sees it, with a script in Tesseract's place."""
    script = folder / "tesseract"
    script.write_text(f"#!/bin/sh\n{engine}\n")
    script.chmod(0o755)
    done = subprocess.run(
        [VIREILLE, "inspect", "--json", "--as-of", ON.isoformat(), scan],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)[0]["documents"][0]
    return document


@pytest.mark.timeout(600)
def test_a_busy_machine_leaves_no_attachment_unread(claim: Path, tmp_path: Path) -> None:
    """The engine gets no processor time for longer than the customer's patience; the paper is known all the same."""
    real = shutil.which("tesseract")
    if real is None:
        pytest.skip("tesseract is not installed")

    form = inspected(claim, tmp_path, f'sleep 9; exec {real} "$@"')

    assert (form["verdict"], form["findings"]) == ("complete", [])


@pytest.mark.timeout(600)
def test_an_attachment_that_was_not_read_is_told_as_that(claim: Path, tmp_path: Path) -> None:
    """The engine fails: the advisor hears that the title was not read, not that the paper is unclear or missing."""
    form = inspected(claim, tmp_path, "exit 1")

    assert form["verdict"] == "unsure"
    assert [(one["code"], one["field"]) for one in form["findings"]] == [("unclear", None)]
    assert form["findings"][0]["text"]["en"].startswith("The attachment's title was not read.")
    assert form["findings"][0]["text"]["fi"].startswith("Liitteen otsikkoa ei saatu luettua.")
