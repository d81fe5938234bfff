"""One jailed process group: how it is started, what it sees, how it ends.

Promises: a cell is a process group of its own, under bubblewrap where that works, and `end` leaves nothing of it
alive. Leaves the conversation to `warm_server`, `jail` and `receive`, the confinement from inside to `confine`.
"""

import contextlib
import functools
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from intake.base.errors import Away
from intake.jail import protocol as frames
from intake.jail.limits import Limits
from intake.jail.protocol import Broken
from intake.jail.receive import Ear

Strength = Literal["full", "limits"]
START_SECONDS = 30.0
END_SECONDS = 5.0
INSIDE = "/vireille"
"""Where the cell sees our code."""
_LIBRARIES = ("PIL", "pypdf", "pypdfium2", "cryptography", "numpy", "simplejpeg")
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/bin",
    "HOME": "/",
    "OMP_NUM_THREADS": "1",
}

_NOBODY = 65534
BOOT = (
    "import sys; sys.path[:0] = sys.argv[1].split(':'); "
    "from intake.jail.inside.fork_server import main; main(sys.argv[2], may_open=sys.argv[3] == 'full')"
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A warm process that has not seen a file."""

    process: subprocess.Popen[bytes]
    line: socket.socket

    def end(self) -> int | None:
        """Kill it with everything it started; its exit status as a shell would tell it, None if it will not die."""
        self.line.close()
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        try:
            return self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            return None  # stuck in the kernel: it holds no line to us any more, so nobody waits for it


def start(limits: Limits, strength: Strength, *, command: Sequence[str] | None = None) -> Cell:
    """A warm cell, its imports done. Raises Away when it does not come up.

    `command`: another program instead of ours, for tests that play a hostile child.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    argv = [*_walls(strength), *(command or program(limits, strength))]
    user = _NOBODY if strength == "full" and root_becomes_nobody() else None
    try:
        with theirs:
            process = subprocess.Popen(
                argv,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a parser's complaint may quote the paper
                env=_ENVIRONMENT,
                cwd="/",
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else (),
            )
    except OSError as error:
        ours.close()
        raise Away("the jail cannot start a process; it is tried again") from error
    cell = Cell(process, ours)
    try:
        Ear(ours, time.monotonic() + START_SECONDS).expect(frames.READY)
    except (Broken, TimeoutError) as error:
        cell.end()
        raise Away("the jail's child does not come up; run `vireille doctor`") from error
    return cell


def jail_strength() -> Strength:
    """`full` where bubblewrap works here, else `limits`: resource limits and a system call filter only."""
    return "limits" if jail_weakness() else "full"


@functools.cache
def jail_weakness() -> str | None:
    """Why bubblewrap does not work here, in its own words where it has any; None where it does."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed: apt-get install bubblewrap"
    return None if root_becomes_nobody() else _refusal(None)


@functools.cache
def root_becomes_nobody() -> bool:
    """Whether this is root, and nobody can build the walls: then the jail's processes are nobody outside, too.

    Not so where nobody may not read the program's folders, or may not make namespaces and root may.
    """
    return os.geteuid() == 0 and _refusal(_NOBODY) is None


def _refusal(user: int | None) -> str | None:
    """Why bubblewrap does not work for this user, the interpreter and our code being read; None where it does."""
    python = str(Path(sys.executable).resolve())
    probe = [*_walls("full"), python, "-I", "-S", "-c", f"open('{INSIDE}/intake/jail/limits.py').close()"]
    try:
        done = subprocess.run(
            probe,
            capture_output=True,
            timeout=START_SECONDS,
            check=False,
            env=_ENVIRONMENT,
            cwd="/",
            user=user,
            group=user,
            extra_groups=None if user is None else (),
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"bubblewrap is there but cannot be run ({type(error).__name__})"
    if done.returncode == 0:
        return None
    said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit code {done.returncode}"]
    return f"bubblewrap is there but refused ({said[-1][:200]}): let this user make namespaces"


def program(limits: Limits, strength: Strength, boot: str = BOOT) -> list[str]:
    """The command line: the bare interpreter, no site files, our code and the libraries by path.

    `boot`: other Python code in place of our server's, for tests.
    """
    ours = INSIDE if strength == "full" else str(_package().parent)
    python = str(Path(sys.executable).resolve())
    path = ":".join([ours, *map(str, _library_folders())])
    return [python, "-I", "-S", "-B", "-c", boot, path, json.dumps(limits.to_dict()), strength]


def _package() -> Path:
    """The folder of the package `intake`."""
    return Path(__file__).resolve().parent.parent


@functools.cache
def _library_folders() -> tuple[Path, ...]:
    """The folders that hold the libraries the child needs, each once."""
    folders: dict[Path, None] = {}
    for name in _LIBRARIES:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            raise Away(f"the jail lacks the library {name}; run `pip install -e '.[point]'`")
        folders[Path(found.origin).parent.parent] = None
    return tuple(folders)


def _walls(strength: Strength) -> list[str]:
    """Bubblewrap's command line up to the program: what the cell sees, all of it read-only."""
    if strength == "limits":
        return []
    argv = [shutil.which("bwrap") or "bwrap", "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534"]
    argv += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for name, value in _ENVIRONMENT.items():
        argv += ["--setenv", name, value]
    argv += ["--tmpfs", "/tmp"]  # noqa: S108  # first: an installation may itself lie below /tmp
    # without the loader's cache an interpreter in /usr/local does not find its own library
    argv += ["--ro-bind", "/usr", "/usr", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    for name in ("/lib", "/lib64"):  # a link on a merged system
        if Path(name).is_symlink():
            argv += ["--symlink", str(Path(name).readlink()), name]
        elif Path(name).is_dir():
            argv += ["--ro-bind", name, name]
    base = [Path(sys.base_prefix).resolve(), Path(sysconfig.get_paths()["stdlib"]).resolve()]
    for folder in dict.fromkeys([*base, *_library_folders()]):
        if not folder.is_relative_to("/usr"):
            argv += ["--ro-bind", str(folder), str(folder)]
    package = _package()
    argv += ["--ro-bind", str(package / "__init__.py"), f"{INSIDE}/intake/__init__.py"]
    argv += ["--ro-bind", str(package / "jail"), f"{INSIDE}/intake/jail"]
    # C-10: the root and /tmp are there, and nothing can be written in them either
    return [*argv, "--remount-ro", "/tmp", "--remount-ro", "/", "--chdir", "/", "--"]  # noqa: S108
