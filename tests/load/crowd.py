"""Points with a great many papers: waiting in the ledger, or lying in the folder."""

import http.client
import resource
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from intake.base.arrival import Arrival
from intake.base.clock import SystemClock
from intake.base.settings import Scanner
from scanners.folder import lay_out
from scanners.service import FolderService
from tests.faults import points
from tests.faults.points import FaultPoint
from tests.load.watched import bundles
from tests.load.workers import core_seconds
from tests.scanners.support import pdf

_COPIES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
"""


def crowd(point: FaultPoint, count: int) -> None:
    """Put so many waiting papers into the point's ledger: copies of one, all but its content."""
    point.scan("gap", 0)
    points.once(point)
    ledger = sqlite3.connect(point.folder / "data" / "ledger.db", isolation_level=None)
    born = ledger.execute("SELECT sql FROM sqlite_master WHERE name = 'filings_born'").fetchone()[0]
    ledger.execute("DROP TRIGGER filings_born")
    ledger.execute("BEGIN")
    for table, changed in (
        ("scans", {"sha256": "printf('%064x', i)", "leader": "printf('%064x', i)"}),
        ("filings", {"seq": "1000 + i", "id": "printf('c%09d', i)", "scan": "printf('%064x', i)", "private": "NULL"}),
        ("filing_pages", {"scan": "printf('%064x', i)", "filing": "printf('c%09d', i)"}),
    ):
        columns = [row[1] for row in ledger.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(changed.get(name, f"t.{name}") for name in columns)
        copies = _COPIES.format(count=count)
        ledger.execute(f"INSERT INTO {table} {copies} SELECT {values} FROM {table} t, n")  # noqa: S608 names of ours
    ledger.execute("COMMIT")
    ledger.execute(born)
    ledger.close()


@dataclass
class Started:
    """How a point with a crowd began."""

    ready_seconds: float
    """Until the counter page answered."""
    page_seconds: float
    """One page with the list."""
    paper_seconds: float
    """From a new paper in the folder to its bundle at the provider."""
    core_seconds: float
    """Processor time of all of it."""
    rss_mb: float


def start(point: FaultPoint) -> Started:
    """Start a whole point and give it one new paper."""
    begun = time.monotonic()
    running = points.live(point)
    page(running.address)
    ready = time.monotonic() - begun
    took = page(running.address)
    begun, before = time.monotonic(), bundles(point)
    point.scan("complete", 1)
    points.until(lambda: bundles(point) > before, within=120, what="the new paper's bundle")
    paper = time.monotonic() - begun
    worked = core_seconds(running.child)
    pages = int((Path("/proc") / str(running.child) / "statm").read_text().split()[1])
    running.stop(within=60)
    return Started(ready, took, paper, worked, pages * 4096 / 1e6)


def page(address: str, path: str = "/") -> float:
    """Seconds that one page took."""
    where, begun = urlsplit(address), time.monotonic()
    line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        answer.read()
        assert answer.status == 200
    finally:
        line.close()
    return time.monotonic() - begun


def advisors(address: str, count: int, seconds: float) -> list[float]:
    """So many people look at the list again and again; seconds that each page took."""
    took: list[float] = []
    until = time.monotonic() + seconds

    def look() -> None:
        while time.monotonic() < until:
            took.append(page(address, "/list"))
            time.sleep(0.5)  # a person looks, then acts

    people = [threading.Thread(target=look) for _ in range(count)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return took


class CountingInlet:
    """Takes everything and keeps nothing but the order."""

    def __init__(self) -> None:
        self.labels: list[str] = []

    def accept(self, parts: Sequence[Arrival]) -> None:
        """Note them."""
        self.labels += [part.label for part in parts]

    def refuse(self, arrival: Arrival, code: str) -> None:
        """Nothing here is refused."""
        raise AssertionError(code)

    def knows(self, sha256: str) -> bool:
        """Nothing is known."""
        return False

    keeps = knows


@dataclass
class Flood:
    """Passes over a folder that holds a great many files."""

    passes: list[float] = field(default_factory=list)
    """Processor seconds of each."""
    taken: int = 0
    growth_mb: float = 0.0
    oldest_first: bool = True


def flood(folder: Path, count: int, *, passes: int) -> Flood:
    """So many old files in a folder, and so many passes of its service."""
    import os

    drop = folder / "drop"
    lay_out(drop)
    content, now = pdf(), time.time()
    for number in range(count):
        path = drop / f"{number:06d}.pdf"
        path.write_bytes(content)
        os.utime(path, (now - 1e6 + number, now - 1e6 + number))
    inlet, found = CountingInlet(), Flood()
    scanner = Scanner(id="tiski-1", folder=drop, mode="local", quiet_seconds=0.05)
    service = FolderService(scanner, inlet=inlet, clock=SystemClock(), work=folder / "work")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(passes):
        begun = time.process_time()
        service.round()
        found.passes.append(time.process_time() - begun)
        time.sleep(0.06)  # the quiet time
    found.taken = len(inlet.labels)
    found.growth_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
    found.oldest_first = inlet.labels == sorted(inlet.labels)
    return found
