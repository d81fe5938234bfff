"""The inbox as a service: receive, tell the case system, rest, again; stops when asked.

For cron there is nothing to run here: `receive` once does the same round.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from intake.base.errors import NotFound, Untrusted, VireilleError
from intake.base.log import logger
from workers.backoffice import notices, webhook
from workers.backoffice.desk import count_failures, end_answered, end_lost
from workers.backoffice.inbox import Round, receive
from workers.backoffice.lease import LEASE_FILE, read_lease
from workers.backoffice.office import Office
from workers.backoffice.webhook import Hook, Telling
from workers.seal import manifest

REST_SECONDS = 60.0
Look = Callable[[Office], Office]
"""Examines the office's own parts before a round; gives it as it is now, or raises what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long folders stay in OUT."""

    answered_days: int | None = None
    """None: until somebody takes them away."""
    lost_days: int = 30
    """Of those whose lease was lost, counted from the day when they were put aside."""


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
    keep: Keep = Keep(),
) -> Done:
    """Look, receive and notify once. Failures are reported and counted, never raised: the next round tries again."""
    try:
        done = receive(look(office) if look else office, out, most)
    except VireilleError as error:  # the office's own fault: nothing was taken
        done = Round((), (), (), ended=error)
    telling = Telling((), ())
    try:
        if out.is_dir():
            count_failures(out, [failure.code for failure in done.failed], office.clock.now())
            if keep.answered_days is not None:
                end_answered(out, keep.answered_days, office.clock.now())
            end_lost(out, keep.lost_days, office.clock.now())
            if hook is not None:
                _note_received(out)
                telling = webhook.tell(out, hook, office.clock, office.provider)
    except VireilleError as error:  # a full disk, or an answer's note that is damaged
        done = replace(done, ended=done.ended or error)
    if done.ended is not None:
        logger().error("inbox_stopped", provider=office.provider, code=done.ended.code)
    elif done.received:
        logger().info("inbox_round", provider=office.provider, count=len(done.received), code="ok")
    return Done(done, telling)


def _note_received(out: Path) -> None:
    """Queue a notice for every filing that lies unanswered; one that a person answered first is not told any more."""
    for notice in notices.waiting(out):
        if not (out / notice.bundle / LEASE_FILE).exists():
            notices.forget(out, notice.bundle)
    for bundle in notices.unnoted(out):
        try:
            said = manifest.from_json((out / bundle / manifest.NAME).read_bytes())
            sha256 = read_lease(out / bundle / LEASE_FILE).sha256
        except (OSError, Untrusted, NotFound):  # somebody takes the folder away this moment, or wrote in it
            logger().warning("not_told", bundle=bundle, code="unreadable")
            continue
        data = said.model_dump(mode="json", include={"bundle", "provider", "unit", "form", "handed_over"})
        data |= {"folder": str(out.absolute() / bundle), "sha256": sha256}
        notices.add(out, notices.RECEIVED, data, data["handed_over"])


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
