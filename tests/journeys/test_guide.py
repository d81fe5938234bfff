"""The operator's guide is true: its commands run as they stand, in order, and the references are complete."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import reference
from tests.habits.tree import ROOT
from tests.journeys.conftest import VIREILLE

GUIDE = (ROOT / "workers" / "OPERATING.md").read_text("utf-8")
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PASSWORD = "kolme sanaa lauseessa 27\n" * 2


def commands() -> list[str]:
    """All commands of the guide in their order."""
    return [line for block in _BLOCK.findall(GUIDE) for line in block.splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_command_of_the_guide_works_in_its_order(tmp_path: Path) -> None:
    """A point is set up, run, backed up and brought back as an operator would type it."""
    path = f"{VIREILLE.parent}:{os.environ['PATH']}"
    here, failed = tmp_path, []

    for command in commands():
        if command.startswith("cd "):
            here = here / command.removeprefix("cd ")
            continue
        done = subprocess.run(
            ["bash", "-c", command], cwd=here, env={**os.environ, "PATH": path}, input=PASSWORD,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            failed.append((command, done.returncode, done.stderr[-300:]))

    assert failed == []
    assert len(commands()) > 15


def test_the_references_are_those_of_the_models() -> None:
    """Each key of the settings and of a provider file stands there, with its kind, default and meaning."""
    assert reference.SETTINGS.read_text("utf-8") == reference.settings_reference()
    assert reference.PROVIDERS.read_text("utf-8") == reference.provider_reference()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_unit_files_of_the_guides(tmp_path: Path) -> None:
    """Each unit as printed, with a program that is there in place of ours: no key is unknown, no value refused."""
    guides = GUIDE + (ROOT / "workers/backoffice/GUIDE.md").read_text("utf-8")
    units = re.findall(r"^```\n# /etc/systemd/system/(\S+)\n(.*?)^```", guides, re.MULTILINE | re.DOTALL)
    for name, text in units:
        (tmp_path / name).write_text(text.replace("/usr/local/bin/vireille", "/bin/true"))

    files = [tmp_path / name for name, _ in units]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False
    )

    assert [name for name, _ in units] == ["vireille.service", "vireille-office.service"]
    assert (done.returncode, done.stderr) == (0, "")
