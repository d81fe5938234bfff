"""The file system behind `share.py`: passes each call through to a folder, or refuses it as told.

`python -m tests.faults.stumbling MOUNT SOURCE CONTROL` serves it until it is unmounted, one call at a time. The file
`stumble` in CONTROL says "CALL ERRNO FIRST LAST SECONDS"; every call is noted in `called`.
"""

import contextlib
import os
import sys
import time
from pathlib import Path

import mfusepy

OPTIONS = {
    "allow_other": True, "use_ino": True, "direct_io": True, "hard_remove": True,
    "attr_timeout": 0, "entry_timeout": 0, "negative_timeout": 0,
}  # fmt: skip
"""The kernel asks us each time and keeps nothing; inodes are those of SOURCE."""


class Faults:
    """Looks up at each call whether it is to fail."""

    def __init__(self, control: Path) -> None:
        self._stumble, self._called = control / "stumble", control / "called"
        self._told = ""
        self._counts: dict[str, int] = {}

    def __call__(self, call: str) -> None:
        """Note the call; raise the OSError that it is to get."""
        with self._called.open("a") as called:
            called.write(f"{call} ")
        told = self._now()
        if told != self._told:
            self._told, self._counts = told, {}
        for name in (call, "any"):
            self._counts[name] = self._counts.get(name, 0) + 1
        if not told:
            return
        wanted, code, first, last, seconds = told.split()
        if wanted in {call, "any"} and int(first) <= self._counts[wanted] <= int(last):
            self._stall(float(seconds))
            if int(code):
                raise OSError(int(code), os.strerror(int(code)))

    def _now(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return self._stumble.read_text()
        return ""

    def _stall(self, seconds: float) -> None:
        """Answer late, but at once when the share is healed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._now() == self._told:
            time.sleep(0.02)  # between looks


class PassThrough(mfusepy.Operations):
    """What the users of a drop folder call."""

    use_ns = True

    def __init__(self, source: Path, faults: Faults) -> None:
        self._source, self._faults = source, faults

    def _at(self, call: str, path: str) -> Path:
        self._faults(call)
        return self._source / path.lstrip("/")

    def getattr(self, path, fh=None):
        """Times in nanoseconds, as `use_ns` says."""
        found = self._at("getattr", path).lstat()
        status = {name: getattr(found, name) for name in dir(found) if name.startswith("st_")}
        return status | {f"st_{one}time": status[f"st_{one}time_ns"] for one in "acm"}

    def readdir(self, path, fh):
        """Names with inodes: a name without one is not shown."""
        at = self._at("readdir", path)
        found = [(name, (at / name).lstat()) for name in (".", "..", *(one.name for one in at.iterdir()))]
        return [(name, {"st_mode": one.st_mode, "st_ino": one.st_ino}, 0) for name, one in found]

    def open(self, path, flags):
        """The kernel has seen to O_NOFOLLOW."""
        return os.open(self._at("open", path), flags & ~os.O_NOFOLLOW)

    def read(self, path, size, offset, fh):
        """By the open file."""
        self._faults("read")
        return os.pread(fh, size, offset)

    def release(self, path, fh):
        """Never refused: nobody hears of it."""
        os.close(fh)
        return 0

    def create(self, path, mode, fi=None):
        """A new file."""
        return os.open(self._at("create", path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def write(self, path, data, offset, fh):
        """By the open file."""
        self._faults("write")
        return os.pwrite(fh, data, offset)

    def rename(self, old, new):
        """Within the share."""
        self._at("rename", old).rename(self._source / new.lstrip("/"))
        return 0

    def mkdir(self, path, mode):
        """A folder."""
        self._at("mkdir", path).mkdir(mode)
        return 0

    def unlink(self, path):
        """Remove a file."""
        self._at("unlink", path).unlink()
        return 0


if __name__ == "__main__":
    mount, source, control = sys.argv[1:]
    mfusepy.FUSE(PassThrough(Path(source), Faults(Path(control))), mount, foreground=True, nothreads=True, **OPTIONS)
