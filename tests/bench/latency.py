"""From the last byte written to the verdict on the advisor's page, in a real browser: median, 95th percentile, worst.

python -m tests.bench.latency [--count 30]
"""

import argparse
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

from intake.forms.load import BUILTIN, load_catalogue, valid_on
from tests.makers.fill import paper
from tests.makers.scan import scan_file
from workers.run.new_point import DEMO_DAY, make_point

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip


def scans(count: int, seed: int) -> list[tuple[bytes, int]]:
    """Whole filings of many forms as scanners write them, and their number of pages."""
    known = valid_on(load_catalogue([BUILTIN]), DEMO_DAY)
    made = [paper(known[number * 5 % len(known)], seed + number) for number in range(count)]
    return [(scan_file(one.pages), len(one.pages)) for one in made]


def main(words: Sequence[str] | None = None) -> None:
    """Run the point and a browser, and time each scan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)
    files = scans(given.count, given.seed)
    with tempfile.TemporaryDirectory(prefix="vireille-latency-") as place:
        config = make_point(Path(place) / "point", demo=True)
        vireille = Path(sys.executable).with_name("vireille")
        process = subprocess.Popen(
            [vireille, "run", "--config", config], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        try:
            seconds = timed(address[0], config.parent / "scan" / "tiski-1", files)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    ordered = sorted(seconds)
    print(f"scans {len(ordered)}, pages {sum(pages for _, pages in files)}")
    print(f"seconds from the last byte to the verdict on the page: median {statistics.median(ordered):.2f}, "
          f"p95 {ordered[int(0.95 * (len(ordered) - 1))]:.2f}, worst {ordered[-1]:.2f}")  # fmt: skip


def timed(address: str, folder: Path, files: Sequence[tuple[bytes, int]]) -> list[float]:
    """One scan after the other, each timed until the page shows a verdict for it."""
    seconds = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(QUIET))
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#list .empty")
        for number, (content, pages) in enumerate(files, start=1):
            (folder / f"scan{number:03d}.pdf").write_bytes(content)
            begun = time.perf_counter()
            page.wait_for_function(
                "count => document.querySelectorAll('#list li:is(.complete,.incomplete,.unsure)').length >= count",
                arg=number, timeout=120_000,
            )  # fmt: skip
            seconds.append(time.perf_counter() - begun)
            print(f"{number:3}  {pages} pages  {seconds[-1]:.2f} s", file=sys.stderr)
        browser.close()
    return seconds


if __name__ == "__main__":
    main()
