"""Who has which paper open, as the open pages say it themselves every few seconds; kept in memory only.

One has it, the others see whose it is and may take it over. It locks nothing: what keeps two decisions apart is the
filing's version (G-06). Pages of another machine of the same ledger are not seen.
"""

import threading
import time
from dataclasses import dataclass

GONE_SECONDS = 12.0
"""A page that has not spoken for so long has been closed."""


@dataclass(slots=True)
class _Holder:
    tab: str
    name: str
    heard: float


class Presence:
    """The open papers by filing. Names are people's: never log them."""

    def __init__(self) -> None:
        self._open = dict[str, _Holder]()
        self._lock = threading.Lock()

    def look(self, filing: str, tab: str, name: str, *, take: bool = False) -> str:
        """The page `tab` shows the filing to `name`; returns who else has it, `?` without a name, or nothing."""
        now = time.monotonic()
        with self._lock:
            for other, holder in list(self._open.items()):
                left = holder.tab == tab and other != filing  # a page shows one paper
                if left or now - holder.heard > GONE_SECONDS:
                    del self._open[other]
            held = self._open.get(filing)
            if held is None or held.tab == tab or take:
                self._open[filing] = _Holder(tab, name, now)
                return ""
            return held.name or "?"

    def holders(self, tab: str) -> dict[str, str]:
        """By filing, who has it open on another page than `tab`."""
        now = time.monotonic()
        with self._lock:
            return {
                filing: holder.name or "?"
                for filing, holder in self._open.items()
                if holder.tab != tab and now - holder.heard <= GONE_SECONDS
            }
