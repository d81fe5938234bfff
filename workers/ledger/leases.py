"""The clocks of leases and postponements; where that is possible, no jump of the wall clock disturbs them.

SQLite lives on one machine, so its leases use that machine's monotonic clock, which all its processes share, together
with the boot id: after a reboot every lease of the boot before has ended (D-07), and a wall clock that jumps changes
nothing (D-06). On PostgreSQL several machines share the work, so the database server's clock counts and `boot` is a
constant; a jump of that one clock can end leases early, which the fencing number makes harmless.
"""

from pathlib import Path
from typing import Protocol

from sqlalchemy import ColumnElement, Double, bindparam, cast, extract, func

from intake.base.clock import Clock

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class LeaseClock(Protocol):
    """Seconds that count within one `boot`."""

    def __hash__(self) -> int:
        """Equal for clocks of one kind: statements that use a clock are prepared once for each kind."""

    def boot(self) -> str:
        """Names the span of time in which `now` can be compared."""

    def now(self) -> ColumnElement[float]:
        """Seconds within this boot, to be used within a statement."""


class MachineClock:
    """This machine's monotonic clock."""

    def __init__(self, clock: Clock, boot: str | None = None) -> None:
        """`boot`: the machine's boot id; None reads it from the kernel."""
        self._now = bindparam("vireille_now", callable_=clock.monotonic, type_=Double)
        self._boot = boot or _BOOT_ID.read_text("ascii").strip()

    def boot(self) -> str:
        """The kernel's boot id."""
        return self._boot

    def now(self) -> ColumnElement[float]:
        """Monotonic seconds, read when the statement is executed."""
        return self._now


class ServerClock:
    """The PostgreSQL server's clock."""

    def boot(self) -> str:
        """One span for all machines."""
        return "server"

    def now(self) -> ColumnElement[float]:
        """Seconds since 1970 by the server, as its statement begins."""
        return cast(extract("epoch", func.statement_timestamp()), Double)
