"""Gives workers names by which anybody can see whether they may still be alive.

A worker's name holds its machine, process and that process's start. After a crash the next start of the point sees by
the names in the ledger which leases nobody will ever end, and need not wait for them (A-01, A-12).
"""

import os
import socket
from pathlib import Path

_PROCESSES = Path("/proc")
_STATE, _START = 0, 19
"""Places in /proc/PID/stat, counted after the process's name: its state, and when it started."""


def worker_name(part: str) -> str:
    """A name for `part` of this process that no other process has or had since the machine started."""
    return f"{socket.gethostname()}/{os.getpid()}.{_started(os.getpid())}/{part}"


def is_gone(worker: str) -> bool:
    """Whether `worker` was a process of this machine that is no more; False for all that cannot be known."""
    host, _, rest = worker.rpartition("/")[0].rpartition("/")
    pid, _, started = rest.partition(".")
    if host != socket.gethostname() or not pid.isdigit() or not started.isdigit():
        return False
    return _started(int(pid)) != int(started)


def _started(pid: int) -> int:
    """Clock ticks from the machine's start to the process's; -1 if it is no more."""
    try:
        found = (_PROCESSES / str(pid) / "stat").read_text("ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return -1
    fields = found.rpartition(")")[2].split()
    return -1 if fields[_STATE] in {"Z", "X"} else int(fields[_START])
