"""The networks' runtime keeps what it sees to itself."""

import os
import subprocess
import sys
from pathlib import Path

from tests.habits.tree import ROOT, imports, sources


def test_reading_values_leaves_no_report_for_the_runtimes_maker(tmp_path: Path) -> None:
    """In an empty home, without the variables that would silence it anyway, nothing is put by for sending."""
    silencing = ("ORT_", "CI", "XDG_", "GITHUB_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(silencing)}
    code = "import time; from intake.values import ValueReader; ValueReader(); time.sleep(1)"

    subprocess.run([sys.executable, "-c", code], env=environment | {"HOME": str(tmp_path)}, check=True, cwd=ROOT)

    assert list(tmp_path.rglob("*")) == []


def test_the_runtime_is_loaded_in_one_place_only() -> None:
    """Whoever loaded it elsewhere might be first, before it is told to keep quiet."""
    loading = [path for path, module in sources().items() if "onnxruntime" in imports(module)]

    assert loading == ["intake/values/network.py"]
