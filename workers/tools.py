"""The tools of a stage, built once by `workers.run.open_point` and passed down."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from intake.base.clock import Clock, today
from intake.base.settings import Settings
from intake.reader import Reader
from routing_rules.load import RuleSet
from routing_rules.providers import Provider
from workers.deliver.breaker import Breaker
from workers.deliver.ports import Queue, Store
from workers.ledger import Ledger
from workers.ledger.blobs import Blobs
from workers.scan_memory import ScanMemory
from workers.seal.seal import PointKeys


class CounterFirst:
    """Lets other work of this process wait while a paper at the counter is on its way to its verdict."""

    def __init__(self) -> None:
        self._busy: set[str] = set()
        self._changed = threading.Condition()

    def note(self, who: str, *, busy: bool) -> None:
        """Whether `who` works for somebody at the counter."""
        with self._changed:
            (self._busy.add if busy else self._busy.discard)(who)
            self._changed.notify_all()

    def turns(self, seconds: float) -> Callable[[], None]:
        """A call to make between pieces of other work: it waits while the counter is busy, `seconds` in all."""
        left = seconds

        def wait() -> None:
            nonlocal left
            begun = time.monotonic()
            with self._changed:
                self._changed.wait_for(lambda: not self._busy, timeout=left)
            left = max(0.0, left - (time.monotonic() - begun))

        return wait


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything the journey works with."""

    settings: Settings
    clock: Clock
    ledger: Ledger
    blobs: Blobs
    reader: Reader
    memory: ScanMemory
    rules: RuleSet
    providers: dict[str, Provider]
    keys: PointKeys
    store: Store
    queue: Queue
    breaker: Breaker
    scratch: Path
    """Where plaintext may lie for a moment."""
    counter: CounterFirst = field(default_factory=CounterFirst)

    def on(self) -> date:
        """The day by which forms, providers and rules are chosen."""
        return today(self.clock, self.settings.here.as_of)
