"""A point at work in a process of its own, its figures written down, its resources looked at from outside."""

import os
import struct
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from tests.faults import points
from tests.faults.points import FaultPoint
from workers.journey import STAGES
from workers.ledger.scans import PointInlet

ACCEPT = "accept"
_RECORD = struct.Struct("16sd")


@dataclass(frozen=True)
class Use:
    """What a process uses at one moment."""

    rss_mb: float
    descriptors: int
    threads: int
    wal_mb: float
    scratch: int
    """Temporary files under the data folder."""


def use(child: int, point: FaultPoint) -> Use:
    """Look at the process from outside."""
    proc, data = Path("/proc") / str(child), point.folder / "data"
    wal = data / "ledger.db-wal"
    return Use(
        rss_mb=int((proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6,
        descriptors=len(list((proc / "fd").iterdir())),
        threads=len(list((proc / "task").iterdir())),
        wal_mb=wal.stat().st_size / 1e6 if wal.exists() else 0.0,
        scratch=sum(1 for _ in data.rglob(".vireille-tmp-*")),
    )


def timed(record: Path, clock: Callable[[], float]) -> Callable[[], None]:
    """What makes a point write down how long each accept and each stage took by `clock`."""

    def instrument() -> None:
        out = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

        def note(name: str, call: Callable[..., object]) -> Callable[..., object]:
            def run(*args: object) -> object:
                begun = clock()
                try:
                    return call(*args)
                finally:
                    os.write(out, _RECORD.pack(name.encode(), clock() - begun))

            return run

        points.loop.STAGES = {state: note(state.value, stage) for state, stage in STAGES.items()}  # type: ignore[misc]
        PointInlet.accept = note(ACCEPT, PointInlet.accept)  # type: ignore[method-assign,assignment]

    return instrument


def spent(record: Path) -> dict[str, list[float]]:
    """Seconds of each call, by name."""
    found: dict[str, list[float]] = defaultdict(list)
    for name, seconds in _RECORD.iter_unpack(record.read_bytes()):
        found[name.rstrip(b"\0").decode()].append(seconds)
    return found


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(values, n=20)[-1] if len(values) > 1 else max(values, default=0.0)


@dataclass
class Delivered:
    """What came of a stretch of work."""

    papers: int
    seconds: float
    """Until the last one was delivered."""
    uses: list[Use] = field(default_factory=list)
    calls: dict[str, list[float]] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Papers delivered a second."""
        return self.papers / self.seconds


def bundles(point: FaultPoint) -> int:
    """How many bundles are at the providers."""
    return sum(1 for _ in (point.folder / "hub").glob("*/*.p7m"))


def papers_at(point: FaultPoint, rate: float, seconds: float) -> Iterator[int]:
    """The scanners write papers evenly at `rate` a second; gives their number so far, about ten times a second."""
    begun, written = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        while written < rate * passed:
            point.scan("complete", written)
            written += 1
        yield written
        time.sleep(0.1)  # the scanners' own pace


def volume(
    point: FaultPoint, *, rate: float, seconds: float, clock: Callable[[], float] = time.perf_counter
) -> Delivered:
    """Papers at `rate` for `seconds` through a whole point, its calls timed by `clock`; returns when all are there."""
    record = point.folder / "calls"
    running = points.live(point, timed(record, clock))
    begun, uses, written = time.monotonic(), [], 0
    for so_far in papers_at(point, rate, seconds):
        written = so_far
        if len(uses) < (time.monotonic() - begun) / (seconds / 8):
            uses.append(use(running.child, point))
    points.until(lambda: bundles(point) >= written, within=600, what="the last delivery")
    lasted = time.monotonic() - begun
    uses.append(use(running.child, point))
    assert running.stop(within=120) == 0
    return Delivered(written, lasted, uses, spent(record))


def backlog(point: FaultPoint, papers: int, *, processes: int) -> Delivered:
    """So many papers lie there; how long until whole points, started together, have delivered them."""
    for number in range(papers):
        point.scan("complete", number)
    running = [points.live(point) for _ in range(processes)]
    begun = time.monotonic()
    points.until(lambda: bundles(point) >= papers, within=600, what="the last delivery")
    lasted = time.monotonic() - begun
    for one in running:
        one.stop(within=60)
    return Delivered(papers, lasted)
