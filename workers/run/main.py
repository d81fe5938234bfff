"""Runs a point: watchers, workers and the counter page, until it is stopped or nothing is left to do.

`run` works until SIGTERM or SIGINT; `run_once` works off what is there and returns when only people can go on.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial

from intake.base.errors import VireilleError
from intake.base.log import logger
from intake.base.settings import Settings, load_settings
from workers.journey import ASIDE, COUNTER, POST, RECEIPTS
from workers.ledger.claim import wake, worker_name
from workers.ledger.claimed import CRASHED
from workers.loop import SLOW_TO_OPEN, Worker
from workers.run import asked_receipts, housekeeping
from workers.run.open_point import Running, open_point
from workers.run.reload import Announced, Turns, until_new_set
from workers.run.tell_health import Teller

DRAIN_SECONDS = 20.0
BACKGROUND_NICENESS = 10


def run(settings: Settings, announce: Callable[[str], None], *, page: bool = True) -> None:
    """Watch, work and serve the counter page until SIGTERM; `announce` gets the page's address, "" where there is none.

    A new set of rules, providers and forms that `vireille update` took is used from the next paper on (D-08).
    Raises VireilleError when a part could not go on: the process must end with an error and be started anew.
    """
    turns, announced, died = Turns(), Announced(announce), list[str]()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: _told_to_stop(number, turns))
    while turns.another():
        _turn(announced.kept(settings) if page else settings, turns, announced, died, page=page)
        settings = settings if turns.over else load_settings(settings.file)
    logger().info("stopped")
    if died:
        raise VireilleError(f"{died[0]} could not go on; the log says why. Put it right and start the point again")


def _turn(settings: Settings, turns: Turns, announce: Callable[[str], None], died: list[str], *, page: bool) -> None:
    """Everything open with one set of rules, providers and forms, until it is over or another set is in use."""
    from workers.pages.serve import listening, serve

    stop = turns.stop
    with listening(settings) if page else nullcontext() as listens, open_point(settings) as running:
        threads = [
            threading.Thread(target=_watched, args=(part, job, turns, died), name=part, daemon=True)
            for part, job in _jobs(running)
        ]
        for thread in threads:
            thread.start()
        try:
            if listens is None:
                announce("")
                stop.wait()
            else:
                serve(running, listens, stop, announce)
            if not stop.is_set():  # the page ended by itself: so does the point
                turns.end()
        finally:
            stop.set()
            _join(threads)


def _told_to_stop(number: int, turns: Turns) -> None:
    """The first signal asks for a clean end; the next one is obeyed at once (A-13), as safe as any crash."""
    if turns.over:
        os._exit(128 + number)
    turns.end()


def _jobs(running: Running) -> Iterator[tuple[str, Callable[[threading.Event], None]]]:
    """Every part that works by itself, by its name."""
    for scanner in running.folders:
        yield f"folder-{scanner}", partial(_watch, running, scanner)
    yield "ahead", running.ahead.run
    for worker, idle in zip(_workers(running, ""), (0.05, 0.2, 1.0), strict=True):
        part = worker.name.rpartition("/")[2]
        job = partial(worker.run, idle_seconds=idle, hear=partial(running.note_trouble, part))
        yield part, job if part == "counter" else partial(_behind, job)
    yield "receipts asked", partial(_behind, partial(asked_receipts.run, running.tools, running.health))
    yield "housekeeping", partial(housekeeping.run, running.tools)
    teller = Teller(running)
    yield "health told", partial(_behind, teller.run)
    yield "health looked at", partial(_behind, teller.look_on)
    yield "updates", partial(until_new_set, running.tools, running.definitions, running.health)


def _behind(job: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """Work with what processor time the counter leaves: on Linux a niceness is a thread's own."""
    os.nice(BACKGROUND_NICENESS)
    job(stop)


def _workers(running: Running, kind: str) -> tuple[Worker, Worker, Worker]:
    """For the counter, the post and the receipts."""
    tools = running.tools
    post = Worker(worker_name(f"{kind}post"), (*POST, *ASIDE), tools)
    counter = Worker(worker_name(f"{kind}counter"), COUNTER, tools, after=post)
    return counter, post, Worker(worker_name(f"{kind}receipts"), RECEIPTS, tools)


def _watch(running: Running, scanner: str, stop: threading.Event) -> None:
    running.folders[scanner].run(stop, report=partial(running.note_round, scanner))


def _watched(part: str, job: Callable[[threading.Event], None], turns: Turns, died: list[str]) -> None:
    """Run one part; if it dies for a reason it could not meet, say so and end the whole process for a restart."""
    try:
        job(turns.stop)
    except Exception as error:  # the part's own loop has met all it can; what comes here is a fault of ours
        code = error.code if isinstance(error, VireilleError) else type(error).__name__
        logger().error("part_died", worker=part, code=code)
        died.append(part)
        turns.end()


def _join(threads: Sequence[threading.Thread]) -> None:
    """Let the stages in hand end; what takes longer is abandoned, and done again after the next start."""
    until = time.monotonic() + DRAIN_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def run_once(settings: Settings) -> None:
    """Work off what is in the folders and the ledger; returns when nothing is left that goes on without a person."""
    with open_point(settings) as running:
        wake(running.tools.ledger)
        workers = _workers(running, "once-")
        stop = threading.Event()
        while True:
            taken = 0
            for scanner, folder in running.folders.items():
                last = folder.run_once(stop)
                taken += last.taken
                running.note_round(scanner, last)
            worked = False
            while any(worker.step() for worker in workers):  # the counter's first
                worked = True
            if (
                not taken
                and not worked
                and not sum(wake(running.tools.ledger, code) for code in (CRASHED, SLOW_TO_OPEN))
            ):
                return
