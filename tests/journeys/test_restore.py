"""Backup and restore as an operator types them: never over a point that is at work."""

import signal
import subprocess

from tests.journeys.conftest import VIREILLE, Point


def test_a_restore_over_a_point_at_work_is_refused(point: Point) -> None:
    """The running point keeps its ledger; once it has stopped, the same command brings the backup back."""
    backup = point.folder / "backup"
    restore = [str(VIREILLE), "restore", str(backup), "--config", str(point.config)]
    process = subprocess.Popen([VIREILLE, "run", "--config", point.config], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()

    point.command("backup", str(backup))
    over = subprocess.run(restore, capture_output=True, text=True, check=False)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    process.stdout.close()
    after = subprocess.run(restore, capture_output=True, text=True, check=False)

    assert over.returncode == 2
    assert "the point is at work; stop 'vireille run' first" in over.stderr
    assert after.returncode == 0, after.stderr
    assert "everything is as it was stored" in after.stdout
