"""The tools of a stage, built once by `workers.run.open_point` and passed down."""

from dataclasses import dataclass
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

    def on(self) -> date:
        """The day by which forms, providers and rules are chosen."""
        return today(self.clock, self.settings.here.as_of)
