"""`status` narrowed by state, authority and age; and what it says while the hub is away."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from intake.base.errors import WrongUse
from intake.base.settings import load_settings
from tests.clock import FakeClock
from tests.operator.conftest import Once
from tests.pages.conftest import document, unknown, waiting
from workers.cli.app import app
from workers.run.new_point import make_point
from workers.run.open_point import open_point
from workers.run.tell_health import Teller


def status(file: Path, *words: str) -> str:
    """What the command prints."""
    done = CliRunner().invoke(app, ["status", *words, "--config", str(file)])
    if isinstance(done.exception, WrongUse):
        return done.exception.message
    assert done.exit_code == 0, done.output
    return done.stdout


def test_status_narrows_and_says_that_the_hub_is_away(tmp_path: Path) -> None:
    """Two papers, of three hours and of now; the hub hears of the point, goes away, and comes back."""
    file = make_point(tmp_path / "point", demo=True)
    clock = FakeClock(datetime.now(UTC) - timedelta(hours=3, minutes=1))
    with open_point(load_settings(file), clock) as running:
        old = waiting(running.tools.ledger, running.tools.blobs, document())
        clock.pass_(3 * 3600)
        new = waiting(running.tools.ledger, running.tools.blobs, unknown())

        Teller(running).run(Once())
        heard = status(file)
        told = json.loads(status(file, "--json"))["hub"]["told"]
        hub = tmp_path / "point" / "hub"
        shutil.move(hub, tmp_path / "elsewhere")
        Teller(running).run(Once())
        away = status(file)
        assert not hub.exists()  # nobody made a folder where the share should be
        shutil.move(tmp_path / "elsewhere", hub)
        Teller(running).run(Once())

    assert "hub" not in heard and "hub" not in status(file)
    assert f"it last heard of this point at {told}" in away
    for words, found in {
        (): {old, new},
        ("--older", "2h"): {old},
        ("--older", "4h"): set(),
        ("--state", "waiting", "--state", "held"): {old, new},
        ("--state", "held"): set(),
        ("--provider", "kela", "--older", "30m"): {old},
    }.items():
        said = json.loads(status(file, "--json", *words))
        assert {row["id"] for row in said["filings"]} == found
        assert said["counts"] == {"waiting": 2}  # of all, whatever is listed
    assert next(line for line in heard.splitlines() if line.startswith(old)).split()[-1] == "3h"
    assert status(file, "--older", "2x").startswith("--older: '2x' is no age; say minutes, hours or days")
