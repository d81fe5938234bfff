"""A point that must open files behind the full jail does not start without it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from intake.base.errors import Denied
from intake.base.settings import load_settings
from intake.jail import child_process
from tests.faults import points
from workers.cli.app import app


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without it."""
    found = shutil.which
    monkeypatch.setattr(child_process.shutil, "which", lambda name: None if name == "bwrap" else found(name))
    child_process.jail_weakness.cache_clear()
    yield
    child_process.jail_weakness.cache_clear()


@pytest.mark.usefixtures("no_bubblewrap")
def test_c10_a_new_point_does_not_start_without_the_full_jail(tmp_path: Path) -> None:
    """`init` writes it so; the line of `run`, and `doctor`'s, says why, and what to set to go on all the same."""
    runner = CliRunner()
    assert runner.invoke(app, ["init", str(tmp_path / "point")]).exit_code == 0
    config = tmp_path / "point" / "vireille.toml"
    assert 'walls = "required"' in config.read_text()

    with pytest.raises(Denied, match=r"bubblewrap is not installed.*walls = .best") as refused:
        points.main.run_once(load_settings(config))

    assert "install bubblewrap" in refused.value.message
    lines = runner.invoke(app, ["doctor", "--config", str(config)]).output.splitlines()
    (weak,) = [line for line in lines if "resource limits only" in line]
    assert weak.startswith("BAD")
    assert 'walls = "best"' in weak
    assert not [line for line in lines if "stays root" in line]  # without bubblewrap a child gives root up by itself


@pytest.mark.usefixtures("no_bubblewrap")
def test_c10_inspect_opens_nothing_for_a_point_that_demands_the_full_jail(tmp_path: Path) -> None:
    """In the point's folder or with its settings; without a point the file is opened as strongly as can be."""
    runner, scan = CliRunner(), tmp_path / "scan.png"
    runner.invoke(app, ["init", str(tmp_path / "point")])
    Image.new("L", (400, 600), 255).save(scan)
    config = ["--config", str(tmp_path / "point" / "vireille.toml")]

    demanding = runner.invoke(app, ["inspect", str(scan), *config])
    plain = runner.invoke(app, ["inspect", str(scan)])

    assert isinstance(demanding.exception, Denied)
    assert "no file is opened without the full jail" in demanding.exception.message
    assert plain.exit_code == 0, plain.output
