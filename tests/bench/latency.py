"""From the last byte to the picture and the verdict on the advisor's page, in a real browser; alone, then among others.

python -m tests.bench.latency [--count 30] [--desks 20] [--pause 0]

The second half of the scans comes while as many desks are open: each hears the news and asks for the list and the
filing that changed, as the page's own script does. A page is what a desk asks for once: the list and a filing. Without
a pause each scan comes with the verdict on the one before, which is still read further, sealed and sent meanwhile.
"""

import argparse
import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
from playwright.sync_api import Page, sync_playwright

from intake.forms.load import BUILTIN, load_catalogue, valid_on
from tests.browsing import QUIET
from tests.makers.fill import paper
from tests.makers.scan import scan_file
from workers.run.new_point import DEMO_DAY, make_point

OURS = {"sec-fetch-site": "same-origin"}
AT_ONE_ADDRESS = 10
"""Desks that share an address: a point lets one address have few event streams where nobody signs in."""
VERDICTS = "count => document.querySelectorAll('#list li:is(.complete,.incomplete,.unsure,.held)').length >= count"
WATCH_PICTURES = """window.seen = {}; new MutationObserver(() => {
    for (const one of document.querySelectorAll('figure img:not([data-watched])')) {
      one.dataset.watched = '';
      const filing = one.src.split('/')[4];
      one.addEventListener('load', () => { window.seen[filing] ||= performance.now(); });
    } }).observe(document.body, { childList: true, subtree: true });"""
NEWEST = "document.querySelector('#list a[data-newest]').dataset.filing"


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
    parser.add_argument("--desks", type=int, default=20)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between a verdict and the next scan")
    given = parser.parse_args(words)
    files = scans(given.count + given.count // 2, given.seed)
    with tempfile.TemporaryDirectory(prefix="vireille-latency-") as place, sync_playwright() as playwright:
        config = make_point(Path(place) / "point", demo=True)
        folder = config.parent / "scan" / "tiski-1"
        vireille = Path(sys.executable).with_name("vireille")
        process = subprocess.Popen(
            [vireille, "run", "--config", config], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        try:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(QUIET))
            page = browser.new_page()
            page.goto(address[0])
            page.wait_for_selector("#list .empty")
            page.evaluate(WATCH_PICTURES)
            alone = timed(page, folder, files[: given.count], before=0, pause=given.pause)
            with asking(address[0], once=True) as quiet:
                pass
            with desks(address[0], given.desks), asking(address[0]) as busy:
                among = timed(page, folder, files[given.count :], before=given.count, pause=given.pause)
            browser.close()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    print(f"scans {given.count}, pages {sum(pages for _, pages in files[: given.count])}")
    told("from the last byte to the first page's picture", [one[0] for one in alone])
    told("from the last byte to the verdict on the page", [one[1] for one in alone])
    told(f"the same with {given.desks} desks open, {len(among)} scans", [one[1] for one in among])
    told("a page (list and filing), nothing else to do", quiet)
    told(f"a page with {given.desks} desks open and papers being read", busy)
    for what, one, other in (
        ("verdict", [scan[1] for scan in alone], [scan[1] for scan in among]),
        ("page", quiet, busy),
    ):
        print(f"times what it costs alone, {what}: {statistics.median(other) / statistics.median(one):.2f}")


def told(what: str, seconds: Sequence[float]) -> None:
    """One line of figures."""
    ordered = sorted(seconds)
    print(f"seconds, {what}: median {statistics.median(ordered):.2f}, "
          f"p95 {ordered[int(0.95 * (len(ordered) - 1))]:.2f}, worst {ordered[-1]:.2f}")  # fmt: skip


def timed(
    page: Page, folder: Path, files: Sequence[tuple[bytes, int]], *, before: int, pause: float
) -> list[tuple[float, float]]:
    """One scan after the other: until its first picture is seen, and until the page shows a verdict for it."""
    seconds = []
    for number, (content, pages) in enumerate(files, start=before + 1):
        (folder / f"scan{number:03d}.pdf").write_bytes(content)
        begun, by_page = time.perf_counter(), float(page.evaluate("performance.now()"))
        page.wait_for_function(VERDICTS, arg=number, timeout=120_000)
        verdict = time.perf_counter() - begun
        page.wait_for_function(f"() => window.seen[{NEWEST}] > 0", timeout=120_000)
        seconds.append(((float(page.evaluate(f"window.seen[{NEWEST}]")) - by_page) / 1000, verdict))
        print(f"{number:3}  {pages} pages  picture {seconds[-1][0]:.2f} s, verdict {verdict:.2f} s", file=sys.stderr)
        time.sleep(pause)
    return seconds


@contextmanager
def desks(address: str, count: int) -> Iterator[None]:
    """As many open pages, without their browsers."""
    ended = threading.Event()
    threads = [threading.Thread(target=_desk, args=(address, number, ended), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    yield
    ended.set()
    for thread in threads:
        thread.join(10)


def _desk(address: str, number: int, ended: threading.Event) -> None:
    """Hear the news; ask for the list, and for the newest filing that changed."""
    transport = httpx2.HTTPTransport(local_address=f"127.0.0.{2 + number // AT_ONE_ADDRESS}")
    with (
        httpx2.Client(base_url=address, transport=transport, headers=OURS, timeout=60) as client,
        suppress(httpx2.HTTPError),
        client.stream("GET", "/events") as events,
    ):
        for line in events.iter_lines():
            if ended.is_set():
                return
            if line.startswith("data: {"):
                _look(client, json.loads(line.removeprefix("data: "))["filings"])


def _look(client: httpx2.Client, filings: Sequence[str]) -> None:
    client.post("/list", data={"q": ""}).raise_for_status()
    if filings:
        client.get(f"/filing/{filings[-1]}", headers={"x-by-itself": "1"}).raise_for_status()


@contextmanager
def asking(address: str, *, once: bool = False) -> Iterator[list[float]]:
    """Ask for a page again and again meanwhile, or `once` twenty times; fills in the seconds that each took."""
    seconds: list[float] = []
    ended = threading.Event()

    def ask() -> None:
        with httpx2.Client(base_url=address, headers=OURS, timeout=60) as client:
            filing = re.findall(r'data-filing="(\w+)"', client.get("/list").text)[0]
            while not ended.is_set() and not (once and len(seconds) == 20):
                begun = time.perf_counter()
                _look(client, [filing])
                seconds.append(time.perf_counter() - begun)
                ended.wait(0.2)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    if once:
        thread.join()
    yield seconds
    ended.set()
    thread.join(60)


if __name__ == "__main__":
    main()
