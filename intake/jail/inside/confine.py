"""The walls that the jail's processes build themselves, before one of them sees a byte of a citizen's file.

Resource limits, no rights of root, death with the parent, and a filter that leaves only the system calls that reading
a descriptor, computing and answering need. They hold without bubblewrap too; under it they are the second wall.
"""

import contextlib
import ctypes
import math
import os
import resource
import signal

from intake.jail.inside import calls
from intake.jail.limits import Limits

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 4, 38, 22
_FILTER_MODE = 2
_NOBODY = 65534
_LIBC = ctypes.CDLL(None, use_errno=True)
DESCRIPTORS = 64
"""The most a child may have open."""


def settle(parent: int) -> None:
    """What server and child have in common: nobody's identity, death with the parent, no tracing, no new rights.

    Raises OSError when the kernel refuses; then the process must not go on.
    """
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):  # in a container `nobody` may not exist
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent went before we asked
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def confine(limits: Limits, parent: int, *, may_open: bool) -> None:
    """Build all walls. `may_open`: reading by path stays possible, because bubblewrap shows only libraries and fonts.

    Raises OSError when the kernel refuses one; then the child must not go on.
    """
    _set_limits(limits)
    settle(parent)
    program = calls.program(may_open=may_open)
    if program is not None:
        _prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.addressof(program))


def _set_limits(limits: Limits) -> None:
    """Cap memory, processor time, written bytes, descriptors and processes; no core file."""
    caps = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: math.ceil(limits.seconds) + 1,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: DESCRIPTORS,
        resource.RLIMIT_NPROC: 1,
        resource.RLIMIT_CORE: 0,
    }
    for which, most in caps.items():
        _, hard = resource.getrlimit(which)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (value, value))


def _prctl(option: int, value: int, pointer: int = 0) -> None:
    if _LIBC.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(pointer), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
