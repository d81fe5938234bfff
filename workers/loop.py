"""The worker loop: claim a filing, run its stage, write down what came of it.

The only place that records outcomes, decides on retries, and meets unexpected errors. Promises: a filing that fails
three times for no known reason is held for a person (C-11); one that waits for the outside world waits longer each
time, with jitter (D-05), and nobody else waits for it.
"""

import random
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress

from intake.base import durable
from intake.base.errors import DiskFull, Refused, Stale, TooManyOpen, VireilleError
from intake.base.log import logger
from intake.base.states import State
from workers.journey import STAGES, Hold, Next, Outcome, Split, Stay, Wait
from workers.ledger import claimed
from workers.ledger.claim import claim
from workers.ledger.claimed import CRASHED, Keep, Work
from workers.ledger.scans import COUNTER_LANE
from workers.tools import Tools

LEASE_SECONDS = 60.0
SHORTEST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 300.0
MOST_IN_HAND = 2
"""The most filings that wait for a process's next worker under a running lease; further ones are given back."""
SLOW_TO_OPEN = "slow_to_open"
SECOND_TRY_SECONDS = 30.0
"""Before a file that took too long to open is tried once more."""
LONGEST_PAUSE_SECONDS = 10.0
"""How long a worker rests at most when the ledger itself cannot be written or reached."""


def retry_seconds(attempt: int) -> float:
    """The wait before try `attempt` + 1: doubling from 2 s to 5 min, each with up to a half of jitter."""
    base = min(LONGEST_RETRY_SECONDS, SHORTEST_RETRY_SECONDS * 2.0 ** min(attempt, 10))
    return base * (1 + random.random() / 2)  # noqa: S311 jitter needs no secrecy


