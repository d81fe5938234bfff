"""What is wrong right now, shared between the folder watchers and the counter page."""

import threading


class Health:
    """The condition of each part by name: a notice's key while something is wrong, else nothing."""

    def __init__(self) -> None:
        self._wrong: dict[str, str] = {}
        self._last: dict[str, object] = {}
        self._lock = threading.Lock()

    def report(self, part: str, notice: str | None) -> None:
        """`part` is well (None) or has this notice: `disk_full`, `away`."""
        with self._lock:
            if notice is None:
                self._wrong.pop(part, None)
            else:
                self._wrong[part] = notice

    def changed(self, part: str, value: object) -> bool:
        """Whether `value` differs from what was last said of `part`; remembers it."""
        with self._lock:
            known = self._last.get(part, ())
            self._last[part] = value
            return known != value

    def forget(self, part: str) -> None:
        """What was last said of `part` did not get through."""
        with self._lock:
            self._last.pop(part, None)

    def notice(self) -> str | None:
        """The worst notice; a full disk before a folder that is away."""
        with self._lock:
            return "disk_full" if "disk_full" in self._wrong.values() else next(iter(self._wrong.values()), None)
