"""The child's own walls, built before it sees a byte of a citizen's file: resource limits, death with the parent.

They hold without bubblewrap too, and under it they are the second wall.
"""

import ctypes
import math
import os
import resource
import signal

from intake.sandbox.limits import Limits

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_DESCRIPTORS = 64


def set_limits(limits: Limits) -> None:
    """Cap memory, processor time, written bytes, descriptors and processes; no core file."""
    seconds = math.ceil(limits.seconds) + 1
    caps = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
        resource.RLIMIT_NPROC: 1,
        resource.RLIMIT_CORE: 0,
    }
    for which, most in caps.items():
        _, hard = resource.getrlimit(which)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (value, value))


def die_with_parent() -> None:
    """Ask the kernel to kill us when the parent goes, and give up any way to new rights."""
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_PR_SET_PDEATHSIG, signal.SIGKILL), (_PR_SET_DUMPABLE, 0), (_PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() == 1 and os.getpid() not in (1, 2):
        os._exit(1)  # the parent went while we started
