"""A network share that stumbles on demand: a FUSE file system, served by `stumbling.py` in a process of its own."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CALLS = ("getattr", "open", "read", "readdir", "rename", "mkdir")
"""What a drop folder's service asks of a share."""
_STUMBLE, _CALLED = "stumble", "called"
_DEVICE = Path("/dev/fuse")


def why_not() -> str | None:
    """Why no share can be served here; None if one can."""
    if not _DEVICE.exists() or not os.access(_DEVICE, os.R_OK | os.W_OK):
        return "there is no /dev/fuse here, or it may not be used"
    if os.geteuid() != 0:
        return "needs root to mount"
    if shutil.which("fusermount3") is None:
        return "fuse3 is not installed (apt install fuse3)"
    if importlib.util.find_spec("mfusepy") is None:
        return "mfusepy is not installed"
    return None


class Share:
    """The test's hand on a share that is being served."""

    def __init__(self, mount: Path, source: Path, control: Path) -> None:
        self.mount, self.source, self._control = mount, source, control
        self._served: subprocess.Popen[bytes] | None = None

    def stumble(self, call: str, code: int, *, first: int = 1, last: int = 1 << 30, seconds: float = 0.0) -> None:
        """From now on the `first` to `last` call of this kind ("any": of all kinds) fails, `seconds` late."""
        self.heal()
        (self._control / ".new").write_text(f"{call} {code} {first} {last} {seconds}")
        (self._control / ".new").rename(self._control / _STUMBLE)

    def heal(self) -> None:
        """From now on everything works; what was called before is forgotten."""
        (self._control / _STUMBLE).unlink(missing_ok=True)
        (self._control / _CALLED).write_text("")

    def called(self) -> list[str]:
        """All calls since the last `stumble` or `heal`, the failed ones included."""
        return (self._control / _CALLED).read_text().split()

    def serve(self) -> None:
        """Mount it. Raises AssertionError if it cannot be mounted."""
        folders = [str(self.mount), str(self.source), str(self._control)]
        command = [sys.executable, "-m", "tests.faults.stumbling", *folders]
        self._served = subprocess.Popen(command, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE)
        deadline = time.monotonic() + 120
        while not self.mount.is_mount():
            if self._served.poll() is not None:
                said = self._served.communicate()[1].decode()
                if "not permitted" in said:  # a container may have the device and not the right
                    pytest.skip("needs the right to mount")
                raise AssertionError(said)
            assert time.monotonic() < deadline, "the share was not mounted in time"
            time.sleep(0.01)  # between looks

    def crash(self) -> None:
        """The server is gone and the mount stays: every call is answered with ENOTCONN."""
        assert self._served is not None
        self._served.kill()
        self._served.communicate()

    def is_down(self) -> bool:
        """Whether nobody serves it now."""
        return self._served is None or self._served.poll() is not None

    def leave(self) -> None:
        """Unmount, whatever state it is in: what lies below is an empty folder."""
        subprocess.run(["umount", "-l", str(self.mount)], check=False, capture_output=True)
        if self._served is not None:
            self._served.communicate(timeout=120)
            self._served = None


@contextmanager
def share(mount: Path, place: Path) -> Iterator[Share]:
    """A share at `mount` served from a folder in `place`; skips, with the reason, where that cannot be."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    folders = [mount, place / "source", place / "control"]
    for folder in folders:
        folder.mkdir(parents=True)
    served = Share(*folders)
    served.heal()
    served.serve()
    try:
        yield served
    finally:
        served.leave()
