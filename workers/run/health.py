"""Present faults, shared between the folder watchers, the deliveries and the counter page."""

import threading
import time

from intake.base.log import logger
from workers.access.machines import Vitals
from workers.operator.health import PointHealth
from workers.operator.measures import point_measures

LOOKING_SECONDS = 30.0
"""A page that asked so lately is open, also while the machine is busy."""
GRAVEST_FIRST = ("disk_full", "too_many_open", "away", "hub_denied", "hub_away", "rules_refused")


class Health:
    """The faults by part: the key of the notice to show; a part that is well has no entry."""

    def __init__(self) -> None:
        self._wrong: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._last: dict[str, object] = {}
        self._lock = threading.Lock()
        self._looked = -LOOKING_SECONDS
        self.newest: PointHealth | None = None
        """What the point last said of itself."""

    def report(self, part: str, notice: str | None, name: str = "") -> None:
        """`part` is well (None) or has this notice, one of `GRAVEST_FIRST`; `name`: what the counter calls the part."""
        with self._lock:
            if notice is None:
                self._wrong.pop(part, None)
            else:
                self._wrong[part], self._names[part] = notice, name

    def changed(self, part: str, value: object) -> bool:
        """Whether `value` differs from what was last said of `part`; remembers it."""
        with self._lock:
            known = self._last.get(part, ())
            self._last[part] = value
            return known != value

    def forget(self, part: str) -> None:
        """Forget what was last said of `part`: it did not get through."""
        with self._lock:
            self._last.pop(part, None)

    def looked(self) -> None:
        """An open page asked for news."""
        self._looked = time.monotonic()

    def somebody_looks(self) -> bool:
        """Whether a page is open."""
        return time.monotonic() - self._looked < LOOKING_SECONDS

    def wrong(self) -> dict[str, str]:
        """The notice of every part that is not well."""
        with self._lock:
            return dict(self._wrong)

    def vitals(self) -> Vitals:
        """Give what is wrong, and the measures of the last health note."""
        trouble = tuple(sorted(set(self.wrong().values())))
        return Vitals(trouble, point_measures(self.newest) if self.newest is not None else ())

    def notice(self) -> str | None:
        """The gravest notice."""
        with self._lock:
            return min(self._wrong.values(), key=GRAVEST_FIRST.index, default=None)

    def about(self, notice: str | None) -> list[str]:
        """The names of the parts that have the notice, where they have names."""
        with self._lock:
            return sorted({self._names[part] for part, had in self._wrong.items() if had == notice} - {""})


def rests(health: Health, provider: str, code: str | None) -> None:
    """Deliveries to `provider` rest because of `code`, or go on (None): noted for the page and in the log."""
    if not health.changed(f"deliveries/{provider}", code):
        return
    if code is None:
        logger().info("deliveries_go_on", provider=provider)
    else:
        logger().warning("deliveries_rest", provider=provider, code=code)
    health.report(f"deliveries/{provider}", None if code is None else "hub_denied" if code == "denied" else "hub_away")
