"""The inbox as a service: receive, tell the case system, rest, again; stops when asked.

For cron there is nothing to run here: `receive` once does the same round.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from intake.base.errors import VireilleError
from intake.base.log import logger
from workers.backoffice.desk import count_failures, end_answered
from workers.backoffice.inbox import Round, receive
from workers.backoffice.office import Office
from workers.backoffice.webhook import Hook, Telling, tell

REST_SECONDS = 60.0
Look = Callable[[Office], Office]
"""Examines the office's own parts before a round; gives it as it is now, or raises what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Done:
    """The result of one round; `round.ended` says why it ended early."""

    round: Round
    telling: Telling


def one_round(
    office: Office,
    out: Path,
    hook: Hook | None = None,
    *,
    most: int = 100,
    look: Look | None = None,
    keep_days: int | None = None,
) -> Done:
    """Look, receive and notify once. Failures are reported and counted, never raised: the next round tries again.

    Folders answered more than `keep_days` ago are removed.
    """
    try:
        done = receive(look(office) if look else office, out, most)
    except VireilleError as error:  # the office's own fault: nothing was taken
        done = Round((), (), (), ended=error)
    try:
        if out.is_dir():
            count_failures(out, [failure.code for failure in done.failed], office.clock.now())
            if keep_days is not None:
                end_answered(out, keep_days, office.clock.now())
    except VireilleError as error:  # a full disk, or an answer's note that is damaged
        done = replace(done, ended=done.ended or error)
    telling = tell(out, hook, office.clock) if hook is not None and out.is_dir() else Telling((), ())
    for bundle, code in telling.failed:
        logger().warning("not_told", provider=office.provider, bundle=bundle, code=code)
    if done.ended is not None:
        logger().error("inbox_stopped", provider=office.provider, code=done.ended.code)
    elif done.received:
        logger().info("inbox_round", provider=office.provider, count=len(done.received), code="ok")
    return Done(done, telling)


def serve(
    office: Office,
    out: Path,
    stop: threading.Event,
    *,
    work: Callable[[Office, Path], object] = one_round,
    rest_seconds: float = REST_SECONDS,
) -> None:
    """Rounds until `stop` is set; a round under way is finished first. `work` is what a round does."""
    while not stop.is_set():
        work(office, out)
        stop.wait(rest_seconds)
