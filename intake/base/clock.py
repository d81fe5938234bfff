"""Time, passed in: wall time for people, monotonic time for waiting. Tests pass a clock of their own."""

import time
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """The time as the rest of the code knows it."""

    def now(self) -> datetime:
        """Aware UTC wall time."""

    def monotonic(self) -> float:
        """Seconds that never go back while this machine is up."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Aware UTC wall time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some point before start-up."""
        return time.monotonic()


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> datetime:
    """The reverse of `iso`. Raises ValueError on anything else, a naive time included."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = "time without zone"
        raise ValueError(msg)
    return moment.astimezone(UTC)


def today(clock: Clock, as_of: date | None) -> date:
    """The day by which forms, providers and rules are chosen: the point's fixed day, else today in UTC."""
    return as_of or clock.now().date()
