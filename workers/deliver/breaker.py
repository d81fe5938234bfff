"""One provider's refusals stop deliveries to that provider only, for a while (E-08).

Away counts against everybody's line and backs off shortly; Denied is about this provider's bucket, queue or rights,
opens at once and stays open longer. After the pause one delivery tries; its outcome decides.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from intake.base.clock import Clock
from intake.base.errors import Away, Denied, VireilleError
from workers.deliver.ports import Conflict

FIRST_SECONDS, MOST_SECONDS = 5.0, 600.0
DENIED_SECONDS = 900.0
AWAY_LIMIT = 3


@dataclass(frozen=True, slots=True)
class Open:
    """Deliveries to a provider rest until `until` (monotonic seconds), because of `code`."""

    until: float
    code: str


@dataclass(slots=True)
class _State:
    failures: int = 0
    rest: Open | None = None


class Breaker:
    """Says for each provider whether a delivery may be tried now."""

    def __init__(self, clock: Clock, report: Callable[[str, str | None], None] = lambda provider, code: None) -> None:
        """All closed at the start: after a restart everything is tried once.

        `report` hears a provider and the code for which its deliveries rest; None when they go on.
        """
        self._clock, self._report = clock, report
        self._states: dict[str, _State] = {}

    def may_try(self, provider: str) -> bool:
        """Whether to try now."""
        rest = self._state(provider).rest
        return rest is None or self._clock.monotonic() >= rest.until

    def why(self, provider: str) -> Open | None:
        """The rest under way and its cause; None if deliveries go on."""
        return self._state(provider).rest

    def succeeded(self, provider: str) -> None:
        """A delivery went through."""
        known = self._states.pop(provider, None)
        if known is not None and known.rest is not None:
            self._report(provider, None)

    def failed(self, provider: str, error: VireilleError) -> None:
        """A delivery did not go through."""
        state = self._state(provider)
        state.failures += 1
        now = self._clock.monotonic()
        if isinstance(error, Denied):
            state.rest = Open(now + DENIED_SECONDS, error.code)
        elif state.failures >= AWAY_LIMIT:
            pause = min(MOST_SECONDS, FIRST_SECONDS * 2 ** (state.failures - AWAY_LIMIT))
            state.rest = Open(now + pause * random.uniform(0.5, 1.0), error.code)  # noqa: S311  # spreads points apart
        if state.rest is not None:
            self._report(provider, state.rest.code)

    @contextmanager
    def guarded(self, provider: str) -> Iterator[None]:
        """Around one delivery: refuse it while the provider rests, and learn from how it went.

        Raises Away while resting, and in place of Denied: the filing is deferred and goes by itself once the cause is
        mended, while the operator was `told`. A Conflict passes through: it is about this one bundle.
        """
        rest = self.why(provider)
        if rest is not None and not self.may_try(provider):
            raise Away("deliveries to this provider rest after a failure; they go on by themselves", code=rest.code)
        try:
            yield
        except Conflict:
            self.succeeded(provider)  # the line and the rights are fine
            raise
        except Denied as error:
            self.failed(provider, error)
            raise Away(f"{error.message}; tried again later", code=error.code) from error
        except Away as error:
            self.failed(provider, error)
            raise
        self.succeeded(provider)

    def _state(self, provider: str) -> _State:
        return self._states.setdefault(provider, _State())
