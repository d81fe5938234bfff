"""Notes who looks at a filing: once for each person, filing and quarter of an hour, however often the page asks."""

import threading
import time

from workers.access.who import Someone
from workers.ledger import Ledger, Person, looks

AGAIN_SECONDS = 900.0
_MOST_KEPT = 10_000


class KeptLooks:
    """The looks that the ledger keeps, and those noted a moment ago."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._last, self._lock = ledger, dict[tuple[str, str], float](), threading.Lock()

    def note(self, someone: Someone, filing: str) -> None:
        """Note it before anything of the filing is shown; nobody is noted where nobody signs in. Raises NotFound."""
        key, now = (someone.shown, filing), time.monotonic()
        with self._lock:
            if not someone.shown or now - self._last.get(key, -AGAIN_SECONDS) < AGAIN_SECONDS:
                return
        looks.note(self._ledger, filing, Person(advisor=someone.shown))
        with self._lock:
            if len(self._last) >= _MOST_KEPT:
                self._last.clear()
            self._last[key] = now

    def newest(self, most: int, *, before: int | None, filing: str | None) -> list[looks.Look]:
        """At most `most`, newest first: those before an event's number, those at one filing."""
        return looks.looks(self._ledger, most, before=before, filing=filing)
