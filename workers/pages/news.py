"""News for an open page: which filings changed, what is wrong, that the point lives, and that a session has ended."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

POLL_SECONDS = 0.1
BEAT_SECONDS = 2.0
"""How often the page hears that the point lives, also when there is no news, and is asked whose it is."""


class Changing(Protocol):
    """What changes at the point."""

    def changes(self, since: int) -> tuple[int, list[str], str | None, list[str]]:
        """The newest event's number, the filings changed after `since`, a notice's key if something is wrong, where."""


async def news(desk: Changing, request: Request, still: Callable[[], object]) -> AsyncIterator[dict[str, str]]:
    """Tell the page which filings changed, as soon as the ledger has it; ends when `still` finds nobody signed in."""
    seen, beaten = (await run_in_threadpool(desk.changes, 0))[0], time.monotonic()
    known: tuple[str | None, list[str]] = (None, [])
    while not await request.is_disconnected():
        newest, filings, notice, where = await run_in_threadpool(desk.changes, seen)
        if newest != seen or (notice, where) != known:
            seen, known = newest, (notice, where)
            yield {"event": "change", "data": json.dumps({"filings": filings, "notice": notice, "where": where})}
        if time.monotonic() - beaten > BEAT_SECONDS:
            beaten = time.monotonic()
            if await run_in_threadpool(still) is None:
                yield {"event": "signed_out", "data": ""}
                return
            yield {"event": "beat", "data": ""}
        await asyncio.sleep(POLL_SECONDS)
