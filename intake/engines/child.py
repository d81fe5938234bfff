"""Run one outside program on bytes from memory, bounded in time and output, and leave nothing of it behind.

The program gets a session of its own, so that its whole process group can be ended (C-12): a wrapper that is killed
does not take its grandchildren along. Nothing touches the disk: bytes go in and come out through pipes.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it."""

    output: bytes
    ended: str
    """`done`, `failed` (exit code not 0), `timeout` or `too_much` (output)."""


def run_bounded(
    command: Sequence[str], *, feed: bytes, environment: Mapping[str, str], seconds: float, most_bytes: int
) -> Ran:
    """Run `command` with `feed` on its standard input; its standard error is thrown away (H-01).

    Raises FileNotFoundError when there is no such program. No process of its group is alive afterwards.
    """
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(environment),
        start_new_session=True,
    )
    try:
        output, ended = _exchange(process, feed, time.monotonic() + seconds, most_bytes)
        if ended == "done":
            ended = _exit(process, seconds)
    finally:
        end_group(process)
    return Ran(output, ended)


def _exit(process: subprocess.Popen[bytes], seconds: float) -> str:
    try:
        return "done" if process.wait(timeout=seconds) == 0 else "failed"
    except subprocess.TimeoutExpired:
        return "timeout"


def _exchange(process: subprocess.Popen[bytes], feed: bytes, deadline: float, most_bytes: int) -> tuple[bytes, str]:
    """Feed and read at once until the output ends, the deadline passes or too much has come."""
    source, sink = process.stdin, process.stdout
    if source is None or sink is None:  # both were asked for as pipes
        raise FileNotFoundError(process.args)
    left = memoryview(feed)
    output = bytearray()
    os.set_blocking(source.fileno(), False)
    with selectors.DefaultSelector() as ready:
        ready.register(source, selectors.EVENT_WRITE)
        ready.register(sink, selectors.EVENT_READ)
        while (remaining := deadline - time.monotonic()) > 0:
            for key, _ in ready.select(remaining):
                if key.fileobj is source:
                    left = _push(source.fileno(), left)
                    if not left:
                        ready.unregister(source)
                        source.close()
                    continue
                chunk = os.read(sink.fileno(), _CHUNK)
                if not chunk:
                    return bytes(output), "done"
                output += chunk
                if len(output) > most_bytes:
                    return bytes(output[:most_bytes]), "too_much"
    return bytes(output), "timeout"


def _push(descriptor: int, left: memoryview) -> memoryview:
    """Write what fits; nothing is left once the other side no longer reads."""
    try:
        return left[os.write(descriptor, left[:_CHUNK]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        return left[:0]


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End every process of the program's session and collect it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    process.wait()
