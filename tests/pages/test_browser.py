"""The counter page in a real browser, over a point that runs as it would at the counter."""

import re
import signal
import subprocess
import threading
from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from intake.base.settings import load_settings
from tests.browsing import served_at
from tests.journeys.conftest import VIREILLE, Pages, Point, filled, forms, pdf, point
from tests.pages.conftest import site_of
from workers.journey import COUNTER
from workers.loop import Worker
from workers.pages import news
from workers.pages.app import create_app
from workers.pages.desk import PointDesk
from workers.pages.records import World
from workers.run.open_point import Running, open_point

__all__ = ["filled", "forms", "point"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def running(point: Point) -> Iterator[tuple[Point, str]]:
    """`vireille run` as a process of its own, and the address of its page; it must stop cleanly on SIGTERM."""
    process = subprocess.Popen(
        [VIREILLE, "run", "--config", point.config], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    address = re.search(r"http://\S+", process.stdout.readline())
    assert address is not None
    yield point, address[0]
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    process.stdout.close()


def test_a_scan_appears_by_itself_and_the_advisor_sends_it(
    running: tuple[Point, str], browser_page: Page, filled: Pages
) -> None:
    """The page shows the verdict without a reload; a gap is shown on the paper; a name and a reason send it."""
    point, address = running
    page = browser_page
    page.goto(address)
    expect(page.locator("#list .empty")).to_be_visible()

    point.drop("scan.pdf", pdf(*filled("kela-sv4", empty=("allekirjoitus",))))

    expect(page.locator(".verdict.incomplete")).to_be_visible(timeout=60_000)
    page.locator("ul.gaps button").first.click()
    expect(page.locator(".spot.shown").first).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("button[value=release]").click()
    page.locator("input[name=advisor]").fill("Aino")
    page.locator("button[value=release]").click()
    expect(page.locator(".said")).not_to_be_empty()
    page.locator("input[name=reason]").fill("tuo loput maanantaina")
    page.locator("button[value=release]").click()
    expect(page.locator("#list a").first).to_contain_text("odottaa kuittausta", timeout=60_000)
    assert list((point.folder / "hub" / "kela").glob("*.p7m"))


def test_the_page_speaks_three_languages_and_runs_no_script_of_others(
    running: tuple[Point, str], browser_page: Page
) -> None:
    """Swedish and English by a click; nothing is fetched from any other address."""
    _, address = running
    fetched: list[str] = []
    browser_page.on("request", lambda request: fetched.append(request.url))

    browser_page.goto(address)
    browser_page.locator("header a", has_text="sv").click()

    expect(browser_page.locator("#list")).to_contain_text("skannern")
    assert all(url.startswith((address, "data:")) for url in fetched)


def page_of(running: Running) -> FastAPI:
    """The counter page of an open point."""
    tools, here = running.tools, running.tools.settings.here
    world = World(here, tools.providers, running.definitions, tools.on())
    desk = PointDesk(tools.ledger, tools.blobs, world, running.health, memory=tools.memory)
    return create_app(desk, here, site_of(here))


def test_a_paper_is_seen_before_its_verdict(point: Point, browser_page: Page, filled: Pages) -> None:
    """Taken over and no more, it is new in the list and its pages are seen; then come the verdict and kept pictures."""
    page, settings = browser_page, load_settings(point.config)
    with open_point(settings) as running:
        tools = running.tools
        worker = Worker("counter-test", COUNTER, tools)
        with served_at(page_of(running)) as address:
            page.goto(f"{address}?language=en")
            expect(page.locator("#list .empty")).to_be_visible()
            scan = pdf(*filled("kela-sv4", empty=("allekirjoitus",)))
            point.drop("scan.pdf", scan)
            tools.memory.prefetch(scan)  # as while its quiet time runs
            running.folders["tiski-1"].run_once(threading.Event())

            expect(page.locator("#list a strong")).to_have_text("New paper")
            expect(page.locator(".verdict.working")).to_be_visible()
            expect(page.locator("figure img")).to_have_count(2)
            first = page.locator("figure img").first
            expect(first).to_have_js_property("naturalWidth", 1000)
            first.evaluate("one => { one.dataset.seen = 'before'; }")
            assert worker.step() and worker.step()
            expect(page.locator("#list a")).to_contain_text("Reimbursement for travel")
            expect(page.locator("h2")).to_contain_text("Reimbursement for travel")
            expect(first).to_have_attribute("data-seen", "before")
            while worker.step():
                pass
            expect(page.locator(".verdict.incomplete")).to_be_visible()
            expect(first).to_have_js_property("naturalWidth", 1000)
            assert first.get_attribute("data-seen") is None


def test_a_paper_is_begun_and_its_verdict_told_at_once(
    point: Point, filled: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though worker and page look by themselves only once an hour."""
    monkeypatch.setattr(news, "POLL_SECONDS", 3600.0)
    stop = threading.Event()
    with open_point(load_settings(point.config)) as running, served_at(page_of(running)) as address:
        worker, bell = Worker("counter-test", COUNTER, running.tools), running.tools.ledger.bell
        working = threading.Thread(target=worker.run, args=(stop,), kwargs={"idle_seconds": 3600.0})
        working.start()
        running.health.report("folder", "away")
        with httpx2.stream("GET", f"{address}events", timeout=60) as events:
            told = (line for line in events.iter_lines() if line.startswith("data: {"))
            assert "away" in next(told)
            point.drop("scan.pdf", pdf(*filled("kela-sv4", empty=("allekirjoitus",))))
            running.folders["tiski-1"].run_once(threading.Event())
            while not any(one["reason"] == "incomplete" for one in point.status()["filings"]):
                assert next(told)
        stop.set()
        bell.ring(at_once=True)
        working.join()
