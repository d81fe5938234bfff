"""Rings in this process when something was written down, so that workers and pages need not look again and again.

A hint, never the truth: what another process or machine writes rings nothing here, so who hears it still looks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

AT_ONCE = "vireille_at_once"
"""Under this name a connection carries whether somebody waits for what its transaction writes down."""


class Bell:
    """Heard by whoever waits for what is written down."""

    def __init__(self) -> None:
        self._hears = set[Callable[[bool], None]]()

    @contextmanager
    def heard_by(self, hear: Callable[[bool], None]) -> Iterator[None]:
        """Meanwhile `hear` is called, in any thread, and told whether somebody waits for what was written down."""
        self._hears.add(hear)
        try:
            yield
        finally:
            self._hears.discard(hear)

    def ring(self, *, at_once: bool) -> None:
        """Tell all who hear it."""
        for hear in tuple(self._hears):
            hear(at_once)
