"""News for an open page: which filings changed, what is wrong, that the point lives, and that a session has ended.

`Kept` looks once for all open pages, and keeps for a moment what they all ask for then.
"""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Protocol, TypeVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from intake.base.states import State
from workers.ledger import Ledger
from workers.ledger.audit import PASSING
from workers.ledger.likeness import sharing
from workers.ledger.reports import changes_since, last_event

POLL_SECONDS = 0.2
"""How often news is looked for that another process wrote, or that nobody waits for; all else is told at once."""
BEAT_SECONDS = 2.0
"""How often the page hears that the point lives, also when there is no news, and is asked whose it is."""
LISTED_SECONDS, HEARD_SECONDS = 1.0, 0.1
"""For how long a list serves all who ask for it, and the newest event's number all who wait for news."""
NEXT_SECONDS = 0.1
"""So long after news the next is told at the soonest: a feeder's two hundred papers are no two hundred lists."""
STILL_SECONDS = 0.3
"""For so long nothing must follow before a passing state is news."""
T = TypeVar("T")


class Changing(Protocol):
    """What changes at the point."""

    def changes(self, since: int) -> tuple[int, list[str], str | None, list[str]]:
        """The newest event's number, the filings changed after `since`, a notice's key if something is wrong, where."""

    def heard_by(self, hear: Callable[[], None]) -> AbstractContextManager[None]:
        """Meanwhile `hear` is called, in any thread, when something happened that a page waits for."""


async def news(desk: Changing, request: Request, still: Callable[[], object]) -> AsyncIterator[dict[str, str]]:
    """Tell the page which filings changed, as soon as the ledger has it; ends when `still` finds nobody signed in."""
    loop, rung = asyncio.get_running_loop(), asyncio.Event()

    def hear() -> None:
        with suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(rung.set)

    known: tuple[str | None, list[str]] = (None, [])
    with desk.heard_by(hear):
        seen, beaten = (await run_in_threadpool(desk.changes, 0))[0], time.monotonic()
        while not await request.is_disconnected():
            rung.clear()
            newest, filings, notice, where = await run_in_threadpool(desk.changes, seen)
            if newest != seen or (notice, where) != known:
                seen, known = newest, (notice, where)
                yield {"event": "change", "data": json.dumps({"filings": filings, "notice": notice, "where": where})}
                await asyncio.sleep(NEXT_SECONDS)
            if time.monotonic() - beaten > BEAT_SECONDS:
                beaten = time.monotonic()
                if await run_in_threadpool(still) is None:
                    yield {"event": "signed_out", "data": ""}
                    return
                yield {"event": "beat", "data": ""}
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), POLL_SECONDS)


class Kept:
    """What many open pages ask for at the same moment, made once: until something happens, a second at most."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._asking, self._keeping = ledger, threading.Lock(), threading.Lock()
        self._making: dict[object, threading.Lock] = {}
        self._kept: dict[object, tuple[int, float, Any]] = {}
        self._newest, self._moved, self._heard, self._rung = 0, 0.0, -HEARD_SECONDS, 0.0
        self._told: tuple[tuple[int, int], tuple[int, list[str]], bool] = (0, 0), (0, []), False

    @contextmanager
    def heard_by(self, hear: Callable[[], None]) -> Iterator[None]:
        """Meanwhile `hear` is called, in any thread, when something happened in this process that a page waits for."""

        def rings(at_once: bool) -> None:
            self._rung = time.monotonic()
            if at_once:
                hear()

        with self._ledger.bell.heard_by(rings):
            yield

    def changes(self, since: int) -> tuple[int, list[str]]:
        """The newest event; the filings changed after `since`, and those that a new scan may be the same paper as.

        What only passes from stage to stage is told when nothing follows for a moment: its verdict is worth more.
        """
        with self._asking:
            begun = time.monotonic()
            if self._heard <= self._rung or begun - self._heard > HEARD_SECONDS:
                before, self._newest, self._heard = self._newest, last_event(self._ledger), begun
                self._moved = self._moved if self._newest == before else begun
            newest = self._newest
            if not since or newest <= since:
                return max(since, newest), []
            if self._told[0] != (since, newest):
                changed = changes_since(self._ledger, since)
                read = {
                    change.filing
                    for change in changed
                    if change.state == State.CHECKED or change.what == "read further"
                }
                filings = sorted({change.filing for change in changed} | sharing(self._ledger, read))
                passing = bool(changed) and all(change.state in PASSING for change in changed)
                self._told = (since, newest), (changed[-1].event if changed else newest, filings), passing
            _, answer, passing = self._told
            return (since, []) if passing and begun - self._moved < STILL_SECONDS else answer

    def get(self, key: object, make: Callable[[], T]) -> T:
        """What is kept under `key`, else made now; who asks for another key does not wait for it."""
        with self._keeping:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            newest, now = last_event(self._ledger), time.monotonic()
            kept = self._kept.get(key)
            if kept is None or kept[0] != newest or now - kept[1] >= LISTED_SECONDS:
                kept = newest, now, make()
                with self._keeping:
                    fresh = {name: made for name, made in self._kept.items() if now - made[1] < LISTED_SECONDS}
                    self._kept = fresh | {key: kept}
                    self._making = {name: lock for name, lock in self._making.items() if name in fresh or lock.locked()}
            found: T = kept[2]
            return found
