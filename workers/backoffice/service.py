"""The inbox as a service: receive, tell the case system, rest, again; stops when asked.

For cron there is nothing to run here: `receive` once does the same round.
"""

import threading
from dataclasses import dataclass
from pathlib import Path

from intake.base.errors import VireilleError
from intake.base.log import logger
from workers.backoffice.inbox import Office, receive
from workers.backoffice.webhook import Hook, tell

REST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Done:
    """What one round did."""

    received: int
    failed: int
    told: int
    code: str | None
    """Why the round ended early; None if it did not."""


def one_round(office: Office, out: Path, hook: Hook | None = None, most: int = 100) -> Done:
    """Receive and tell once. What goes wrong is told, never raised: the next round tries again."""
    received = failed = told = 0
    code = None
    try:
        got = receive(office, out, most)
        received, failed = len(got.received), len(got.failed)
    except VireilleError as error:
        code = error.code
    if hook is not None and out.is_dir():
        told = len(tell(out, hook, office.clock).told)
    if received or code:
        logger().info("inbox_round", provider=office.provider, count=received, code=code or "ok")
    return Done(received, failed, told, code)


def serve(
    office: Office, out: Path, stop: threading.Event, *, hook: Hook | None = None, rest_seconds: float = REST_SECONDS
) -> None:
    """Rounds until `stop` is set; a round under way is finished first."""
    while not stop.is_set():
        one_round(office, out, hook)
        stop.wait(rest_seconds)
