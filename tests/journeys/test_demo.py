"""The demo shows what the product is for, and every command that it prints works as it stands."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.journeys.conftest import VIREILLE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # two points, five runs, on a busy machine


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo's folder and all that it printed."""
    folder = tmp_path_factory.mktemp("demo") / "here"
    done = subprocess.run([str(VIREILLE), "demo", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_a_passer_by_sees_verdicts_gaps_seconds_and_where_papers_go(shown: tuple[Path, str]) -> None:
    """Four papers: one to Jyväskylä, one in Swedish to Turku, one with a gap, one that waits for its advisor."""
    _, said = shown

    assert re.search(r"[0-9.]+ s  Kotitalousvähennys.*: Ei puutteita\n", said)
    assert re.search(r"[0-9.]+ s  Matkakorvaus: Puutteita\n +Allekirjoitus puuttuu", said)
    assert re.search(r"[0-9.]+ s  Tuntematon paperi: Tarkista\n", said)
    assert "-> Verohallinto, Jyväskylä" in said
    assert "-> Skatteförvaltningen, Åbo" in said
    assert said.count(" confirmed ") == 3
    assert "waits for its advisor" in said


def test_every_printed_command_works_as_it_stands(shown: tuple[Path, str], tmp_path: Path) -> None:
    """The bundle opens once more, the page is where it was said to be, and the folder can be removed."""
    folder, said = shown
    by_hand = "\n".join(re.findall(r"^  \$ (.*)$", said, re.MULTILINE))
    commands = re.findall(r"^  (\S*vireille .*)$", said, re.MULTILINE)
    address = re.search(r"open (http://127.0.0.1:(\d+)/)", said)

    opened = subprocess.run(["bash", "-ec", by_hand], capture_output=True, text=True, check=False)
    status = subprocess.run(commands[1].split(), capture_output=True, text=True, check=False)

    assert opened.returncode == 0, opened.stderr
    assert status.returncode == 0
    assert "1 waiting" in status.stdout
    assert commands[0].split()[1] == "run"
    assert address is not None
    assert f"port = {address[2]}" in (folder / "saarijarvi" / "vireille.toml").read_text()
    assert f"rm -r {folder}" in said
