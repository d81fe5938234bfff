"""The counter page in a real browser, over a point that runs as it would at the counter."""

import re
import signal
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import VIREILLE, Pages, Point, filled, forms, pdf, point

__all__ = ["filled", "forms", "point"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


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
