"""The networks' runtime keeps what it sees to itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from intake.values.recogniser import MODEL
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


@pytest.mark.parametrize(("bytes_", "said"), [(b"another", "is not the one that this program was measured"),
                                             (None, "is missing")])  # fmt: skip
def test_another_recogniser_is_refused_in_one_line(bytes_: bytes | None, said: str, tmp_path: Path) -> None:
    """What rapidocr brings is used only if it is the very model of RECOGNISER.md."""
    models = tmp_path / "rapidocr" / "models"
    models.mkdir(parents=True)
    models.with_name("__init__.py").touch()
    if bytes_ is not None:
        (models / MODEL).write_bytes(bytes_)
    code = "from workers.cli import app; import intake.values as v; app.app = lambda **_: v.ValueReader(); app.main()"

    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip

    assert done.returncode == 4
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr and "requirements.lock" in done.stderr
