"""The operator's guide is run as it is written: its commands, its rules, and what it says they print."""

import os
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

import routing_rules
from tests.faults import points
from tests.faults.points import FaultPoint
from tests.journeys.test_preview import past

GUIDE = Path(routing_rules.__file__).parent / "GUIDE.md"
FORMS = (("vero-3602", "fi"), ("vero-3602", "sv"), ("vero-3602", "fi"), ("vero-14a", "fi"))
PAPERS = [(*FORMS[number % 4], date(2015, 2, 23) + timedelta(days=number % 4)) for number in range(12)]


@pytest.fixture
def point(tmp_path: Path) -> FaultPoint:
    """A demo point with twelve papers of the last week of February, those of form 14A sent to Jyväskylä."""
    found = points.fault_point(tmp_path / "point")
    past(found, PAPERS)
    return found


def test_the_guide_does_what_it_says(point: FaultPoint) -> None:
    """Each command succeeds, and what it prints begins as the guide shows."""
    blocks = re.findall(r"```(toml|sh|text)\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    printed = ""

    for kind, text in blocks:
        if kind == "toml":
            (point.folder / "turku-closed.toml").write_text(text, "utf-8")
        elif kind == "sh":
            done = subprocess.run(
                ["bash", "-ec", text], cwd=point.folder, env={**os.environ, "PATH": path}, check=False,
                capture_output=True, text=True, timeout=120,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            printed = "\n".join(line.rstrip() for line in done.stdout.splitlines())
        else:
            shown = re.escape("\n".join(line.rstrip() for line in text.splitlines()))
            assert re.match(shown.replace("VERSION", "[0-9a-f]{16}"), printed), printed

    assert (point.folder / "week-11.svg").stat().st_size > 1_000
    assert (GUIDE.parent / "turku-closed.svg").is_file()
