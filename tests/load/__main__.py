"""The table of what a point bears: `python -m tests.load` (`--help` names the sizes).

Recognition is recorded; everything else is real, in memory, so that no disk's speed is measured. Run it on a quiet
machine.
"""

import argparse
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean

from intake.base import log
from tests.faults import points
from tests.ledger import postgres
from tests.load.crowd import advisors, crowd, flood, start
from tests.load.nation import PAGES_A_PAPER, PAPERS_A_MONTH, PAPERS_A_SECOND, WORKING_HOURS_A_MONTH
from tests.load.real import pages_a_core_hour
from tests.load.watched import ACCEPT, Delivered, backlog, p95, volume
from tests.load.workers import copies, real_backlog, real_scan


def say(row: str, what: str, figure: str) -> None:
    """One line of the table."""
    sys.stdout.write(f"{row:5} {what:66} {figure}\n")
    sys.stdout.flush()


@contextmanager
def place() -> Iterator[Path]:
    """A folder in memory."""
    memory = postgres.memory_folder()
    folder = Path(tempfile.mkdtemp(prefix="vireille-load-", dir=memory))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def month_in_an_hour(seconds: float, rate: float) -> None:
    """J-01."""
    with place() as folder:
        point = points.fault_point(folder / "point")
        done = volume(point, rate=rate, seconds=seconds)
        lost = point.problems()
    say(
        "J-01",
        f"a month of the country, in papers ({PAPERS_A_SECOND:.1f} a second to pass in an hour)",
        str(PAPERS_A_MONTH),
    )
    say("", f"given {rate:.1f} a second for {seconds:.0f} s: papers; until the last was delivered", _stretch(done))
    say("", "one process: a month would take", f"{PAPERS_A_MONTH / done.per_second / 3600:.1f} h")
    accepted = done.calls[ACCEPT]
    say("", "accept: mean, p95, longest", f"{mean(accepted):.3f} {p95(accepted):.3f} {max(accepted):.3f} s")
    for name, took in done.calls.items():
        if name != ACCEPT:
            say("", f"stage from {name}: mean", f"{1000 * mean(took):.1f} ms")
    first, middle, last = done.uses[0], done.uses[len(done.uses) // 2], done.uses[-1]
    say("", "memory at the start, half way, at the end", f"{first.rss_mb:.0f} {middle.rss_mb:.0f} {last.rss_mb:.0f} MB")
    say("", "lost, doubled or not verified", str(lost or "nothing"))


def _stretch(done: Delivered) -> str:
    return f"{done.papers}; {done.seconds:.1f} s ({done.per_second:.1f}/s)"


def more_workers(papers: int) -> None:
    """The same backlog by one process and by two, on each kind of ledger."""
    for kind in ("sqlite", "postgresql"):
        if kind == "postgresql" and postgres.why_not():
            continue
        rates = []
        for processes in (1, 2):
            with place() as folder:
                if kind == "sqlite":
                    rates.append(backlog(points.fault_point(folder / "point"), papers, processes=processes).per_second)
                    continue
                with postgres.server() as address:
                    point = points.fault_point(folder / "point", ledger=address % "postgres")
                    rates.append(backlog(point, papers, processes=processes).per_second)
        say(
            "",
            f"{papers} papers by one and by two processes, {kind}",
            f"{rates[0]:.1f}/s {rates[1]:.1f}/s = {rates[1] / rates[0]:.2f} times",
        )


def real_workers(papers: int) -> None:
    """J-02: whole points, really recognising, each on a core of its own, one ledger for all."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        return
    scan = real_scan()
    for kind in ("sqlite", "postgresql"):
        if kind == "postgresql" and postgres.why_not():
            continue
        done = []
        for own in ([{cores[0]}], [{cores[0]}, {cores[1]}]):
            with place() as folder, ExitStack() as stack:
                ledger = stack.enter_context(postgres.server()) % "postgres" if kind == "postgresql" else None
                point = points.fault_point(folder / "point", ledger=ledger)
                done.append(real_backlog(point, list(copies(scan, papers)), own))
        one, two = done
        say(
            "",
            f"{papers} papers of {PAGES_A_PAPER} pages really seen, by points of one core, {kind}",
            f"{one.an_hour:.0f} {two.an_hour:.0f} an hour = {two.an_hour / one.an_hour:.2f} times",
        )
        say(
            "",
            "cores in use; core seconds a paper, by one and by two",
            f"{one.cores:.2f} {two.cores:.2f}; {one.core_seconds_a_paper:.2f} {two.core_seconds_a_paper:.2f}",
        )


def soak(papers: int) -> None:
    """J-04."""
    with place() as folder:
        point = points.fault_point(folder / "point")
        done = volume(point, rate=6.0, seconds=papers / 6.0)
    say("J-04", f"over {done.papers} papers: descriptors, threads, temporary files", "")
    for use in (done.uses[1], done.uses[len(done.uses) // 2], done.uses[-1]):
        say("", "", f"{use.descriptors} {use.threads} {use.scratch}, {use.rss_mb:.0f} MB, WAL {use.wal_mb:.1f} MB")


def crowded(count: int) -> None:
    """J-06 and J-03."""
    with place() as folder:
        point = points.fault_point(folder / "point")
        crowd(point, count)
        begun = start(point)
    say(
        "J-06",
        f"start with {count} waiting: ready, one page, a new paper delivered",
        f"{begun.ready_seconds:.1f} {begun.page_seconds:.2f} {begun.paper_seconds:.1f} s, {begun.rss_mb:.0f} MB",
    )
    with place() as folder:
        point = points.fault_point(folder / "point", scanners=10)
        for number in range(200):
            point.scan("complete", number)
        running = points.live(point)
        took = advisors(running.address, 20, 10.0)
        running.stop(within=60)
    say(
        "J-03",
        "20 advisors while 10 scanners' papers are worked on: page p95",
        f"{1000 * p95(took):.0f} ms of {len(took)} pages",
    )


def real_eyes(papers: int) -> None:
    """J-02."""
    rate = pages_a_core_hour(papers)
    need = PAPERS_A_MONTH * PAGES_A_PAPER / WORKING_HOURS_A_MONTH / rate
    say("J-02", "real recognition: pages in an hour of one core", f"{rate:.0f}")
    say("", f"cores for the country's pages in {WORKING_HOURS_A_MONTH} working hours", f"{need:.2f}")


def flooded(count: int) -> None:
    """B-22."""
    with place() as folder:
        done = flood(folder, count, passes=20)
    say(
        "B-22",
        f"{count} old files: longest pass, taken in 20 passes, memory grown",
        f"{max(done.passes):.1f} s, {done.taken}, {done.growth_mb:.0f} MB, oldest first: {done.oldest_first}",
    )


def main() -> None:
    """All of it, or what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="length of the month's slice; 0 leaves it out")
    parser.add_argument("--rate", type=float, default=PAPERS_A_SECOND, help="papers a second in it")
    parser.add_argument("--backlog", type=int, default=200)
    parser.add_argument("--real", type=int, default=20, help="papers that are really recognised")
    parser.add_argument("--workers", type=int, default=24, help="papers that one and two whole points really recognise")
    parser.add_argument("--soak", type=int, default=1000)
    parser.add_argument("--crowd", type=int, default=100_000)
    parser.add_argument("--flood", type=int, default=200_000)
    asked = parser.parse_args()
    log.configure(least=logging.ERROR)
    points.warm()
    import workers.pages.serve  # noqa: F401  loaded here once for all forked processes

    say("", "load average of the machine at the start", f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for figure, measure in (
        (asked.seconds, lambda: month_in_an_hour(asked.seconds, asked.rate)),
        (asked.backlog, lambda: more_workers(asked.backlog)),
        (asked.real, lambda: real_eyes(asked.real)),
        (asked.workers, lambda: real_workers(asked.workers)),
        (asked.soak, lambda: soak(asked.soak)),
        (asked.crowd, lambda: crowded(asked.crowd)),
        (asked.flood, lambda: flooded(asked.flood)),
    ):
        if figure:
            measure()


if __name__ == "__main__":
    main()
