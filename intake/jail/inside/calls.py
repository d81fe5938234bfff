"""Which system calls a confined child may make, as a seccomp filter (C-10).

A list of what is allowed; everything else fails with EPERM, so a new kernel's new call is refused too. `openat` is
for reading only, `mmap` and `mprotect` never make memory executable, no socket is made, no process is started.
"""

import ctypes
import errno
import fcntl
import os
import platform
from collections.abc import Sequence

_LOAD, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
_CALL_AT, _MACHINE_AT, _SECOND_ARGUMENT_AT, _THIRD_ARGUMENT_AT = 0, 4, 24, 32
_PROT_EXEC = 4
_MAKES_OR_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_TMPFILE & ~os.O_DIRECTORY

_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOWED = {
    "x86_64": {
        *(0, 1, 3, 5, 8, 11, 12, 13, 14, 15, 17, 19, 20, 24, 25, 28, 35, 39),  # read ... getpid
        *(44, 45, 46, 47, 48, 60, 79, 96, 98, 99, 102, 104, 107, 108),  # sendto ... getegid
        *(186, 201, 202, 217, 228, 229, 230, 231, 273, 318, 334),  # gettid ... rseq
    },
    "aarch64": {
        *(17, 57, 61, 62, 63, 64, 65, 66, 67, 80, 93, 94, 98, 99, 101, 113, 114, 115, 124),
        *(134, 135, 139, 165, 169, 172, 174, 175, 176, 177, 178, 179, 206, 207, 210, 211, 212),
        *(214, 215, 216, 233, 278, 293),
    },
}
"""read, write, close, fstat, lseek, pread, readv, writev, munmap, mremap, madvise, brk, signal masks and returns,
yield, nanosleep, clocks, ids, futex, getdents, getcwd, sendto, recvfrom, sendmsg, recvmsg, shutdown, getrusage,
sysinfo, getrandom, rseq, exit."""
_EXECUTABLE = {"x86_64": (9, 10), "aarch64": (222, 226)}
"""mmap, mprotect: the third argument holds the protection."""
_BY_PATH = {"x86_64": (4, 6, 21, 89, 262, 267, 332), "aarch64": (48, 78, 79, 291)}
"""stat, lstat, access, readlink, newfstatat, readlinkat, statx, faccessat."""
_FSTAT_BY_PATH = {"x86_64": (262, 332), "aarch64": (79, 291)}
"""What the C library uses for a plain fstat."""
_OPENAT = {"x86_64": 257, "aarch64": 56}
_FCNTL = {"x86_64": 72, "aarch64": 25}
_FLAGS = (fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL)


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    ]


class Program(ctypes.Structure):
    """What `prctl(PR_SET_SECCOMP)` takes: a length and the instructions."""

    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]


def program(*, may_open: bool) -> Program | None:
    """The filter for this machine, None on a machine whose call numbers we do not know."""
    machine = platform.machine()
    if machine not in _MACHINES or ctypes.sizeof(ctypes.c_void_p) != 8:
        return None
    lines = _lines(machine, may_open)
    return Program(len(lines), (_Instruction * len(lines))(*(_Instruction(*line) for line in lines)))


def _lines(machine: str, may_open: bool) -> list[tuple[int, int, int, int]]:
    lines = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_IF_EQUAL, 1, 0, _MACHINES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _CALL_AT),
    ]
    for number in _EXECUTABLE[machine]:
        lines += _unless_bits(number, _PROT_EXEC)
    lines += _only_commands(_FCNTL[machine], _FLAGS)
    allowed = {*_ALLOWED[machine], *_FSTAT_BY_PATH[machine]}
    if may_open:
        lines += _unless_bits(_OPENAT[machine], _MAKES_OR_WRITES)
        allowed.update(_BY_PATH[machine])
    for number in sorted(allowed):
        lines += [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    return [*lines, (_RETURN, 0, 0, _FAIL)]


def _unless_bits(number: int, bits: int) -> list[tuple[int, int, int, int]]:
    """Allow a call unless one of these bits is set in its third argument."""
    return [
        (_IF_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _THIRD_ARGUMENT_AT),
        (_IF_ANY_BIT, 0, 1, bits),
        (_RETURN, 0, 0, _FAIL),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _only_commands(number: int, commands: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """Allow a call if its second argument is one of `commands`, and no other time."""
    allowed = [line for command in commands for line in ((_IF_EQUAL, 0, 1, command), (_RETURN, 0, 0, _ALLOW))]
    return [
        (_IF_EQUAL, 0, len(allowed) + 2, number),
        (_LOAD, 0, 0, _SECOND_ARGUMENT_AT),
        *allowed,
        (_RETURN, 0, 0, _FAIL),
    ]
