"""What one whole point does with really recognised papers, and what a second one on the same ledger adds."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from intake.trial import fill, sample, scan_pdf, scanned
from tests.faults import points, recorded
from tests.faults.points import FaultPoint
from tests.load.watched import bundles

_MARK = b"created by Pillow PDF driver"
"""A comment at the head of such a file: other words of the same length make another paper of it."""
_TICKS = os.sysconf("SC_CLK_TCK")
VIREILLE = Path(sys.executable).with_name("vireille")


def core_seconds(top: int) -> float:
    """Processor time of a process and of all below it, living or waited for: jails included."""
    below: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            below.setdefault(int(fields[1]), []).append(int(folder.name))
            spent[int(folder.name)] = sum(map(int, fields[11:15])) / _TICKS
    total, waiting = 0.0, [top]
    while waiting:
        one = waiting.pop()
        total += spent.get(one, 0.0)
        waiting += below.get(one, [])
    return total


def real_scan() -> bytes:
    """A filled form of the catalogue, three pages, skewed a little, as a scanner writes it."""
    definition = recorded.form(*recorded.COMPLETE)
    values = sample(definition, seed=3, extra=0).values
    return scan_pdf([scanned(page, skew_degrees=0.6, seed=3) for page in fill(definition, values, seed=3)])


def copies(scan: bytes, count: int) -> Iterator[bytes]:
    """So many papers that differ by a comment alone."""
    assert _MARK in scan
    for number in range(count):
        yield scan.replace(_MARK, b"paper %0*d" % (len(_MARK) - 6, number), 1)


@dataclass(frozen=True)
class Worked:
    """What came of a backlog of really recognised papers."""

    papers: int
    seconds: float
    core_seconds: float
    """Of the points alone; the ledger's server is not in it."""

    @property
    def cores(self) -> float:
        """How many cores the points kept busy: far less than they have means that others use the machine too."""
        return self.core_seconds / self.seconds

    @property
    def core_seconds_a_paper(self) -> float:
        """What a paper costs."""
        return self.core_seconds / self.papers

    @property
    def an_hour(self) -> float:
        """Papers an hour by the wall clock."""
        return self.papers / self.seconds * 3600


@contextmanager
def running(point: FaultPoint, cores: Sequence[set[int]]) -> Iterator[list[subprocess.Popen[str]]]:
    """Whole points as an operator starts them, each on its own cores; gives them when their pages answer."""
    all_of_them: list[subprocess.Popen[str]] = []
    command = [str(VIREILLE), "run", "--config", str(point.settings.file)]
    before = os.sched_getaffinity(0)
    try:
        for own in cores:
            os.sched_setaffinity(0, own)
            all_of_them.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
            os.sched_setaffinity(0, before)
        for one in all_of_them:
            assert one.stdout is not None
            assert "http" in one.stdout.readline()
        yield all_of_them
    finally:
        os.sched_setaffinity(0, before)
        for one in all_of_them:
            one.terminate()
        for one in all_of_them:
            one.communicate(timeout=60)


def real_backlog(point: FaultPoint, papers: Sequence[bytes], cores: Sequence[set[int]]) -> Worked:
    """The papers come at once to points that are up and warm; how long until all are at the provider."""
    warm = [paper.replace(b"paper 0", b"first 0") for paper in papers[: 2 * len(cores)]]
    with running(point, cores) as them:
        _drop(point, warm, "warm")
        points.until(lambda: bundles(point) == len(warm), within=120, what="the first papers")
        begun = time.monotonic(), sum(core_seconds(one.pid) for one in them)
        _drop(point, papers, "paper")
        points.until(lambda: bundles(point) == len(warm) + len(papers), within=900, what="the last delivery")
        seconds = time.monotonic() - begun[0]
        spent = sum(core_seconds(one.pid) for one in them) - begun[1]
    return Worked(len(papers), seconds, spent)


def _drop(point: FaultPoint, papers: Sequence[bytes], name: str) -> None:
    for number, paper in enumerate(papers):
        (point.drop / f"{name}-{number}.pdf").write_bytes(paper)
