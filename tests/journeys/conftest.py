"""A point of the pilot's world, and paper for it."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from intake.base.settings import load_settings
from intake.forms.load import BUILTIN, load_catalogue, valid_on
from intake.forms.model import Definition
from intake.jail.pixels import Gray
from intake.trial import fill, sample, scan_pdf, scanned
from workers.run.main import run_once
from workers.run.new_point import DEMO_DAY, make_point

VIREILLE = Path(sys.executable).with_name("vireille")


@dataclass
class Point:
    """A demo point and its command line."""

    folder: Path

    @property
    def config(self) -> Path:
        """Its settings file."""
        return self.folder / "vireille.toml"

    @property
    def scans(self) -> Path:
        """Its drop folder."""
        return self.folder / "scan" / "tiski-1"

    def drop(self, name: str, content: bytes) -> None:
        """Put a file into the drop folder."""
        (self.scans / name).write_bytes(content)

    def work(self) -> None:
        """Work off what is there, in this process."""
        run_once(load_settings(self.config))

    def command(self, *words: str, expect: int = 0) -> str:
        """Run the command line on this point; the exit code must be as expected."""
        done = subprocess.run(
            [VIREILLE, *words, "--config", self.config], capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == expect, done.stderr
        return done.stdout if expect == 0 else done.stderr

    def status(self) -> dict[str, Any]:
        """`status --json`."""
        return json.loads(self.command("status", "--json"))


@pytest.fixture
def point(tmp_path: Path) -> Point:
    """A fresh demo point."""
    make_point(tmp_path / "point", demo=True)
    return Point(tmp_path / "point")


@pytest.fixture(scope="session")
def forms() -> dict[tuple[str, str], Definition]:
    """The forms valid in the demo's world, by form and language; the newest edition of each."""
    known = valid_on(load_catalogue([BUILTIN]), DEMO_DAY)
    return {(one.form, one.language): one for one in sorted(known, key=lambda one: str(one.valid_from))}


Pages = Callable[..., list[Gray]]


@pytest.fixture(scope="session")
def filled(forms: dict[tuple[str, str], Definition]) -> Pages:
    """Scanned pages of a completely filled form, but for fields left empty."""

    def make(form: str, language: str = "fi", *, empty: tuple[str, ...] = (), seed: int = 3) -> list[Gray]:
        definition = forms[form, language]
        values = {
            key: value for key, value in sample(definition, seed=seed, extra=0).values.items() if key not in empty
        }
        return [scanned(page, skew_degrees=0.6, seed=seed) for page in fill(definition, values, seed=seed)]

    return make


def pdf(*pages: Gray) -> bytes:
    """The pages as a scanner's PDF."""
    return scan_pdf(list(pages))