class Worker:
    """Works on filings in the given states, one at a time.

    What somebody waits for at the counter stays in hand from stage to stage, and goes on to the worker `after` this one
    in the same process, so that what was seen of it is not seen again by another. All else is given back after each
    stage, so that nobody at the counter waits for it.
    """

    def __init__(self, name: str, states: Collection[State], tools: Tools, *, after: "Worker | None" = None) -> None:
        """`name` must differ between workers that are up at the same time."""
        self.name, self._states, self._tools, self._after = name, tuple(states), tools, after
        self._in_hand: deque[Work] = deque()
        self._ended = False

    def step(self) -> bool:
        """Do one stage of one filing; False when there is nothing to do now."""
        try:
            work: Work | None = self._in_hand.popleft()
        except IndexError:
            work = claim(self._tools.ledger, self._states, worker=self.name, lease_seconds=LEASE_SECONDS)
        if State.ACCEPTED in self._states:
            self._tools.counter.note(self.name, busy=work is not None)
        if work is None:
            return False
        try:
            self._work_on(work)
        except Stale:  # D-01: also when it failed meanwhile and somebody else has it by now
            logger().info("overtaken", filing=work.filing, state=work.state.value)
        return True

    def run(
        self, stop: threading.Event, *, idle_seconds: float = 0.05, hear: Callable[[str | None], None] = lambda _: None
    ) -> None:
        """Work until the stop signal; finishes the stage in hand first.

        A ledger that is full, locked or away for a while is waited for (A-06, D-03); `hear` is told its code, and None
        when it is well again. Raises what waiting cannot mend: a ledger that may not be written (A-09) or is damaged.
        """
        troubles, rung = 0, threading.Event()
        rests = rung if State.ACCEPTED in self._states else stop  # a paper at the counter is begun at once
        with self._tools.ledger.bell.heard_by(lambda _: rung.set()):
            while not stop.is_set():
                try:
                    worked = self.step()
                except VireilleError as error:
                    if not error.transient:
                        raise
                    troubles += 1
                    logger().warning("ledger_trouble", worker=self.name, code=error.code)
                    hear(error.code)
                    self._refuse_a_dead_disk()
                    stop.wait(min(LONGEST_PAUSE_SECONDS, 0.25 * 2.0 ** min(troubles, 10)))
                    continue
                if troubles:
                    troubles = 0
                    hear(None)
                if not worked:
                    rests.wait(idle_seconds)
                    rung.clear()
        self._ended = True
        self._put_back()

    def _goes_on_with(self, work: Work, state: State) -> "Worker | None":
        """Who of this process goes on with a filing that reaches `state`; None if it is given back."""
        if work.lane != COUNTER_LANE:
            return None
        if state in self._states:
            return self
        after = self._after
        free = after is not None and state in after._states and len(after._in_hand) < MOST_IN_HAND
        return after if free else None

    def _hand(self, work: Work) -> None:
        """Go on with this filing next."""
        self._in_hand.append(work)
        if self._ended:
            self._put_back()

    def _put_back(self) -> None:
        """A-13: what was not begun is no crash of ours. If it cannot be given back, its lease ends by itself."""
        while self._in_hand:
            with suppress(VireilleError, IndexError):
                claimed.put_back(self._tools.ledger, self._in_hand.popleft())

    def _refuse_a_dead_disk(self) -> None:
        """A-09: a file system that turned read-only shows as an I/O error of the ledger. Raises Denied."""
        try:
            durable.check_writable(self._tools.settings.here.data)
        except VireilleError as error:
            if not error.transient:
                raise

    def _work_on(self, work: Work) -> None:
        try:
            with self._heartbeat(work):
                outcome = STAGES[work.state](work, self._tools)
            self._record(work, outcome)
        except Stale:
            raise
        except Refused as refused:
            if refused.code == "timeout" and work.attempt == 0:  # a busy machine, perhaps: once more, a little later
                claimed.postpone(self._tools.ledger, work, seconds=SECOND_TRY_SECONDS, code=SLOW_TO_OPEN)
                return
            claimed.refuse_scan(self._tools.ledger, work, refused.code)
            logger().info("refused", filing=work.filing, code=refused.code)
        except VireilleError as error:
            self._failed(work, error)
        except OSError as error:
            trouble = durable.translate(error, "a stage")
            if isinstance(trouble, DiskFull | TooManyOpen):  # the machine's fault, not the paper's
                self._failed(work, trouble)
            else:
                self._crashed(work, error)
        except Exception as error:  # the loop's own duty: no paper stops the others (P6)
            self._crashed(work, error)

    def _record(self, work: Work, outcome: Outcome) -> None:
        ledger = self._tools.ledger
        match outcome:
            case Next(state, changes):
                worker = self._goes_on_with(work, state)
                keep = Keep(worker.name, LEASE_SECONDS) if worker else None
                kept = claimed.advance(ledger, work, state, changes=changes, keep=keep)
                if worker is not None and kept is not None:
                    worker._hand(kept)
                logger().info("advanced", filing=work.filing, state=state.value)
            case Split(state, parts):
                claimed.split(ledger, work, state, parts)
                logger().info("split", filing=work.filing, state=state.value, count=len(parts))
            case Wait(seconds, code):
                claimed.wait(ledger, work, seconds=seconds, code=code)
            case Stay(changes):
                claimed.stay(ledger, work, changes)
            case Hold(code, sentence, decided):
                claimed.hold(ledger, work, reason=code, sentence=sentence, decided=decided)
                logger().warning("held", filing=work.filing, code=code)

    def _failed(self, work: Work, error: VireilleError) -> None:
        if error.transient:
            claimed.postpone(self._tools.ledger, work, seconds=retry_seconds(work.attempt), code=error.code)
            logger().warning("postponed", filing=work.filing, code=error.code, attempt=work.attempt)
        else:
            claimed.hold(self._tools.ledger, work, reason=error.code, sentence=error.text)
            logger().warning("held", filing=work.filing, code=error.code)

    def _crashed(self, work: Work, error: Exception) -> None:
        logger().error("crashed", filing=work.filing, state=work.state.value, code=type(error).__name__)
        claimed.postpone(self._tools.ledger, work, seconds=retry_seconds(work.attempt), code=CRASHED)

    @contextmanager
    def _heartbeat(self, work: Work) -> Iterator[None]:
        """Renew the lease while a slow stage is alive (D-02)."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(LEASE_SECONDS / 3):
                try:
                    claimed.heartbeat(self._tools.ledger, work, LEASE_SECONDS)
                except VireilleError as error:
                    if not error.transient:
                        return

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
