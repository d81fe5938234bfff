"""A clock that tests move by hand, shared by all that need one; and how long they wait by the machine's."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

PATIENCE = float(os.environ.get("VIREILLE_TEST_PATIENCE", "120"))
"""Seconds that a test waits for what is to come: on a busy machine long, where it is to turn red short."""


@dataclass
class FakeClock:
    """Wall and monotonic time, moved together or apart."""

    wall: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 1000.0

    def now(self) -> datetime:
        """Wall time."""
        return self.wall

    def monotonic(self) -> float:
        """Monotonic seconds."""
        return self.seconds

    def pass_(self, seconds: float) -> None:
        """Time goes by."""
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds
