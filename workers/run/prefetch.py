"""Reads a paper while its quiet time runs, so that the verdict is there as soon as the paper is taken over.

Nothing is taken, noted or promised by it: what was read waits in the short memory under the bytes' SHA-256, and
whoever takes over the same bytes finds it there. One paper at a time, and one more waits; any further is read when it
is taken over.
"""

import queue
import threading
from contextlib import suppress

from intake.base.errors import VireilleError
from intake.base.log import logger
from workers.scan_memory import ScanMemory
from workers.tools import CounterFirst


class Prefetch:
    """Reads the bytes of one paper at a time that a folder offers ahead of their being taken over."""

    def __init__(self, memory: ScanMemory, counter: CounterFirst) -> None:
        """Both are shared with the workers."""
        self._memory, self._counter = memory, counter
        self._offered: queue.Queue[bytes] = queue.Queue(maxsize=1)

    def offer(self, content: bytes) -> None:
        """Read it soon, unless another paper waits to be read."""
        with suppress(queue.Full):
            self._offered.put_nowait(content)

    def run(self, stop: threading.Event) -> None:
        """Read what is offered, until `stop` is set."""
        while not stop.is_set():
            with suppress(queue.Empty):
                self._look(self._offered.get(timeout=0.5))

    def _look(self, content: bytes) -> None:
        self._counter.note("ahead", busy=True)
        try:
            self._memory.prefetch(content)
        except VireilleError:
            return  # told when the paper is taken over
        except Exception as error:  # the same will come up in its stage, where it counts
            logger().warning("look_ahead_failed", code=type(error).__name__)
        finally:
            self._counter.note("ahead", busy=False)
