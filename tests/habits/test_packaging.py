"""The distribution as outsiders install it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.habits.tree import ROOT

LATE = "import sys; import workers.cli.app, workers.cli.inbox, workers.cli.keys, workers.backoffice, workers.confirm; "


def test_the_back_office_needs_no_imaging_packages() -> None:
    """The plain installation's verbs import without numpy, OpenCV, Pillow, pypdf or a web framework."""
    heavy = "[n for n in ('numpy', 'cv2', 'PIL', 'pypdf', 'fastapi', 'onnxruntime') if n in sys.modules]"
    done = subprocess.run(
        [sys.executable, "-c", f"{LATE} print({heavy})"], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_wheel_carries_its_data(tmp_path: Path) -> None:
    """Forms, rules, providers, texts, templates and specs are in the wheel; tests are not."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT],
        check=True, capture_output=True,
    )  # fmt: skip
    names = zipfile.ZipFile(next(tmp_path.glob("vireille-*.whl"))).namelist()

    for wanted in (
        "intake/console/texts.toml", "intake/console/templates/desk.html", "intake/console/static/console.js",
        "routing_rules/rules/vero.toml", "routing_rules/providers/vero.toml", "workers/seal/BUNDLE.md",
        "intake/check/attachments.toml",
    ):  # fmt: skip
        assert wanted in names
    assert any(name.endswith(".face") for name in names)
    assert not any(name.startswith("tests/") for name in names)
