"""Gives hints that something happened in a folder, so that the sweep need not wait. Never the truth (F4).

watchdog's observer stays "alive" and blind when its folder is deleted and made anew, drops events when the kernel's
queue overflows, and sees nothing of what other machines write on a share. So a hint only wakes the loop, an overflow
needs no more than the hints before it, and the emitter is replaced when it died or its folder is another one.
"""

import os
import threading
from pathlib import Path
from typing import Self

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from intake.base.log import logger

_LOOK_EVERY = 0.05


class _Waker(FileSystemEventHandler):
    def __init__(self, hint: threading.Event) -> None:
        self._hint = hint

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._hint.set()


class Notice:
    """Wakes the loop early when something happens in `folder`; without notices it is a plain timed wait."""

    def __init__(self, folder: Path, *, enabled: bool) -> None:
        self._folder, self._enabled = folder, enabled
        self._hint = threading.Event()
        self._observer: BaseObserver | None = None
        self._watching: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        self.supervise()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def wait(self, stop: threading.Event, seconds: float, *, hinted: bool = True) -> None:
        """Until `stop`, a hint (if `hinted`), or `seconds` are over."""
        self.supervise()
        left = seconds
        while left > 0 and not stop.is_set():
            step = min(_LOOK_EVERY, left)
            if hinted and self._hint.wait(step):
                break
            if not hinted:
                stop.wait(step)
            left -= step
        self._hint.clear()

    def supervise(self) -> None:
        """Start the emitter, or replace one that died or watches a folder that is no longer there."""
        if not self._enabled:
            return
        now = self._folder_now()
        if self._observer is not None and now == self._watching and self._is_alive():
            return
        self._stop()
        if now is not None:
            self._start(now)

    def _folder_now(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._folder)  # noqa: PTH116 - one call, and its errors mean "not there"
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _is_alive(self) -> bool:
        observer = self._observer
        return observer is not None and observer.is_alive() and all(e.is_alive() for e in observer.emitters)

    def _start(self, now: tuple[int, int]) -> None:
        observer = Observer()
        wanted: list[type[FileSystemEvent]] = [FileClosedEvent, FileCreatedEvent, FileMovedEvent]
        try:
            observer.schedule(_Waker(self._hint), str(self._folder), recursive=False, event_filter=wanted)
            observer.start()
        except OSError as error:  # out of watches or descriptors: the timed sweep goes on alone
            logger().warning("no_notices", errno=error.errno or 0)
            return
        self._observer, self._watching = observer, now

    def _stop(self) -> None:
        observer, self._observer, self._watching = self._observer, None, None
        if observer is not None:
            observer.stop()
            observer.join(timeout=5)
