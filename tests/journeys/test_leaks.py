"""H-01 to H-04: nothing of the customer is outside the vault: not in logs, errors, names, figures or the queue."""

import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.forms.model import Definition
from intake.trial import sample
from tests.journeys.conftest import Pages, Point, pdf


class Everything(logging.Handler):
    """Keeps all that any library logs, arguments included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.lines.append(record.getMessage())


@pytest.fixture
def libraries() -> Iterator[Everything]:
    """What libraries log when somebody turns the root logger to DEBUG."""
    root, kept = logging.getLogger(), Everything()
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(kept)
    yield kept
    root.removeHandler(kept)
    root.setLevel(before)


def canaries(definition: Definition) -> set[str]:
    """The customer's values that are long enough to be somebody's, as filled in and without separators."""
    values = {value for value in sample(definition, seed=3, extra=0).values.values() if len(value) >= 7}
    return values | {re.sub(r"[^\w]", "", value) for value in values}


def test_h_01_h_02_h_04_a_paper_on_its_way_leaves_nothing_of_the_customer_outside(
    point: Point, filled: Pages, forms: dict[tuple[str, str], Definition], libraries: Everything,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Two papers, one sent and one kept: logs at every level, figures, names of files, store and queue say nothing."""
    point.drop("scan.pdf", pdf(*filled("dvv-nimi", "sv")))
    point.drop("gap.pdf", pdf(*filled("kela-sv4", empty=("allekirjoitus",))))
    wanted = canaries(forms["dvv-nimi", "sv"]) | canaries(forms["kela-sv4", "fi"])

    point.work()

    told = [*capfd.readouterr(), *libraries.lines, point.command("status", "--json"), point.command("stats")]
    told += [str(path.relative_to(point.folder)) for path in point.folder.rglob("*")]
    told += [path.read_bytes().decode("latin-1") for path in (point.folder / "hub").rglob("*") if path.is_file()]
    assert len(wanted) > 10
    assert {one for one in wanted for text in told if one in text} == set()
    bundles = [path.relative_to(point.folder / "hub").as_posix() for path in (point.folder / "hub").rglob("*.p7m")]
    assert len(bundles) == 1
    assert re.fullmatch(r"maistraatti/[0-9a-f]{32}\.p7m", bundles[0])


def test_h_03_an_error_nobody_foresaw_shows_its_kind_and_nothing_it_held(tmp_path: Path) -> None:
    """One line without a traceback, exit code 1: an exception's words and variables may be a customer's."""
    canary = "010594Y9032"
    broken = (
        "import workers.cli.app as cli\n"
        "def app(**_):\n"
        f"    held = '{canary}'\n"
        "    raise ValueError(held)\n"
        "cli.app = app\n"
        "cli.main()\n"
    )

    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "ValueError" in done.stderr
    assert canary not in done.stdout + done.stderr
