"""The program inside the jail: warm up once, then fork a child for each file. It never holds a file itself.

Promises: it hears only the parent; a child shares with it nothing but the memory of before the fork, copied on write,
and is killed and reaped when the parent says so. Imports cost 200 ms, a fork 3 ms.
"""

import gc
import json
import os
import signal
import socket
from typing import NoReturn

from intake.jail import protocol as frames
from intake.jail.inside import child, confine, opening
from intake.jail.limits import Limits


def main(limits_json: str, *, may_open: bool) -> NoReturn:
    """Serve the parent on the socket that is standard input until it hangs up, then end the process."""
    parent = os.getppid()
    limits = Limits(**json.loads(limits_json))
    control = socket.socket(fileno=0)
    opening.warm_up()
    confine.settle(parent)
    gc.collect()
    gc.freeze()  # a collection in a child would touch, and so copy, every page of memory
    control.sendall(frames.READY)
    while True:
        size = frames.CONTROL_HEAD.size
        request, descriptors, _, _ = socket.recv_fds(control, size, 1, socket.MSG_WAITALL)
        if len(request) < size:
            os._exit(0)
        what, number = frames.CONTROL_HEAD.unpack(request)
        answer = _fork(control, descriptors[0], limits, may_open) if what == frames.FORK else _end(number)
        control.sendall(frames.CONTROL_ANSWER.pack(answer))


def _fork(control: socket.socket, line: int, limits: Limits, may_open: bool) -> int:
    """The process number of a child that serves one file on this line."""
    server = os.getpid()
    made = os.fork()
    if made == 0:
        try:
            os.dup2(line, control.detach())
            os.closerange(3, confine.DESCRIPTORS)
            child.main(limits, server, may_open=may_open)
        finally:
            os._exit(1)
    os.close(line)
    return made


def _end(number: int) -> int:
    """Kill the child, if it still lives; how it ended, as a shell would tell it."""
    os.kill(number, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
